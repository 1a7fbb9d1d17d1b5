//! The `$immds-forecast` operation of the `ImmDS` guide, a line each: Parameters in, Parameters
//! out.

use crate::{
    commands::programme::{language, source::Source},
    failure::{Exit, Failure},
    lang::Lang,
    lines,
};
use hutong_fhir::write::operation_outcome;
use hutong_model::{Date, Issue, IssueCode, limits::LINE_BYTES_MAX};
use hutong_node::programme::immds::forecast;
use hutong_programme::Day;

/// Answers every line.
pub(super) fn run(source: &Source, lang: Lang) -> Result<Exit, Failure> {
    let languages = [language(lang)];
    lines::answer(LINE_BYTES_MAX as u64, |line| {
        let answer = match line {
            Ok(line) => {
                let of_day = |on: Date| source.on(Day::from_number(on.epoch_day()));
                forecast(line.as_bytes(), of_day, &languages)
            }
            Err(why) => Err(vec![Issue::error(IssueCode::Structure, "", why.to_owned(), "")]),
        };
        let bytes = answer.unwrap_or_else(|issues| {
            let mut refused = Vec::new();
            operation_outcome(&issues, &mut refused);
            refused
        });
        String::from_utf8_lossy(&bytes).into_owned()
    })?;
    Ok(Exit::Ok)
}

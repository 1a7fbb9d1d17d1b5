//! Published test cases, and how many fields are as expected.

use crate::{
    failure::{Exit, Failure},
    lang::Lang,
    show,
};
use hutong_programme::{Programme, cases};
use std::{fs::File, path::Path};

/// Runs the cases; ends with 0 where all of them were run.
pub(super) fn run(
    programme: &Programme,
    sheet: &Path,
    report_to: Option<&Path>,
    lang: Lang,
) -> Result<Exit, Failure> {
    let file = File::open(sheet).map_err(|error| Failure::file(sheet, &error))?;
    let cases = cases::parse(file).map_err(|error| {
        Failure::wrong(
            format!("{}: {error}", sheet.display()),
            "export the sheet of CDC's workbook as CSV, dates as YYYY-MM-DD",
        )
    })?;
    let report = cases::run(programme, &cases);
    match report_to {
        None => show::json(&report)?,
        Some(path) => {
            let text = serde_json::to_vec_pretty(&report)?;
            std::fs::write(path, text).map_err(|error| Failure::file(path, &error))?;
            let mut table = show::table(["field", "as expected", "of"]);
            for (field, tally) in &report.totals {
                let name = serde_json::to_value(field)?;
                table.add_row([
                    comfy_table::Cell::new(name.as_str().unwrap_or_default()),
                    show::number(tally.matching),
                    show::number(tally.of),
                ]);
            }
            show::line(table);
        }
    }
    for unread in &report.unread {
        eprintln!("{}{}", lang.pick("未能运行：", "not run: "), unread.why);
    }
    Ok(if report.unread.is_empty() { Exit::Ok } else { Exit::Wrong })
}

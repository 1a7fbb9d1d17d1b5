//! `hutong forecast`: which doses count, and what is due, by a programme.

mod cases;
mod immds;

use crate::{
    commands::programme::source::Which,
    failure::{Exit, Failure},
    lang::Lang,
};
use clap::Args;
use std::path::PathBuf;

/// Evaluate immunization histories and forecast what is due, by CDC's CDSi logic and a programme:
/// one that is built in, or supporting data
///
/// With --cases, runs published test cases and writes how many fields are as expected; with --json,
/// reads one FHIR Parameters (ImmDS) a line and answers one a line, which says under which edition.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true))]
pub struct Forecast {
    #[command(flatten)]
    which: Which,
    /// Test cases: the sheet of CDC's workbook as CSV, healthy or underlying conditions
    #[arg(long, value_name = "FILE", group = "what")]
    cases: Option<PathBuf>,
    /// Where the report on the cases goes, as JSON; standard output where absent
    #[arg(long, value_name = "FILE", requires = "cases")]
    report: Option<PathBuf>,
    /// One FHIR Parameters in, one out, a line each
    #[arg(long, group = "what")]
    json: bool,
}

impl Forecast {
    /// Does what was asked.
    ///
    /// # Errors
    /// [`Failure`] where the programme or the cases cannot be read.
    pub fn run(self, lang: Lang) -> Result<Exit, Failure> {
        let source = self.which.load()?;
        match &self.cases {
            Some(cases) => cases::run(source.one()?, cases, self.report.as_deref(), lang),
            None => immds::run(&source, lang),
        }
    }
}

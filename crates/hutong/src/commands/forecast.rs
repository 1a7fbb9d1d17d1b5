//! `hutong forecast`: which doses count, and what is due, by supporting data.

mod cases;
mod immds;

use crate::{
    failure::{Exit, Failure},
    lang::Lang,
};
use clap::Args;
use hutong_programme::Programme;
use std::path::{Path, PathBuf};

/// Evaluate immunization histories and forecast what is due, by CDC's CDSi logic and supporting
/// data
///
/// With --cases, runs published test cases and writes how many fields are as expected; with --json,
/// reads one FHIR Parameters (ImmDS) a line and answers one a line.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true))]
pub struct Forecast {
    /// Supporting data: the folder of CDC's XML files
    #[arg(long, value_name = "DIR")]
    supporting_data: PathBuf,
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
    /// [`Failure`] where the supporting data or the cases cannot be read.
    pub fn run(self, lang: Lang) -> Result<Exit, Failure> {
        let programme = load(&self.supporting_data)?;
        match &self.cases {
            Some(cases) => cases::run(&programme, cases, self.report.as_deref(), lang),
            None => immds::run(&programme),
        }
    }
}

fn load(folder: &Path) -> Result<Programme, Failure> {
    let mut files = Vec::new();
    let entries = std::fs::read_dir(folder).map_err(|error| Failure::file(folder, &error))?;
    for entry in entries {
        let path = entry.map_err(|error| Failure::file(folder, &error))?.path();
        if path.extension().is_some_and(|it| it.eq_ignore_ascii_case("xml")) {
            let text =
                std::fs::read_to_string(&path).map_err(|error| Failure::file(&path, &error))?;
            files.push((path.display().to_string(), text));
        }
    }
    if files.is_empty() {
        return Err(Failure::wrong(
            format!("{}: no XML file", folder.display()),
            "give the folder that holds AntigenSupportingData…xml and ScheduleSupportingData.xml",
        ));
    }
    files.sort();
    let texts = files.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    Programme::parse(texts).map_err(|error| {
        Failure::wrong(format!("supporting data: {error}"), "the files are CDC's, as published")
    })
}

//! `hutong simulate`.

use crate::{
    clock::SystemClock,
    failure::{Exit, Failure},
    lang::Lang,
    show,
};
use clap::Args;
use hutong_model::{Clock, Date, RegionCode};
use hutong_population::{Config, Rates, Totals, write_ndjson};
use std::{fs::File, io::BufWriter, path::PathBuf};

/// Write a synthetic population as FHIR NDJSON, one file for each clinic and laboratory.
///
/// The persons do not exist. The same seed and day give the same files, on any machine.
#[derive(Debug, Args)]
pub struct Simulate {
    /// How many persons
    #[arg(long, default_value_t = 10_000)]
    persons: u64,
    /// Where all chance comes from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder of the files; made where it is not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The regions that people live in and move between
    #[arg(long = "region", value_name = "CODE", value_parser = RegionCode::parse,
          default_values = ["330000", "440000"])]
    regions: Vec<RegionCode>,
    /// The day on which the story ends; today where absent
    #[arg(long, value_name = "DATE", value_parser = Date::parse)]
    as_of: Option<Date>,
    /// No wrong check digits, impossible dates or unknown vaccines
    #[arg(long)]
    clean: bool,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

impl Simulate {
    /// Writes the files.
    ///
    /// # Errors
    /// [`Failure`] where they cannot be written, or no such population can be made.
    pub fn run(self, lang: Lang) -> Result<Exit, Failure> {
        let as_of = self.as_of.unwrap_or_else(|| SystemClock.now().utc_date());
        let mut config = Config::new(self.seed, self.persons, as_of, self.regions);
        if self.clean {
            config.mistakes = Rates::CLEAN;
        }
        config.check().map_err(|error| Failure::usage(error.to_string(), ""))?;
        let totals = write(&config, &self.out)?;
        let files: Vec<String> = totals.by_reporter.keys().map(ToString::to_string).collect();
        if self.json {
            show::json(&serde_json::json!({
                "persons": totals.persons, "patients": totals.patients, "doses": totals.doses,
                "tests": totals.tests, "bytes": totals.bytes, "reporters": files,
                "mistakes": totals.mistakes.values().sum::<u64>(),
            }))?;
        } else {
            let (persons, doses, tests, count) =
                (totals.persons, totals.doses, totals.tests, files.len());
            show::line(lang.pick(
                format!("{persons} 人，{doses} 剂次，{tests} 份检测，{count} 个文件"),
                format!("{persons} persons, {doses} doses, {tests} tests, in {count} files"),
            ));
        }
        Ok(Exit::Ok)
    }
}

/// Writes `REGION.NAME.ndjson` for every reporter into a folder.
///
/// # Errors
/// [`Failure`] where a file cannot be written.
pub fn write(config: &Config, folder: &std::path::Path) -> Result<Totals, Failure> {
    std::fs::create_dir_all(folder).map_err(|error| Failure::file(folder, &error))?;
    let open = |reporter: &hutong_population::Reporter| {
        File::create(folder.join(format!("{reporter}.ndjson"))).map(BufWriter::new)
    };
    write_ndjson(config, open).map_err(|error| Failure::file(folder, &error))
}

//! `hutong simulate`.

mod into;

use crate::{
    cli::Deployed,
    clock::SystemClock,
    config::Config as Deployment,
    deployment,
    failure::{Exit, Failure},
    lang::Lang,
    show,
};
use clap::Args;
use hutong_model::{Clock, Date, RegionCode};
use hutong_population::{Config, Rates, Totals, write_ndjson_telling};
use indicatif::{ProgressBar, ProgressStyle};
use std::{fs::File, io::BufWriter, path::PathBuf};

/// Bytes that are written to a file at once.
const BUFFER_BYTES: usize = 256 * 1024;

/// Write a synthetic population as FHIR NDJSON, one file for each clinic and laboratory, or into a
/// store.
///
/// The persons do not exist. The same seed and day give the same files, on any machine. Rates are
/// shares between 0 and 1.
#[derive(Debug, Args)]
pub struct Simulate {
    #[command(flatten)]
    deployed: Deployed,
    /// How many persons
    #[arg(long, default_value_t = 10_000)]
    persons: u64,
    /// Where all chance comes from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder of the files; made where it is not there
    #[arg(long, value_name = "DIR", required_unless_present = "into")]
    out: Option<PathBuf>,
    /// An empty store to write into, under the keys of the configuration: sqlite:PATH,
    /// postgresql://…, or `config` for the store that the configuration names
    #[arg(long, value_name = "STORE", conflicts_with = "out")]
    into: Option<String>,
    /// The regions that people live in and move between
    #[arg(long = "region", value_name = "CODE", value_parser = RegionCode::parse,
          default_values = ["330000", "440000"])]
    regions: Vec<RegionCode>,
    /// Clinics in each region; for every two there is a laboratory
    #[arg(long, value_name = "COUNT", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..))]
    clinics: u16,
    /// The day on which the story ends; today where absent
    #[arg(long, value_name = "DATE", value_parser = Date::parse)]
    as_of: Option<Date>,
    /// Of persons: moved from one region to another; one in twelve where absent
    #[arg(long, value_name = "RATE")]
    moved: Option<f64>,
    #[command(flatten)]
    mistakes: Mistakes,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// How often things are not as they should be.
#[derive(Debug, Args)]
struct Mistakes {
    /// No wrong check digits, impossible dates or unknown vaccines
    #[arg(long)]
    clean: bool,
    /// Of doses: reported again by a second clinic; 0.03 where absent
    #[arg(long, value_name = "RATE")]
    duplicates: Option<f64>,
    /// Of records: the resident ID with a wrong check digit; 0.001 where absent
    #[arg(long, value_name = "RATE")]
    wrong_check_digits: Option<f64>,
    /// Of doses: dated before birth; 0.0005 where absent
    #[arg(long, value_name = "RATE")]
    before_birth: Option<f64>,
    /// Of doses: dated on a day that does not exist; 0.0005 where absent
    #[arg(long, value_name = "RATE")]
    impossible_dates: Option<f64>,
    /// Of doses: a vaccine that no catalogue knows; 0.001 where absent
    #[arg(long, value_name = "RATE")]
    unknown_vaccines: Option<f64>,
}

impl Mistakes {
    fn rates(&self) -> Rates {
        let usual = if self.clean { Rates::CLEAN } else { Rates::USUAL };
        Rates {
            duplicate: self.duplicates.unwrap_or(usual.duplicate),
            wrong_check_digit: self.wrong_check_digits.unwrap_or(usual.wrong_check_digit),
            dose_before_birth: self.before_birth.unwrap_or(usual.dose_before_birth),
            impossible_date: self.impossible_dates.unwrap_or(usual.impossible_date),
            unknown_vaccine: self.unknown_vaccines.unwrap_or(usual.unknown_vaccine),
        }
    }
}

impl Simulate {
    /// Writes the population.
    ///
    /// # Errors
    /// [`Failure`] where it cannot be written, or no such population can be made.
    pub async fn run(self, lang: Lang) -> Result<Exit, Failure> {
        let as_of = self.as_of.unwrap_or_else(|| SystemClock.now().utc_date());
        let mut config = Config::new(self.seed, self.persons, as_of, self.regions.clone());
        config.clinics_per_region = self.clinics;
        config.moved = self.moved.unwrap_or(config.moved);
        config.mistakes = self.mistakes.rates();
        let remedy = "see hutong simulate --help";
        config.check().map_err(|error| Failure::usage(error.to_string(), remedy))?;
        let bar = bar(self.json, self.persons);
        match (&self.out, &self.into) {
            (Some(folder), _) => {
                let told = bar.clone();
                let totals = write_telling(&config, folder, move |done| tell(&told, done));
                bar.finish_and_clear();
                print_files(&totals?, self.json, lang)?;
            }
            (None, Some(store)) => {
                let mut deployment = Deployment::read(&self.deployed.config)?;
                if store != "config" {
                    deployment = deployment.keeping_in(store);
                }
                let node = deployment::node_for_command(&deployment).await?;
                let admitted = into::admit(&node, config, bar.clone()).await;
                bar.finish_and_clear();
                admitted?.print(self.json, lang)?;
            }
            (None, None) => return Err(Failure::usage("where to?", "name --out or --into")),
        }
        Ok(Exit::Ok)
    }
}

fn print_files(totals: &Totals, json: bool, lang: Lang) -> Result<(), Failure> {
    let files: Vec<String> = totals.by_reporter.keys().map(ToString::to_string).collect();
    if json {
        return show::json(&serde_json::json!({
            "persons": totals.persons, "patients": totals.patients, "doses": totals.doses,
            "tests": totals.tests, "bytes": totals.bytes, "reporters": files,
            "mistakes": totals.mistakes.values().sum::<u64>(),
        }));
    }
    let (persons, doses, tests, count) = (totals.persons, totals.doses, totals.tests, files.len());
    show::line(lang.pick(
        format!("{persons} 人，{doses} 剂次，{tests} 份检测，{count} 个文件"),
        format!("{persons} persons, {doses} doses, {tests} tests, in {count} files"),
    ));
    Ok(())
}

fn bar(quiet: bool, persons: u64) -> ProgressBar {
    let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::new(persons) };
    let template = "{bar:30} {human_pos}/{human_len} {per_sec} {elapsed_precise} ETA {eta}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

/// Shows how many persons are done, now and then.
fn tell(bar: &ProgressBar, done: u64) {
    if done.is_multiple_of(1_000) {
        bar.set_position(done);
    }
}

/// Writes `REGION.NAME.ndjson` for every reporter into a folder.
///
/// # Errors
/// [`Failure`] where a file cannot be written.
pub fn write(config: &Config, folder: &std::path::Path) -> Result<Totals, Failure> {
    write_telling(config, folder, |_| {})
}

fn write_telling(
    config: &Config,
    folder: &std::path::Path,
    told: impl FnMut(u64),
) -> Result<Totals, Failure> {
    std::fs::create_dir_all(folder).map_err(|error| Failure::file(folder, &error))?;
    let open = |reporter: &hutong_population::Reporter| {
        let file = File::create(folder.join(format!("{reporter}.ndjson")))?;
        Ok(BufWriter::with_capacity(BUFFER_BYTES, file))
    };
    write_ndjson_telling(config, open, told).map_err(|error| Failure::file(folder, &error))
}

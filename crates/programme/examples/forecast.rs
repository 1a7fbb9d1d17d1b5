//! Runs test cases in CDC's workbook columns and writes the report.
//!
//! `cargo run --release -p hutong-programme --example forecast -- \
//!    --supporting-data DIR --cases FILE.csv --report OUT.json`
//! (DIR: the XML files of supporting data, or a folder with them in its folder `xml`)

use std::path::{Path, PathBuf};

use hutong_programme::Programme;
use hutong_programme::cases;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| {
        let place = arguments.iter().position(|argument| argument == name);
        let value = place.and_then(|place| arguments.get(place + 1));
        value.map(PathBuf::from).ok_or_else(|| format!("{name} is missing"))
    };
    let programme = programme(&value("--supporting-data")?)?;
    let cases = cases::parse(std::fs::File::open(value("--cases")?)?)?;
    let report = cases::run(&programme, &cases);
    std::fs::write(value("--report")?, serde_json::to_vec_pretty(&report)?)?;
    for (field, tally) in &report.totals {
        println!("{field:?}: {} of {} ({:.2} %)", tally.matching, tally.of, tally.share() * 100.0);
    }
    for row in &report.unread {
        eprintln!("{}", row.why);
    }
    Ok(())
}

fn programme(folder: &Path) -> Result<Programme, Failure> {
    let inner = folder.join("xml");
    let folder = if inner.is_dir() { &inner } else { folder };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xml")) {
            files.push((path.display().to_string(), std::fs::read_to_string(&path)?));
        }
    }
    files.sort();
    Ok(Programme::parse(files.iter().map(|(name, text)| (name, text.as_str())))?)
}

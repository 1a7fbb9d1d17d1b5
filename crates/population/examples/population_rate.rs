//! How fast lines are written: `cargo run --release -p hutong-population --example
//! population_rate [PERSONS] [DIRECTORY]`.

use hutong_model::{Date, RegionCode};
use hutong_population::{Config, write_ndjson};
use std::io::{BufWriter, Write};
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let persons = std::env::args().nth(1).map_or(Ok(100_000), |text| text.parse())?;
    let directory = std::env::args().nth(2);
    let regions = ["330000", "440000", "520000"];
    let regions = regions.into_iter().map(RegionCode::parse).collect::<Result<Vec<_>, _>>()?;
    let config = Config::new(1, persons, Date::new(2026, 11, 20)?, regions);
    let started = Instant::now();
    let totals = write_ndjson(&config, |reporter| {
        let sink: Box<dyn Write> = match &directory {
            Some(path) => Box::new(std::fs::File::create(format!("{path}/{reporter}.ndjson"))?),
            None => Box::new(std::io::sink()),
        };
        Ok(BufWriter::with_capacity(256 * 1024, sink))
    })?;
    let seconds = started.elapsed().as_secs_f64();
    println!("{totals:#?}");
    println!(
        "{:.0} lines/s, {:.0} persons/s",
        totals.lines() as f64 / seconds,
        persons as f64 / seconds
    );
    Ok(())
}

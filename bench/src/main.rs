//! Benchmarks: each figure beside its limit or a peer, measured in the same run.
//!
//! `hutong-bench NAME [--json]`, NAME one of `admit`, `history`, `assert`, `verify`, `present`,
//! `codes`, `rules`, `revocation`, `decide`, `propagate`, `area-change`,
//! `refresh-all`, `ledger`, `peak-day`.

mod admit;
mod area;
mod assertion;
mod codes;
mod copy;
mod cpu;
mod decide;
mod doses;
mod figures;
mod fill;
mod history;
mod ledger;
mod load;
mod local;
mod nodes;
mod peak;
mod present;
mod propagate;
mod rates;
mod raw;
mod refresh;
mod residents;
mod results;
mod revocation;
mod rules;
mod select;
mod server;
mod stated;
mod stores;
mod stream;
mod system;
mod verify;

use figures::Report;

// The same as in the program, which some of this measures without HTTP.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const USAGE: &str = "\
usage: hutong-bench NAME [--json] [OPTION VALUE]…

NAME is admit, history, assert, verify, present, codes, rules, revocation, decide,
propagate, area-change, refresh-all, ledger or peak-day.

  --store S    where records are kept: embedded (the default), postgres (a server is started for
               it; Debian's package postgresql), or the URL of an empty database, which is left
               full
  --records N  records that lie in the store before anything is measured: 0 for admit, 500000 for
               the others; people of the area for area-change: 1000000
  --sent N     records that admit sends in each of its three rounds, and lines that ledger
               appends: 500000
  --seconds S  how long each measurement under load lasts: 10; 600 for peak-day
  --share N    peak-day rehearses one part in so many of the nation's heaviest day: 100";

/// What is asked on the command line.
pub struct Options {
    /// Where the store lies.
    pub store: Option<String>,
    /// Records that lie in the store before anything is measured.
    pub records: u64,
    /// Records that a round of admission sends.
    pub sent: u64,
    /// How long a measurement under load lasts.
    pub seconds: u64,
    /// One part in so many of the nation's heaviest day is rehearsed.
    pub share: f64,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let mut json = false;
    let records = match name.as_str() {
        "admit" => 0,
        "area-change" => 1_000_000,
        _ => 500_000,
    };
    let seconds = if name == "peak-day" { 600 } else { 10 };
    let mut options = Options { store: None, records, sent: 500_000, seconds, share: 100.0 };
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().unwrap_or_else(|| usage());
        let number = |text: String| text.parse().unwrap_or_else(|_| usage());
        match argument.as_str() {
            "--json" => json = true,
            "--store" => options.store = Some(value()),
            "--records" => options.records = number(value()),
            "--sent" => options.sent = number(value()),
            "--seconds" => options.seconds = number(value()),
            "--share" => options.share = value().parse().unwrap_or_else(|_| usage()),
            _ => usage(),
        }
    }
    let report: Report = match name.as_str() {
        "admit" => admit::run(&options),
        "history" => history::run(&options),
        "assert" => assertion::run(),
        "verify" => verify::run(),
        "present" => present::run(),
        "codes" => codes::run(),
        "rules" => rules::run(),
        "revocation" => revocation::run(),
        "decide" => decide::run(),
        "propagate" => propagate::run(&options),
        "refresh-all" => refresh::run(&options),
        "area-change" => area::run(&options),
        "ledger" => ledger::run(&options),
        "peak-day" => peak::run(&options),
        _ => usage(),
    };
    report.print(json);
}

fn usage() -> ! {
    eprintln!("{USAGE}");
    std::process::exit(2)
}

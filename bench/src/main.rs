//! Benchmarks: each figure beside its limit or a peer, measured in the same run.
//!
//! `hutong-bench NAME [--json]`, NAME one of `admit`, `history`, `assert`, `verify`, `present`,
//! `codes`, `rules`, `revocation`.

mod admit;
mod assertion;
mod codes;
mod copy;
mod cpu;
mod doses;
mod figures;
mod fill;
mod history;
mod load;
mod local;
mod present;
mod rates;
mod raw;
mod revocation;
mod rules;
mod select;
mod server;
mod stated;
mod stores;
mod system;
mod verify;

use figures::Report;

// The same as in the program, which some of this measures without HTTP.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const USAGE: &str = "\
usage: hutong-bench NAME [--json] [OPTION VALUE]…

NAME is admit, history, assert, verify, present, codes, rules or revocation.

  --store S    where admit and history keep their records: embedded (the default), postgres (a
               server is started for it; Debian's package postgresql), or the URL of an empty
               database, which is left full
  --records N  records that lie in the store before anything is measured: 0 for admit, 500000 for
               history
  --sent N     records that admit sends in each of its three rounds: 500000
  --seconds S  how long each measurement under load lasts: 10";

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
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let mut json = false;
    let records = if name == "history" { 500_000 } else { 0 };
    let mut options = Options { store: None, records, sent: 500_000, seconds: 10 };
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().unwrap_or_else(|| usage());
        let number = |text: String| text.parse().unwrap_or_else(|_| usage());
        match argument.as_str() {
            "--json" => json = true,
            "--store" => options.store = Some(value()),
            "--records" => options.records = number(value()),
            "--sent" => options.sent = number(value()),
            "--seconds" => options.seconds = number(value()),
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
        _ => usage(),
    };
    report.print(json);
}

fn usage() -> ! {
    eprintln!("{USAGE}");
    std::process::exit(2)
}

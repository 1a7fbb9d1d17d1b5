//! Benchmarks: each figure beside its limit or a peer, measured in the same run.
//!
//! `hutong-bench NAME [--json]`, NAME one of `admit`, `history`, `assert`, `verify`, `present`,
//! `rules`, `revocation`.

mod admit;
mod assertion;
mod cpu;
mod doses;
mod figures;
mod history;
mod load;
mod local;
mod present;
mod rates;
mod raw;
mod revocation;
mod rules;
mod server;
mod stated;
mod system;
mod verify;

use figures::Report;

// The same as in the program, which some of this measures without HTTP.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const USAGE: &str = "usage: hutong-bench \
                     admit|history|assert|verify|present|rules|revocation [--json] \
                     [--records N] [--seconds S]";

/// What is asked on the command line.
pub struct Options {
    /// Records to admit or to lie in the store.
    pub records: u64,
    /// How long a measurement under load lasts.
    pub seconds: u64,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let mut json = false;
    let mut options = Options { records: 500_000, seconds: 10 };
    while let Some(argument) = arguments.next() {
        let mut number =
            || arguments.next().and_then(|n| n.parse().ok()).unwrap_or_else(|| usage());
        match argument.as_str() {
            "--json" => json = true,
            "--records" => options.records = number(),
            "--seconds" => options.seconds = number(),
            _ => usage(),
        }
    }
    let report: Report = match name.as_str() {
        "admit" => admit::run(&options),
        "history" => history::run(&options),
        "assert" => assertion::run(),
        "verify" => verify::run(),
        "present" => present::run(),
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

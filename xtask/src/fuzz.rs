//! Runs fuzz targets: builds them with the coverage counters that libFuzzer reads, which the
//! stable tool chain can do, and runs them on the seeds and on what earlier runs have found.

use std::{path::Path, process::Command};

/// What cargo-fuzz sets too, but for the address sanitizer, which needs a nightly tool chain and
/// finds little in crates that forbid `unsafe`.
const FLAGS: [&str; 8] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "--cfg",
    "fuzzing",
    "-Ccodegen-units=1",
];

/// Longest input of a target, in bytes; others have [`LENGTH_MAX`].
const LENGTHS_MAX: [(&str, u32); 3] = [("code", 2048), ("small", 512), ("xlsx", 16_384)];
const LENGTH_MAX: u32 = 4096;

/// `TARGET SECONDS`: fuzzes for so long; fails where an input was found that breaks the target.
/// `seeds`: writes again the seeds that are not text.
pub fn run(root: &Path, arguments: &[String]) -> Result<(), String> {
    if arguments == ["seeds"] {
        build(root, &["--example", "seeds"])?;
        return crate::run(&mut Command::new(built(root)?.join("examples/seeds")));
    }
    let known = targets(root)?;
    let [target, seconds] = arguments else {
        return Err(format!(
            "cargo xtask fuzz TARGET SECONDS, or seeds; the targets are: {}",
            known.join(", ")
        ));
    };
    let seconds: u32 =
        seconds.parse().map_err(|_| format!("{seconds}: not a number of seconds"))?;
    if !known.contains(target) {
        return Err(format!("no target {target}; there are: {}", known.join(", ")));
    }
    // Only this one needs the HTTP client and the store, which take long to build.
    let features: &[&str] = if target == "wire" { &["--features", "node"] } else { &[] };
    build(root, &[&["--bin", target.as_str()][..], features].concat())?;
    fuzz(root, target, seconds)
}

/// Sees that every target compiles.
pub fn check(root: &Path) -> Result<(), String> {
    crate::run(
        Command::new("cargo")
            .args(["check", "--release", "--all-targets", "--features", "node"])
            .current_dir(root.join("fuzz")),
    )
}

fn fuzz(root: &Path, target: &str, seconds: u32) -> Result<(), String> {
    let folder = root.join("fuzz");
    let (corpus, artifacts) = (format!("corpus/{target}"), format!("artifacts/{target}"));
    for made in [&corpus, &artifacts] {
        let made = folder.join(made);
        std::fs::create_dir_all(&made).map_err(|error| format!("{}: {error}", made.display()))?;
    }
    let length = LENGTHS_MAX.iter().find(|(name, _)| *name == target);
    let length = length.map_or(LENGTH_MAX, |(_, length)| *length);
    let mut command = Command::new(built(root)?.join(target));
    command
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-max_len={length}"))
        .arg(format!("-artifact_prefix={artifacts}/"))
        .args(["-rss_limit_mb=2048", "-timeout=10", "-print_final_stats=1"]);
    let dictionary = format!("dictionaries/{target}.dict");
    if folder.join(&dictionary).is_file() {
        command.arg(format!("-dict={dictionary}"));
    }
    // What is found is added to the first folder.
    command.arg(corpus);
    let seeds = format!("seeds/{target}");
    if folder.join(&seeds).is_dir() {
        command.arg(seeds);
    }
    crate::run(command.current_dir(folder))
}

/// Builds with counters. With a named target the flags do not reach build scripts.
fn build(root: &Path, what: &[&str]) -> Result<(), String> {
    crate::run(
        Command::new("cargo")
            .args(["build", "--release", "--target", &host()?])
            .args(what)
            .env("RUSTFLAGS", FLAGS.join(" "))
            .current_dir(root.join("fuzz")),
    )
}

/// Where built targets lie.
fn built(root: &Path) -> Result<std::path::PathBuf, String> {
    Ok(root.join("fuzz/target").join(host()?).join("release"))
}

/// The triple of this machine.
fn host() -> Result<String, String> {
    let output = Command::new("rustc").arg("-vV").output();
    let output = output.map_err(|error| format!("cannot start rustc: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "rustc does not say for what it compiles".into())
}

/// Names of the files in `fuzz/fuzz_targets`.
fn targets(root: &Path) -> Result<Vec<String>, String> {
    let folder = root.join("fuzz/fuzz_targets");
    let entries =
        std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| {
            let name = entry.ok()?.file_name();
            Some(name.to_str()?.strip_suffix(".rs")?.to_owned())
        })
        .collect();
    names.sort();
    Ok(names)
}

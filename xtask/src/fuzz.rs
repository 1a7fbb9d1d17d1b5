//! Builds and runs fuzz targets. libFuzzer comes as a crate, and coverage is a matter of compiler
//! flags, so that nothing needs to be installed.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Coverage instrumentation as libFuzzer reads it.
const FLAGS: [&str; 7] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "--cfg fuzzing",
    "-Ccodegen-units=1",
];
/// Where the instrumented programs are built: the target is named, so that build scripts are not
/// instrumented too.
const TRIPLE: &str = if cfg!(target_arch = "aarch64") {
    "aarch64-unknown-linux-gnu"
} else {
    "x86_64-unknown-linux-gnu"
};
/// The one target that needs the node, which brings much with it.
const NEEDS_NODE: &str = "wire";

/// `TARGET SECONDS`: fuzzes for so long; fails where an input was found that breaks the target.
pub fn run(root: &Path, arguments: &[String]) -> Result<(), String> {
    let [target, seconds] = arguments else {
        return Err(format!(
            "cargo xtask fuzz TARGET SECONDS; the targets are: {}",
            targets(root)?.join(", ")
        ));
    };
    let seconds: u32 =
        seconds.parse().map_err(|_| format!("{seconds}: not a number of seconds"))?;
    let known = targets(root)?;
    if !known.contains(target) {
        return Err(format!("no target {target}; there are: {}", known.join(", ")));
    }
    build(root, &["--bin", target], target == NEEDS_NODE)?;
    let fuzz = root.join("fuzz");
    let corpus = fuzz.join("corpus").join(target);
    let artifacts = fuzz.join("artifacts").join(target);
    for folder in [&corpus, &artifacts] {
        std::fs::create_dir_all(folder)
            .map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let mut command = Command::new(program(root, target));
    command
        .arg(&corpus)
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .args(["-rss_limit_mb=2048", "-timeout=10", "-print_final_stats=1"])
        .current_dir(&fuzz);
    let seeds = fuzz.join("seeds").join(target);
    if seeds.is_dir() {
        command.arg(seeds);
    }
    let dictionary = fuzz.join("dictionaries").join(format!("{target}.dict"));
    if dictionary.is_file() {
        command.arg(format!("-dict={}", dictionary.display()));
    }
    crate::run(&mut command)
}

/// Builds every target and lets each read its seeds once.
pub fn check(root: &Path) -> Result<(), String> {
    let known = targets(root)?;
    if known.is_empty() {
        println!("left out: there are no fuzz targets");
        return Ok(());
    }
    build(root, &["--bins"], true)?;
    for target in known {
        let seeds = root.join("fuzz/seeds").join(&target);
        if seeds.is_dir() {
            let mut command = Command::new(program(root, &target));
            crate::run(command.arg(seeds).args(["-runs=0", "-timeout=10"]))
                .map_err(|error| format!("{target}: {error}"))?;
        }
    }
    Ok(())
}

fn build(root: &Path, which: &[&str], node: bool) -> Result<(), String> {
    let fuzz = root.join("fuzz");
    let mut command = Command::new("cargo");
    command
        .args(["build", "--release", "--target", TRIPLE, "--manifest-path"])
        .arg(fuzz.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(fuzz.join("target"))
        .args(which)
        .env("RUSTFLAGS", FLAGS.join(" "));
    if node {
        command.args(["--features", "node"]);
    }
    crate::run(&mut command)
}

fn program(root: &Path, target: &str) -> PathBuf {
    root.join("fuzz/target").join(TRIPLE).join("release").join(target)
}

/// Names of the files in `fuzz/fuzz_targets`.
fn targets(root: &Path) -> Result<Vec<String>, String> {
    let folder = root.join("fuzz/fuzz_targets");
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
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

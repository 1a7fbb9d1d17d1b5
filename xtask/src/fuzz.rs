//! Runs fuzz targets with cargo-fuzz on a nightly tool chain (libFuzzer needs its sanitizers).

use std::{
    path::Path,
    process::{Command, Stdio},
};

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
    need_tools()?;
    crate::run(
        Command::new("cargo")
            .args(["+nightly", "fuzz", "run", target, "--"])
            .arg(format!("-max_total_time={seconds}"))
            .args(["-rss_limit_mb=2048", "-timeout=10", "-print_final_stats=1"])
            .current_dir(root),
    )
}

/// Builds every target. Left out, and said so, where the tools for it are missing.
pub fn check(root: &Path) -> Result<(), String> {
    let known = targets(root)?;
    if known.is_empty() {
        println!("left out: there are no fuzz targets");
        return Ok(());
    }
    if let Err(reason) = need_tools() {
        println!("left out: {reason}");
        return Ok(());
    }
    crate::run(Command::new("cargo").args(["+nightly", "fuzz", "check"]).current_dir(root))
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

fn need_tools() -> Result<(), String> {
    let silent = |arguments: &[&str]| {
        let mut command = Command::new("cargo");
        command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    if !silent(&["+nightly", "--version"]) {
        return Err("fuzzing needs a nightly tool chain (rustup toolchain install nightly)".into());
    }
    if !silent(&["+nightly", "fuzz", "--version"]) {
        return Err("fuzzing needs cargo-fuzz (cargo install cargo-fuzz --locked)".into());
    }
    Ok(())
}

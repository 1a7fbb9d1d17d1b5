//! Build and test driver: `cargo xtask tidy | bench NAME | fuzz TARGET SECONDS | openapi`.

mod fuzz;
mod openapi;
mod tidy;

use std::{
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

const USAGE: &str = "\
usage: cargo xtask COMMAND

  tidy                   check form: line and file lengths, banned words, large files
  bench NAME [--json]    run a benchmark, each figure beside its limit; admit and history
                         take --store embedded|postgres|URL, --records N and --sent N
  fuzz TARGET SECONDS    run a fuzz target of fuzz/fuzz_targets
  fuzz-check             see that every fuzz target builds
  openapi                write docs/openapi.json again from the code";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("", &[][..]),
    };
    let root = root();
    let done = match command {
        "tidy" => tidy::run(&root),
        "bench" => bench(&root, rest),
        "fuzz" => fuzz::run(&root, rest),
        "fuzz-check" => fuzz::check(&root),
        "openapi" => openapi::run(&root),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("xtask {command}: {reason}");
            ExitCode::FAILURE
        }
    }
}

/// The folder of the workspace.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Runs a command to its end; an error where it fails.
fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(|error| format!("cannot start {name}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{name} ended with {status}")) }
}

fn bench(root: &Path, arguments: &[String]) -> Result<(), String> {
    if arguments.is_empty() {
        return Err("which benchmark? cargo xtask bench NAME [--json]".into());
    }
    // As it is put into service. Cargo speaks on standard error; what the benchmark prints on
    // standard output stays readable by programs.
    let mut build = Command::new("cargo");
    build.args(["build", "--profile", "dist", "-p", "hutong", "-p", "hutong-bench"]);
    run(build.current_dir(root))?;
    run(Command::new(root.join("target/dist/hutong-bench")).args(arguments).current_dir(root))
}

//! The demonstration passes, with a small population, when everything has been built.

mod common;

use common::{hutong, said};
use std::path::Path;

#[test]
fn the_story_holds() {
    let executable = Path::new(env!("CARGO_BIN_EXE_hutong"));
    if !executable.with_file_name("opaque-region").exists() {
        eprintln!("left out: build the workspace first (cargo build --release --workspace --bins)");
        return;
    }
    let output =
        hutong().args(["demo", "--once", "--persons", "1500"]).output().expect("it starts");
    let (code, stdout, stderr) = said(&output);
    assert_eq!(code, 0, "{stdout}\n{stderr}");
    assert!(!stdout.contains('✗'), "{stdout}");
}

#[test]
fn a_population_is_the_same_for_the_same_seed() {
    let (one, two) =
        (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    for folder in [&one, &two] {
        let mut command = hutong();
        command.args(["simulate", "--persons", "50", "--seed", "3", "--as-of", "2026-11-22"]);
        let output = command.arg("--out").arg(folder.path()).output().expect("it starts");
        assert_eq!(said(&output).0, 0);
    }
    let name = "330000.clinic-1.ndjson";
    let read =
        |folder: &tempfile::TempDir| std::fs::read(folder.path().join(name)).expect("a file");
    assert_eq!(read(&one), read(&two));
    assert!(!read(&one).is_empty());
}

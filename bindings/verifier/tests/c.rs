//! The C interface, from a C program that is compiled and run here.

use serde_json::Value;
use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const CERTIFICATE: &str = include_str!("../../../crates/hutong/tests/files/dose-xa.hc1");

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Where the library lies that was built for this test.
fn libraries() -> PathBuf {
    let own = std::env::current_exe().expect("this program");
    own.parent().expect("a folder").to_owned()
}

fn compiled(folder: &Path) -> PathBuf {
    let program = folder.join("verify");
    let libraries = libraries();
    let mut cc = Command::new("cc");
    cc.args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-o"]).arg(&program);
    cc.arg(here("tests/files/verify.c")).arg("-I").arg(here("include"));
    cc.arg("-L").arg(&libraries).arg("-lhutong_verifier");
    cc.arg(format!("-Wl,-rpath,{}", libraries.display()));
    let output = cc.output().expect("a C compiler");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    program
}

fn answers(program: &Path, trust: Option<&Path>, lines: &str) -> Vec<Value> {
    let mut command = Command::new(program);
    command.args(trust).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut process = command.spawn().expect("it starts");
    process.stdin.take().expect("stdin").write_all(lines.as_bytes()).expect("it reads");
    let output = process.wait_with_output().expect("it ends");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn a_c_program_verifies() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = compiled(folder.path());
    let lines = format!("{}\nrubbish\n\n", CERTIFICATE.trim());
    let signer = here("../../crates/hutong/tests/files/signer-xa.pem");
    let trusted = answers(&program, Some(&signer), &lines);
    let results: Vec<_> = trusted.iter().map(|answer| &answer["result"]).collect();
    assert_eq!(results, ["valid", "invalid", "invalid"], "{trusted:?}");
    assert_eq!(trusted[0]["records"][0]["type"], "vaccination");
    let nobody = answers(&program, None, &lines);
    assert_eq!(nobody[0]["result"], "unverified");
    // A file that is none: said, and nothing is trusted.
    let nothing = answers(&program, Some(&here("Cargo.toml")), &lines);
    assert_eq!(nothing[0]["result"], "unverified");
}

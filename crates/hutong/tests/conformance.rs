//! `hutong conformance`: our own verifier, by the command line, passes the kit that it makes.

mod common;

use common::{hutong, run_with_input, said, well};
use serde_json::Value;

#[test]
fn the_kit_is_made_verified_and_checked() {
    let folder = tempfile::tempdir().expect("a folder");
    let kit = folder.path().join("kit");
    let at = "2026-11-22T12:00:00Z";
    let mut make = hutong();
    make.args(["conformance", "make", "--at", at]).arg(&kit);
    let told = well(&make.output().expect("the executable starts"));
    assert!(told.contains("vectors"), "{told}");
    // A folder that is there is left alone.
    assert_ne!(make.output().expect("the executable starts").status.code(), Some(0));

    let readme = std::fs::read_to_string(kit.join("README.md")).expect("a README");
    let anchor = readme.split("--anchor=").nth(1).and_then(|rest| rest.split(' ').next());
    let anchor = anchor.expect("the anchor");
    let codes = std::fs::read_to_string(kit.join("codes.txt")).expect("codes");
    let mut verify = hutong();
    verify.args(["verify", "--json", "--at", at, &format!("--anchor={anchor}"), "--trust"]);
    verify
        .args(std::fs::read_dir(kit.join("trust")).expect("a folder").flatten().map(|f| f.path()));
    let answers = well(&run_with_input(&mut verify, &codes));

    let mut check = hutong();
    check.args(["conformance", "check", "--json"]).arg(&kit).arg("-");
    let (code, stdout, stderr) = said(&run_with_input(&mut check, &answers));
    let checked: Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!((code, &checked["differences"]), (0, &serde_json::json!([])), "{stderr}");
    // Answers of a verifier that believes everything.
    let yes = "{\"result\":\"valid\"}\n".repeat(codes.lines().count());
    let mut check = hutong();
    check.args(["conformance", "check", "--results-only"]).arg(&kit).arg("-");
    let (code, stdout, _) = said(&run_with_input(&mut check, &yes));
    assert_eq!(code, 1);
    assert!(stdout.contains("hc1-flipped") && stdout.contains("RFC 9052"), "{stdout}");
}

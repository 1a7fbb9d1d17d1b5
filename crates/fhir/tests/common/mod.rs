//! What several tests need: a sender, a time, the place of third-party material.
#![allow(dead_code, reason = "each test file uses its own part")]

use hutong_fhir::{ReadContext, Row, RowResult};
use hutong_model::{Issue, MemberId, Submission, Timestamp};
use std::path::PathBuf;

/// 2026-11-22T12:00:00Z.
pub const NOW: Timestamp = Timestamp::from_unix_s(1_795_348_800);

/// A clinic that sends.
pub fn clinic() -> ReadContext {
    ReadContext::new(MemberId::parse("330100.clinic-3").expect("a member id"), NOW)
}

/// The folder of third-party FHIR material; prints why it is skipped where it is absent.
pub fn material() -> Option<PathBuf> {
    let root = std::env::var_os("HUTONG_TESTDATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let folder = root.join("fhir");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no third-party material here (set HUTONG_TESTDATA)");
    None
}

/// The submission of a row that must be admitted, and its warnings.
pub fn admitted(row: Row) -> (Submission, Vec<Issue>) {
    match row.result {
        RowResult::Submission(submission, issues) => (*submission, issues),
        other => panic!("{}: expected to be admitted: {other:?}", row.locator),
    }
}

/// The reasons against a row that must be rejected.
pub fn rejected(row: Row) -> Vec<Issue> {
    match row.result {
        RowResult::Rejected(issues) => issues,
        other => panic!("{}: expected to be rejected: {other:?}", row.locator),
    }
}

/// The reason why a row is not kept.
pub fn not_kept(row: Row) -> Issue {
    match row.result {
        RowResult::NotKept(issue) => issue,
        other => panic!("{}: expected not to be kept: {other:?}", row.locator),
    }
}

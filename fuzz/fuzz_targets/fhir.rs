//! FHIR as a body, as a line of NDJSON, and what a search asks for.
#![no_main]

use hutong_fhir::{ReadContext, RowResult, read_body, read_line, search};
use hutong_model::{MemberId, Timestamp};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let member = MemberId::parse("330000.clinic").expect("an id");
    let ctx = ReadContext::new(member, Timestamp::from_unix_s(1_790_000_000));
    let rows = read_line(bytes, 1, &ctx);
    assert!(!rows.is_empty(), "every line gives a row");
    for row in rows.into_iter().chain(read_body(bytes, &ctx).into_rows()) {
        if let RowResult::Rejected(issues) = &row.result {
            assert!(!issues.is_empty(), "a rejection says why");
        }
    }
    let text = String::from_utf8_lossy(bytes);
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    let _ = search::patient_search(pairs);
});

//! The small parsers: documents, times, ids, regions, entries as CBOR.
#![no_main]

use hutong_model::{Date, Document, DocumentKind, Entry, MemberId, OriginId, RegionCode, Timestamp, When};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(entry) = minicbor::decode::<Entry>(bytes) {
        let again = minicbor::to_vec(&entry).expect("encodes");
        assert_eq!(minicbor::decode::<Entry>(&again).ok(), Some(entry), "an entry survives CBOR");
    }
    let text = String::from_utf8_lossy(bytes);
    let (head, tail) = text.split_once('|').unwrap_or((&text, ""));
    for kind in DocumentKind::ALL {
        if let Ok(document) = Document::parse(kind, tail, head) {
            let again = Document::parse(kind, document.scope(), document.number());
            assert_eq!(again.ok().as_ref(), Some(&document), "a parsed document parses again");
            let _ = (document.masked(), document.key(), document.birth_date(), document.sex());
        }
    }
    if let Ok(when) = When::parse(head) {
        let shown = when.to_string();
        assert_eq!(When::parse(&shown).map(|w| w.to_string()).ok(), Some(shown), "a time reads back");
    }
    let _ = (Date::parse(head), Timestamp::parse(head), RegionCode::parse(head));
    let _ = (MemberId::parse(head), OriginId::parse(head));
});

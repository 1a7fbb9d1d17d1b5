//! The small parsers: documents, times, ids, regions, and entries as CBOR and as JSON.
#![no_main]

use hutong_model::{
    Date, Document, DocumentKind, Entry, EntryId, MemberId, OriginId, RegionCode, Timestamp, When,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(entry) = minicbor::decode::<Entry>(bytes) {
        survives(entry);
    }
    if let Ok(entry) = serde_json::from_slice::<Entry>(bytes) {
        survives(entry);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        documents(text);
        times(text);
        let _ = EntryId::parse(text);
        if let Ok(region) = RegionCode::parse(text) {
            assert_eq!(region.as_str(), text, "a region shows as it was written");
            assert!(RegionCode::NATION.contains(&region), "every region lies in the nation");
            let _ = (region.name(), region.province_name());
        }
        if let Ok(member) = MemberId::parse(text) {
            assert!(text.starts_with(member.region().as_str()), "a member lies in its region");
        }
        if let Ok(id) = OriginId::parse(text) {
            assert_eq!(OriginId::parse(id.as_str()).as_ref(), Ok(&id), "an id reads back");
        }
    }
});

/// What nodes hand on must be the same at every node.
fn survives(entry: Entry) {
    let cbor = minicbor::to_vec(&entry).expect("encodes");
    assert_eq!(minicbor::decode::<Entry>(&cbor).expect("reads back"), entry, "survives CBOR");
    let json = serde_json::to_vec(&entry).expect("encodes");
    assert_eq!(serde_json::from_slice::<Entry>(&json).expect("reads back"), entry, "survives JSON");
    if let Some(when) = entry.times.occurred() {
        let _ = (when.date(), when.to_string());
    }
}

/// `NUMBER|SCOPE`.
fn documents(text: &str) {
    let (number, scope) = text.split_once('|').unwrap_or((text, ""));
    for kind in DocumentKind::ALL {
        let Ok(document) = Document::parse(kind, scope, number) else { continue };
        let again = Document::parse(kind, document.scope(), document.number());
        assert_eq!(again.as_ref(), Ok(&document), "a parsed document parses again");
        assert!(document.sex().is_none() || document.birth_date().is_some());
        let _ = (document.masked(), document.key(), document.system());
    }
}

fn times(text: &str) {
    if let Ok(when) = When::parse(text) {
        assert_eq!(When::parse(&when.to_string()), Ok(when), "a time reads back");
    }
    if let Ok(date) = Date::parse(text) {
        assert_eq!(date.to_string(), text, "a date shows as it was written");
        assert_eq!(Date::from_epoch_day(date.epoch_day()), date, "a date is a day number");
    }
    if let Ok(at) = Timestamp::parse(text) {
        assert_eq!(Timestamp::parse(&at.to_string()), Ok(at), "an instant reads back");
    }
}

//! What nodes below send and ask, over the wire.

use crate::common::{Town, people::lin, reply, town};
use hutong_model::{
    Date, Demographics, Document, Entry, EntryId, Fact, MemberId, MemberKind, PersonId, RegionCode,
    Source, Times, entry::HealthDeclaration,
};
use hutong_node::wire::{Entries, Numbered, UpBatch, pack, unpack};
use serde_json::{Value, json};

async fn child(town: &Town) -> String {
    let child = town.admit("330000", MemberKind::Node).await;
    town.token(&child).await
}

fn entry(number: u8, region: &str) -> Numbered {
    let region = RegionCode::parse(region).expect("a region");
    let fact = Fact::HealthDeclaration(HealthDeclaration::default());
    Numbered {
        seq: u64::from(number),
        entry: Entry {
            id: EntryId::from_bytes([number; 16]),
            person: PersonId::from_bytes([7; 16]),
            member: MemberId::of_node(region),
            own_id: None,
            region,
            source: Source::Declared,
            times: Times {
                admitted: hutong_model::Timestamp::from_unix_s(1_790_000_000),
                ..Times::default()
            },
            replaces: None,
            fact,
        },
    }
}

async fn pass_up(town: &Town, token: &str, entries: Vec<Numbered>) -> (u16, Value) {
    let upto = entries.last().map_or(0, |last| last.seq);
    let body = pack(&UpBatch { entries, upto, repair: false, after: 0 }).expect("packed");
    let request = town.ask("POST", "/v1/node/entries", token);
    let answer = reply(request.header("content-type", "application/cbor").body(body)).await;
    (answer.status, answer.body)
}

#[tokio::test]
async fn a_child_passes_up_and_asks() {
    let town = town().await;
    let token = child(&town).await;
    let (status, answer) =
        pass_up(&town, &token, vec![entry(1, "330000"), entry(2, "330100")]).await;
    assert_eq!((status, &answer["seq"]), (200, &json!(2)), "{answer}");
    // Again: nothing changes. Of another region: refused.
    assert_eq!(pass_up(&town, &token, vec![entry(2, "330000")]).await.0, 200);
    assert_eq!(pass_up(&town, &token, vec![entry(3, "440000")]).await.0, 403);
    let position = town.post(&token, "NODE", "/v1/node/position", &json!({})).await.expect(200);
    assert_eq!(position.body["seq"], 2);

    let ask = json!({
        "whom": { "aliases": [PersonId::from_bytes([7; 16])] },
        "onBehalfOf": "330000.node", "purpose": "PATRQT", "right": "self", "what": "history",
    });
    let request = town.ask("POST", "/v1/node/history", &token);
    let request = request.header("content-type", "application/json").body(ask.to_string());
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.headers()["content-type"], "application/cbor");
    let entries: Entries = unpack(&answer.bytes().await.expect("bytes")).expect("entries");
    let records = entries.entries.iter().filter(|entry| entry.fact.is_record()).count();
    assert_eq!((records, entries.complete), (2, true));

    let days = json!({ "from": "2026-01-01", "to": "2026-12-31" });
    let days = town.post(&token, "NODE", "/v1/node/digests", &days).await.expect(200).body;
    assert!(!days.as_array().expect("days").is_empty(), "{days}");
    let (member, day) = (&days[0]["member"], &days[0]["day"]);
    let day = json!({ "member": member, "day": day });
    let ids = town.post(&token, "NODE", "/v1/node/day", &day).await.expect(200).body;
    assert!(!ids["ids"].as_array().expect("ids").is_empty());
    let foreign = json!({ "member": "440000.node", "day": "2026-09-21" });
    town.post(&token, "NODE", "/v1/node/day", &foreign).await.expect(403);

    let feed = json!({ "after": 0, "waitMs": 0 });
    let feed = town.post(&token, "NODE", "/v1/node/feed", &feed).await.expect(200).body;
    let kinds: Vec<&Value> =
        feed["items"].as_array().expect("items").iter().map(|item| &item["kind"]).collect();
    assert!(kinds.contains(&&json!("trust-list")), "{kinds:?}");
    let recognise = json!({ "text": "XX1:abc", "region": "330000" });
    town.post(&token, "NODE", "/v1/node/recognise", &recognise).await.expect(200);
    let keys = json!([{ "issuer": "440000", "key": "AAAA" }]);
    town.post(&token, "NODE", "/v1/node/keys", &keys).await.expect(403);
    let standing = json!({ "issuer": "330000", "subject": PersonId::from_bytes([7; 16]) });
    let standing = town.post(&token, "NODE", "/v1/node/standing", &standing).await.expect(200);
    assert_eq!(standing.body["known"], true);
    let accesses = json!({ "whom": { "aliases": [PersonId::from_bytes([7; 16])] }, "limit": 10 });
    let accesses = town.post(&token, "NODE", "/v1/node/accesses", &accesses).await.expect(200).body;
    assert_eq!(accesses[0]["onBehalfOf"], "330000.node", "{accesses}");
}

#[tokio::test]
async fn a_broken_batch_is_refused() {
    let town = town().await;
    let token = child(&town).await;
    for body in [&b""[..], b"nonsense", &[0x28, 0xb5, 0x2f, 0xfd]] {
        let request = town.ask("POST", "/v1/node/entries", &token);
        let request = request.header("content-type", "application/cbor").body(body.to_vec());
        reply(request).await.expect(400);
    }
    let request = town.ask("POST", "/v1/node/entries", &token);
    reply(request.header("content-type", "application/json").body("{}")).await.expect(415);
    let clinic = town.admit("clinic-1", MemberKind::Clinic).await;
    let clinic = town.token(&clinic).await;
    let dose = lin().dose("d1", "2026-01-05");
    town.send_fhir(&token, "/fhir/Immunization", &dose).await.expect(403);
    town.post(&clinic, "NODE", "/v1/node/position", &json!({})).await.expect(403);
}

/// What a child writes when it comes to know somebody: who they are, a document, a declaration.
fn somebody(first: u8, region: &str, born: &str) -> Vec<Numbered> {
    let licence = Document::identifier("urn:oid:2.16.840.1.113883.4.3.25", "S99912345");
    let demographics = Demographics { birth_date: Date::parse(born).ok(), ..Default::default() };
    let mut entries: Vec<Numbered> = (first..first + 3).map(|n| entry(n, region)).collect();
    for numbered in &mut entries {
        numbered.entry.person = PersonId::from_bytes([first; 16]);
    }
    entries[0].entry.fact = Fact::Demographics(demographics);
    entries[1].entry.fact = Fact::DocumentLinked(licence.expect("an identifier"));
    entries
}

#[tokio::test]
async fn strangers_of_two_regions_stay_apart() {
    let town = town().await;
    let east = child(&town).await;
    let south = town.admit("440000", MemberKind::Node).await;
    let south = town.token(&south).await;
    assert_eq!(pass_up(&town, &east, somebody(1, "330000", "1980-05-06")).await.0, 200);
    assert_eq!(pass_up(&town, &south, somebody(11, "440000", "1991-07-08")).await.0, 200);
    // The second person's region asks with the number that both have.
    let licence = Document::identifier("urn:oid:2.16.840.1.113883.4.3.25", "S99912345");
    let ask = |born: &str| {
        json!({
            "whom": {
                "aliases": [PersonId::from_bytes([11; 16])], "born": born,
                "documents": [licence.as_ref().expect("an identifier")],
            },
            "onBehalfOf": "440000.node", "purpose": "PATRQT", "right": "self", "what": "history",
        })
    };
    for (born, persons) in [("1991-07-08", 1), ("1980-05-06", 2)] {
        let request = town.ask("POST", "/v1/node/history", &south);
        let request = request.header("content-type", "application/json");
        let answer = request.body(ask(born).to_string()).send().await.expect("an answer");
        let entries: Entries = unpack(&answer.bytes().await.expect("bytes")).expect("entries");
        let records = entries.entries.iter().filter(|entry| entry.fact.is_record()).count();
        assert_eq!(records, persons, "born {born}");
    }
}

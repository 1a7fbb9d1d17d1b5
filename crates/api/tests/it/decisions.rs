//! Decisions that are made by themselves: told to the phone, entered in the ledger, made again when
//! the time comes or an area is listed.

use crate::common::{Town, people::lin, phone::Phone, reply, town};
use hutong_code::{Assertion, PresentationText};
use hutong_ledger::{Kind, NoteKey, Opening, Policy, PublicFolder, audit_with};
use hutong_model::{Clock, MemberKind};
use serde_json::{Value, json};

const LAW: &str = "Law on infectious diseases, article 42";

async fn decide(town: &Town) {
    while town.node.decide_once().await.expect("decided") {}
}

async fn told(town: &Town, phone: &Phone) -> Vec<Value> {
    let body = town.mine(phone, "GET", "/v1/me/decisions", None).await.expect(200).body;
    body["decisions"].as_array().expect("decisions").clone()
}

/// Lin with a phone, and a laboratory's token.
async fn begin(town: &Town) -> (Phone, String) {
    let clinic = town.admit("clinic-1", MemberKind::Clinic).await;
    let token = town.token(&clinic).await;
    town.send_fhir(&token, "/fhir/Patient", &lin().patient()).await.expect(201);
    (town.phone(&lin()).await, token)
}

async fn positive(town: &Town, token: &str, own_id: &str) {
    let at = town.clock.now().plus_s(-3600).to_string();
    let result = lin().test(own_id, &at, true);
    town.send_fhir(token, "/fhir/Observation", &result).await.expect(201);
}

/// The next event of a stream.
async fn next(stream: &mut reqwest::Response) -> Value {
    let mut text = String::new();
    loop {
        let chunk = stream.chunk().await.expect("read").expect("the stream goes on");
        text.push_str(&String::from_utf8_lossy(&chunk));
        let Some(end) = text.find("\n\n") else { continue };
        let line = text[..end].lines().find_map(|line| line.strip_prefix("data: "));
        match line {
            Some(data) => return serde_json::from_str(data).expect("JSON"),
            None => text.drain(..end + 2),
        };
    }
}

#[tokio::test]
async fn a_result_is_told_entered_and_lifted_by_itself() {
    let town = town().await;
    let (phone, lab) = begin(&town).await;
    decide(&town).await;
    assert_eq!(told(&town, &phone).await, [] as [Value; 0], "nothing stands against anybody");
    let url = format!("{}/v1/me/notices", town.url);
    let mut stream = town.http.get(url).bearer_auth(&phone.token).send().await.expect("sent");
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    positive(&town, &lab, "t-1").await;
    decide(&town).await;
    let notice = next(&mut stream).await;
    assert_eq!((&notice["level"], &notice["event"]), (&json!("red"), &json!("test-2026")));
    assert_eq!(notice["decision"]["reasons"][0]["code"], "test-positive");
    let known = told(&town, &phone).await;
    assert_eq!(known, std::slice::from_ref(&notice));
    // Deciding again changes nothing, and another result of the same kind does.
    decide(&town).await;
    assert_eq!(told(&town, &phone).await, known);
    // What time alone ends is told when it ends, from the reason's own time.
    let until = notice["decision"]["nextChange"].as_str().expect("it ends").to_owned();
    let until = hutong_model::Timestamp::parse(&until).expect("a time");
    town.clock.advance_s(until.since_s(town.clock.now()) + 1);
    decide(&town).await;
    let phone = town.phone(&lin()).await;
    assert_ne!(told(&town, &phone).await[0]["level"], "red");
}

#[tokio::test]
async fn the_ledger_holds_each_decision_and_the_person_opens_it() {
    let town = town().await;
    let (phone, lab) = begin(&town).await;
    positive(&town, &lab, "t-1").await;
    decide(&town).await;
    town.node.append_to_ledger().await.expect("appended");
    let entered = told(&town, &phone).await[0]["ledger"].clone();
    let info = reply(town.http.get(format!("{}/v1/ledger", town.url))).await.expect(200).body;
    assert_eq!(entered["origin"], info["origin"]);
    let key = NoteKey::parse(info["key"].as_str().expect("a key")).expect("a key");
    let opening = base64_of(&entered["opening"]);
    let opening = Opening::parse(&opening).expect("an opening");
    let (mut found, hash) = (0, entered["leaf"].as_str().expect("a hash").to_owned());
    let folder = tempfile::tempdir().expect("a folder");
    copy_ledger(&town, info["size"].as_u64().expect("a size"), folder.path()).await;
    audit_with(PublicFolder::new(folder.path()), &Policy::new(key), None, |_, leaf| {
        if leaf.kind() == Kind::Decision && hex::encode(leaf.hash().as_bytes()) == hash {
            opening.check(leaf).expect("it opens this line");
            found += 1;
        }
        Ok(())
    })
    .expect("the ledger is sound");
    assert_eq!(found, 1);
    // The code names the line.
    let text = town.show(&phone).await;
    let shown = PresentationText::parse(&text).expect("a presentation");
    let assertion = Assertion::parse(shown.assertion()).expect("an assertion");
    let leaf = assertion.claims().standing.as_ref().and_then(|s| s.leaf).expect("a line");
    assert!(hash.starts_with(&hex::encode(leaf.as_bytes())), "{hash}");
}

#[tokio::test]
async fn a_listed_area_is_told_to_those_who_were_there() {
    let town = town().await;
    let (phone, _) = begin(&town).await;
    let department = town.admit("cdc", MemberKind::Department).await;
    let token = town.token(&department).await;
    let send = async |path: &str, body: Value, status: u16| {
        let request = town.ask("POST", path, &token).header("content-type", "application/json");
        let request = request.header("hutong-purpose", "PUBHLTH").header("hutong-legal-basis", LAW);
        reply(request.body(body.to_string())).await.expect(status)
    };
    let stay = json!({"statements": [{"ownId": "s-1", "about": "stay", "place": "330106001005",
        "from": town.clock.now().plus_s(-3 * 3600).to_string(),
        "person": {"documents": [{"kind": "resident-id", "number": lin().number}]}}]});
    send("/v1/evidence", stay, 200).await;
    decide(&town).await;
    assert_eq!(told(&town, &phone).await, [] as [Value; 0]);
    let filing = json!({"kind": "area", "filing": {"event": "test-2026", "area": "330106001",
        "grade": "high", "legalBasis": LAW}});
    send("/v1/filings", filing, 201).await;
    town.clock.advance_s(1);
    decide(&town).await;
    let high = told(&town, &phone).await;
    assert_eq!(high.len(), 1, "{high:?}");
    assert_ne!(high[0]["level"], "green");
    assert_eq!(high[0]["decision"]["reasons"][0]["code"], "risk-area");
}

/// Takes the files of a small ledger.
async fn copy_ledger(town: &Town, size: u64, folder: &std::path::Path) {
    for file in
        ["checkpoint".into(), format!("tile/0/000.p/{size}"), format!("tile/entries/000.p/{size}")]
    {
        let answer = town.http.get(format!("{}/ledger/{file}", town.url)).send().await;
        let path = folder.join(&file);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        let bytes = answer.expect("sent").bytes().await.expect("bytes");
        std::fs::write(path, bytes).expect("written");
    }
}

fn base64_of(text: &Value) -> Vec<u8> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    STANDARD.decode(text.as_str().expect("text")).expect("base64")
}

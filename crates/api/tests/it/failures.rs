//! What went wrong elsewhere, attempted here: the table of failures, row by row, levels and codes
//! (1 to 5, 12 to 15, 17). `failures_of_records` has the others.

use crate::common::{LAW, Town, people::lin, phone::Phone, reply, town};
use hutong_code::{Assertion, PresentationText, Sign, SigningKey, issue, present};
use hutong_ledger::{NoteKey, Policy, PublicFolder, audit};
use hutong_model::{Clock, Level, MemberKind, PersonId};
use hutong_store::{Round, Standing};
use serde_json::{Value, json};

/// Lin, known here, with a phone; a department, and somebody who verifies.
struct Cast {
    town: Town,
    phone: Phone,
    department: String,
    door: String,
}

async fn cast() -> Cast {
    let town = town().await;
    let clinic = town.admit("clinic-1", MemberKind::Clinic).await;
    let clinic = town.token(&clinic).await;
    town.send_fhir(&clinic, "/fhir/Patient", &lin().patient()).await.expect(201);
    let department = town.admit("cdc", MemberKind::Department).await;
    let department = town.token(&department).await;
    let door = town.admit("door-1", MemberKind::Verifier).await;
    let door = town.token(&door).await;
    let phone = town.phone(&lin()).await;
    Cast { town, phone, department, door }
}

impl Cast {
    async fn information(&self) -> Value {
        let path = "/v1/me/health-information";
        self.town.mine(&self.phone, "GET", path, None).await.expect(200).body
    }

    async fn level(&self) -> Value {
        self.information().await["decision"]["level"].clone()
    }

    async fn verify(&self, text: &str) -> Value {
        let body = json!({ "codes": [text] });
        let answer = self.town.post(&self.door, "VERIFY", "/v1/verifications", &body).await;
        answer.expect(200).body["answers"][0].clone()
    }

    /// States something about Lin; the record.
    async fn state(&self, own_id: &str, mut statement: Value) -> Value {
        statement["ownId"] = json!(own_id);
        statement["person"] =
            json!({ "documents": [{ "kind": "resident-id", "number": lin().number }] });
        let body = json!({ "statements": [statement] });
        let path = "/v1/evidence";
        let answer = self.town.by_law(&self.department, "POST", path, &body).await.expect(200);
        answer.body["receipts"][0]["entry"].clone()
    }

    async fn close_contact(&self, own_id: &str) -> Value {
        let occurred = self.town.clock.now().plus_s(-7200).to_string();
        let contact = json!({"about": "exposure", "agent": "sars-cov-2", "contact": "close",
            "occurred": occurred});
        self.state(own_id, contact).await
    }
}

/// The assertion that a phone shows, with something else in it, signed with a key.
fn altered(
    shown: &str,
    phone: &Phone,
    at: hutong_model::Timestamp,
    key: &SigningKey,
    level: Level,
) -> String {
    let shown = PresentationText::parse(shown).expect("a presentation");
    let assertion = Assertion::parse(shown.assertion()).expect("an assertion");
    let mut claims = assertion.claims().clone();
    let standing = claims.standing.as_mut().expect("a level");
    (standing.level, standing.leaf) = (level, None);
    present(&issue(&claims, key).expect("signed"), at, &phone.key).expect("shown")
}

/// Depositors were given red by people who could write to the system. Here nobody can: not by a
/// list, not with the database, not with the issuer's key.
#[tokio::test]
async fn row_01_an_administrator_turns_nobody_red() {
    let cast = cast().await;
    let (town, person) = (&cast.town, PersonId::parse(&cast.phone.person).expect("an id"));
    // Scanning a place's code, here or forwarded, is nothing against anybody.
    let market = json!({ "name": "银行", "division": "410105001", "kind": "shop" });
    let market = town.post(&cast.door, "VERIFY", "/v1/places", &market).await.expect(201).body;
    let code = json!({ "code": market["code"]["text"] });
    town.mine(&cast.phone, "POST", "/v1/me/check-ins", Some(&code)).await;
    assert_eq!(cast.level().await, "green");
    // Whoever writes "red" where it is kept what people were told changes no code.
    let shown = town.show(&cast.phone).await;
    let body = json!({"level": "red", "event": "test-2026", "at": town.clock.now(),
        "holdsUntil": town.clock.now().plus_s(86_400), "decision": {}, "same": "x"});
    let body = serde_json::to_vec(&body).expect("JSON");
    let standing = Standing { person, event: "test-2026".into(), due: None, body };
    let round = Round { standings: vec![standing], ..Round::default() };
    town.node.store().keep_round(round).await.expect("written past the node");
    assert_eq!(cast.level().await, "green");
    assert_eq!(cast.verify(&town.show(&cast.phone).await).await["result"], "green");
    // Whoever has the issuer's key can sign "red", but there is no line in the ledger.
    let keys = town.keys();
    town.clock.advance_s(hutong_model::limits::LEDGER_GRACE_S);
    let door = town.admit("door-2", MemberKind::Verifier).await;
    let door = town.token(&door).await;
    let red = altered(&shown, &cast.phone, town.clock.now(), keys.assertion(), Level::Red);
    let body = json!({ "codes": [red] });
    let answer = town.post(&door, "VERIFY", "/v1/verifications", &body).await.expect(200).body;
    assert_eq!(answer["answers"][0]["result"], "invalid", "{answer}");
    assert!(answer.to_string().contains("no-ledger-line"), "{answer}");
}

/// A ledger that was written to afterwards is found out by anybody who has its files, and what was
/// changed is named.
#[tokio::test]
async fn row_01_a_ledger_that_was_changed_is_found_out() {
    let cast = cast().await;
    let town = &cast.town;
    cast.close_contact("x-1").await;
    while town.node.decide_once().await.expect("decided") {}
    town.node.append_to_ledger().await.expect("appended");
    let info = reply(town.http.get(format!("{}/v1/ledger", town.url))).await.expect(200).body;
    let key = NoteKey::parse(info["key"].as_str().expect("a key")).expect("a key");
    let policy = Policy::new(key);
    let audited = || audit(PublicFolder::new(&town.ledger()), &policy, None);
    audited().expect("a sound ledger");
    let entries = format!("tile/entries/000.p/{}", info["size"]);
    let path = town.ledger().join(&entries);
    let mut bytes = std::fs::read(&path).expect("lines");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&path, bytes).expect("changed");
    let found = audited().expect_err("it was changed").to_string();
    assert!(found.contains("000.p"), "the file is named: {found}");
}

/// "Another region assigned it, we cannot help": each restriction says who, by what rule, on what
/// record and until when; an appeal reaches the issuer, and its silence ends the restriction.
#[tokio::test]
async fn row_02_a_restriction_names_its_issuer_and_silence_ends_it() {
    let cast = cast().await;
    let record = cast.close_contact("x-1").await;
    let decision = cast.information().await["decision"].clone();
    let reason = &decision["reasons"][0];
    assert_eq!((&decision["level"], &decision["issuer"]), (&json!("red"), &json!("000000")));
    assert_eq!(reason["evidence"][0], record);
    assert!(reason["until"].is_string() && reason["text"]["zh"].is_string(), "{reason}");
    assert_eq!((&decision["pack"], &decision["packVersion"]), (&json!("baseline"), &json!("2")));
    let answer = cast.verify(&cast.town.show(&cast.phone).await).await;
    assert_eq!((&answer["result"], &answer["issuer"]), (&json!("red"), &json!("000000")));
    let appeal = json!({ "record": record, "statement": "I was elsewhere" });
    let path = "/v1/me/correction-requests";
    let filed = cast.town.mine(&cast.phone, "POST", path, Some(&appeal)).await.expect(201).body;
    assert!(filed["appealUntil"].is_string(), "{filed}");
    let path = "/v1/correction-requests";
    let open = cast.town.by_law(&cast.department, "GET", path, &json!({})).await.expect(200).body;
    assert_eq!(open["requests"][0]["request"], filed["request"]);
    cast.town.clock.advance_s(24 * 3600);
    let cast = Cast { phone: cast.town.phone(&lin()).await, ..cast };
    assert_eq!(cast.level().await, "green");
}

/// "Still not green after 48 hours": nothing has to run for a level to end.
#[tokio::test]
async fn row_03_a_level_ends_though_nothing_runs() {
    let cast = cast().await;
    cast.close_contact("x-1").await;
    let information = cast.information().await;
    let until = information["decision"]["reasons"][0]["until"].as_str().expect("an end").to_owned();
    let until = hutong_model::Timestamp::parse(&until).expect("a time");
    let red = cast.town.show(&cast.phone).await;
    assert_eq!(cast.verify(&red).await["result"], "red");
    cast.town.clock.advance_s(until.since_s(cast.town.clock.now()) + 1);
    let cast = Cast { phone: cast.town.phone(&lin()).await, ..cast };
    assert_ne!(cast.level().await, "red");
    let door = cast.town.admit("door-2", MemberKind::Verifier).await;
    let cast = Cast { door: cast.town.token(&door).await, ..cast };
    assert_eq!(cast.verify(&red).await["result"], "expired", "an old code is not a red one");
}

/// Codes were worked out before dawn: here a result counts when it arrives, and what is missing is
/// said meanwhile.
#[tokio::test]
async fn row_04_a_result_counts_when_it_arrives() {
    let cast = cast().await;
    let town = &cast.town;
    let lab = town.admit("lab-1", MemberKind::Lab).await;
    let lab = town.token(&lab).await;
    let at = town.clock.now().plus_s(-3600).to_string();
    let mut pending = lin().test("t-1", &at, false);
    pending["status"] = json!("registered");
    pending.as_object_mut().expect("an object").remove("valueCodeableConcept");
    town.send_fhir(&lab, "/fhir/Observation", &pending).await.expect(201);
    assert_eq!(cast.information().await["awaited"].as_array().map(Vec::len), Some(1));
    let positive = lin().test("t-1", &at, true);
    let sent = town.send_fhir(&lab, "/fhir/Observation/t-1", &positive).await;
    assert!(sent.status < 300, "{}", sent.body);
    while town.node.decide_once().await.expect("decided") {}
    let told = town.mine(&cast.phone, "GET", "/v1/me/decisions", None).await.expect(200).body;
    assert_eq!(told["decisions"][0]["level"], "red");
    assert!(told["decisions"][0]["decision"]["reasons"][0]["clears"]["en"].is_string());
    // A negative result takes nothing else away.
    let later = town.clock.now().to_string();
    let negative = lin().test("t-2", &later, false);
    town.send_fhir(&lab, "/fhir/Observation", &negative).await.expect(201);
    assert_eq!(cast.level().await, "red");
}

/// Thirty-one rule sets: a region differs only where the pack lets it, after it has said so.
#[tokio::test]
async fn row_05_a_region_differs_only_as_filed() {
    let cast = cast().await;
    let now = cast.town.clock.now();
    let file = async |name: &str, days: u32, from: hutong_model::Timestamp| {
        let filing = json!({"kind": "variation", "filing": {"region": "000000",
            "pack": "baseline", "packVersion": "2", "values": {name: days},
            "reason": {"zh": "原因", "en": "a reason"}, "legalBasis": LAW,
            "effectiveFrom": from, "expiresAt": from.plus_s(30 * 86_400)}});
        cast.town.by_law(&cast.department, "POST", "/v1/filings", &filing).await
    };
    file("arrival-days", 400, now.plus_s(3600)).await.expect(422);
    file("a-rule-of-our-own", 1, now.plus_s(3600)).await.expect(422);
    file("arrival-days", 12, now.plus_s(-3600)).await.expect(422);
    let public = async || {
        let url = format!("{}/v1/variations", cast.town.url);
        reply(cast.town.http.get(url)).await.expect(200).body
    };
    assert_eq!(public().await["variations"], json!([]), "a refused one holds nowhere");
    file("arrival-days", 12, now.plus_s(3600)).await.expect(201);
    assert_eq!(public().await["variations"][0]["reason"]["en"], "a reason", "everybody sees it");
}

/// Simulated pages and altered answers: what is not signed by the issuer is no code.
#[tokio::test]
async fn row_12_a_forged_code_is_invalid() {
    let cast = cast().await;
    cast.close_contact("x-1").await;
    let red = cast.town.show(&cast.phone).await;
    let now = cast.town.clock.now();
    let forger = SigningKey::generate(hutong_code::Algorithm::EdDsa).expect("a key");
    let green = altered(&red, &cast.phone, now, &forger, Level::Green);
    let answer = cast.verify(&green).await;
    assert!(["invalid", "unverified"].contains(&answer["result"].as_str().expect("a word")));
    // On another phone.
    let shown = PresentationText::parse(&red).expect("a presentation");
    let stolen = present(shown.assertion(), now, &forger).expect("shown");
    assert_eq!(cast.verify(&stolen).await["result"], "invalid");
}

/// Screenshots: a presentation is good for moments, once for a grant.
#[tokio::test]
async fn row_13_a_screenshot_is_found_out() {
    let cast = cast().await;
    let shown = cast.town.show(&cast.phone).await;
    assert_eq!(cast.verify(&shown).await["result"], "green");
    cast.town.clock.advance_s(120);
    let answer = cast.verify(&shown).await;
    assert_ne!(answer["result"], "green");
    assert!(answer.to_string().contains("presentation-stale"), "{answer}");
}

/// The service was away and people stood outside: the phone and the verifier need no server, and
/// what is not known is not red.
#[tokio::test]
async fn row_14_showing_and_verifying_need_no_server() {
    use hutong_code::{TrustList, Verifier, VerifyContext};
    let cast = cast().await;
    let list = cast.town.http.get(format!("{}/v1/trust-list", cast.town.url)).send().await;
    let list = list.expect("sent").bytes().await.expect("a list");
    let keys = cast.town.keys();
    let anchor = keys.trust_list().expect("a key").public_key().clone();
    let held = cast.town.show(&cast.phone).await;
    let held = PresentationText::parse(&held).expect("a presentation").assertion().to_vec();
    let (now, phone) = (cast.town.clock.now().plus_s(3600), cast.phone.key);
    drop(cast.town);
    let verifier = Verifier::new(TrustList::open(&list, &[anchor]).expect("a list"));
    let context = VerifyContext::at(now);
    let text = present(&held, now, &phone).expect("shown without a server");
    assert_eq!(verifier.verify(&text, &context).verdict.as_str(), "green");
    let nobody = Verifier::new(TrustList::empty(now));
    let unknown = nobody.verify(&text, &context).verdict;
    assert_eq!(unknown.as_str(), "unverified", "not knowing is not red");
}

/// 48 hours from sampling or from the report? Every time is kept by itself, and the reason says
/// which one counts.
#[tokio::test]
async fn row_15_each_time_is_kept_and_the_clock_is_named() {
    let cast = cast().await;
    let town = &cast.town;
    let lab = town.admit("lab-1", MemberKind::Lab).await;
    let lab = town.token(&lab).await;
    let mut result = lin().test("t-1", "2026-11-20T08:00:00Z", true);
    result["issued"] = json!("2026-11-22T07:00:00Z");
    town.send_fhir(&lab, "/fhir/Observation", &result).await.expect(201);
    let records = town.mine(&cast.phone, "GET", "/v1/me/records", None).await.expect(200).body;
    let times = &records["records"][0]["times"];
    assert_eq!(times["collected"], "2026-11-20T08:00:00+00:00", "{times}");
    assert_eq!(times["reported"], "2026-11-22T07:00:00+00:00", "{times}");
    assert!(times["admitted"].is_string(), "{times}");
    let information = cast.information().await;
    assert_eq!(information["decision"]["reasons"][0]["clock"], "collected", "{information}");
}

/// Pages were still up a year later: at its sunset an event's levels are gone, and records stay.
#[tokio::test]
async fn row_17_an_event_ends_on_its_sunset() {
    let cast = cast().await;
    cast.close_contact("x-1").await;
    assert_eq!(cast.level().await, "red");
    cast.town.clock.advance_s(301 * 86_400);
    let phone = cast.town.phone(&lin()).await;
    let path = "/v1/me/health-information";
    let information = cast.town.mine(&phone, "GET", path, None).await.expect(200).body;
    assert_eq!(information["decision"], Value::Null);
    let code = cast.town.show(&phone).await;
    let shown = PresentationText::parse(&code).expect("a presentation");
    let assertion = Assertion::parse(shown.assertion()).expect("an assertion");
    assert!(assertion.claims().standing.is_none(), "the code is an identity and nothing else");
}

//! What levels are decided by: events, rule packs, variations, areas; evidence of departments; and
//! what people order.

use crate::common::{Office, Reply, Town, people::lin, phone::Phone, reply, town};
use hutong_code::{Algorithm, Published, SigningKey};
use hutong_ledger::{Kind, NoteKey, Opening, Policy, PublicFolder, audit_with};
use hutong_model::{Clock, MemberKind, Purpose, Timestamp};
use serde_json::{Value, json};

const LAW: &str = "Law on infectious diseases, article 42";

/// A department's request, with its legal basis.
async fn as_department(town: &Town, token: &str, method: &str, path: &str, body: &Value) -> Reply {
    let request = town.ask(method, path, token).header("content-type", "application/json");
    let request = request.header("hutong-purpose", "PUBHLTH").header("hutong-legal-basis", LAW);
    reply(request.body(body.to_string())).await
}

async fn department(town: &Town, name: &str) -> (Office, String) {
    let office = town.admit(name, MemberKind::Department).await;
    let token = town.token(&office).await;
    (office, token)
}

/// Lin, known here, with a phone.
async fn lin_with_a_phone(town: &Town) -> Phone {
    let clinic = town.admit("clinic-1", MemberKind::Clinic).await;
    let token = town.token(&clinic).await;
    town.send_fhir(&token, "/fhir/Patient", &lin().patient()).await.expect(201);
    town.phone(&lin()).await
}

async fn information(town: &Town, phone: &Phone) -> Value {
    town.mine(phone, "GET", "/v1/me/health-information", None).await.expect(200).body
}

async fn level(town: &Town, phone: &Phone) -> Value {
    information(town, phone).await["decision"]["level"].clone()
}

fn about_lin(own_id: &str, statement: Value) -> Value {
    let mut statement = statement;
    statement["ownId"] = json!(own_id);
    statement["person"] =
        json!({ "documents": [{ "kind": "resident-id", "number": lin().number }] });
    statement
}

fn at(town: &Town, hours: i64) -> String {
    town.clock.now().plus_s(hours * 3600).to_string()
}

async fn send(town: &Town, token: &str, statements: &[Value]) -> Value {
    let body = json!({ "statements": statements });
    as_department(town, token, "POST", "/v1/evidence", &body).await.expect(200).body
}

#[tokio::test]
async fn an_event_ends_on_its_sunset_and_its_levels_with_it() {
    let town = town().await;
    let phone = lin_with_a_phone(&town).await;
    let events = town.http.get(format!("{}/v1/events", town.url));
    let events = reply(events).await.expect(200).body;
    assert_eq!(events["events"][0]["id"], "test-2026");
    assert_eq!(events["events"][0]["acts"][0]["act"], "declared");
    assert_eq!(level(&town, &phone).await, "green");
    // Renewed by an act with a basis, within a year, and only while it is not over.
    let soon = town.clock.now().plus_s(3600);
    assert!(town.node.renew_event("test-2026", " ", soon).await.is_err());
    let far = town.clock.now().plus_s(400 * 86_400);
    assert!(town.node.renew_event("test-2026", LAW, far).await.is_err());
    let renewed = town.node.renew_event("test-2026", LAW, soon).await.expect("renewed");
    assert_eq!((renewed.acts.len(), renewed.sunset), (2, soon));
    town.clock.advance_s(3600);
    assert_eq!(information(&town, &phone).await["decision"], Value::Null);
    assert!(town.node.renew_event("test-2026", LAW, soon.plus_s(7200)).await.is_err());
}

#[tokio::test]
async fn of_several_events_the_highest_level_counts() {
    let town = town().await;
    let phone = lin_with_a_phone(&town).await;
    let (_, token) = department(&town, "cdc").await;
    let now = town.clock.now();
    let measles = json!({
        "id": "measles", "title": {"zh": "麻疹", "en": "Measles"}, "kind": "epidemic",
        "agent": "measles", "legalBasis": LAW, "sunset": now.plus_s(90 * 86_400),
    });
    let measles = serde_json::from_value(measles).expect("an event");
    town.node.declare_event(measles).await.expect("declared");
    let contact = json!({"about": "exposure", "agent": "measles", "contact": "close",
        "occurred": at(&town, -1)});
    send(&town, &token, &[about_lin("x-1", contact)]).await;
    let information = information(&town, &phone).await;
    assert_eq!(information["decision"]["level"], "red");
    assert_eq!(information["decision"]["event"], "measles");
    assert_eq!(information["others"][0]["event"], "test-2026");
    assert_eq!(information["others"][0]["level"], "green");
    town.node.end_event("measles", LAW).await.expect("ended");
    assert_eq!(level(&town, &phone).await, "green");
}

#[tokio::test]
async fn departments_state_what_they_established() {
    let town = town().await;
    let phone = lin_with_a_phone(&town).await;
    let (_, token) = department(&town, "cdc").await;
    let contact = json!({"about": "exposure", "agent": "sars-cov-2", "contact": "close",
        "occurred": at(&town, -2), "caseNumber": "case-9", "setting": "ward"});
    let bad = json!({"about": "border-entry", "country": "Xa", "port": "440300",
        "occurred": at(&town, -2)});
    let unknown = json!({"about": "rumour"});
    let statements =
        [about_lin("x-1", contact.clone()), about_lin("x-2", bad), about_lin("x-3", unknown)];
    let receipts = send(&town, &token, &statements).await;
    let outcomes: Vec<&Value> =
        receipts["receipts"].as_array().expect("receipts").iter().map(|r| &r["outcome"]).collect();
    assert_eq!(outcomes, ["admitted", "rejected", "rejected"], "{receipts}");
    assert_eq!(receipts["receipts"][1]["issues"][0]["field"], "country");
    let again = send(&town, &token, &[about_lin("x-1", contact)]).await;
    assert_eq!(again["receipts"][0]["outcome"], "duplicate");
    let decision = information(&town, &phone).await["decision"].clone();
    assert_eq!(decision["reasons"][0]["code"], "close-contact");
    assert_eq!(decision["reasons"][0]["clock"], "collected");
    assert_eq!(decision["reasons"][0]["evidence"][0], receipts["receipts"][0]["entry"]);
    // The person sees the record; not the number that points at another person.
    let records = town.mine(&phone, "GET", "/v1/me/records", None).await.expect(200).body;
    assert_eq!(records["records"][0]["kind"], "exposure");
    assert_eq!(records["records"][0]["value"]["setting"], "ward");
    assert!(!records.to_string().contains("case-9"), "{records}");
}

#[tokio::test]
async fn others_do_not() {
    let town = town().await;
    lin_with_a_phone(&town).await;
    let case = json!({"about": "diagnosis", "agent": "sars-cov-2", "status": "confirmed",
        "occurred": at(&town, -1)});
    let contact = json!({"about": "exposure", "agent": "sars-cov-2", "contact": "close",
        "occurred": at(&town, -1)});
    let body = json!({"statements": [about_lin("h-1", case), about_lin("h-2", contact)]});
    let hospital = town.admit("hospital-1", MemberKind::Hospital).await;
    let token = town.token(&hospital).await;
    let receipts = town.post(&token, "REPORT", "/v1/evidence", &body).await.expect(200).body;
    assert_eq!(receipts["receipts"][0]["outcome"], "admitted", "a hospital states diagnoses");
    assert_eq!(receipts["receipts"][1]["issues"][0]["field"], "about");
    let verifier = town.admit("door-1", MemberKind::Verifier).await;
    let token = town.token(&verifier).await;
    town.post(&token, "VERIFY", "/v1/evidence", &body).await.expect(403);
    let (_, token) = department(&town, "cdc").await;
    // Without a legal basis.
    town.post(&token, "PUBHLTH", "/v1/evidence", &body).await.expect(403);
}

#[tokio::test]
async fn a_stay_counts_where_its_place_is_listed() {
    let town = town().await;
    let phone = lin_with_a_phone(&town).await;
    let (office, token) = department(&town, "cdc").await;
    let stay = json!({"about": "stay", "place": "330106001005", "from": at(&town, -3)});
    send(&town, &token, &[about_lin("s-1", stay)]).await;
    assert_eq!(level(&town, &phone).await, "green");
    let filing = |grade: Value, area: &str| {
        json!({"kind": "area", "filing": {"event": "test-2026", "area": area, "grade": grade,
            "legalBasis": LAW}})
    };
    let file = async |body: &Value| as_department(&town, &token, "POST", "/v1/filings", body).await;
    file(&filing(json!("high"), "330106002")).await.expect(201);
    assert_eq!(level(&town, &phone).await, "green", "the next street");
    file(&filing(json!("high"), "330106001")).await.expect(201);
    town.clock.advance_s(60);
    let decision = information(&town, &phone).await["decision"].clone();
    assert_eq!(
        (&decision["level"], &decision["reasons"][0]["code"]),
        (&json!("red"), &json!("risk-area"))
    );
    // Listed lower, it is the rest of the days; all listings stay on record.
    file(&filing(json!("low"), "330106001")).await.expect(201);
    let areas = reply(town.http.get(format!("{}/v1/areas", town.url))).await.expect(200).body;
    let listed =
        areas["areas"].as_array().expect("areas").iter().find(|a| a["area"] == "330106001");
    let listed = &listed.expect("the street")["listed"];
    assert_eq!((&listed[0]["grade"], &listed[1]["grade"]), (&json!("high"), &json!("low")));
    assert_eq!(listed[0]["until"], listed[1]["from"]);
    town.clock.advance_s(7 * 86_400);
    let phone = town.phone(&lin()).await;
    assert_eq!(level(&town, &phone).await, "green", "seven days after it was listed as high");
    let token = town.token(&office).await;
    let file = async |body: &Value| as_department(&town, &token, "POST", "/v1/filings", body).await;
    let strange = json!({"kind": "area", "filing": {"event": "other", "area": "330106",
        "grade": "high", "legalBasis": LAW}});
    file(&strange).await.expect(422);
}

fn pack(town: &Town, change: impl FnOnce(&mut Value)) -> Value {
    let source = hutong_rules::Pack::baseline().source();
    let mut pack: Value = serde_json::from_str(source).expect("a pack");
    pack["version"] = json!("3");
    pack["validFrom"] = json!(town.clock.now().plus_s(3600));
    change(&mut pack);
    json!({ "source": pack.to_string() })
}

#[tokio::test]
async fn a_rule_pack_takes_two_organisations() {
    let town = town().await;
    let phone = lin_with_a_phone(&town).await;
    let (_, one) = department(&town, "cdc").await;
    let (_, two) = department(&town, "health").await;
    let milder = pack(&town, |pack| {
        let rules = pack["rules"].as_array_mut().expect("rules");
        let arrival = rules.iter_mut().find(|rule| rule["id"] == "arrival-abroad").expect("a rule");
        arrival["level"] = json!("red");
        let examples = pack["examples"].as_array_mut().expect("examples");
        examples.retain(|example| example["name"] != "an entry from abroad");
    });
    let post = async |token: &str, path: &str, body: &Value| {
        as_department(&town, token, "POST", path, body).await
    };
    let proposed = post(&one, "/v1/rule-packs", &milder).await.expect(201).body;
    assert_eq!(proposed["approvals"].as_array().map(Vec::len), Some(1));
    post(&one, "/v1/rule-packs", &milder).await.expect(409);
    let packs = async || reply(town.http.get(format!("{}/v1/rule-packs", town.url))).await.body;
    assert_eq!(packs().await["packs"], json!([]), "not published by one");
    let approvals = "/v1/rule-packs/baseline/3/approvals";
    post(&one, approvals, &json!({})).await.expect(409);
    let published = post(&two, approvals, &json!({})).await.expect(201).body;
    assert_eq!(published["approvals"][1]["legalBasis"], LAW);
    assert_eq!(packs().await["packs"][0]["version"], "3");
    post(&two, approvals, &json!({})).await.expect(409);
    // It decides from its own time on.
    let entry = json!({"about": "border-entry", "country": "XA", "port": "440300",
        "occurred": at(&town, -1)});
    send(&town, &one, &[about_lin("b-1", entry)]).await;
    assert_eq!(level(&town, &phone).await, "yellow");
    town.clock.advance_s(3600);
    let decision = information(&town, &phone).await["decision"].clone();
    assert_eq!((&decision["level"], &decision["packVersion"]), (&json!("red"), &json!("3")));
}

#[tokio::test]
async fn a_bad_rule_pack_is_refused_with_the_reason() {
    let town = town().await;
    let (_, token) = department(&town, "cdc").await;
    let refused = async |change: fn(&mut Value)| {
        let body = pack(&town, change);
        let reply = as_department(&town, &token, "POST", "/v1/rule-packs", &body).await.expect(422);
        reply.body.to_string()
    };
    let unknown = refused(|pack| pack["rules"][0]["when"] = json!({"or": [true]})).await;
    assert!(unknown.contains("unknown"), "{unknown}");
    let silent = refused(|pack| pack["rules"][0]["text"]["en"] = json!("")).await;
    assert!(silent.contains("reason"), "{silent}");
    let forgetful = refused(|pack| pack["rules"][0]["level"] = json!("yellow")).await;
    assert!(forgetful.contains("expected red"), "{forgetful}");
    let late = refused(|pack| pack["validFrom"] = json!("2026-01-01T00:00:00Z")).await;
    assert!(late.contains("begins after"), "{late}");
    let bare = refused(|pack| pack["examples"] = json!([])).await;
    assert!(bare.contains("examples"), "{bare}");
    assert_eq!(town.node.pack_proposals().await.expect("proposals"), []);
}

#[tokio::test]
async fn a_region_varies_what_the_pack_lets_vary_after_filing_it() {
    let town = town().await;
    let phone = lin_with_a_phone(&town).await;
    let (_, token) = department(&town, "cdc").await;
    let filing = |name: &str, days: i32, from: Timestamp| {
        json!({"kind": "variation", "filing": {
            "region": "000000", "pack": "baseline", "packVersion": "2", "values": {name: days},
            "reason": {"zh": "潜伏期较长", "en": "a longer incubation"}, "legalBasis": LAW,
            "effectiveFrom": from, "expiresAt": from.plus_s(30 * 86_400)
        }})
    };
    let now = town.clock.now();
    let file = async |body: &Value| as_department(&town, &token, "POST", "/v1/filings", body).await;
    file(&filing("arrival-days", 15, now)).await.expect(422);
    file(&filing("freshness", 3, now)).await.expect(422);
    file(&filing("arrival-days", 12, now.plus_s(-1))).await.expect(422);
    let filed = file(&filing("arrival-days", 12, now.plus_s(3600))).await.expect(201).body;
    let entry = json!({"about": "border-entry", "country": "XA", "port": "440300",
        "occurred": at(&town, 0)});
    send(&town, &token, &[about_lin("b-1", entry)]).await;
    let before = information(&town, &phone).await["decision"].clone();
    assert_eq!(before["variation"], Value::Null, "not before it takes effect");
    assert_eq!(before["reasons"][0]["until"], json!(now.plus_s(8 * 86_400)));
    town.clock.advance_s(3600);
    let varied = information(&town, &phone).await["decision"].clone();
    assert_eq!(varied["variation"], filed["id"]);
    assert_eq!(varied["reasons"][0]["until"], json!(now.plus_s(12 * 86_400)));
    let public = reply(town.http.get(format!("{}/v1/variations", town.url))).await.body;
    assert_eq!(public["variations"][0]["legalBasis"], LAW);
}

#[tokio::test]
async fn one_organisation_restricts_nobody() {
    let town = town().await;
    let phone = lin_with_a_phone(&town).await;
    let (cdc, one) = department(&town, "cdc").await;
    let (health, two) = department(&town, "health").await;
    let path = format!("/v1/persons/{}/measures", phone.person);
    let until = |hours: i64| at(&town, hours);
    let order = |until: String, level: &str| {
        json!({"effect": "restrict", "level": level, "event": "test-2026",
            "reason": "居家观察（流调 17 号）", "until": until})
    };
    let post = async |token: &str, path: &str, body: &Value| {
        as_department(&town, token, "POST", path, body).await
    };
    post(&one, &path, &order(until(31 * 24), "red")).await.expect(422);
    post(&one, &path, &order(until(24), "green")).await.expect(422);
    let ordered = post(&one, &path, &order(until(24), "red")).await.expect(201).body;
    assert_eq!((&ordered["state"], level(&town, &phone).await), (&json!("waits"), json!("green")));
    let answers = format!("/v1/measures/{}/answers", ordered["id"].as_str().expect("an id"));
    post(&one, &answers, &json!({"agree": true})).await.expect(409);
    let agreed = post(&two, &answers, &json!({"agree": true})).await.expect(201).body;
    assert_eq!(agreed["state"], "agreed");
    let decision = information(&town, &phone).await["decision"].clone();
    assert_eq!(decision["level"], "red");
    assert_eq!(decision["reasons"][0]["code"], "restriction-filed");
    assert_eq!(decision["reasons"][0]["text"]["zh"], "居家观察（流调 17 号）");
    // The person sees both organisations, the law and the end.
    let records = town.mine(&phone, "GET", "/v1/me/records", None).await.expect(200).body;
    let measure = &records["records"][0];
    assert_eq!(measure["kind"], "measure");
    assert_eq!(measure["value"]["orderedBy"], "000000.cdc");
    assert_eq!(measure["value"]["agreedBy"], "000000.health");
    assert_eq!(measure["value"]["legalBasis"], LAW);
    // It ends by itself; and a refused order never begins.
    town.clock.advance_s(24 * 3600);
    let (one, two) = (town.token(&cdc).await, town.token(&health).await);
    let phone = town.phone(&lin()).await;
    assert_eq!(level(&town, &phone).await, "green");
    let ordered = post(&one, &path, &order(until(24), "yellow")).await.expect(201).body;
    let answers = format!("/v1/measures/{}/answers", ordered["id"].as_str().expect("an id"));
    post(&two, &answers, &json!({"agree": false})).await.expect(201);
    post(&two, &answers, &json!({"agree": true})).await.expect(404);
}

#[tokio::test]
async fn a_measure_takes_a_department_a_purpose_and_a_law() {
    let town = town().await;
    let phone = lin_with_a_phone(&town).await;
    let path = format!("/v1/persons/{}/measures", phone.person);
    let body = json!({"effect": "restrict", "level": "red", "event": "test-2026", "reason": "x",
        "until": at(&town, 24)});
    let (_, token) = department(&town, "cdc").await;
    town.post(&token, "PUBHLTH", &path, &body).await.expect(403);
    for kind in [MemberKind::Clinic, MemberKind::Hospital, MemberKind::Lab, MemberKind::Verifier] {
        let name = format!("x-{}", kind.as_str());
        let office = town.admit_for(&name, kind, Some(&[Purpose::PublicHealth])).await;
        let token = town.token(&office).await;
        as_department(&town, &token, "POST", &path, &body).await.expect(403);
    }
}

#[tokio::test]
async fn a_document_that_the_root_did_not_sign_decides_nothing() {
    let town = town().await;
    let phone = lin_with_a_phone(&town).await;
    let source = pack(&town, |pack| {
        pack["validFrom"] = json!("2026-01-02T00:00:00Z");
        pack["default"]["code"] = json!("forged");
    });
    let forged = Published {
        kind: "rule-pack".into(),
        key: "baseline/3".into(),
        number: 1,
        at: town.clock.now(),
        body: json!({"id": "baseline", "version": "3", "validFrom": "2026-01-02T00:00:00Z",
            "source": source["source"], "approvals": []})
        .to_string()
        .into(),
    };
    let key = SigningKey::generate(Algorithm::EdDsa).expect("a key");
    let bytes = forged.sign(&key).expect("signed");
    let text = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes);
    let store = town.node.store();
    let put = store.put_document("published", "rule-pack/baseline/3", text.into(), forged.at);
    put.await.expect("written past the node");
    // Whatever makes the node read its documents again.
    let later = town.clock.now().plus_s(200 * 86_400);
    town.node.renew_event("test-2026", LAW, later).await.expect("renewed");
    assert_eq!(town.node.rule_packs(), []);
    let decision = information(&town, &phone).await["decision"].clone();
    assert_eq!((&decision["packVersion"], &decision["level"]), (&json!("2"), &json!("green")));
}

/// Lin is a close contact, as the record of these departments says.
async fn restricted(town: &Town, token: &str) -> Value {
    let contact = json!({"about": "exposure", "agent": "sars-cov-2", "contact": "close",
        "occurred": at(town, -2)});
    send(town, token, &[about_lin("x-1", contact)]).await["receipts"][0]["entry"].clone()
}

#[tokio::test]
async fn an_issuer_that_is_silent_past_the_deadline_loses_the_restriction() {
    let town = town().await;
    let phone = lin_with_a_phone(&town).await;
    let (office, token) = department(&town, "cdc").await;
    let record = restricted(&town, &token).await;
    assert_eq!(level(&town, &phone).await, "red");
    let appeal = json!({"record": record, "statement": "I was not there"});
    let path = "/v1/me/correction-requests";
    let filed = town.mine(&phone, "POST", path, Some(&appeal)).await.expect(201).body;
    assert_eq!(filed["appealUntil"], at(&town, 24));
    let said = information(&town, &phone).await;
    assert_eq!(said["decision"]["reasons"][0]["appealUntil"], filed["appealUntil"], "{said}");
    // The issuer sees it, with its clock.
    let request = town.ask("GET", "/v1/correction-requests", &token);
    let open = reply(request.header("hutong-purpose", "REPORT")).await;
    assert_eq!(open.status, 403, "a department is not admitted for reporting: {}", open.body);
    let request = town.ask("GET", "/v1/correction-requests", &token);
    let request = request.header("hutong-purpose", "PUBHLTH").header("hutong-legal-basis", LAW);
    let open = reply(request).await.expect(200).body;
    assert_eq!(open["requests"][0]["appealUntil"], filed["appealUntil"]);
    town.clock.advance_s(24 * 3600 - 1);
    let phone = town.phone(&lin()).await;
    assert_eq!(level(&town, &phone).await, "red");
    town.clock.advance_s(1);
    assert_eq!(level(&town, &phone).await, "green", "silence");
    // An answer that comes too late does not bring it back.
    let token = town.token(&office).await;
    let path = format!("{path}/{}/answers", filed["request"].as_str().expect("an id"));
    let path = path.replace("/v1/me", "/v1");
    let body = json!({"answer": "refuse", "reason": "the inquiry says otherwise"});
    as_department(&town, &token, "POST", &path, &body).await.expect(201);
    assert_eq!(level(&town, &phone).await, "green");
}

#[tokio::test]
async fn an_appeal_that_is_answered_in_time_is_decided_by_the_answer() {
    let town = town().await;
    let phone = lin_with_a_phone(&town).await;
    let (_, token) = department(&town, "cdc").await;
    let record = restricted(&town, &token).await;
    let path = "/v1/me/correction-requests";
    let appeal = json!({"record": record, "statement": "I was not there"});
    let filed = town.mine(&phone, "POST", path, Some(&appeal)).await.expect(201).body;
    let answers =
        format!("/v1/correction-requests/{}/answers", filed["request"].as_str().expect("id"));
    let refused = json!({"answer": "refuse", "reason": "seen on the ward's list"});
    as_department(&town, &token, "POST", &answers, &refused).await.expect(201);
    town.clock.advance_s(25 * 3600);
    let phone = town.phone(&lin()).await;
    assert_eq!(level(&town, &phone).await, "red", "answered in time");
    // What restricts nobody is a request for correction, without a clock.
    let declared = json!({"temperatureDecicelsius": 365});
    let said = town.mine(&phone, "POST", "/v1/me/health-declarations", Some(&declared)).await;
    let entry = said.expect(201).body["entry"].clone();
    let request = json!({"record": entry, "statement": "it was 36.4"});
    let filed = town.mine(&phone, "POST", path, Some(&request)).await.expect(201).body;
    assert_eq!(filed["appealUntil"], Value::Null);
}

#[tokio::test]
async fn what_is_published_and_ordered_stands_in_the_ledger() {
    let town = town().await;
    let phone = lin_with_a_phone(&town).await;
    let (_, one) = department(&town, "cdc").await;
    let (_, two) = department(&town, "health").await;
    let path = format!("/v1/persons/{}/measures", phone.person);
    let order = json!({"effect": "restrict", "level": "yellow", "event": "test-2026",
        "reason": "居家观察", "until": at(&town, 24)});
    let ordered = as_department(&town, &one, "POST", &path, &order).await.expect(201).body;
    let answers = format!("/v1/measures/{}/answers", ordered["id"].as_str().expect("an id"));
    let agreed = as_department(&town, &two, "POST", &answers, &json!({"agree": true})).await;
    let agreed = agreed.expect(201).body;
    assert!(town.node.append_to_ledger().await.expect("appended") > 0);
    assert_eq!(town.node.append_to_ledger().await.expect("nothing more"), 0);
    let get = async |path: &str| town.http.get(format!("{}{path}", town.url)).send().await;
    let info: Value = get("/v1/ledger").await.expect("sent").json().await.expect("JSON");
    // Anyone takes the files and audits them.
    let folder = tempfile::tempdir().expect("a folder");
    let size = info["size"].as_u64().expect("a size");
    let files = [
        "checkpoint".to_owned(),
        format!("tile/0/000.p/{size}"),
        format!("tile/entries/000.p/{size}"),
    ];
    for file in &files {
        let answer = get(&format!("/ledger/{file}")).await.expect("sent");
        assert_eq!(answer.status(), 200, "{file}");
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, answer.bytes().await.expect("bytes")).expect("written");
    }
    let key = NoteKey::parse(info["key"].as_str().expect("a key")).expect("a key");
    let mut leaves = Vec::new();
    let audited =
        audit_with(PublicFolder::new(folder.path()), &Policy::new(key), None, |_, leaf| {
            leaves.push(leaf.clone());
            Ok(())
        });
    let audited = audited.expect("sound");
    assert_eq!(audited.size(), size);
    for (kind, count) in [(Kind::Event, 1), (Kind::ManualEvidence, 1)] {
        assert_eq!(audited.counts().of_kind(kind), count, "{kind:?}");
    }
    assert!(audited.counts().of_kind(Kind::TrustList) >= 1);
    // Whoever holds the opening shows what the leaf was about; the leaf alone says it to nobody.
    let manual = leaves.iter().find(|leaf| leaf.kind() == Kind::ManualEvidence).expect("a leaf");
    let opening = agreed["opening"].as_str().expect("an opening");
    let opening = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, opening);
    let opening = Opening::parse(&opening.expect("base64")).expect("an opening");
    assert!(opening.check(manual).is_ok());
    assert!(opening.check(&leaves[0]).is_err());
    assert_eq!(get("/ledger/tile/0/001").await.expect("sent").status(), 404);
    assert_eq!(get("/ledger/..%2f..%2fnode.db").await.expect("sent").status(), 404);
}

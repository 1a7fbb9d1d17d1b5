//! Tubes, and tasks for those on the ground.

use crate::common::{Office, Reply, Town, people::Someone, people::lin, people::su, reply, town};
use hutong_model::{Clock, MemberId, MemberKind, Purpose, RegionCode};
use hutong_node::members::NewMember;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const LAW: &str = "Law on infectious diseases, article 42";
const GRID: &str = "330106001005";

/// An office of a division, for public health.
async fn office(town: &Town, name: &str, region: &str) -> (Office, String) {
    let key = hutong_code::SigningKey::generate(hutong_code::Algorithm::Es256).expect("a key");
    let keys = json!({ "keys": [hutong_code::Sign::public_key(&key).to_jwk()] });
    let new = NewMember {
        id: MemberId::parse(&format!("000000.{name}")).expect("an id"),
        kind: MemberKind::Department,
        name: name.into(),
        region: RegionCode::parse(region).expect("a region"),
        purposes: Some(BTreeSet::from([Purpose::PublicHealth])),
        jwks: keys,
    };
    let office = Office { member: town.node.admit_member(new).await.expect("admitted"), key };
    let token = town.token(&office).await;
    (office, token)
}

async fn ask(town: &Town, token: &str, method: &str, path: &str, body: &Value) -> Reply {
    let request = town.ask(method, path, token).header("content-type", "application/json");
    let request = request.header("hutong-purpose", "PUBHLTH").header("hutong-legal-basis", LAW);
    reply(request.header("hutong-operator", "0427").body(body.to_string())).await
}

/// A site that takes samples; its token.
async fn site(town: &Town) -> String {
    let site = town.admit("site-1", MemberKind::Clinic).await;
    let token = town.token(&site).await;
    for (someone, street) in [(lin(), GRID), (su(), GRID)] {
        let mut patient = someone.patient();
        patient["telecom"] = json!([{ "system": "phone", "value": "13800000000" }]);
        patient["address"] = json!([{
            "use": "home", "text": "文三路 1 号",
            "extension": [{ "url": "urn:hutong:ext:division", "valueCode": street }],
        }]);
        town.send_fhir(&token, "/fhir/Patient", &patient).await.expect(201);
    }
    token
}

fn sample(someone: &Someone, own_id: &str, at: &str, code: &str, pooled: bool) -> Value {
    let mut sample = someone.test(own_id, at, false);
    let pool = if pooled { 10 } else { 1 };
    sample["valueCodeableConcept"]["coding"][0] =
        json!({ "system": "http://snomed.info/sct", "code": code });
    sample["extension"] = json!([
        { "url": "urn:hutong:ext:tube", "valueString": "T-42" },
        { "url": "urn:hutong:ext:pool-size", "valuePositiveInt": pool },
    ]);
    if code.is_empty() {
        sample["status"] = json!("registered");
        sample.as_object_mut().expect("an object").remove("valueCodeableConcept");
    }
    sample
}

const POSITIVE: &str = "260373001";
const NEGATIVE: &str = "260415000";
const GREY: &str = "419984006";

async fn settle(town: &Town) {
    while town.node.derive_tasks_once().await.expect("seen to") {}
}

async fn list(town: &Town, token: &str) -> Vec<Value> {
    let answer = ask(town, token, "GET", "/v1/tasks", &json!({})).await.expect(200);
    assert!(answer.header("hutong-watermark").contains("0427"), "{:?}", answer.headers);
    assert_eq!(answer.body["watermark"]["purpose"], "PUBHLTH");
    answer.body["tasks"].as_array().expect("tasks").clone()
}

#[tokio::test]
async fn a_positive_tube_has_each_person_collected_again() {
    let town = town().await;
    let site = site(&town).await;
    let (_, grid) = office(&town, "grid", GRID).await;
    let (_, other) = office(&town, "other", "330106001006").await;
    for (someone, own) in [(lin(), "t-1"), (su(), "t-2")] {
        let pending = sample(&someone, own, "2026-11-22T09:00:00Z", "", true);
        town.send_fhir(&site, "/fhir/Observation", &pending).await.expect(201);
    }
    let tube = town.get(&site, "REPORT", "/v1/tubes/T-42").await.expect(200).body;
    assert_eq!((&tube["people"], &tube["poolSize"]), (&json!(2), &json!(10)));
    assert_eq!(tube["outcomes"], json!({ "pending": 2 }));
    let phone = town.phone(&lin()).await;
    let path = "/v1/me/health-information";
    let information = town.mine(&phone, "GET", path, None).await.expect(200).body;
    assert_eq!(information["decision"]["level"], "green");
    assert!(
        information["awaited"][0]["text"]["zh"].as_str().is_some_and(|t| t.contains("待出结果"))
    );
    for (someone, own) in [(lin(), "t-1"), (su(), "t-2")] {
        let result = sample(&someone, own, "2026-11-22T09:00:00Z", POSITIVE, true);
        let path = format!("/fhir/Observation/{own}");
        let sent = town.send_fhir(&site, &path, &result).await;
        assert!(sent.status < 300, "{}", sent.body);
    }
    let tube = town.get(&site, "REPORT", "/v1/tubes/T-42?day=2026-11-22").await.expect(200).body;
    assert_eq!(tube["outcomes"], json!({ "positive": 2 }), "{tube}");
    assert_eq!(tube["records"][0]["ownId"], "Observation/t-1");
    town.get(&site, "REPORT", "/v1/tubes/T-43").await.expect(404);
    settle(&town).await;
    let tasks = list(&town, &grid).await;
    assert_eq!(tasks.len(), 2, "{tasks:?}");
    assert_eq!((&tasks[0]["kind"], &tasks[0]["area"]), (&json!("re-collect"), &json!(GRID)));
    assert_eq!(tasks[0]["title"]["zh"], "单管复采");
    assert!(!format!("{tasks:?}").contains(&phone.person), "a page leads to nobody");
    assert!(list(&town, &other).await.is_empty(), "another grid has no part in it");
    // A later result of the person's own tube is what was asked for.
    let single = sample(&lin(), "t-3", "2026-11-22T09:30:00Z", NEGATIVE, false);
    town.send_fhir(&site, "/fhir/Observation", &single).await.expect(201);
    settle(&town).await;
    assert_eq!(list(&town, &grid).await.len(), 1);
    let done = ask(&town, &grid, "GET", "/v1/tasks?state=done", &json!({})).await.expect(200).body;
    let id = done["tasks"][0]["id"].as_str().expect("an id").to_owned();
    let opened = ask(&town, &grid, "GET", &format!("/v1/tasks/{id}"), &json!({})).await;
    assert_eq!(opened.expect(200).body["outcome"], "collected-again");
}

#[tokio::test]
async fn a_grey_zone_makes_a_task_and_opening_it_is_an_access() {
    let town = town().await;
    let site = site(&town).await;
    let (_, grid) = office(&town, "grid", GRID).await;
    let grey = sample(&lin(), "g-1", "2026-11-22T09:00:00Z", GREY, false);
    town.send_fhir(&site, "/fhir/Observation", &grey).await.expect(201);
    settle(&town).await;
    let id = list(&town, &grid).await[0]["id"].as_str().expect("an id").to_owned();
    let path = format!("/v1/tasks/{id}");
    let opened = ask(&town, &grid, "GET", &path, &json!({})).await.expect(200);
    assert_eq!(opened.body["who"]["name"], lin().name);
    assert_eq!(opened.body["who"]["phone"], "13800000000");
    assert!(!opened.body.to_string().contains(&lin().number), "the number is masked");
    assert_eq!(opened.body["reason"], "test-inconclusive");
    assert_eq!(opened.body["legalBasis"], "test");
    assert!(opened.header("hutong-watermark").contains(opened.header("x-request-id")));
    let phone = town.phone(&lin()).await;
    let seen = town.mine(&phone, "GET", "/v1/me/accesses", None).await.expect(200).body;
    let access = &seen["accesses"][0];
    assert_eq!(
        (&access["what"], &access["purpose"]),
        (&json!("task:re-collect"), &json!("PUBHLTH"))
    );
    assert_eq!((&access["right"], &access["records"]), (&json!("legal:test"), &json!(0)));
    let own = town.mine(&phone, "GET", "/v1/me/tasks", None).await.expect(200).body;
    assert_eq!(own["tasks"][0]["task"]["title"]["zh"], "单管复采", "{own}");
    // Taken on, then done.
    let completion = json!({ "outcome": "sample taken at home" });
    let done = format!("{path}/completions");
    ask(&town, &grid, "POST", &done, &completion).await.expect(409);
    let taken = ask(&town, &grid, "POST", &format!("{path}/acknowledgements"), &json!({})).await;
    assert_eq!(taken.expect(201).body["task"]["state"], "acknowledged");
    ask(&town, &grid, "POST", &done, &json!({ "outcome": " " })).await.expect(422);
    let reply = ask(&town, &grid, "POST", &done, &completion).await.expect(201).body;
    assert_eq!(reply["task"]["state"], "done");
    assert!(list(&town, &grid).await.is_empty());
}

#[tokio::test]
async fn what_nobody_handles_rises_and_what_has_run_out_is_gone() {
    let town = town().await;
    let site = site(&town).await;
    let (grid, _) = office(&town, "grid", GRID).await;
    let (street, _) = office(&town, "street", "330106001").await;
    let (city, token) = office(&town, "city", "330100").await;
    let sees = async |office: &Office| {
        let token = town.token(office).await;
        list(&town, &token).await.len()
    };
    let grey = sample(&lin(), "g-1", "2026-11-22T09:00:00Z", GREY, false);
    town.send_fhir(&site, "/fhir/Observation", &grey).await.expect(201);
    settle(&town).await;
    assert_eq!((sees(&grid).await, sees(&street).await, sees(&city).await), (1, 0, 0));
    // Until then those above have numbers.
    let counts = ask(&town, &token, "GET", "/v1/tasks/counts", &json!({})).await.expect(200).body;
    assert_eq!(counts["counts"][0]["count"], 1);
    assert_eq!(
        (&counts["counts"][0]["area"], &counts["counts"][0]["late"]),
        (&json!(GRID), &json!(0))
    );
    town.clock.advance_s(6 * 3600);
    assert_eq!((sees(&grid).await, sees(&street).await, sees(&city).await), (1, 1, 0));
    // Taken on, it stays where it is for as long again.
    let token = town.token(&street).await;
    let tasks = list(&town, &token).await;
    assert_eq!((&tasks[0]["risen"], &tasks[0]["late"]), (&json!(1), &json!(true)));
    let path = format!("/v1/tasks/{}/acknowledgements", tasks[0]["id"].as_str().expect("an id"));
    ask(&town, &token, "POST", &path, &json!({})).await.expect(201);
    town.clock.advance_s(6 * 3600 - 60);
    assert_eq!(sees(&city).await, 0);
    town.clock.advance_s(60);
    assert_eq!(sees(&city).await, 1);
    let token = town.token(&city).await;
    ask(&town, &token, "POST", &path, &json!({})).await.expect(201);
    town.clock.advance_s(72 * 3600);
    assert_eq!((sees(&grid).await, sees(&street).await, sees(&city).await), (0, 0, 0));
    let token = town.token(&city).await;
    let counts = ask(&town, &token, "GET", "/v1/tasks/counts", &json!({})).await.expect(200).body;
    assert_eq!(counts["counts"], json!([]));
    // A day later nothing is left of it in the store either.
    let kept = async || town.node.store().documents("task").await.expect("read").len();
    town.node.forget_tasks_once().await.expect("forgotten");
    assert_eq!(kept().await, 1);
    town.clock.advance_s(86_400);
    office(&town, "later", "330100").await;
    town.node.forget_tasks_once().await.expect("forgotten");
    assert_eq!(kept().await, 0);
}

#[tokio::test]
async fn an_authority_files_tasks_with_a_law() {
    let town = town().await;
    let site = site(&town).await;
    let (_, grid) = office(&town, "grid", GRID).await;
    let (_, city) = office(&town, "city", "330100").await;
    let phone = town.phone(&lin()).await;
    let times = (town.clock.now().plus_s(3600), town.clock.now().plus_s(7200));
    let body = json!({ "kind": "visit", "event": "test-2026", "reason": "no answer by telephone",
        "person": phone.person, "due": times.0.to_string(), "expires": times.1.to_string() });
    ask(&town, &city, "POST", "/v1/tasks", &body).await.expect(201);
    assert_eq!(list(&town, &grid).await[0]["kind"], "visit");
    // Not without a law, not outside of the region, not by whoever reports.
    let bare = town.post(&city, "PUBHLTH", "/v1/tasks", &body).await;
    assert_eq!(bare.status, 403);
    town.post(&site, "REPORT", "/v1/tasks", &body).await.expect(403);
    for (field, value, word) in [
        ("area", json!("440100"), "outside"),
        ("event", json!("other"), "event"),
        ("reason", json!(""), "say what"),
        ("due", json!("2026-11-22T09:00:00Z"), "before it expires"),
        ("kind", json!("verify-area"), "about an area"),
    ] {
        let mut wrong = body.clone();
        wrong[field] = value;
        let refused = ask(&town, &city, "POST", "/v1/tasks", &wrong).await.expect(422).body;
        assert!(refused["detail"].as_str().is_some_and(|d| d.contains(word)), "{refused}");
    }
    // An area that is listed is a task for who looks after it.
    let filing = json!({"kind": "area", "filing": {"event": "test-2026", "area": GRID,
        "grade": "medium", "legalBasis": LAW}});
    ask(&town, &city, "POST", "/v1/filings", &filing).await.expect(201);
    town.node.see_to_areas_once().await.expect("seen to");
    let tasks = list(&town, &grid).await;
    assert!(tasks.iter().any(|task| task["kind"] == "verify-area"), "{tasks:?}");
}

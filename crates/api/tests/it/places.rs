//! Codes of places, and check-ins at the person's own node.

use crate::common::{Reply, Town, people::lin, phone::Phone, reply, town};
use hutong_model::{Clock, MemberKind};
use serde_json::{Value, json};

const LAW: &str = "Law on infectious diseases, article 42";

async fn with_a_phone(town: &Town) -> Phone {
    let clinic = town.admit("clinic-1", MemberKind::Clinic).await;
    let token = town.token(&clinic).await;
    town.send_fhir(&token, "/fhir/Patient", &lin().patient()).await.expect(201);
    town.phone(&lin()).await
}

/// A market in a grid of a street, and the text of its code.
async fn market(town: &Town) -> String {
    let door = town.admit("market", MemberKind::Verifier).await;
    let token = town.token(&door).await;
    let place = json!({ "name": "文三路菜市场", "division": "330106001005", "kind": "shop" });
    let answer = town.post(&token, "VERIFY", "/v1/places", &place).await.expect(201).body;
    answer["code"]["text"].as_str().expect("a code").to_owned()
}

async fn check_in(town: &Town, phone: &Phone, body: Value) -> Reply {
    town.mine(phone, "POST", "/v1/me/check-ins", Some(&body)).await
}

async fn kept(town: &Town, phone: &Phone) -> usize {
    let answer = town.mine(phone, "GET", "/v1/me/check-ins", None).await.expect(200).body;
    answer["checkIns"].as_array().expect("a list").len()
}

async fn list_area(town: &Town, token: &str, grade: &str) {
    let filing = json!({"kind": "area", "filing": {"event": "test-2026", "area": "330106001005",
        "grade": grade, "legalBasis": LAW}});
    let request = town.ask("POST", "/v1/filings", token).header("content-type", "application/json");
    let request = request.header("hutong-purpose", "PUBHLTH").header("hutong-legal-basis", LAW);
    reply(request.body(filing.to_string())).await.expect(201);
}

#[tokio::test]
async fn a_place_is_registered_and_its_code_is_printed() {
    let town = town().await;
    let door = town.admit("market", MemberKind::Verifier).await;
    let token = town.token(&door).await;
    let body = json!({ "name": " 文三路菜市场 ", "division": "330106001005", "kind": "shop" });
    let first = town.post(&token, "VERIFY", "/v1/places", &body).await.expect(201).body;
    assert_eq!(first["place"]["name"], "文三路菜市场");
    assert!(first["code"]["text"].as_str().is_some_and(|text| text.starts_with("HTP1:")));
    assert!(first["code"]["svg"].as_str().is_some_and(|svg| svg.contains("<svg")));
    let again = town.post(&token, "VERIFY", "/v1/places", &body).await.expect(201).body;
    assert_eq!(first["place"], again["place"]);
    let list = town.get(&token, "VERIFY", "/v1/places").await.expect(200).body;
    assert_eq!(list["places"].as_array().map(Vec::len), Some(1));
    let path = format!("/v1/places/{}/code", first["place"]["id"].as_str().expect("an id"));
    town.get(&token, "VERIFY", &path).await.expect(200);
    // Another organisation has no such place, and no kind of its own invention.
    let other = town.admit("shop", MemberKind::Verifier).await;
    let other = town.token(&other).await;
    town.get(&other, "VERIFY", &path).await.expect(404);
    for (wrong, status, word) in [
        (json!({ "name": "x", "division": "330106001005", "kind": "moon" }), 400, "kind"),
        (json!({ "name": "x", "division": "33", "kind": "shop" }), 400, "division"),
        (json!({ "name": " ", "division": "330106", "kind": "shop" }), 422, "called"),
    ] {
        let refused = town.post(&other, "VERIFY", "/v1/places", &wrong).await.expect(status).body;
        assert!(refused["detail"].as_str().is_some_and(|d| d.contains(word)), "{refused}");
    }
}

#[tokio::test]
async fn a_check_in_is_the_persons_alone_and_ends_by_itself() {
    let town = town().await;
    let phone = with_a_phone(&town).await;
    let code = market(&town).await;
    let at = town.clock.now().plus_s(-600);
    let body = json!({ "code": code, "at": at.to_string() });
    let first = check_in(&town, &phone, body.clone()).await.expect(201).body;
    assert_eq!(first["name"], "文三路菜市场");
    assert_eq!(first["until"], at.plus_s(7200).to_string());
    assert_eq!(first["keepUntil"], at.plus_s(14 * 86_400).to_string());
    // Handed in twice, kept once.
    let again = check_in(&town, &phone, body).await.expect(201).body;
    assert_eq!(first["entry"], again["entry"]);
    assert_eq!(kept(&town, &phone).await, 1);
    let records = town.mine(&phone, "GET", "/v1/me/records", None).await.expect(200).body;
    assert_eq!(records["records"][0]["value"]["knownBy"], "check-in");
    // A department that reads the history by law does not see where the person was.
    let cdc = town.admit("cdc", MemberKind::Department).await;
    let token = town.token(&cdc).await;
    let path = format!("/v1/persons/{}/history", phone.person);
    let request = town.ask("GET", &path, &token).header("hutong-purpose", "PUBHLTH");
    let history = reply(request.header("hutong-legal-basis", LAW)).await.expect(200).body;
    assert!(!history.to_string().contains("check-in"), "{history}");
    // It is not passed up.
    let up = town.node.store().entries_after(0, 1000).await.expect("entries");
    assert!(up.iter().all(|stored| stored.entry.fact.keep_until().is_none()));
    town.clock.advance_s(14 * 86_400);
    let phone = town.phone(&lin()).await;
    assert_eq!(kept(&town, &phone).await, 0);
    let records = town.mine(&phone, "GET", "/v1/me/records", None).await.expect(200).body;
    assert_eq!(records["total"], 0, "{records}");
}

#[tokio::test]
async fn a_check_in_in_a_listed_grid_gives_the_level_of_the_rules() {
    let town = town().await;
    let phone = with_a_phone(&town).await;
    let code = market(&town).await;
    check_in(&town, &phone, json!({ "code": code })).await.expect(201);
    let level = async || {
        let path = "/v1/me/health-information";
        town.mine(&phone, "GET", path, None).await.expect(200).body["decision"].clone()
    };
    assert_eq!(level().await["level"], "green");
    town.clock.advance_s(60);
    let cdc = town.admit("cdc", MemberKind::Department).await;
    list_area(&town, &town.token(&cdc).await, "high").await;
    town.clock.advance_s(60);
    let decision = level().await;
    assert_eq!(decision["level"], "red", "{decision}");
    assert_eq!(decision["reasons"][0]["code"], "risk-area");
}

#[tokio::test]
async fn a_visit_that_was_over_before_the_listing_counts_for_nothing() {
    let town = town().await;
    let phone = with_a_phone(&town).await;
    let code = market(&town).await;
    let at = town.clock.now().plus_s(-7 * 3600).to_string();
    check_in(&town, &phone, json!({ "code": code, "at": at })).await.expect(201);
    let cdc = town.admit("cdc", MemberKind::Department).await;
    list_area(&town, &town.token(&cdc).await, "high").await;
    town.clock.advance_s(60);
    let path = "/v1/me/health-information";
    let information = town.mine(&phone, "GET", path, None).await.expect(200).body;
    assert_eq!(information["decision"]["level"], "green");
}

#[tokio::test]
async fn nothing_is_collected_without_an_event() {
    let town = town().await;
    let phone = with_a_phone(&town).await;
    let code = market(&town).await;
    town.node.end_event("test-2026", LAW).await.expect("ended");
    town.clock.advance_s(1);
    let refused = check_in(&town, &phone, json!({ "code": code })).await.expect(409).body;
    assert!(
        refused["detail"].as_str().is_some_and(|d| d.contains("nothing was kept")),
        "{refused}"
    );
    assert_eq!(kept(&town, &phone).await, 0);
}

#[tokio::test]
async fn a_code_that_no_region_issued_is_refused() {
    let town = town().await;
    let phone = with_a_phone(&town).await;
    let code = market(&town).await;
    let mut forged = code.clone();
    forged.replace_range(code.len() - 4.., "0000");
    for (body, word) in [
        (json!({ "code": forged }), "signature"),
        (json!({ "code": "HT1:ABC" }), "HTP1:"),
        (json!({ "code": "HTP1:%%%" }), ""),
        (json!({ "code": code, "at": "2026-11-19T10:00:00Z" }), "48 hours"),
        (json!({ "code": code, "at": "2026-11-22T11:00:00Z" }), "48 hours"),
        (json!({ "code": code, "until": "2026-11-22T09:00:00Z" }), "ends"),
    ] {
        let refused = check_in(&town, &phone, body).await.expect(422).body;
        assert!(refused["detail"].as_str().is_some_and(|d| d.contains(word)), "{refused}");
    }
    assert_eq!(kept(&town, &phone).await, 0);
    // A code runs out after a year, event or not.
    town.clock.advance_s(366 * 86_400);
    let phone = town.phone(&lin()).await;
    let refused = check_in(&town, &phone, json!({ "code": code })).await;
    assert!(refused.status == 422 || refused.status == 503, "{}", refused.body);
}

//! Residents: sessions, guardians, limits against guessing.

use crate::common::{
    people::{RESIDENT_ID, lin, resident_id, su},
    reply, town,
};
use hutong_model::MemberKind;
use serde_json::json;

#[tokio::test]
async fn a_session_begins_with_the_code_and_ends() {
    let town = town().await;
    let who = lin();
    let started = json!({ "document": who.document() });
    let started = town.post_open("/v1/sign-ins", &started).await.expect(202).body;
    let redeem = |code: &str| json!({ "challenge": started["challenge"], "code": code });
    town.post_open("/v1/sessions", &redeem("nope")).await.expect(403);
    let code = town.last_code();
    let session = town.post_open("/v1/sessions", &redeem(&code)).await.expect(201).body;
    town.post_open("/v1/sessions", &redeem(&code)).await.expect(403);
    let token = session["token"].as_str().expect("a token");
    let me = reply(town.ask("GET", "/v1/me", token)).await.expect(200).body;
    assert_eq!(me["person"], session["person"]);
    assert!(!me.to_string().contains(&who.number));
    reply(town.ask("GET", "/v1/me?nonsense=1", token)).await.expect(400);
    reply(town.ask("DELETE", "/v1/sessions", token)).await.expect(204);
    reply(town.ask("GET", "/v1/me", token)).await.expect(401);
    let (token, _) = town.sign_in(&who).await;
    town.clock.advance_s(13 * 3600);
    reply(town.ask("GET", "/v1/me", &token)).await.expect(401);
}

#[tokio::test]
async fn guessing_is_slowed_down() {
    let town = town().await;
    let body = json!({ "document": lin().document() });
    for _ in 0..5 {
        town.post_open("/v1/sign-ins", &body).await.expect(202);
    }
    let refused = town.post_open("/v1/sign-ins", &body).await.expect(429);
    assert!(refused.header("retry-after").parse::<u32>().is_ok_and(|s| s > 0));
    town.post_open("/v1/sign-ins", &json!({ "document": su().document() })).await.expect(202);
    town.clock.advance_s(61);
    town.post_open("/v1/sign-ins", &body).await.expect(202);
    let wrong = json!({ "document": { "kind": "resident-id", "number": "330106198803142410" } });
    let answer = town.post_open("/v1/sign-ins", &wrong).await.expect(400);
    assert!(
        answer.body["detail"].as_str().expect("words").contains("check digit"),
        "{}",
        answer.body
    );
    assert!(!answer.body.to_string().contains("330106198803142410"));
}

#[tokio::test]
async fn right_codes_of_one_address_are_not_counted_wrong_ones_are() {
    let town = town().await;
    // A carrier's address has many telephones behind it.
    for order in 0..80 {
        let number = resident_id("330106", "1971-01-01", order);
        let who = crate::common::people::Someone { name: "甲", number, born: "1971-01-01" };
        town.sign_in(&who).await;
    }
    let started = json!({ "document": lin().document() });
    let started = town.post_open("/v1/sign-ins", &started).await.expect(202).body;
    let wrong = json!({ "challenge": started["challenge"], "code": "000000x" });
    for _ in 0..60 {
        town.post_open("/v1/sessions", &wrong).await.expect(403);
    }
    town.post_open("/v1/sessions", &wrong).await.expect(429);
}

#[tokio::test]
async fn a_mother_acts_for_her_child_and_nobody_elses() {
    let town = town().await;
    let clinic = town.admit("clinic-1", MemberKind::Clinic).await;
    let token = town.token(&clinic).await;
    let mother = lin();
    let number = resident_id("330106", "2024-05-01", 365);
    let child = json!({
        "resourceType": "Patient",
        "id": "child-1",
        "identifier": [{ "system": RESIDENT_ID, "value": number }],
        "name": [{ "text": "林小满" }],
        "birthDate": "2024-05-01",
        "contact": [{
            "relationship": [{ "coding": [{
                "system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code": "MTH",
            }] }],
            "name": { "text": mother.name },
            "extension": [{
                "url": "urn:hutong:ext:document",
                "valueIdentifier": { "system": RESIDENT_ID, "value": mother.number },
            }],
        }],
    });
    let created = town.send_fhir(&token, "/fhir/Patient", &child).await.expect(201);
    let ward = created.header("location").rsplit('/').next().expect("an id").to_owned();
    let phone = town.phone(&mother).await;
    let me = town.mine(&phone, "GET", &format!("/v1/me?for={ward}"), None).await.expect(200).body;
    assert_eq!(me["name"], "林小满", "{me}");
    town.mine(&phone, "GET", &format!("/v1/me/records?for={ward}"), None).await.expect(200);
    let accesses = format!("/v1/me/accesses?for={ward}");
    let accesses = town.mine(&phone, "GET", &accesses, None).await.expect(200).body;
    assert_eq!(accesses["accesses"][0]["right"], "guardian", "{accesses}");
    let stranger = town.phone(&su()).await;
    town.mine(&stranger, "GET", &format!("/v1/me?for={ward}"), None).await.expect(404);
    town.mine(&stranger, "GET", "/v1/me?for=x", None).await.expect(400);
}

#[tokio::test]
async fn a_phone_proves_that_it_holds_its_key() {
    let town = town().await;
    let phone = town.phone(&lin()).await;
    let devices = town.mine(&phone, "GET", "/v1/me/devices", None).await.expect(200).body;
    assert_eq!(devices["devices"][0]["id"], phone.device.as_str());
    for wrong in [
        json!({ "key": "AAAA", "proof": "AAAA" }),
        json!({ "key": "!", "proof": "!" }),
        json!({ "key": "AAAA" }),
    ] {
        town.mine(&phone, "POST", "/v1/me/devices", Some(&wrong)).await.expect(400);
    }
}

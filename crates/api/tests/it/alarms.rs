//! Quotas of operators, and what raises an alarm.

use crate::common::{
    Town,
    people::{lin, resident_id},
    reply, town,
};
use hutong_model::{MemberKind, limits};
use serde_json::{Value, json};

const LAW: &str = "Law on infectious diseases, article 42";

async fn department(town: &Town, name: &str) -> String {
    let office = town.admit(name, MemberKind::Department).await;
    town.token(&office).await
}

async fn by_law(
    town: &Town,
    token: &str,
    method: &str,
    path: &str,
    operator: &str,
) -> (u16, Value) {
    let request = town.ask(method, path, token).header("hutong-purpose", "PUBHLTH");
    let request = request.header("hutong-legal-basis", LAW).header("hutong-operator", operator);
    let answer = reply(request).await;
    (answer.status, answer.body)
}

async fn alarms(town: &Town, token: &str) -> Vec<Value> {
    let (status, body) = by_law(town, token, "GET", "/v1/alarms", "1").await;
    assert_eq!(status, 200, "{body}");
    body["alarms"].as_array().expect("alarms").clone()
}

/// Persons by number, whom nobody has to know.
fn person(at: usize) -> String {
    format!("/v1/persons/{at:032x}/history")
}

#[tokio::test]
async fn an_operator_reads_so_many_persons_a_day() {
    let town = town().await;
    let token = department(&town, "cdc").await;
    let watcher = department(&town, "health").await;
    let quota = usize::try_from(limits::PERSONS_PER_OPERATOR_DAY).expect("a number");
    for at in 0..quota {
        // Straight at the node: this is about counting.
        let who = hutong_node::watch::Operator {
            member: "000000.cdc".to_owned().try_into().expect("an id"),
            operator: Some("77".to_owned().try_into().expect("an id")),
        };
        let person = hutong_model::PersonId::parse(&format!("{at:032x}")).expect("an id");
        town.node.count_read(&who, person).await.expect("within the quota");
    }
    assert_eq!(by_law(&town, &token, "GET", &person(3), "77").await.0, 200, "read before today");
    let (status, body) = by_law(&town, &token, "GET", &person(quota), "77").await;
    assert_eq!(status, 429, "{body}");
    assert!(body["detail"].as_str().is_some_and(|d| d.contains("midnight")), "{body}");
    assert_eq!(by_law(&town, &token, "GET", &person(quota), "78").await.0, 200, "another operator");
    let rules: Vec<Value> =
        alarms(&town, &watcher).await.into_iter().map(|alarm| alarm["rule"].clone()).collect();
    assert!(rules.contains(&json!("quota")) && rules.contains(&json!("many-persons")), "{rules:?}");
    town.clock.advance_s(86_400);
    let token = town.node.member(&"000000.cdc".to_owned().try_into().expect("an id"));
    assert!(token.is_some());
    // An operator's id is no place for a name.
    let wrong = department(&town, "other").await;
    assert_eq!(by_law(&town, &wrong, "GET", &person(1), "a name").await.0, 400);
}

#[tokio::test]
async fn trying_numbers_raises_an_alarm() {
    let town = town().await;
    let clinic = town.admit("clinic-1", MemberKind::Clinic).await;
    let token = town.token(&clinic).await;
    town.send_fhir(&token, "/fhir/Patient", &lin().patient()).await.expect(201);
    let cdc = department(&town, "cdc").await;
    for order in 0..20 {
        // Numbers of nobody, and one of somebody who granted nothing: the answers are the same.
        let number = resident_id("330106", "1970-01-01", 100 + order);
        let number = if order == 7 { lin().number } else { number };
        let path = format!("/fhir/Patient?identifier=urn:oid:2.16.156.10011.1.3|{number}");
        town.get(&token, "TREAT", &path).await.expect(200);
        let raised = alarms(&town, &cdc).await.len();
        assert_eq!(raised, usize::from(order == 19), "after {order}");
    }
    let alarm = alarms(&town, &cdc).await.remove(0);
    assert_eq!((&alarm["rule"], &alarm["count"]), (&json!("probing"), &json!(20)));
    assert_eq!(alarm["member"], "000000.clinic-1");
    assert!(!alarm.to_string().contains(&lin().number));
    // Closed with a finding, and not by whom it is about.
    let path = format!("/v1/alarms/{}/closures", alarm["id"].as_str().expect("an id"));
    let close = async |token: &str, finding: &str| {
        let request = town.ask("POST", &path, token).header("content-type", "application/json");
        let request = request.header("hutong-purpose", "PUBHLTH").header("hutong-legal-basis", LAW);
        reply(request.body(json!({ "finding": finding }).to_string())).await
    };
    close(&cdc, "").await.expect(422);
    let closed = close(&cdc, "an old list was typed in").await.expect(201).body;
    assert_eq!(closed["closed"]["by"], "000000.cdc");
    assert_eq!(town.node.open_alarms().await.expect("a number"), 0);
    close(&cdc, "again").await.expect(404);
    // Alarms are for the authority.
    town.get(&token, "TREAT", "/v1/alarms").await.expect(403);
}

#[tokio::test]
async fn restricting_people_against_whom_nothing_is_on_record_raises_an_alarm() {
    let town = town().await;
    let clinic = town.admit("clinic-1", MemberKind::Clinic).await;
    let clinic = town.token(&clinic).await;
    let (one, two) = (department(&town, "cdc").await, department(&town, "health").await);
    let post = async |token: &str, path: &str, body: &Value| {
        let request = town.ask("POST", path, token).header("content-type", "application/json");
        let request = request.header("hutong-purpose", "PUBHLTH").header("hutong-legal-basis", LAW);
        reply(request.body(body.to_string())).await.expect(201).body
    };
    for at in 0..limits::BARE_RESTRICTIONS_MAX {
        assert!(alarms(&town, &two).await.is_empty(), "after {at}");
        let mut patient = lin().patient();
        let number = resident_id("410103", "1980-05-05", 100 + u16::try_from(at).expect("small"));
        patient["id"] = json!(format!("d-{at}"));
        patient["identifier"][0]["value"] = json!(number);
        patient["birthDate"] = json!("1980-05-05");
        town.send_fhir(&clinic, "/fhir/Patient", &patient).await.expect(201);
        let document = json!({ "kind": "resident-id", "number": number });
        let document = serde_json::from_value(document).expect("a document");
        let person = town.node.person_for(vec![document]).await.expect("known");
        let until = hutong_model::Clock::now(&*town.clock).plus_s(3 * 86_400).to_string();
        let order = json!({ "effect": "restrict", "level": "red", "event": "test-2026",
            "reason": "as ordered", "until": until });
        let order = post(&one, &format!("/v1/persons/{person}/measures"), &order).await;
        let path = format!("/v1/measures/{}/answers", order["id"].as_str().expect("an id"));
        post(&two, &path, &json!({ "agree": true })).await;
    }
    let alarm = alarms(&town, &two).await.remove(0);
    assert_eq!(alarm["rule"], "restrictions-without-evidence");
    assert_eq!((&alarm["member"], &alarm["event"]), (&json!("000000.cdc"), &json!("test-2026")));
}

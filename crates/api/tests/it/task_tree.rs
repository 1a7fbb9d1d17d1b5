//! Tasks on their way between nodes.

use crate::common::{Town, people::lin, reply, town};
use hutong_model::{Clock, MemberKind};
use serde_json::{Value, json};

const LAW: &str = "Law on infectious diseases, article 42";
const GRID: &str = "330106001005";

/// A node below that serves a province.
async fn child(town: &Town) -> String {
    let child = town.admit("330000", MemberKind::Node).await;
    town.token(&child).await
}

async fn feed(town: &Town, token: &str) -> Vec<Value> {
    let body = json!({ "after": 0, "waitMs": 0 });
    let page = town.post(token, "NODE", "/v1/node/feed", &body).await.expect(200).body;
    let items = page["items"].as_array().expect("items").clone();
    items.into_iter().filter(|item| item["kind"] == "task").collect()
}

async fn by_law(town: &Town, token: &str, path: &str) -> Value {
    let request = town.ask("GET", path, token).header("hutong-purpose", "PUBHLTH");
    reply(request.header("hutong-legal-basis", LAW)).await.expect(200).body
}

#[tokio::test]
async fn a_task_goes_down_to_where_the_person_lives_and_without_a_name() {
    let town = town().await;
    let below = child(&town).await;
    let clinic = town.admit("clinic-1", MemberKind::Clinic).await;
    let clinic = town.token(&clinic).await;
    let mut patient = lin().patient();
    patient["address"] = json!([{
        "text": "文三路 1 号",
        "extension": [{ "url": "urn:hutong:ext:division", "valueCode": GRID }],
    }]);
    town.send_fhir(&clinic, "/fhir/Patient", &patient).await.expect(201);
    let mut grey = lin().test("g-1", "2026-11-22T09:00:00Z", false);
    grey["valueCodeableConcept"]["coding"][0]["code"] = json!("419984006");
    town.send_fhir(&clinic, "/fhir/Observation", &grey).await.expect(201);
    while town.node.derive_tasks_once().await.expect("seen to") {}
    let items = feed(&town, &below).await;
    assert_eq!(items.len(), 1, "{items:?}");
    let task: Value =
        serde_json::from_str(items[0]["body"].as_str().expect("a body")).expect("JSON");
    assert_eq!(
        (&task["task"]["kind"], &task["task"]["area"]),
        (&json!("re-collect"), &json!(GRID))
    );
    assert_eq!(task["task"]["person"], Value::Null);
    let text = task.to_string();
    assert!(!text.contains(&lin().number) && !text.contains(lin().name), "{text}");
    // Here nobody sees it: it is seen to below. And it goes once.
    let office = town.admit("cdc", MemberKind::Department).await;
    let office = town.token(&office).await;
    assert_eq!(by_law(&town, &office, "/v1/tasks").await["tasks"], json!([]));
    town.send_fhir(&clinic, "/fhir/Observation", &lin().test("n-0", "2026-11-20T09:00:00Z", false))
        .await
        .expect(201);
    while town.node.derive_tasks_once().await.expect("seen to") {}
    assert_eq!(feed(&town, &below).await.len(), 1);
}

#[tokio::test]
async fn a_node_below_tells_numbers_and_hands_up_what_nobody_handled() {
    let town = town().await;
    let below = child(&town).await;
    let office = town.admit("cdc", MemberKind::Department).await;
    let office = town.token(&office).await;
    let (now, task) = (town.clock.now(), "0f8a7c1e5b9d4e3f8a7b6c5d4e3f2a1b");
    let counts = json!([
        { "area": GRID, "kind": "visit", "state": "waits", "count": 3, "late": 1 },
    ]);
    let report = json!({ "at": now, "counts": counts });
    town.post(&below, "NODE", "/v1/node/tasks", &report).await.expect(200);
    let told = by_law(&town, &office, "/v1/tasks/counts").await;
    assert_eq!(told["counts"], counts);
    assert_eq!(by_law(&town, &office, "/v1/tasks").await["tasks"], json!([]), "numbers only");
    let mut risen = report.clone();
    risen["risen"] = json!([{
        "task": {
            "id": task, "kind": "visit", "event": "test-2026", "legalBasis": LAW,
            "reason": "close-contact", "area": GRID, "since": now.plus_s(-7200),
            "due": now.plus_s(-3600), "expires": now.plus_s(86_400),
        },
        "whom": {
            "kind": "other", "scope": "urn:hutong:node:330000:person",
            "number": "0000000000000000000000000000000a",
        },
    }]);
    let answer = town.post(&below, "NODE", "/v1/node/tasks", &risen).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let tasks = by_law(&town, &office, "/v1/tasks").await["tasks"].clone();
    assert_eq!((&tasks[0]["id"], &tasks[0]["late"]), (&json!(task), &json!(false)));
    let opened = by_law(&town, &office, &format!("/v1/tasks/{task}")).await;
    assert!(opened["who"]["person"].is_string(), "{opened}");
    // Of an area that is not the child's: nothing is kept.
    let mut strange = report;
    strange["counts"][0]["area"] = json!("440103001");
    town.post(&below, "NODE", "/v1/node/tasks", &strange).await.expect(403);
    town.post(&office, "PUBHLTH", "/v1/node/tasks", &strange).await.expect(403);
}

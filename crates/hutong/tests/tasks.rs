//! A task over a tree of real processes: a result admitted at the root, a person who lives below.

mod common;
#[path = "common/tree.rs"]
mod tree;

use common::{Place, Running, hutong, text, well};
use serde_json::{Value, json};
use std::{path::Path, time::Duration};

const LAW: &str = "《传染病防治法》第四十二条";
const GRID: &str = "330106001005";
const NUMBER: &str = "11010519491231002X";

/// Now, or so many seconds from now, as RFC 3339 to the second.
#[expect(clippy::disallowed_methods, reason = "the processes go by the real clock")]
fn in_seconds(seconds: i64) -> String {
    let now = jiff::Timestamp::now().as_second();
    jiff::Timestamp::from_second(now + seconds).expect("a time").to_string()
}

fn event() -> String {
    json!({
        "id": "epidemic-1", "title": {"zh": "疫情", "en": "Epidemic"}, "kind": "epidemic",
        "agent": "sars-cov-2", "legalBasis": LAW, "sunset": in_seconds(30 * 86_400),
    })
    .to_string()
}

fn patient() -> String {
    let address = json!([{ "text": "文三路 1 号",
        "extension": [{ "url": "urn:hutong:ext:division", "valueCode": GRID }] }]);
    let identifier = json!([{ "system": "urn:oid:2.16.156.10011.1.3", "value": NUMBER }]);
    json!({ "resourceType": "Patient", "id": "p", "identifier": identifier,
        "name": [{ "text": "苏禾" }], "birthDate": "1949-12-31", "address": address })
    .to_string()
}

/// A result in the grey zone, or the negative one of a later sample.
fn result(id: &str, minutes_ago: i64, code: &str) -> String {
    json!({ "resourceType": "Observation", "id": id, "status": "final",
        "code": { "coding": [{ "system": "http://loinc.org", "code": "94500-6" }] },
        "subject": { "identifier": { "system": "urn:oid:2.16.156.10011.1.3", "value": NUMBER } },
        "effectiveDateTime": in_seconds(-60 * minutes_ago),
        "valueCodeableConcept": { "coding": [{ "system": "http://snomed.info/sct", "code": code }] } })
    .to_string()
}

fn import(place: &Place, member: &str, line: &str) {
    let file = place.write("rows.ndjson", format!("{line}\n"));
    well(&place.run(&["import", &text(&file), "--as", member]));
}

fn token(node: &Running, id: &str, key: &Path) -> String {
    let mut command = hutong();
    command.args(["token", "--server", &node.url(), "--client-id", id, "--key", &text(key)]);
    well(&command.output().expect("the executable starts")).trim().to_owned()
}

fn get(node: &Running, token: &str, path: &str) -> Value {
    let url = format!("{}{path}", node.url());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let request = client.get(url).bearer_auth(token).header("hutong-purpose", "PUBHLTH");
        let answer = request.header("hutong-legal-basis", "test").send().await.expect("an answer");
        answer.json().await.unwrap_or(Value::Null)
    })
}

fn wait_for(mut ask: impl FnMut() -> Value, holds: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..200 {
        let answer = ask();
        if holds(&answer) {
            return answer;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("never: {}", ask());
}

#[test]
fn a_result_of_the_root_is_a_task_of_the_grid_where_the_person_lives() {
    let (root, child) = tree::tree(|_| {});
    root.admit("000000.lab-1", "lab");
    child.admit("330000.clinic-1", "clinic");
    let key = child.admit("330000.grid", "department");
    let jwks = child.path("330000.grid.jwks");
    let again = ["member", "admit", "330000.grid", "--kind", "department", "--name", "grid"];
    well(&child.run(&[&again[..], &["--region", GRID, "--jwks", &text(&jwks)]].concat()));
    let national = root.admit("000000.cdc", "department");
    let (above, below) = (root.serve(), child.serve());
    well(&root.run(&["event", "declare", &text(&root.write("event.json", event()))]));
    import(&child, "330000.clinic-1", &patient());
    let passed_up = || tree::status(&child);
    wait_for(passed_up, |status| status["outboxLag"] == 0 && status["entries"] != 0);
    import(&root, "000000.lab-1", &result("o-1", 90, "419984006"));
    let grid = token(&below, "330000.grid", &key);
    let tasks = || get(&below, &grid, "/v1/tasks");
    let listed = wait_for(tasks, |answer| answer["tasks"][0]["kind"] == "re-collect");
    let path = format!("/v1/tasks/{}", listed["tasks"][0]["id"].as_str().expect("an id"));
    let opened = get(&below, &grid, &path);
    assert_eq!(
        (&opened["who"]["name"], &opened["reason"]),
        (&json!("苏禾"), &json!("test-inconclusive"))
    );
    assert_eq!(opened["legalBasis"], LAW);
    // Above there are numbers, and no task.
    let cdc = token(&above, "000000.cdc", &national);
    let counts = || get(&above, &cdc, "/v1/tasks/counts");
    let told = wait_for(counts, |answer| answer["counts"][0]["count"] == 1);
    assert_eq!(told["counts"][0]["area"], GRID);
    assert_eq!(get(&above, &cdc, "/v1/tasks")["tasks"], json!([]));
    // The sample was taken again by the clinic below, and the task is done.
    import(&child, "330000.clinic-1", &result("o-2", 5, "260415000"));
    wait_for(tasks, |answer| answer["tasks"] == json!([]));
    assert!(tree::status(&child)["alarmsOpen"] == 0);
    assert_eq!(below.stop(), 0);
    assert_eq!(above.stop(), 0);
}

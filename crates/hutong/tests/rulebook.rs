//! Events, rule packs and filings from the command line and over a tree of real processes.

mod common;
#[path = "common/tree.rs"]
mod tree;

use common::{Place, Running, hutong, said, text, well};
use serde_json::{Value, json};
use std::{path::Path, time::Duration};

const LAW: &str = "《突发公共卫生事件应急条例》第二十六条";

fn event(sunset: &str) -> String {
    json!({
        "id": "measles-2026", "title": {"zh": "麻疹", "en": "Measles"}, "kind": "epidemic",
        "agent": "measles", "legalBasis": LAW, "sunset": sunset,
    })
    .to_string()
}

/// A day so many days from now, as RFC 3339.
#[expect(clippy::disallowed_methods, reason = "the processes go by the real clock")]
fn in_days(days: i64) -> String {
    let now = jiff::Timestamp::now().as_second();
    let then = jiff::Timestamp::from_second(now + days * 86_400).expect("a time");
    then.to_string()
}

fn baseline() -> String {
    hutong_rules::Pack::baseline().source().to_owned()
}

/// Status and body of a request's answer.
fn ask(request: impl FnOnce(&reqwest::Client) -> reqwest::RequestBuilder) -> (u16, Value) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let answer = request(&client).send().await.expect("an answer");
        (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
    })
}

fn get(url: &str) -> Value {
    ask(|client| client.get(url)).1
}

fn wait_for(url: &str, holds: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..200 {
        let answer = get(url);
        if holds(&answer) {
            return answer;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("never: {}", get(url));
}

/// A token of a department of a node.
fn token(node: &Running, id: &str, key: &Path) -> String {
    let mut command = hutong();
    command.args(["token", "--server", &node.url(), "--client-id", id, "--key", &text(key)]);
    well(&command.output().expect("the executable starts")).trim().to_owned()
}

/// Posts as a department with a legal basis: status and body.
fn post(node: &Running, token: &str, path: &str, body: &Value) -> (u16, Value) {
    let url = format!("{}{path}", node.url());
    ask(|client| {
        let request = client.post(url).bearer_auth(token).json(body);
        request.header("hutong-purpose", "PUBHLTH").header("hutong-legal-basis", LAW)
    })
}

#[test]
fn what_the_root_publishes_comes_down_and_what_a_region_files_goes_up() {
    let (root, child) = tree::tree(|_| {});
    let key = child.admit("330000.cdc", "department");
    let (above, below) = (root.serve(), child.serve());
    let file = root.write("event.json", event(&in_days(30)));
    let told = well(&root.run(&["event", "declare", &text(&file)]));
    assert!(told.contains("measles-2026"), "{told}");
    let here = |what: &str| format!("{}/v1/{what}", below.url());
    wait_for(&here("events"), |answer| answer["events"][0]["id"] == "measles-2026");

    // Filed below, published by the root, in force where it has come down again.
    let token = token(&below, "330000.cdc", &key);
    let filing = |area: &str| {
        json!({"kind": "area", "filing": {"event": "measles-2026", "area": area, "grade": "high",
            "legalBasis": LAW}})
    };
    let (status, listed) = post(&below, &token, "/v1/filings", &filing("330106001"));
    assert_eq!((status, &listed["listed"][0]["by"]), (201, &json!("330000.cdc")), "{listed}");
    wait_for(&here("areas"), |answer| answer["areas"][0]["area"] == "330106001");
    let (status, refused) = post(&below, &token, "/v1/filings", &filing("440106001"));
    assert_eq!(status, 403, "another region's: {refused}");
    let unknown = json!({"kind": "area", "filing": {"event": "none", "area": "330106", "grade":
        "high", "legalBasis": LAW}});
    let (status, refused) = post(&below, &token, "/v1/filings", &unknown);
    assert_eq!(status, 422, "the root's reason comes back: {refused}");
    assert!(refused.to_string().contains("no event of this id"), "{refused}");
    // Without the root nothing is filed, and it says so.
    assert_eq!(above.stop(), 0);
    let (status, refused) = post(&below, &token, "/v1/filings", &filing("330106002"));
    assert_eq!(status, 503, "{refused}");
    // What came down is kept by a node that starts again without the one above.
    assert_eq!(below.stop(), 0);
    let below = child.serve();
    assert_eq!(get(&format!("{}/v1/events", below.url()))["events"][0]["id"], "measles-2026");
    assert_eq!(below.stop(), 0);
}

#[test]
fn an_event_is_declared_renewed_and_ended_on_record() {
    let root = Place::root();
    let run = |arguments: &[&str]| said(&root.run(arguments));
    let file = text(&root.write("event.json", event(&in_days(30))));
    assert_eq!(run(&["event", "declare", &file]).0, 0);
    let (code, _, stderr) = run(&["event", "declare", &file]);
    assert_eq!(code, 1);
    assert!(stderr.contains("declared before"), "{stderr}");
    let far = text(&root.write("far.json", event(&in_days(400)).replace("measles-", "far-")));
    let (code, _, stderr) = run(&["event", "declare", &far]);
    assert_eq!(code, 1);
    assert!(stderr.contains("within a year"), "{stderr}");
    let later = in_days(60);
    let renew = ["event", "renew", "measles-2026", "--legal-basis", LAW, "--sunset", &later];
    assert_eq!(run(&renew).0, 0);
    assert_eq!(run(&["event", "end", "measles-2026", "--legal-basis", LAW]).0, 0);
    let (code, _, stderr) = run(&renew);
    assert_eq!(code, 1, "{stderr}");
    let listed = well(&root.run(&["event", "list", "--json"]));
    let listed: Value = serde_json::from_str(&listed).expect("one line of JSON");
    let acts: Vec<&Value> =
        listed["acts"].as_array().expect("acts").iter().map(|act| &act["act"]).collect();
    assert_eq!(acts, ["declared", "renewed", "ended"]);
    assert!(well(&root.run(&["event", "list"])).contains("ended"));
}

#[test]
fn a_pack_is_tried_compared_and_simulated() {
    let root = Place::root();
    let sound = text(&root.write("sound.json", baseline()));
    let stricter = baseline().replace("\"antigen-positive\"", "\"antigen-found\"");
    let other = text(&root.write("other.json", &stricter));
    let wrong = text(&root.write("wrong.json", baseline().replacen("\"red\"", "\"yellow\"", 1)));
    let broken = text(&root.write("broken.json", baseline().replacen("\"===\"", "\"=\"", 1)));
    let rules = |arguments: &[&str]| {
        let mut command = hutong();
        said(&command.arg("rules").args(arguments).output().expect("the executable starts"))
    };
    let (code, stdout, _) = rules(&["test", &sound]);
    assert_eq!(code, 0, "{stdout}");
    assert!(stdout.contains("holds  no records"), "{stdout}");
    let (code, stdout, _) = rules(&["test", &wrong]);
    assert_eq!(code, 1);
    assert!(stdout.contains("FAILS"), "{stdout}");
    let (code, _, stderr) = rules(&["test", &broken]);
    assert_eq!(code, 1);
    assert!(stderr.contains("broken.json"), "{stderr}");
    assert_eq!(rules(&["diff", "-", &sound]).0, 0);
    let (code, stdout, _) = rules(&["diff", "-", &other, "--json"]);
    let difference: Value = serde_json::from_str(&stdout).expect("one line of JSON");
    assert_eq!((code, &difference["at"]), (1, &json!("rules/positive-ag/code")));

    // Counts of what it would change, for those who are here.
    let file = text(&root.write("event.json", event(&in_days(30))));
    well(&root.run(&["event", "declare", &file]));
    root.admit("000000.clinic-1", "clinic");
    let dose = "{\"resourceType\":\"Immunization\",\"id\":\"d1\",\"status\":\"completed\",\
        \"vaccineCode\":{\"coding\":[{\"system\":\"http://hl7.org/fhir/sid/cvx\",\"code\":\"08\"}]},\
        \"patient\":{\"identifier\":{\"system\":\"urn:oid:2.16.156.10011.1.3\",\"value\":\
        \"11010519491231002X\"}},\"occurrenceDateTime\":\"2020-06-02\",\"primarySource\":true}\n";
    let doses = text(&root.write("a.ndjson", dose));
    well(&root.run(&["import", &doses, "--as", "000000.clinic-1"]));
    let simulate = ["rules", "simulate", &other, "--event", "measles-2026", "--json"];
    let simulated: Value = serde_json::from_str(&well(&root.run(&simulate))).expect("JSON");
    assert_eq!(simulated["persons"], 1);
    let same = json!([{"from": "green", "to": "green", "persons": 1}]);
    assert_eq!(simulated["transitions"], same);
}

#[test]
fn what_a_region_adds_to_the_programme_is_filed_from_the_command_line() {
    let (root, child) = tree::tree(|_| {});
    let key = child.admit("330000.cdc", "department");
    let (above, below) = (root.serve(), child.serve());
    let day = |days: i64| in_days(days)[..10].to_owned();
    let pack = |from: &str, to: &str| {
        format!(
            "[edition]\nid = \"330000\"\nregion = \"330000\"\nname = \"示例\"\nname_en = \"Example\"\n\
             from = \"{from}\"\nto = \"{to}\"\n"
        )
    };
    let url = below.url();
    let file = |name: &str, text_of: String| {
        let path = text(&child.write(name, text_of));
        let mut command = hutong();
        command.args(["programme", "file", &path, "--legal-basis", "《疫苗管理法》第四十一条"]);
        command.args(["--evidence", "示例", "--server", &url, "--client-id", "330000.cdc"]);
        said(&command.args(["--key", &text(&key)]).output().expect("the executable starts"))
    };
    let (code, _, stderr) = file("past.toml", pack("2026-01-01", &day(60)));
    assert_eq!(code, 1);
    assert!(stderr.contains("after it is filed"), "the root's reason comes back: {stderr}");
    let (code, _, stderr) = file("none.toml", "nonsense".into());
    assert!(code == 1 && stderr.contains("none.toml"), "{stderr}");
    let (code, stdout, stderr) = file("pack.toml", pack(&day(30), &day(60)));
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains(&format!("330000/{}", day(30))), "{stdout}");
    // It has come down again to the node that filed it.
    let packs = format!("{url}/v1/programme-packs");
    wait_for(&packs, |answer| answer["packs"][0]["region"] == "330000");
    let list = ["programme", "filed", "--server", &url, "--json"];
    let listed = well(&hutong().args(list).output().expect("the executable starts"));
    let listed: Value = serde_json::from_str(&listed).expect("one line of JSON");
    assert_eq!((&listed["by"], &listed["lastDay"]), (&json!("330000.cdc"), &json!(day(60))));
    assert_eq!((above.stop(), below.stop()), (0, 0));
}

//! A child with doses of two provinces at school entry: over a tree of real processes, from a class
//! list in a spreadsheet.

mod common;
#[path = "common/tree.rs"]
mod tree;

use common::{Place, Running, hutong, text, well};
use serde_json::{Value, json};
use std::{path::Path, process::Output};

const LAW: &str = "《疫苗管理法》第四十八条";
const NUMBER: &str = "330106202405013666";

fn identifier() -> Value {
    json!({ "system": "urn:oid:2.16.156.10011.1.3", "value": NUMBER })
}

fn patient() -> Value {
    json!({ "resourceType": "Patient", "id": "p", "identifier": [identifier()],
        "name": [{ "text": "林小满" }], "birthDate": "2024-05-01", "gender": "female" })
}

fn dose(id: &str, vaccine: &str, date: &str) -> Value {
    json!({ "resourceType": "Immunization", "id": id, "status": "completed",
        "vaccineCode": { "coding": [{ "system": "urn:hutong:cs:cn-vaccine", "code": vaccine }] },
        "patient": { "identifier": identifier() }, "occurrenceDateTime": date,
        "primarySource": true, "lotNumber": id })
}

fn import(place: &Place, member: &str, line: &Value) {
    let file = place.write("rows.ndjson", format!("{line}\n"));
    well(&place.run(&["import", &text(&file), "--as", member]));
}

fn check(node: &Running, key: &Path, list: &Path, more: &[&str]) -> Output {
    let mut command = hutong();
    command.args(["programme", "entry-check", &text(list), "--server", &node.url()]);
    command.args(["--client-id", "330000.school", "--key", &text(key)]);
    command.args(["--legal-basis", LAW, "--term", "2026-09-01"]).args(more);
    command.output().expect("the executable starts")
}

#[test]
fn a_school_learns_what_is_missing_of_a_child_with_doses_of_two_provinces() {
    let (root, child) = tree::tree(|_| {});
    root.admit("000000.clinic-1", "clinic");
    child.admit("330000.clinic-1", "clinic");
    let key = child.admit("330000.school", "school");
    let (above, below) = (root.serve(), child.serve());
    let list = child.write(
        "class.csv",
        format!(
            "学号,姓名,证件号码\n1,林小满,{NUMBER}\n2,另名,{NUMBER}\n3,何人,110105194912310021\n"
        ),
    );
    // Nobody knows the child yet. The third row is wrong, and the others are checked.
    let output = check(&below, &key, &list, &["--json"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("4") && !said.contains("110105194912310021"), "{said}");
    assert_eq!(reasons(&output), ["not-known", "not-known"]);
    // One dose is of here, the other of elsewhere.
    import(&child, "330000.clinic-1", &patient());
    import(&child, "330000.clinic-1", &dose("hepb-1", "HEPB", "2024-05-01"));
    let missing = groups(&check(&below, &key, &list, &["--json"]));
    assert!(missing.contains(&"BCG".into()) && missing.contains(&"DTP".into()), "{missing:?}");
    import(&root, "000000.clinic-1", &dose("bcg-1", "BCG", "2024-05-01"));
    let output = check(&below, &key, &list, &["--json"]);
    let missing = groups(&output);
    assert!(!missing.contains(&"BCG".into()) && missing.contains(&"DTP".into()), "{missing:?}");
    assert_eq!(reasons(&output), ["", "not-known"]);
    let file = child.path("follow-up.csv");
    let more = ["--lang", "zh-CN", "--follow-up", &text(&file)];
    let shown = check(&below, &key, &list, &more);
    let shown = String::from_utf8_lossy(&shown.stdout);
    assert!(shown.contains("2026-10-01 前完成查验，2026-12-31 前复验"), "{shown}");
    assert!(
        shown.contains("乙肝疫苗") && shown.contains("第 2 剂，应于 2024-06-01 接种"),
        "{shown}"
    );
    assert!(shown.contains("另有 1 行无法读取"), "{shown}");
    let follow_up = std::fs::read_to_string(&file).expect("the list");
    let lines: Vec<&str> = follow_up.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines[0], "学号,结果,缺种或原因,查验截止,复验截止");
    assert!(lines[1].starts_with("1,缺种,") && follow_up.contains("\n2,无法评价,"), "{follow_up}");
    assert!(follow_up.ends_with(",2026-10-01,2026-12-31\n"), "{follow_up}");
    assert!(!follow_up.contains("林小满") && !follow_up.contains(NUMBER), "{follow_up}");
    // Out of reach, it is not said that a dose is missing.
    assert_eq!(above.stop(), 0);
    let output = check(&below, &key, &list, &["--json"]);
    assert_eq!(reasons(&output), ["out-of-reach", "not-known"]);
    assert_eq!(below.stop(), 0);
}

fn children(output: &Output) -> Vec<Value> {
    let lines = String::from_utf8_lossy(&output.stdout);
    lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// Why each child cannot be assessed.
fn reasons(output: &Output) -> Vec<String> {
    let reason = |child: &Value| child["reason"].as_str().unwrap_or_default().to_owned();
    children(output).iter().map(reason).collect()
}

/// What the first child misses.
fn groups(output: &Output) -> Vec<String> {
    let children = children(output);
    let missing = children[0]["missing"].as_array().unwrap_or_else(|| panic!("{children:?}"));
    missing.iter().map(|dose| dose["group"].as_str().expect("a group").to_owned()).collect()
}

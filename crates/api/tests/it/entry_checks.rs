//! A school's class list: who is complete, what is missing, who cannot be assessed.

use crate::common::{
    LAW, Reply, Town,
    child::{self, DOSES},
    people::{RESIDENT_ID, lin, resident_id},
    reply, town,
};
use hutong_model::{MemberKind, Purpose};
use serde_json::{Value, json};

async fn token(town: &Town, name: &str, kind: MemberKind) -> String {
    let office = town.admit(name, kind).await;
    town.token(&office).await
}

async fn check(town: &Town, token: &str, list: &Value) -> Reply {
    let request = town.ask("POST", "/v1/entry-checks", token).header("hutong-purpose", "SCHOOL");
    let request = request.header("content-type", "application/json");
    reply(request.header("hutong-legal-basis", LAW).body(list.to_string())).await
}

fn row(reference: &str, name: &str, number: &str) -> Value {
    json!({
        "reference": reference, "name": name,
        "document": { "kind": "resident-id", "number": number },
    })
}

fn xiaoman() -> Value {
    row("1-1-1", "林小满", &child::number())
}

/// A child of two days with the doses of the first.
async fn newborn(town: &Town, clinic: &str) -> Value {
    let (name, number) = ("周初一", resident_id("330106", "2026-11-20", 368));
    let patient = json!({
        "resourceType": "Patient", "id": "newborn", "name": [{ "text": name }],
        "identifier": [{ "system": RESIDENT_ID, "value": number }],
        "gender": "female", "birthDate": "2026-11-20",
    });
    town.send_fhir(clinic, "/fhir/Patient", &patient).await.expect(201);
    for vaccine in ["BCG", "HEPB"] {
        let mut dose = child::dose(&format!("n-{vaccine}"), vaccine, "2026-11-20");
        dose["patient"]["identifier"]["value"] = json!(number);
        town.send_fhir(clinic, "/fhir/Immunization", &dose).await.expect(201);
    }
    row("1-1-2", name, &number)
}

/// Reference, result and reason of each row.
fn results(answer: &Value) -> Vec<[&str; 3]> {
    let children = answer["children"].as_array().expect("children").iter();
    let of = |child| ["reference", "result", "reason"].map(|field| word(child, field));
    children.map(of).collect()
}

fn word<'v>(child: &'v Value, field: &str) -> &'v str {
    child[field].as_str().unwrap_or_default()
}

#[tokio::test]
async fn each_child_is_complete_or_missing_or_cannot_be_assessed() {
    let town = town().await;
    let clinic = token(&town, "clinic-1", MemberKind::Clinic).await;
    child::known(&town, &clinic).await;
    let newborn = newborn(&town, &clinic).await;
    let school = token(&town, "school-1", MemberKind::School).await;
    let unknown = resident_id("330106", "2023-03-03", 11);
    let list = json!({ "term": "2026-11-10", "children": [
        xiaoman(), newborn,
        row("1-1-3", "何人", &unknown),
        row("1-1-4", "另名", &child::number()),
        row("1-1-5", "林小满", "330106202405013661"),
        { "reference": "1-1-6", "name": "无证件" },
        row("1-1-7", " ", &child::number()),
        row("1-1-8", "林 小满", &child::number()),
    ]});
    let reply = check(&town, &school, &list).await.expect(200);
    assert_eq!(reply.header("cache-control"), "no-store");
    let answer = reply.body;
    assert_eq!(
        results(&answer),
        [
            ["1-1-1", "missing", ""],
            ["1-1-2", "complete", ""],
            ["1-1-3", "cannot-assess", "not-known"],
            ["1-1-4", "cannot-assess", "not-known"],
            ["1-1-5", "cannot-assess", "row"],
            ["1-1-6", "cannot-assess", "row"],
            ["1-1-7", "cannot-assess", "row"],
            ["1-1-8", "missing", ""],
        ]
    );
    assert_eq!(answer["totals"], json!({ "complete": 1, "missing": 2, "cannotAssess": 5 }));
    let days = (&answer["on"], &answer["checkBy"], &answer["recheckBy"]);
    assert_eq!(days, (&json!("2026-11-22"), &json!("2026-12-10"), &json!("2026-12-31")));
    // Whoever is not of that name is answered as one whom nobody knows.
    assert_eq!(answer["children"][2]["text"], answer["children"][3]["text"]);
    assert!(word(&answer["children"][2]["text"], "zh").contains("预防接种证"));
}

#[tokio::test]
async fn what_is_missing_is_told_and_nothing_of_what_was_given() {
    let town = town().await;
    let clinic = token(&town, "clinic-1", MemberKind::Clinic).await;
    let ward = child::known(&town, &clinic).await;
    let school = token(&town, "school-1", MemberKind::School).await;
    let list = json!({ "children": [xiaoman()] });
    let answer = check(&town, &school, &list).await.expect(200).body;
    let of = &answer["children"][0];
    let missing = of["missing"].as_array().expect("missing");
    let groups: Vec<&str> = missing.iter().map(|dose| word(dose, "group")).collect();
    assert!(groups.contains(&"DTP") && !groups.contains(&"HepB"), "{groups:?}");
    assert_eq!(missing[0]["overdue"], true, "the most urgent first: {missing:?}");
    let dtp = missing.iter().find(|dose| dose["group"] == "DTP").expect("DTP");
    assert_eq!((&dtp["number"], &dtp["overdue"]), (&json!(2), &json!(false)), "{dtp}");
    assert!(!dtp["vaccines"].as_array().expect("vaccines").is_empty());
    assert!(
        word(&of["where"], "zh").contains("接种单位") && word(&of["where"], "en").contains("unit")
    );
    assert_eq!(of["edition"], "cn-2026");
    let text = answer.to_string();
    for (own_id, _, date) in DOSES {
        assert!(!text.contains(&format!("L{own_id}")), "{text}");
        assert!(!text.contains(&format!("\"{date}\"")), "{date}: {text}");
    }
    assert!(!text.contains(&child::number()) && !text.contains("林小满"), "{text}");
    // Her mother sees who checked, why, and by which law.
    let phone = town.phone(&lin()).await;
    let accesses = format!("/v1/me/accesses?for={ward}");
    let accesses = town.mine(&phone, "GET", &accesses, None).await.expect(200).body;
    let seen = &accesses["accesses"][0];
    assert_eq!((&seen["what"], &seen["purpose"]), (&json!("entry-check"), &json!("SCHOOL")));
    assert_eq!(seen["right"], format!("legal:{LAW}"), "{seen}");
    // A dose that is made up for is missing no more, at once.
    let dose = child::dose("dtap-3", "DTAP", "2026-11-21");
    town.send_fhir(&clinic, "/fhir/Immunization", &dose).await.expect(201);
    let answer = check(&town, &school, &list).await.expect(200).body;
    let missing = answer["children"][0]["missing"].as_array().expect("missing");
    assert!(missing.iter().all(|dose| dose["group"] != "DTP"), "{missing:?}");
}

#[tokio::test]
async fn a_school_checks_and_does_not_read() {
    let town = town().await;
    let clinic = token(&town, "clinic-1", MemberKind::Clinic).await;
    let ward = child::known(&town, &clinic).await;
    let school = token(&town, "school-1", MemberKind::School).await;
    let list = json!({ "children": [xiaoman()] });
    // Without a legal basis, or for another purpose: not at all.
    town.post(&school, "SCHOOL", "/v1/entry-checks", &list).await.expect(403);
    town.post(&clinic, "TREAT", "/v1/entry-checks", &list).await.expect(403);
    // The check is no grant: the history stays closed.
    check(&town, &school, &list).await.expect(200);
    let history = format!("/v1/persons/{ward}/history");
    town.get(&school, "SCHOOL", &history).await.expect(404);
    // A vaccination unit assesses for a school where it was admitted for that.
    let unit = town.admit_for("unit", MemberKind::Clinic, Some(&[Purpose::SchoolEntry])).await;
    let unit = town.token(&unit).await;
    check(&town, &unit, &list).await.expect(200);
    // What is not a class is refused.
    let many: Vec<Value> = (0..201).map(|_| xiaoman()).collect();
    let long = row(&"x".repeat(65), "林小满", &child::number());
    for children in [json!([]), json!(many), json!([long])] {
        check(&town, &school, &json!({ "children": children })).await.expect(400);
    }
    check(&town, &school, &json!({ "children": [xiaoman()], "on": "2026" })).await.expect_refusal();
    let before =
        check(&town, &school, &json!({ "children": [xiaoman()], "on": "2020-01-01" })).await;
    assert_eq!(results(&before.expect(200).body), [["1-1-1", "cannot-assess", "no-edition"]]);
}

#[tokio::test]
async fn a_dose_without_a_day_leaves_it_open() {
    let town = town().await;
    let clinic = token(&town, "clinic-1", MemberKind::Clinic).await;
    child::known(&town, &clinic).await;
    let dose = child::dose("mmr-1", "MMR", "2025-01");
    town.send_fhir(&clinic, "/fhir/Immunization", &dose).await.expect(201);
    let school = token(&town, "school-1", MemberKind::School).await;
    let answer = check(&town, &school, &json!({ "children": [xiaoman()] })).await.expect(200).body;
    assert_eq!(results(&answer), [["1-1-1", "cannot-assess", "undated"]]);
}

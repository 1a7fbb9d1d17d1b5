//! What went wrong elsewhere, attempted here: the table of failures, row by row, records, persons
//! and keys (6 to 11, 16, 18).

use crate::common::{
    Town,
    people::{RESIDENT_ID, lin, resident_id, su},
    phone::Phone,
    reply, town,
};
use hutong_fhir::urls;
use hutong_model::MemberKind;
use serde_json::{Value, json};

async fn office(town: &Town, name: &str, kind: MemberKind) -> String {
    let office = town.admit(name, kind).await;
    town.token(&office).await
}

async fn records(town: &Town, phone: &Phone) -> Vec<Value> {
    let answer = town.mine(phone, "GET", "/v1/me/records", None).await.expect(200).body;
    answer["records"].as_array().expect("records").clone()
}

/// A dose from another province was not shown unless the region was switched: all are there, each
/// with where it comes from.
#[tokio::test]
async fn row_06_doses_from_everywhere_are_there() {
    let town = town().await;
    let (one, other) = (
        office(&town, "clinic-1", MemberKind::Clinic).await,
        office(&town, "clinic-2", MemberKind::Clinic).await,
    );
    for (token, own_id, day, place) in
        [(&one, "d-1", "2026-01-05", "330106"), (&other, "d-2", "2026-03-05", "440103")]
    {
        let mut dose = lin().dose(own_id, day);
        dose["extension"] = json!([{ "url": urls::EXT_PLACE, "valueCode": place }]);
        town.send_fhir(token, "/fhir/Immunization", &dose).await.expect(201);
    }
    let phone = town.phone(&lin()).await;
    let records = records(&town, &phone).await;
    let places: Vec<&Value> = records.iter().map(|record| &record["value"]["place"]).collect();
    assert_eq!(places, ["440103", "330106"]);
    assert_eq!(records[0]["member"], "000000.clinic-2");
}

/// The last upload deleted the other clinic's doses: nothing sent by anybody takes anything away.
#[tokio::test]
async fn row_07_an_upload_loses_nobody_elses_dose() {
    let town = town().await;
    let (one, other) = (
        office(&town, "clinic-1", MemberKind::Clinic).await,
        office(&town, "clinic-2", MemberKind::Clinic).await,
    );
    let days = ["2026-01-05", "2026-02-05", "2026-03-05", "2026-04-05"];
    let send = |token: &str, at: usize, own_id: String| {
        let dose = lin().dose(&own_id, days[at]).to_string();
        let request = town.ask("POST", "/fhir/Immunization", token).body(dose);
        reply(request.header("content-type", "application/fhir+json"))
    };
    // At the same moment, with the same ids of their own.
    let sent = futures::future::join_all((0..4).map(|at| {
        let token = if at % 2 == 0 { &one } else { &other };
        send(token, at, format!("d-{}", at / 2))
    }));
    assert!(sent.await.iter().all(|reply| reply.status == 201));
    // Again, whole: nothing changes.
    send(&one, 0, "d-0".into()).await;
    let phone = town.phone(&lin()).await;
    assert_eq!(records(&town, &phone).await.len(), 4);
}

/// Merging persons lost vaccinations or doubled them: a link moves nothing, and is undone.
#[tokio::test]
async fn row_08_a_link_is_undone_without_loss() {
    let town = town().await;
    let clinic = office(&town, "clinic-1", MemberKind::Clinic).await;
    for (who, own_id) in [(lin(), "d-1"), (su(), "d-2")] {
        let dose = who.dose(own_id, "2026-01-05");
        town.send_fhir(&clinic, "/fhir/Immunization", &dose).await.expect(201);
    }
    let (one, two) = (town.phone(&lin()).await, town.phone(&su()).await);
    let before = [records(&town, &one).await, records(&town, &two).await];
    let department = office(&town, "cdc", MemberKind::Department).await;
    for (linked, each) in [(true, 2), (false, 1)] {
        let link = json!({ "person": one.person, "other": two.person, "linked": linked,
            "reason": "one person, two papers" });
        town.by_law(&department, "POST", "/v1/person-links", &link).await.expect(201);
        let seen: Vec<Value> = records(&town, &one)
            .await
            .into_iter()
            .chain(records(&town, &two).await)
            .filter(|record| record["kind"] == "vaccination")
            .collect();
        // The two doses are of two lots, so both are shown.
        assert_eq!(seen.len(), 2 * each, "{seen:?}");
    }
    assert_eq!([records(&town, &one).await, records(&town, &two).await], before);
}

/// Only mainland numbers were known: whoever has another document is a person as well.
#[tokio::test]
async fn row_09_every_kind_of_document_is_a_persons() {
    let town = town().await;
    let clinic = office(&town, "clinic-1", MemberKind::Clinic).await;
    let patient = |system: &str, value: &str| {
        json!({ "resourceType": "Patient", "id": value, "name": [{ "text": "陈" }],
            "identifier": [{ "system": system, "value": value }] })
    };
    // A number of 15 digits, and the same person's number of 18.
    let old = patient(RESIDENT_ID, "330106880314241");
    let first = town.send_fhir(&clinic, "/fhir/Patient", &old).await.expect(201);
    let new = patient(RESIDENT_ID, &resident_id("330106", "1988-03-14", 241));
    let again = town.send_fhir(&clinic, "/fhir/Patient", &new).await;
    assert_eq!(
        first.header("location").split("/_history").next(),
        again.header("location").split("/_history").next()
    );
    let elsewhere = [
        ("http://hl7.org/fhir/sid/passport-DEU", "C01X00T47"),
        ("http://hospital.example/mrn", "4711"),
    ];
    for (system, value) in elsewhere {
        town.send_fhir(&clinic, "/fhir/Patient", &patient(system, value)).await.expect(201);
    }
    // A digit that is wrong is said, and nothing is kept.
    let wrong = patient(RESIDENT_ID, "330106198803142410");
    let refused = town.send_fhir(&clinic, "/fhir/Patient", &wrong).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
}

/// Photographs and results were sold by name and number: nobody is looked up by these, and trying
/// is seen.
#[tokio::test]
async fn row_10_nobody_is_looked_up_by_name_and_number() {
    let town = town().await;
    let clinic = office(&town, "clinic-1", MemberKind::Clinic).await;
    let reader = office(&town, "clinic-2", MemberKind::Clinic).await;
    town.send_fhir(&clinic, "/fhir/Patient", &lin().patient()).await.expect(201);
    let number = &lin().number;
    for path in [
        format!("/fhir/Patient?identifier={number}"),
        format!("/fhir/Patient?name={}", lin().name),
        format!("/fhir/Immunization?patient.identifier={number}"),
    ] {
        let answer = town.get(&reader, "TREAT", &path).await;
        assert!(answer.status >= 400, "{path}: {}", answer.body);
        assert!(!answer.body.to_string().contains(number.as_str()), "{path}");
    }
    // Asking for consent is answered alike whether anybody has the number or not.
    let system = office(&town, "codes", MemberKind::CodeSystem).await;
    let mut answers = Vec::new();
    for who in [lin(), su()] {
        let body = json!({ "document": who.document() });
        answers.push(town.post(&system, "PATRQT", "/v1/call-applications", &body).await.status);
    }
    assert_eq!(answers, [202, 202]);
    let department = office(&town, "cdc", MemberKind::Department).await;
    for at in 0..20 {
        let path = format!("/v1/persons/{at:032x}/history");
        town.get(&reader, "TREAT", &path).await.expect(404);
    }
    let path = "/v1/alarms";
    let alarms = town.by_law(&department, "GET", path, &json!({})).await.expect(200).body;
    assert_eq!(alarms["alarms"][0]["rule"], "probing", "{alarms}");
}

/// Lists of names went round: none leaves.
#[tokio::test]
async fn row_11_no_list_of_names_leaves() {
    let town = town().await;
    let clinic = office(&town, "clinic-1", MemberKind::Clinic).await;
    let department = office(&town, "cdc", MemberKind::Department).await;
    let verifier = office(&town, "door-1", MemberKind::Verifier).await;
    town.send_fhir(&clinic, "/fhir/Patient", &lin().patient()).await.expect(201);
    for token in [&clinic, &verifier] {
        town.get(token, "TREAT", "/fhir/Patient").await.expect_refusal();
        town.get(token, "TREAT", "/fhir/$export").await.expect_refusal();
    }
    let tasks = town.by_law(&department, "GET", "/v1/tasks", &json!({})).await.expect(200);
    assert!(tasks.header("hutong-watermark").contains("000000.cdc"));
    assert!(!tasks.body.to_string().contains(lin().name));
}

/// Children and the old have no phone: somebody who is trusted with them shows theirs, on paper
/// too.
#[tokio::test]
async fn row_16_whoever_has_no_phone_has_a_code() {
    let town = town().await;
    let clinic = office(&town, "clinic-1", MemberKind::Clinic).await;
    let number = resident_id("330106", "2024-05-01", 365);
    let child = json!({
        "resourceType": "Patient", "id": "child-1", "name": [{ "text": "林小满" }],
        "identifier": [{ "system": RESIDENT_ID, "value": number }],
        "birthDate": "2024-05-01",
        "contact": [{
            "relationship": [{ "coding": [{
                "system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code": "MTH",
            }] }],
            "name": { "text": lin().name },
            "extension": [{ "url": urls::EXT_DOCUMENT,
                "valueIdentifier": { "system": RESIDENT_ID, "value": lin().number } }],
        }],
    });
    let created = town.send_fhir(&clinic, "/fhir/Patient", &child).await.expect(201);
    let ward = created.header("location").rsplit('/').next().expect("an id").to_owned();
    let phone = town.phone(&lin()).await;
    let path = format!("/v1/me/codes?for={ward}");
    let wish = json!({ "paper": true });
    let paper = town.mine(&phone, "POST", &path, Some(&wish)).await.expect(201).body;
    let door = office(&town, "door-1", MemberKind::Verifier).await;
    let codes = json!({ "codes": [paper["text"]] });
    let answer = town.post(&door, "VERIFY", "/v1/verifications", &codes).await.expect(200).body;
    assert_eq!(answer["answers"][0]["result"], "green", "{answer}");
    assert_eq!(answer["answers"][0]["code"]["paper"], true);
}

/// Passwords were the number of the office, and one key was in every client: each member has a key
/// of its own, which opens nothing else and is taken away at once.
#[tokio::test]
async fn row_18_each_member_has_a_key_of_its_own() {
    let town = town().await;
    let (mut one, other) = (
        town.admit("clinic-1", MemberKind::Clinic).await,
        town.admit("clinic-2", MemberKind::Clinic).await,
    );
    let own = town.assertion(&one);
    assert_eq!(town.ask_token(&own).await.0, 200);
    assert_eq!(town.ask_token(&own).await.0, 401, "each is good for once");
    std::mem::swap(&mut one.key, &mut { other }.key);
    let (status, answer) = town.ask_token(&town.assertion(&one)).await;
    assert_eq!((status, &answer["error"]), (401, &json!("invalid_client")));
}

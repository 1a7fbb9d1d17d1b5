//! What is due: for a person and their guardian, for a clinic with a grant, as FHIR, as a calendar,
//! and for a history that is sent.

use crate::common::{
    Office, Reply, Town,
    child::{self, BORN},
    people::{lin, su},
    reply, town,
};
use hutong_model::MemberKind;
use serde_json::{Value, json};

async fn clinic(town: &Town) -> (Office, String) {
    let office = town.admit("clinic-1", MemberKind::Clinic).await;
    let token = town.token(&office).await;
    (office, token)
}

fn group<'a>(due: &'a Value, name: &str) -> &'a Value {
    let mut all = due["due"].as_array().expect("groups").iter();
    all.find(|it| it["group"] == name).unwrap_or_else(|| panic!("no {name}: {due}"))
}

#[tokio::test]
async fn a_mother_sees_what_is_due_for_her_child() {
    let town = town().await;
    let (_, token) = clinic(&town).await;
    let ward = child::known(&town, &token).await;
    let phone = town.phone(&lin()).await;
    let path = format!("/v1/me/programme?for={ward}");
    let answer = town.mine(&phone, "GET", &path, None).await.expect(200);
    assert_eq!(answer.header("cache-control"), "no-store");
    let due = answer.body;
    assert_eq!((&due["on"], &due["edition"]), (&json!("2026-11-22"), &json!("cn-2026")));
    assert_eq!(due["region"], "000000", "no residence is known: the node's own");
    assert_eq!(due["complete"], true);
    assert!(due["unverifiedFigures"].as_u64().is_some());
    // The second DTP dose came eleven days after the first: it does not count, and says from when.
    let states: Vec<&str> = due["due"].as_array().expect("groups").iter().map(word).collect();
    let order = ["overdue", "due", "possible", "later"];
    let rank = |state: &&str| order.iter().position(|word| word == state).unwrap_or(order.len());
    assert!(states.is_sorted_by_key(rank), "the most urgent first: {states:?}");
    assert_eq!(states[0], "overdue");
    let dtp = group(&due, "DTP");
    assert_eq!((&dtp["state"], &dtp["number"]), (&json!("due"), &json!(2)), "{dtp}");
    assert_eq!(group(&due, "HepB")["state"], "complete");
    let doses = due["doses"].as_array().expect("doses");
    assert_eq!(doses.len(), child::DOSES.len());
    let early = doses.iter().find(|dose| dose["on"] == "2024-08-12").expect("the second DTP dose");
    assert_eq!(early["counts"], false);
    let worth = &early["evaluations"][0];
    assert_eq!((&worth["antigen"], &worth["status"]), (&json!("DTP"), &json!("not-valid")));
    assert!(worth["due"].as_str() > Some("2024-08-12"), "{worth}");
    assert!(worth["sentence"]["zh"].as_str().expect("zh").contains("间隔"));
    assert!(worth["sentence"]["en"].as_str().expect("en").contains("interval"));
    // It is an access like any other.
    let accesses = format!("/v1/me/accesses?for={ward}");
    let accesses = town.mine(&phone, "GET", &accesses, None).await.expect(200).body;
    assert_eq!(accesses["accesses"][0]["what"], "programme", "{accesses}");
    assert_eq!(accesses["accesses"][0]["right"], "guardian");
    // Others do not see it, and what is not known is refused.
    let stranger = town.phone(&su()).await;
    town.mine(&stranger, "GET", &path, None).await.expect(404);
    for wrong in ["&on=2026", "&region=x", "&when=2026-01-01"] {
        town.mine(&phone, "GET", &format!("{path}{wrong}"), None).await.expect(400);
    }
    let none = town.mine(&phone, "GET", &format!("{path}&on=2020-01-01"), None).await.expect(409);
    assert!(none.body["detail"].as_str().expect("why").contains("no edition"), "{}", none.body);
}

fn word(group: &Value) -> &str {
    group["state"].as_str().expect("a state")
}

#[tokio::test]
async fn every_admitted_dose_and_correction_counts_at_once() {
    let town = town().await;
    let (_, token) = clinic(&town).await;
    let ward = child::known(&town, &token).await;
    let phone = town.phone(&lin()).await;
    let dtp = async || {
        let path = format!("/v1/me/programme?for={ward}");
        let due = town.mine(&phone, "GET", &path, None).await.expect(200).body;
        group(&due, "DTP")["number"].clone()
    };
    assert_eq!(dtp().await, 2);
    let next = child::dose("dtap-3", "DTAP", "2024-09-20");
    town.send_fhir(&token, "/fhir/Immunization", &next).await.expect(201);
    assert_eq!(dtp().await, 3);
    // Withdrawn: it counts no more.
    let mut wrong = next;
    wrong["status"] = json!("entered-in-error");
    let sent = town.send_fhir(&token, "/fhir/Immunization/dtap-3", &wrong).await;
    assert!(matches!(sent.status, 200 | 201), "{}", sent.body);
    assert_eq!(dtp().await, 2);
}

#[tokio::test]
async fn a_clinic_needs_a_grant_and_is_seen() {
    let town = town().await;
    let (_, token) = clinic(&town).await;
    let person = lin();
    let made = town.send_fhir(&token, "/fhir/Patient", &person.patient()).await.expect(201);
    let id = made.header("location").rsplit('/').next().expect("an id").to_owned();
    let paths = [
        format!("/v1/persons/{id}/programme"),
        format!("/fhir/ImmunizationRecommendation?patient={id}"),
        format!("/fhir/ImmunizationEvaluation?patient={id}"),
    ];
    for path in &paths {
        town.get(&token, "TREAT", path).await.expect(404);
    }
    let phone = town.phone(&person).await;
    let shown = json!({ "presentation": town.show(&phone).await });
    town.post(&token, "TREAT", "/v1/grants", &shown).await.expect(201);
    for path in &paths {
        town.get(&token, "TREAT", path).await.expect(200);
        town.get(&token, "REPORT", path).await.expect(403);
    }
    let accesses = town.mine(&phone, "GET", "/v1/me/accesses", None).await.expect(200).body;
    let all = accesses["accesses"].as_array().expect("accesses");
    let read = |one: &&Value| one["what"] == "programme" && one["member"] == "000000.clinic-1";
    assert_eq!(all.iter().filter(read).count(), 3, "{accesses}");
}

async fn as_authority(town: &Town, token: &str, path: &str) -> Reply {
    let request = town.ask("GET", path, token).header("hutong-purpose", "PUBHLTH");
    reply(request.header("hutong-legal-basis", "Vaccine Administration Law")).await
}

#[tokio::test]
async fn it_is_shown_as_fhir() {
    let town = town().await;
    let (_, token) = clinic(&town).await;
    let ward = child::known(&town, &token).await;
    let department = town.admit("cdc", MemberKind::Department).await;
    let token = town.token(&department).await;
    let path = format!("/fhir/ImmunizationRecommendation?patient={ward}&date=2026-11-22");
    let bundle = as_authority(&town, &token, &path).await.expect(200);
    assert_eq!(bundle.header("content-type"), "application/fhir+json");
    let resource = &bundle.body["entry"][0]["resource"];
    assert_eq!(resource["resourceType"], "ImmunizationRecommendation");
    assert_eq!(resource["patient"]["reference"], format!("Patient/{ward}"));
    let rows = resource["recommendation"].as_array().expect("rows");
    let dtp = rows.iter().find(|row| row["vaccineCode"][0]["text"] == "DTP").expect("DTP");
    assert_eq!(dtp["forecastStatus"]["coding"][0]["code"], "due");
    assert_eq!(dtp["vaccineCode"][0]["coding"][0]["code"], "DTAP", "{dtp}");
    assert_eq!(dtp["dateCriterion"][0]["code"]["coding"][0]["code"], "30981-5");
    assert_eq!(dtp["doseNumberPositiveInt"], 2);
    assert_eq!(dtp["forecastReason"].as_array().map(Vec::len), Some(2), "Chinese and English");
    let path = format!("/fhir/ImmunizationEvaluation?patient={ward}");
    let bundle = as_authority(&town, &token, &path).await.expect(200).body;
    let entries = bundle["entry"].as_array().expect("entries");
    assert_eq!(bundle["total"], entries.len());
    let wrong = |it: &&Value| it["resource"]["doseStatus"]["coding"][0]["code"] == "notvalid";
    let wrong = entries.iter().find(wrong).expect("the second DTP dose");
    let wrong = &wrong["resource"];
    assert_eq!(
        (&wrong["targetDisease"]["text"], &wrong["status"]),
        (&json!("DTP"), &json!("completed"))
    );
    assert_eq!(wrong["description"], "cn-2026", "under which edition");
    let event = wrong["immunizationEvent"]["reference"].as_str().expect("a reference");
    as_authority(&town, &token, &format!("/fhir/{event}")).await.expect(200);
    for wrong in ["?date=2026-11-22", "?patient=x&_id=1", "?patient=x&date=2026"] {
        let path = format!("/fhir/ImmunizationRecommendation{wrong}");
        let refused = as_authority(&town, &token, &path).await.expect(400);
        assert_eq!(refused.body["resourceType"], "OperationOutcome");
    }
}

fn parameters(change: impl FnOnce(&mut Vec<Value>)) -> Value {
    let mut parts = vec![
        json!({"name": "assessmentDate", "valueDate": "2026-11-22"}),
        json!({"name": "patient", "resource": {
            "resourceType": "Patient", "id": "p1", "gender": "female", "birthDate": BORN
        }}),
    ];
    for (id, vaccine, date) in child::DOSES {
        parts.push(json!({"name": "immunization", "resource": {
            "resourceType": "Immunization", "id": id, "status": "completed",
            "vaccineCode": {"coding": [{"system": "urn:hutong:cs:cn-vaccine", "code": vaccine}]},
            "occurrenceDateTime": date,
        }}));
    }
    change(&mut parts);
    json!({"resourceType": "Parameters", "parameter": parts})
}

async fn forecast(town: &Town, token: &str, body: &str) -> Reply {
    let request = town.ask("POST", "/fhir/$immds-forecast", token);
    let request = request.header("hutong-purpose", "TREAT");
    reply(request.header("content-type", "application/fhir+json").body(body.to_owned())).await
}

fn part<'a>(answer: &'a Value, name: &str) -> &'a Value {
    let mut parts = answer["parameter"].as_array().expect("parameters").iter();
    parts.find(|part| part["name"] == name).unwrap_or_else(|| panic!("no {name}: {answer}"))
}

#[tokio::test]
async fn a_history_that_is_sent_is_forecast_and_not_kept() {
    let town = town().await;
    let (_, token) = clinic(&town).await;
    let answer = forecast(&town, &token, &parameters(|_| {}).to_string()).await.expect(200);
    assert_eq!(answer.header("content-type"), "application/fhir+json");
    let answer = answer.body;
    assert_eq!(answer["resourceType"], "Parameters");
    assert_eq!(part(&answer, "programme")["valueString"], "cn-2026");
    let evaluation = &part(&answer, "evaluation")["resource"];
    assert_eq!(evaluation["resourceType"], "ImmunizationEvaluation");
    let due = &part(&answer, "recommendation")["resource"]["recommendation"];
    let mut due = due.as_array().expect("rows").iter();
    let dtp = due.find(|row| row["vaccineCode"][0]["text"] == "DTP").expect("DTP");
    assert_eq!(
        (&dtp["doseNumberPositiveInt"], &dtp["forecastStatus"]["coding"][0]["code"]),
        (&json!(2), &json!("due"))
    );
    // The same as for the records of the same child.
    let ward = child::known(&town, &token).await;
    let phone = town.phone(&lin()).await;
    let path = format!("/v1/me/programme?for={ward}");
    let own = town.mine(&phone, "GET", &path, None).await.expect(200).body;
    let earliest = &dtp["dateCriterion"][0]["value"];
    assert_eq!(&group(&own, "DTP")["earliest"], earliest);
    // A condition that is refuted changes nothing; one that holds does.
    let state = |verified: &str| {
        parameters(|parts| {
            parts.push(json!({"name": "condition", "resource": {
                "resourceType": "Condition",
                "verificationStatus": {"coding": [{"code": verified}]},
                "code": {"coding": [{
                    "system": "urn:hutong:cs:cn-health-state", "code": "hiv-asymptomatic"
                }]}
            }}))
        })
    };
    let je = async |body: Value| {
        let answer = forecast(&town, &token, &body.to_string()).await.expect(200).body;
        let due = part(&answer, "recommendation")["resource"]["recommendation"].clone();
        let rows = due.as_array().expect("rows").clone();
        let row = rows.into_iter().find(|row| row["vaccineCode"][0]["text"] == "JE");
        row.expect("JE")["description"].clone()
    };
    assert_eq!(je(state("refuted")).await, "JE-L-1");
    assert_eq!(je(state("confirmed")).await, "JE-I-1");
}

#[tokio::test]
async fn what_cannot_be_forecast_is_refused_with_every_reason() {
    let town = town().await;
    let (_, token) = clinic(&town).await;
    let refused = async |body: String, why: &str, place: &str| {
        let answer = forecast(&town, &token, &body).await.expect(422);
        assert_eq!(answer.body["resourceType"], "OperationOutcome");
        let said = answer.body.to_string();
        assert!(said.contains(why) && said.contains(place), "{why}, {place}: {said}");
    };
    let changed = |at: usize, field: &str, value: Value| {
        parameters(|parts| parts[at]["resource"][field] = value).to_string()
    };
    refused("nonsense".into(), "not a JSON object", "").await;
    refused("{\"resourceType\":\"Bundle\"}".into(), "not Parameters", "resourceType").await;
    refused(json!({"resourceType": "Parameters"}).to_string(), "assessmentDate", "").await;
    refused(parameters(|parts| drop(parts.remove(1))).to_string(), "Patient", "").await;
    refused(parameters(|parts| parts.push(parts[1].clone())).to_string(), "twice", "[11]").await;
    let unknown = json!({"name": "allergy", "valueString": "egg"});
    refused(parameters(|parts| parts.push(unknown)).to_string(), "no such parameter", "[11]").await;
    refused(changed(1, "birthDate", json!("2024-05")), "whole date", "birthDate").await;
    refused(changed(1, "gender", json!("girl")), "gender", "[1].resource.gender").await;
    refused(changed(1, "resourceType", json!("Person")), "Patient is expected", "[1]").await;
    refused(changed(2, "status", json!("done")), "status", "[2].resource.status").await;
    refused(changed(2, "occurrenceDateTime", json!("2024-02-30")), "whole date", "[2]").await;
    let strange = json!({"coding": [{"system": "urn:x", "code": "y"}]});
    refused(changed(2, "vaccineCode", strange), "no code or name that is known", "immunization 1")
        .await;
    let late = parameters(|parts| parts[0]["valueDate"] = json!("2020-01-01"));
    refused(late.to_string(), "no edition", "assessmentDate").await;
    // Every reason at once; and only for those who give, check or plan doses.
    let two = parameters(|parts| {
        parts[1]["resource"]["birthDate"] = json!("2024");
        parts[2]["resource"]["status"] = json!("x");
    });
    let answer = forecast(&town, &token, &two.to_string()).await.expect(422).body;
    assert_eq!(answer["issue"].as_array().map(Vec::len), Some(2), "{answer}");
    let door = town.admit("door-1", MemberKind::Verifier).await;
    let door = town.token(&door).await;
    forecast(&town, &door, &two.to_string()).await.expect(403);
}

#[tokio::test]
async fn due_dates_are_a_calendar_that_names_nobody() {
    let town = town().await;
    let (_, token) = clinic(&town).await;
    let ward = child::known(&town, &token).await;
    let phone = town.phone(&lin()).await;
    let path = format!("/v1/me/programme/calendar?for={ward}");
    let get = async || {
        let answer = town.ask("GET", &path, &phone.token).send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/calendar; charset=utf-8");
        answer.text().await.expect("a text")
    };
    let calendar = get().await;
    assert!(calendar.ends_with("END:VCALENDAR\r\n"), "{calendar}");
    for line in calendar.split("\r\n") {
        assert!(line.len() <= 75 && !line.contains(['\n', '\r']), "{line}");
    }
    let count = |what: &str| calendar.matches(what).count();
    let events = count("BEGIN:VEVENT");
    assert!(events > 5, "the doses after the next ones too: {calendar}");
    assert_eq!((count("END:VEVENT"), count("\r\nUID:")), (events, events));
    assert!(count("STATUS:TENTATIVE") > 0 && count("STATUS:CONFIRMED") > 0);
    let unfolded = calendar.replace("\r\n ", "");
    assert!(unfolded.contains("SUMMARY:接种百白破疫苗（第 2 剂）"), "{unfolded}");
    for private in ["林小满", "林知远", &child::number(), &ward] {
        assert!(!unfolded.contains(private), "{private}");
    }
    // Doses keep their ids when the calendar is made again.
    let uids = |text: &str| -> Vec<String> {
        text.lines().filter(|line| line.starts_with("UID:")).map(str::to_owned).collect()
    };
    let mut all = uids(&unfolded);
    town.clock.advance_s(3600);
    assert_eq!(all, uids(&get().await.replace("\r\n ", "")));
    all.sort();
    all.dedup();
    assert_eq!(all.len(), events, "each once");
}

#[tokio::test]
async fn who_has_no_date_of_birth_cannot_be_assessed() {
    let town = town().await;
    let (_, token) = clinic(&town).await;
    let patient = json!({
        "resourceType": "Patient", "id": "p-9",
        "identifier": [{ "system": "http://hl7.org/fhir/sid/passport-XAA", "value": "X1234567" }],
    });
    let made = town.send_fhir(&token, "/fhir/Patient", &patient).await.expect(201);
    let id = made.header("location").rsplit('/').next().expect("an id").to_owned();
    let department = town.admit("cdc", MemberKind::Department).await;
    let token = town.token(&department).await;
    let path = format!("/v1/persons/{id}/programme");
    let answer = as_authority(&town, &token, &path).await.expect(409);
    assert!(answer.body["detail"].as_str().expect("why").contains("date of birth"));
    let path = format!("/fhir/ImmunizationRecommendation?patient={id}");
    as_authority(&town, &token, &path).await.expect(409);
}

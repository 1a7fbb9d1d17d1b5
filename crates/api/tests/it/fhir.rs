//! FHIR: one resource, Bundles, corrections, strict search.

use crate::common::{
    Office, Town,
    people::{RESIDENT_ID, lin, su},
    reply, town,
};
use hutong_model::MemberKind;
use serde_json::{Value, json};

async fn clinic(town: &Town) -> (Office, String) {
    let clinic = town.admit("clinic-1", MemberKind::Clinic).await;
    let token = town.token(&clinic).await;
    (clinic, token)
}

/// A grant for the clinic by the code that the person shows.
async fn granted(town: &Town, token: &str, who: &crate::common::people::Someone) -> String {
    let phone = town.phone(who).await;
    let shown = json!({ "presentation": town.show(&phone).await });
    town.post(token, "TREAT", "/v1/grants", &shown).await.expect(201);
    phone.person
}

#[track_caller]
fn first_issue(body: &Value) -> &Value {
    assert_eq!(body["resourceType"], "OperationOutcome", "{body}");
    &body["issue"][0]
}

#[tokio::test]
async fn a_dose_is_created_once() {
    let town = town().await;
    let (_, token) = clinic(&town).await;
    let dose = lin().dose("d1", "2026-01-05");
    let created = town.send_fhir(&token, "/fhir/Immunization", &dose).await.expect(201);
    let place = created.header("location").to_owned();
    assert!(place.starts_with(&format!("{}/fhir/Immunization/", town.url)), "{place}");
    let again = town.send_fhir(&token, "/fhir/Immunization", &dose).await.expect(200);
    assert_eq!(again.header("location"), place);
    let other = lin().dose("d1", "2026-01-06");
    let conflict = town.send_fhir(&token, "/fhir/Immunization", &other).await.expect(409);
    assert_eq!(first_issue(&conflict.body)["code"], "conflict");
}

#[tokio::test]
async fn what_is_wrong_is_said_and_nothing_is_kept() {
    let town = town().await;
    let (_, token) = clinic(&town).await;
    let send =
        async |resource: &Value| town.send_fhir(&token, "/fhir/Immunization", resource).await;
    let mut wrong = lin().dose("d1", "2026-01-05");
    wrong["patient"]["identifier"]["value"] = json!("330106198803142410");
    let answer = send(&wrong).await;
    assert_eq!(answer.status, 422, "{}", answer.body);
    assert!(!answer.body.to_string().contains("330106198803142410"), "the number is not repeated");
    let before_birth = lin().dose("d2", "1970-01-05");
    assert_eq!(send(&before_birth).await.status, 422);
    let mut impossible = lin().dose("d3", "2026-02-30");
    impossible["occurrenceDateTime"] = json!("2026-02-30");
    assert_eq!(send(&impossible).await.status, 422);
    assert_eq!(send(&lin().patient()).await.status, 400, "another type than the address");
    for text in ["", "{", "[]", "null", "{\"resourceType\":\"Immunization\"", "\u{feff}x"] {
        let request = town.ask("POST", "/fhir/Immunization", &token);
        let request = request.header("content-type", "application/fhir+json").body(text);
        let answer = reply(request).await;
        assert_eq!(answer.status, 400, "{text:?}: {}", answer.body);
        first_issue(&answer.body);
    }
    let (_, entries) = town.node.store().counts().await.expect("counts");
    assert_eq!(entries, 0);
}

#[tokio::test]
async fn a_put_corrects_and_both_stay_visible() {
    let town = town().await;
    let (_, token) = clinic(&town).await;
    let who = lin();
    let created = town.send_fhir(&token, "/fhir/Immunization", &who.dose("d1", "2026-01-05")).await;
    let id = created.expect(201).header("location").rsplit('/').next().expect("id").to_owned();
    let path = format!("/fhir/Immunization/{id}");
    town.send_fhir(&token, &path, &who.dose("d1", "2026-01-07")).await.expect(201);
    town.clock.advance_s(1); // the later correction counts
    // By the sender's own id, too, and the same again changes nothing.
    let own = "/fhir/Immunization/d1";
    town.send_fhir(&token, own, &who.dose("d1", "2026-01-08")).await.expect(201);
    town.send_fhir(&token, own, &who.dose("d1", "2026-01-08")).await.expect(200);
    let unknown = "/fhir/Immunization/00000000000000000000000000000000";
    town.send_fhir(&token, unknown, &who.dose("d1", "2026-01-09")).await.expect(404);

    let person = granted(&town, &token, &who).await;
    let path = format!("/v1/persons/{person}/history");
    let history = town.get(&token, "TREAT", &path).await.expect(200).body;
    assert_eq!(history["total"], 1, "{history}");
    let record = &history["records"][0];
    assert_eq!(record["times"]["performed"], "2026-01-08");
    assert_eq!(record["corrections"].as_array().map(Vec::len), Some(2), "{record}");
    let read = town.get(&token, "TREAT", &format!("/fhir/Immunization/{id}")).await.expect(200);
    assert_eq!(read.body["occurrenceDateTime"], "2026-01-08");
}

#[tokio::test]
async fn another_members_record_is_not_corrected() {
    let town = town().await;
    let (_, token) = clinic(&town).await;
    let other = town.admit("clinic-2", MemberKind::Clinic).await;
    let other = town.token(&other).await;
    let created =
        town.send_fhir(&token, "/fhir/Immunization", &lin().dose("d1", "2026-01-05")).await;
    let id = created.expect(201).header("location").rsplit('/').next().expect("id").to_owned();
    let path = format!("/fhir/Immunization/{id}");
    town.send_fhir(&other, &path, &lin().dose("d1", "2026-01-07")).await.expect(404);
}

fn bundle(kind: &str, resources: &[Value]) -> Value {
    let entry = |(index, resource): (usize, &Value)| {
        let kind = resource["resourceType"].as_str().unwrap_or_default();
        json!({
            "fullUrl": format!("urn:uuid:00000000-0000-4000-8000-{index:012}"),
            "resource": resource,
            "request": { "method": "POST", "url": kind },
        })
    };
    let entries: Vec<_> = resources.iter().enumerate().map(entry).collect();
    json!({ "resourceType": "Bundle", "type": kind, "entry": entries })
}

#[tokio::test]
async fn a_transaction_that_is_too_long_says_so() {
    let town = town().await;
    let (_, token) = clinic(&town).await;
    let doses: Vec<Value> = (0..4097).map(|n| lin().dose(&format!("d{n}"), "2026-01-05")).collect();
    let refused = town.send_fhir(&token, "/fhir", &bundle("transaction", &doses)).await;
    assert_eq!(refused.status, 413, "{}", refused.body);
    assert!(refused.body.to_string().contains("at most 4096 entries"), "{}", refused.body);
    assert_eq!(town.node.store().counts().await.expect("counts"), (0, 0));
    let sent = town.send_fhir(&token, "/fhir", &bundle("batch", &doses)).await.expect(200);
    assert_eq!(sent.body["entry"].as_array().map(Vec::len), Some(4097));
}

#[tokio::test]
async fn a_transaction_is_written_whole_or_not_at_all() {
    let town = town().await;
    let (_, token) = clinic(&town).await;
    let good = [lin().patient(), lin().dose("d1", "2026-01-05"), lin().dose("d2", "2026-02-05")];
    let mut with_bad = good.to_vec();
    with_bad.push(lin().dose("d3", "1970-01-01"));
    let refused = town.send_fhir(&token, "/fhir", &bundle("transaction", &with_bad)).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    let fields: Vec<String> = refused.body["issue"]
        .as_array()
        .expect("issues")
        .iter()
        .map(|issue| issue["expression"][0].as_str().unwrap_or_default().to_owned())
        .collect();
    assert!(fields.iter().any(|field| field.starts_with("Bundle.entry[3].resource")), "{fields:?}");
    assert_eq!(town.node.store().counts().await.expect("counts"), (0, 0));

    let written = town.send_fhir(&token, "/fhir", &bundle("transaction", &good)).await.expect(200);
    assert_eq!(written.body["type"], "transaction-response");
    for entry in written.body["entry"].as_array().expect("entries") {
        assert_eq!(entry["response"]["status"], "201 Created", "{entry}");
    }
    // A conflict in the store refuses the whole of it as well.
    let clash = [lin().dose("d9", "2026-03-05"), lin().dose("d1", "2026-03-06")];
    town.send_fhir(&token, "/fhir", &bundle("transaction", &clash)).await.expect(409);
    let (_, entries) = town.node.store().counts().await.expect("counts");
    let again = town.send_fhir(&token, "/fhir", &bundle("transaction", &good)).await.expect(200);
    assert_eq!(again.body["entry"][1]["response"]["status"], "200 OK");
    assert_eq!(town.node.store().counts().await.expect("counts").1, entries);
}

#[tokio::test]
async fn in_a_batch_each_entry_stands_for_itself() {
    let town = town().await;
    let (_, token) = clinic(&town).await;
    let rows = [
        lin().dose("d1", "2026-01-05"),
        lin().dose("d2", "1970-01-01"),
        json!({ "resourceType": "Condition", "id": "c1" }),
        su().dose("d3", "2026-01-05"),
    ];
    let answer = town.send_fhir(&token, "/fhir", &bundle("batch", &rows)).await.expect(200).body;
    let response = |index: usize| &answer["entry"][index]["response"];
    assert_eq!(response(0)["status"], "201 Created");
    assert_eq!(response(1)["status"], "422 Unprocessable Entity");
    assert_eq!(response(2)["status"], "200 OK");
    assert_eq!(response(2)["outcome"]["issue"][0]["code"], "not-supported", "said, not dropped");
    assert_eq!(response(3)["status"], "201 Created");
    for kind in ["history", "message", "nonsense"] {
        let answer = town.send_fhir(&token, "/fhir", &bundle(kind, &rows)).await;
        assert!(matches!(answer.status, 400 | 422), "{kind}: {}", answer.status);
    }
}

#[tokio::test]
async fn search_is_strict() {
    let town = town().await;
    let (_, token) = clinic(&town).await;
    let who = lin();
    for at in 1..=9 {
        let dose = who.dose(&format!("d{at}"), &format!("2026-0{at}-05"));
        town.send_fhir(&token, "/fhir/Immunization", &dose).await.expect(201);
    }
    let test = who.test("t1", "2026-03-01T08:00:00+08:00", false);
    town.send_fhir(&token, "/fhir/Observation", &test).await.expect(201);
    let person = granted(&town, &token, &who).await;
    let ask = async |query: &str| {
        town.get(&token, "TREAT", &format!("/fhir/Immunization?patient={person}{query}")).await
    };
    let all = ask("").await.expect(200).body;
    assert_eq!((all["type"].as_str(), &all["total"]), (Some("searchset"), &json!(9)), "{all}");
    assert_eq!(ask("&date=ge2026-05-01").await.expect(200).body["total"], 5);
    assert_eq!(
        ask("&vaccine-code=http://hl7.org/fhir/sid/cvx%7C140").await.expect(200).body["total"],
        9
    );
    assert_eq!(ask("&vaccine-code=08").await.expect(200).body["total"], 0);
    for wrong in [
        "&nonsense=1",
        "&date:missing=true",
        "&date=yesterday",
        "&_include=*",
        "&_count=x",
        "&status=done",
        "&_sort=date",
        "&patient=x",
        "&_cursor=abc",
        "&date=",
        "&Date=2026",
    ] {
        let answer = ask(wrong).await;
        assert_eq!(answer.status, 400, "{wrong}: {}", answer.body);
        first_issue(&answer.body);
    }
    town.get(&token, "TREAT", "/fhir/Immunization").await.expect(400);
    let by_document = format!(
        "/fhir/Observation?patient.identifier={}%7C{}",
        RESIDENT_ID.replace(':', "%3A"),
        who.number
    );
    let tests = town.get(&token, "TREAT", &by_document).await.expect(200).body;
    assert_eq!(tests["total"], 1, "{tests}");
    let everything = format!("/fhir/Patient/{person}/$everything");
    let everything = town.get(&token, "TREAT", &everything).await.expect(200).body;
    assert_eq!(everything["total"], 11, "{everything}");
    assert_eq!(everything["entry"][0]["resource"]["resourceType"], "Patient");
    town.get(&token, "TREAT", &format!("/fhir/Patient/{person}/$everything?x=1")).await.expect(400);
    town.get(&token, "TREAT", &format!("/fhir/Patient/{person}?x=1")).await.expect(400);
    town.get(&token, "TREAT", &format!("/fhir/Patient/{person}")).await.expect(200);
}

#[tokio::test]
async fn nobody_is_found_by_number_alone() {
    let town = town().await;
    let (_, token) = clinic(&town).await;
    let (who, nobody) = (lin(), su());
    town.send_fhir(&token, "/fhir/Immunization", &who.dose("d1", "2026-01-05")).await.expect(201);
    let find = |number: &str| {
        format!("/fhir/Patient?identifier={}%7C{number}", RESIDENT_ID.replace(':', "%3A"))
    };
    let known = town.get(&token, "TREAT", &find(&who.number)).await.expect(200).body;
    let unknown = town.get(&token, "TREAT", &find(&nobody.number)).await.expect(200).body;
    assert_eq!((&known["total"], &unknown["total"]), (&json!(0), &json!(0)));
    granted(&town, &token, &who).await;
    let known = town.get(&token, "TREAT", &find(&who.number)).await.expect(200).body;
    assert_eq!(known["total"], 1, "{known}");
    town.get(&token, "TREAT", "/fhir/Patient").await.expect(400);
    town.get(&token, "TREAT", "/fhir/Patient?name=x").await.expect(400);
}

#[tokio::test]
async fn pages_stay_the_same_while_records_are_written() {
    let town = town().await;
    let (_, token) = clinic(&town).await;
    let who = lin();
    let send = async |own: &str, date: &str| {
        town.send_fhir(&token, "/fhir/Immunization", &who.dose(own, date)).await.expect(201);
    };
    for at in 0..25 {
        send(&format!("d{at}"), &format!("2025-{:02}-{:02}", at / 5 + 1, at % 5 * 5 + 1)).await;
    }
    let person = granted(&town, &token, &who).await;
    let mut seen = Vec::new();
    let mut path = format!("/fhir/Immunization?patient={person}&_count=4&date=ge2025-01-01");
    let mut pages = 0;
    loop {
        let page = town.get(&token, "TREAT", &path).await.expect(200).body;
        assert_eq!(page["total"], 25, "the total stays");
        for entry in page["entry"].as_array().expect("entries") {
            seen.push(entry["resource"]["id"].as_str().expect("id").to_owned());
        }
        pages += 1;
        send(&format!("new{pages}"), &format!("2025-10-{pages:02}")).await;
        let links = page["link"].as_array().expect("links");
        let next = links.iter().find(|link| link["relation"] == "next");
        let Some(next) = next else { break };
        path = next["url"].as_str().expect("url").strip_prefix(&town.url).expect("here").to_owned();
    }
    assert_eq!((pages, seen.len()), (7, 25));
    let mut once = seen.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), 25, "no record twice, none left out");
    // A cursor belongs to its search and to its member.
    let other = town.admit("clinic-2", MemberKind::Clinic).await;
    let other = town.token(&other).await;
    town.get(&other, "TREAT", &path).await.expect(404);
    let changed = path.replace("ge2025-01-01", "ge2025-02-01");
    town.get(&token, "TREAT", &changed).await.expect(400);
    let gone =
        path.replace(path.rsplit_once("_cursor=").expect("a cursor").1, &format!("{:032}.4", 0));
    town.get(&token, "TREAT", &gone).await.expect(410);
}

#[tokio::test]
async fn sixty_four_at_once_make_one() {
    let town = town().await;
    let (_, token) = clinic(&town).await;
    let dose = lin().dose("d1", "2026-01-05");
    let sends = (0..64).map(|_| town.send_fhir(&token, "/fhir/Immunization", &dose));
    let replies = futures::future::join_all(sends).await;
    let created = replies.iter().filter(|reply| reply.status == 201).count();
    let there = replies.iter().filter(|reply| reply.status == 200).count();
    assert_eq!((created, there), (1, 63));
    assert_eq!(town.node.store().counts().await.expect("counts").0, 1);
}

//! Reading: by a grant or a legal basis, for a purpose, always seen by the person.

use crate::common::{
    people::{lin, su},
    reply, town,
};
use hutong_model::MemberKind;
use serde_json::{Value, json};

#[tokio::test]
async fn a_history_needs_a_grant_and_is_seen_by_the_person() {
    let town = town().await;
    let giver = town.admit("clinic-1", MemberKind::Clinic).await;
    let giver = town.token(&giver).await;
    let reader = town.admit("clinic-2", MemberKind::Clinic).await;
    let name = reader.member.id.to_string();
    let reader = town.token(&reader).await;
    let who = lin();
    town.send_fhir(&giver, "/fhir/Immunization", &who.dose("d1", "2026-01-05")).await.expect(201);
    let phone = town.phone(&who).await;
    let path = format!("/v1/persons/{}/history", phone.person);
    town.get(&reader, "TREAT", &path).await.expect(404);
    let nobody = town.get(&reader, "TREAT", "/v1/persons/00/history").await.expect(404);
    assert_eq!(nobody.body["type"], "urn:hutong:problem:not-found");

    let shown = json!({ "presentation": town.show(&phone).await });
    let grant = town.post(&reader, "TREAT", "/v1/grants", &shown).await.expect(201).body;
    assert_eq!(grant["member"], name);
    // The same code twice, a code on paper, an old code: none of them grants anything.
    town.post(&reader, "TREAT", "/v1/grants", &shown).await.expect(403);
    let old = json!({ "presentation": town.show(&phone).await });
    town.clock.advance_s(200);
    town.post(&reader, "TREAT", "/v1/grants", &old).await.expect(403);

    let history = town.get(&reader, "TREAT", &path).await.expect(200).body;
    assert_eq!(history["total"], 1, "{history}");
    assert_eq!(history["complete"], true);
    assert_eq!(history["records"][0]["kind"], "vaccination");
    // For another purpose, or for the other clinic, the grant is none.
    town.get(&reader, "SCHOOL", &path).await.expect(403);
    town.get(&giver, "TREAT", &path).await.expect(404);

    let accesses = town.mine(&phone, "GET", "/v1/me/accesses", None).await.expect(200).body;
    let seen: Vec<&Value> = accesses["accesses"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|a| a["member"] == name.as_str())
        .collect();
    assert_eq!(seen.len(), 1, "{accesses}");
    assert_eq!(seen[0]["purpose"], "TREAT");
    assert_eq!(seen[0]["right"], format!("grant:{}", grant["id"].as_str().expect("id")));

    // The person ends the grant.
    let grants = town.mine(&phone, "GET", "/v1/me/grants", None).await.expect(200).body;
    assert_eq!(grants["grants"].as_array().map(Vec::len), Some(1));
    let end = format!("/v1/me/grants/{}", grant["id"].as_str().expect("id"));
    town.mine(&phone, "DELETE", &end, None).await.expect(204);
    town.mine(&phone, "DELETE", &end, None).await.expect(404);
    town.get(&reader, "TREAT", &path).await.expect(404);
}

#[tokio::test]
async fn a_grant_ends_by_itself() {
    let town = town().await;
    let clinic = town.admit("clinic-1", MemberKind::Clinic).await;
    let token = town.token(&clinic).await;
    let phone = town.phone(&lin()).await;
    let shown = json!({ "presentation": town.show(&phone).await });
    town.post(&token, "TREAT", "/v1/grants", &shown).await.expect(201);
    let path = format!("/v1/persons/{}/history", phone.person);
    town.get(&token, "TREAT", &path).await.expect(200);
    town.clock.advance_s(16 * 60);
    let token = town.token(&clinic).await;
    town.get(&token, "TREAT", &path).await.expect(404);
}

#[tokio::test]
async fn a_legal_basis_opens_a_history_and_is_written_down() {
    let town = town().await;
    let office = town.admit("cdc", MemberKind::Department).await;
    let token = town.token(&office).await;
    let phone = town.phone(&lin()).await;
    let path = format!("/v1/persons/{}/history", phone.person);
    town.get(&token, "PUBHLTH", &path).await.expect(404);
    let request = town.ask("GET", &path, &token).header("hutong-purpose", "PUBHLTH");
    let request = request.header("hutong-legal-basis", "Infectious Diseases Law art. 39");
    reply(request).await.expect(200);
    let accesses = town.mine(&phone, "GET", "/v1/me/accesses", None).await.expect(200).body;
    assert_eq!(accesses["accesses"][0]["right"], "legal:Infectious Diseases Law art. 39");
    // A purpose must be one that exists; where the member has only one it goes without saying.
    town.get(&token, "CURIOSITY", &path).await.expect(400);
    reply(town.ask("GET", &path, &token)).await.expect(404);
}

#[tokio::test]
async fn a_clinic_must_say_why_it_reads() {
    let town = town().await;
    let clinic = town.admit("clinic-1", MemberKind::Clinic).await;
    let token = town.token(&clinic).await;
    let bare = reply(town.ask("GET", "/v1/persons/x/history", &token)).await.expect(400);
    assert!(bare.body["detail"].as_str().expect("words").contains("Hutong-Purpose"));
    town.get(&token, "REPORT", "/v1/persons/x/history").await.expect(403);
    town.get(&token, "PUBHLTH", "/v1/persons/x/history").await.expect(403);
}

#[tokio::test]
async fn pages_in_plain_json() {
    let town = town().await;
    let clinic = town.admit("clinic-1", MemberKind::Clinic).await;
    let token = town.token(&clinic).await;
    let who = lin();
    for at in 1..=9 {
        let dose = who.dose(&format!("d{at}"), &format!("2026-0{at}-05"));
        town.send_fhir(&token, "/fhir/Immunization", &dose).await.expect(201);
    }
    let phone = town.phone(&who).await;
    let shown = json!({ "presentation": town.show(&phone).await });
    town.post(&token, "TREAT", "/v1/grants", &shown).await.expect(201);
    let base = format!("/v1/persons/{}/history?count=4", phone.person);
    let (mut path, mut dates) = (base.clone(), Vec::new());
    loop {
        let page = town.get(&token, "TREAT", &path).await.expect(200).body;
        assert_eq!(page["total"], 9);
        for record in page["records"].as_array().expect("records") {
            dates.push(record["times"]["performed"].as_str().expect("a date").to_owned());
        }
        let Some(next) = page["next"].as_str() else { break };
        path = format!("{base}&cursor={next}");
    }
    let mut newest_first = dates.clone();
    newest_first.sort_by(|a, b| b.cmp(a));
    assert_eq!((dates.len(), &dates), (9, &newest_first));
    for wrong in ["?count=0", "?count=1001", "?count=x", "?size=3", "?count=1&count=2", "?cursor=x"]
    {
        let path = format!("/v1/persons/{}/history{wrong}", phone.person);
        town.get(&token, "TREAT", &path).await.expect(400);
    }
    let mine = town.mine(&phone, "GET", "/v1/me/records?count=5", None).await.expect(200).body;
    let next = mine["next"].as_str().expect("another page");
    let rest = format!("/v1/me/records?count=5&cursor={next}");
    let rest_of_mine = town.mine(&phone, "GET", &rest, None).await.expect(200).body;
    assert_eq!(rest_of_mine["records"].as_array().map(Vec::len), Some(4));
    // Somebody else cannot page through it.
    let other = town.phone(&su()).await;
    town.mine(&other, "GET", &rest, None).await.expect(400);
}

#[tokio::test]
async fn documents_and_persons_are_linked_and_unlinked() {
    let town = town().await;
    let office = town.admit("cdc", MemberKind::Department).await;
    let token = town.token(&office).await;
    let (one, other) = (town.phone(&lin()).await, town.phone(&su()).await);
    let basis = "Infectious Diseases Law art. 39";
    let ask = async |method: &str, path: &str, body: &Value| {
        let request = town.ask(method, path, &token).header("hutong-purpose", "PUBHLTH");
        let request = request.header("hutong-legal-basis", basis);
        let request = request.header("content-type", "application/json").body(body.to_string());
        reply(request).await
    };
    let passport = json!({ "kind": "passport", "scope": "CHN", "number": "EJ1234567" });
    let documents = format!("/v1/persons/{}/documents", one.person);
    ask("POST", &documents, &passport).await.expect(201);
    let me = town.mine(&one, "GET", "/v1/me", None).await.expect(200).body;
    assert_eq!(me["documents"].as_array().map(Vec::len), Some(2), "{me}");
    assert!(!me.to_string().contains("EJ1234567"), "shown with its middle hidden");
    ask("DELETE", &documents, &passport).await.expect(200);
    ask("DELETE", &documents, &passport).await.expect(404);
    ask("POST", &documents, &json!({ "kind": "passport", "number": "!" })).await.expect(400);

    let link = |linked| json!({ "person": one.person, "other": other.person, "linked": linked, "reason": "a test" });
    ask("POST", "/v1/person-links", &link(true)).await.expect(201);
    let cluster = async || {
        let person = hutong_model::PersonId::parse(&one.person).expect("an id");
        town.node.store().cluster(person).await.expect("a cluster").len()
    };
    assert_eq!(cluster().await, 2);
    ask("POST", "/v1/person-links", &link(false)).await.expect(201);
    assert_eq!(cluster().await, 1);
    // A clinic may not: a link lets a grant for one reach the other.
    let clinic = town.admit("clinic-1", MemberKind::Clinic).await;
    let clinic = town.token(&clinic).await;
    town.post(&clinic, "TREAT", "/v1/person-links", &link(true)).await.expect(403);
    town.post(&clinic, "TREAT", &documents, &passport).await.expect(404);
}

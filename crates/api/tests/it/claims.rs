//! Bringing in a voucher: certificates of other countries, and paper.

use crate::common::{
    Town,
    people::{Someone, lin, resident_id},
    town,
};
use hutong_model::MemberKind;
use serde_json::{Value, json};

const CERTIFICATE: &str = include_str!("../../../hutong/tests/files/dose-xa.hc1");
const SIGNER: &[u8] = include_bytes!("../../../hutong/tests/files/signer-xa.pem");
const CLAIMS: &str = "/v1/me/claims";

/// Whom the certificate is about.
fn erika() -> Someone {
    let number = resident_id("330106", "1990-05-01", 242);
    Someone { name: "Erika Mustermann", number, born: "1990-05-01" }
}

async fn known(town: &Town, who: &Someone) -> String {
    let clinic = town.admit("clinic-1", MemberKind::Clinic).await;
    let token = town.token(&clinic).await;
    town.send_fhir(&token, "/fhir/Patient", &who.patient()).await.expect(201);
    token
}

fn certificate() -> Value {
    json!({ "certificate": CERTIFICATE.trim() })
}

#[tokio::test]
async fn a_certificate_that_verifies_becomes_a_record() {
    let town = town().await;
    let who = erika();
    known(&town, &who).await;
    town.node.add_trust_file("xa.pem", SIGNER).await.expect("a trust file");
    let phone = town.phone(&who).await;
    let claim = town.mine(&phone, "POST", CLAIMS, Some(&certificate())).await.expect(201).body;
    assert_eq!((&claim["status"], &claim["doubts"]), (&json!("accepted"), &Value::Null), "{claim}");
    assert_eq!(claim["certificate"]["issuer"], "XA");
    // It stands in the history, marked with its issuer and as not seen by whoever keeps it.
    let records = town.mine(&phone, "GET", "/v1/me/records", None).await.expect(200).body;
    let record = &records["records"][0];
    assert_eq!((&record["kind"], &records["total"]), (&json!("vaccination"), &json!(1)));
    assert_eq!(record["id"], claim["answer"]["records"][0]);
    assert_eq!(
        (&record["source"], &record["voucher"]["claim"]),
        (&json!("historical"), &claim["id"])
    );
    assert_eq!(record["voucher"]["certificate"]["issuer"], "XA");
    assert_eq!(record["times"]["performed"], "2021-06-11");
    // Twice is once; two clicks at once are refused.
    town.mine(&phone, "POST", CLAIMS, Some(&certificate())).await.expect(409);
    town.clock.advance_s(6);
    let again = town.mine(&phone, "POST", CLAIMS, Some(&certificate())).await.expect(201).body;
    assert_eq!(again["id"], claim["id"]);
    let records = town.mine(&phone, "GET", "/v1/me/records", None).await.expect(200).body;
    assert_eq!(records["total"], 1);
    let claims = town.mine(&phone, "GET", CLAIMS, None).await.expect(200).body;
    assert_eq!(claims["claims"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn somebody_elses_certificate_waits() {
    let town = town().await;
    known(&town, &lin()).await;
    town.node.add_trust_file("xa.pem", SIGNER).await.expect("a trust file");
    let phone = town.phone(&lin()).await;
    let claim = town.mine(&phone, "POST", CLAIMS, Some(&certificate())).await.expect(201).body;
    assert_eq!(claim["status"], "waiting");
    assert_eq!(claim["doubts"], json!(["birth-date-differs"]));
    let records = town.mine(&phone, "GET", "/v1/me/records", None).await.expect(200).body;
    assert_eq!(records["total"], 0, "a claim is no record: {records}");
}

#[tokio::test]
async fn what_cannot_be_checked_waits_and_what_is_wrong_is_refused() {
    let town = town().await;
    let who = erika();
    known(&town, &who).await;
    let phone = town.phone(&who).await;
    let claim = town.mine(&phone, "POST", CLAIMS, Some(&certificate())).await.expect(201).body;
    assert_eq!(claim["doubts"], json!(["signature-unverified"]), "{claim}");
    // One character changed, with the signer trusted.
    town.node.add_trust_file("xa.pem", SIGNER).await.expect("a trust file");
    for wrong in ["HC1:NONSENSE", "hello", "shlink:/eyJ1cmwiOiJodHRwczovL2EuZXhhbXBsZSJ9"] {
        let body = json!({ "certificate": wrong });
        let refused = town.mine(&phone, "POST", CLAIMS, Some(&body)).await.expect(422).body;
        assert!(!refused["detail"].as_str().expect("words").is_empty(), "{refused}");
    }
    for wrong in [json!({}), json!({ "records": [] }), json!({ "statement": "paper" })] {
        town.mine(&phone, "POST", CLAIMS, Some(&wrong)).await.expect(400);
    }
    let claims = town.mine(&phone, "GET", CLAIMS, None).await.expect(200).body;
    assert_eq!(claims["claims"].as_array().map(Vec::len), Some(1), "{claims}");
}

/// A dose as a paper says it, without a patient.
fn paper() -> Value {
    let mut dose = lin().dose("booklet", "2019-04-02");
    dose.as_object_mut().expect("an object").remove("patient");
    json!({ "records": [dose], "statement": "yellow booklet of the WHO, stamped in Nairobi" })
}

#[tokio::test]
async fn paper_waits_for_a_clinic_that_has_seen_it() {
    let town = town().await;
    let clinic = known(&town, &lin()).await;
    let phone = town.phone(&lin()).await;
    let claim = town.mine(&phone, "POST", CLAIMS, Some(&paper())).await.expect(201).body;
    assert_eq!((&claim["status"], &claim["doubts"]), (&json!("waiting"), &json!(["paper"])));
    let records = town.mine(&phone, "GET", "/v1/me/records", None).await.expect(200).body;
    assert_eq!(records["total"], 0);

    // Without the person's grant there is nothing to be seen.
    let path = format!("/v1/persons/{}/claims", phone.person);
    town.get(&clinic, "TREAT", &path).await.expect(404);
    let shown = town.show(&phone).await;
    let shown = json!({ "presentation": shown });
    town.post(&clinic, "TREAT", "/v1/grants", &shown).await.expect(201);
    let waiting = town.get(&clinic, "TREAT", &path).await.expect(200).body;
    assert_eq!(waiting["claims"][0]["id"], claim["id"]);

    let answers = format!("{path}/{}/answers", claim["id"].as_str().expect("an id"));
    let accept = json!({ "accept": true, "reason": "booklet and passport seen" });
    town.post(&clinic, "TREAT", &answers, &json!({ "accept": true, "reason": "" }))
        .await
        .expect(400);
    let done = town.post(&clinic, "TREAT", &answers, &accept).await.expect(201).body;
    assert_eq!(
        (&done["status"], &done["answer"]["by"]),
        (&json!("accepted"), &json!("000000.clinic-1"))
    );
    town.post(&clinic, "TREAT", &answers, &accept).await.expect(409);
    let records = town.mine(&phone, "GET", "/v1/me/records", None).await.expect(200).body;
    let record = &records["records"][0];
    assert_eq!(
        (&record["member"], &record["source"]),
        (&json!("000000.clinic-1"), &json!("historical"))
    );
    assert_eq!(record["voucher"]["statement"], paper()["statement"]);

    // Another one is refused, and stays to be seen with the reason.
    town.clock.advance_s(1);
    let mut second = paper();
    second["records"][0]["occurrenceDateTime"] = json!("2018-01-01");
    let claim = town.mine(&phone, "POST", CLAIMS, Some(&second)).await.expect(201).body;
    let answers = format!("{path}/{}/answers", claim["id"].as_str().expect("an id"));
    let refuse = json!({ "accept": false, "reason": "the stamp is another person's" });
    let done = town.post(&clinic, "TREAT", &answers, &refuse).await.expect(201).body;
    assert_eq!(done["status"], "refused");
    let records = town.mine(&phone, "GET", "/v1/me/records", None).await.expect(200).body;
    assert_eq!(records["total"], 1);
    let claims = town.mine(&phone, "GET", CLAIMS, None).await.expect(200).body;
    assert_eq!(claims["claims"][0]["answer"]["reason"], refuse["reason"]);
}

#[tokio::test]
async fn a_school_may_not_confirm() {
    let town = town().await;
    known(&town, &lin()).await;
    let phone = town.phone(&lin()).await;
    let school = town.admit("school-1", MemberKind::School).await;
    let school = town.token(&school).await;
    let path = format!("/v1/persons/{}/claims", phone.person);
    town.get(&school, "SCHOOL", &path).await.expect(403);
}

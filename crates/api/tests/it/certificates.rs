//! Certificates of a person's records: issued, and verified as anybody else would.

use crate::common::phone::Phone;
use crate::common::{PUBLIC_URL, Town, people::lin, reply, town_behind_a_gateway};
use hutong_code::{Scanner, VerifyContext};
use hutong_model::MemberKind;
use serde_json::{Value, json};

/// A person with a dose against COVID-19 of a series of two, one against influenza, and a result.
async fn known(town: &Town) -> Phone {
    let who = lin();
    let clinic = town.admit("clinic-1", MemberKind::Clinic).await;
    let token = town.token(&clinic).await;
    town.send_fhir(&token, "/fhir/Patient", &who.patient()).await.expect(201);
    let mut covid = who.dose("covid", "2021-05-26");
    covid["vaccineCode"]["coding"][0]["code"] = json!("510");
    covid["protocolApplied"] = json!([{ "doseNumberPositiveInt": 1, "seriesDosesPositiveInt": 2 }]);
    town.send_fhir(&token, "/fhir/Immunization", &covid).await.expect(201);
    let influenza = who.dose("influenza", "2020-10-20");
    town.send_fhir(&token, "/fhir/Immunization", &influenza).await.expect(201);
    let lab = town.admit("lab-1", MemberKind::Lab).await;
    let lab = town.token(&lab).await;
    let result = who.test("t1", "2026-11-21T08:00:00+08:00", false);
    town.send_fhir(&lab, "/fhir/Observation", &result).await.expect(201);
    town.phone(&who).await
}

async fn issued(town: &Town, phone: &Phone, wish: Value) -> Value {
    town.mine(phone, "POST", "/v1/me/certificates", Some(&wish)).await.expect(201).body
}

/// What the node makes of a code.
async fn verified(town: &Town, code: &str) -> Value {
    let door = town.admit(&format!("verifier-{}", code.len()), MemberKind::Verifier).await;
    let token = town.token(&door).await;
    let codes = json!({ "codes": [code] });
    let answer = town.post(&token, "VERIFY", "/v1/verifications", &codes).await.expect(200).body;
    answer["answers"][0].clone()
}

#[tokio::test]
async fn eu_certificates_of_what_the_format_can_state() {
    let town = town_behind_a_gateway().await;
    let phone = known(&town).await;
    let answer = issued(&town, &phone, json!({ "format": "eu-dcc" })).await;
    let certificates = answer["certificates"].as_array().expect("certificates");
    assert_eq!(certificates.len(), 2, "{answer}");
    // Influenza is no disease of the format: said, and in no certificate.
    assert_eq!(answer["leftOut"].as_array().map(Vec::len), Some(1), "{answer}");
    assert!(answer["leftOut"][0]["reason"].as_str().expect("words").starts_with("tg "));
    let kinds = ["vaccination", "test"];
    for (certificate, kind) in certificates.iter().zip(kinds) {
        let code = certificate["codes"][0].as_str().expect("a code");
        assert!(code.starts_with("HC1:"));
        let answer = verified(&town, code).await;
        assert_eq!(
            (&answer["result"], &answer["issuer"]),
            (&json!("valid"), &json!("CN")),
            "{answer}"
        );
        assert_eq!(answer["records"][0]["type"], kind);
        assert_eq!(answer["person"]["name"]["family_latin"], "LIN");
        assert_eq!(answer["person"]["birthDate"], "1988-03-14");
    }
    let dose = verified(&town, certificates[0]["codes"][0].as_str().expect("a code")).await;
    let dose = &dose["records"][0];
    assert_eq!(
        (&dose["dose"], &dose["doses"], &dose["date"]),
        (&json!(1), &json!(2), &json!("2021-05-26"))
    );
    assert_eq!(dose["product"]["code"], "BBIBP-CorV");
    // One record by its id, and none that is not there.
    let one = json!({ "format": "eu-dcc", "records": [certificates[1]["records"][0]] });
    let one = issued(&town, &phone, one).await;
    assert_eq!(one["certificates"].as_array().map(Vec::len), Some(1));
    let none = json!({ "format": "eu-dcc", "records": ["0f8a7c1e5b9d4e3f8a7b6c5d4e3f2a1b"] });
    town.mine(&phone, "POST", "/v1/me/certificates", Some(&none)).await.expect(404);
    let paper = json!({ "format": "parchment" });
    town.mine(&phone, "POST", "/v1/me/certificates", Some(&paper)).await.expect(400);
}

#[tokio::test]
async fn a_health_card_verifies_by_the_published_keys_alone() {
    let town = town_behind_a_gateway().await;
    let phone = known(&town).await;
    let answer = issued(&town, &phone, json!({ "format": "shc" })).await;
    let card = &answer["certificates"][0];
    assert_eq!(card["records"].as_array().map(Vec::len), Some(3), "{answer}");
    let mut keys =
        reply(town.http.get(format!("{}/.well-known/jwks.json", town.url))).await.expect(200).body;
    assert!(keys["keys"][0].get("d").is_none(), "never the secret part");
    keys["iss"] = json!(PUBLIC_URL);
    let mut scanner = Scanner::default();
    scanner.add_file(keys.to_string().as_bytes(), &[]).expect("keys");
    let codes: Vec<&str> =
        card["codes"].as_array().expect("codes").iter().filter_map(Value::as_str).collect();
    let reading = scanner.scan(&codes.join(" "), &VerifyContext::at(town.node.now()));
    let reading = json!(reading);
    assert_eq!((&reading["result"], &reading["issuer"]), (&json!("valid"), &json!(PUBLIC_URL)));
    assert_eq!(reading["records"].as_array().map(Vec::len), Some(3), "{reading}");
}

#[tokio::test]
async fn our_own_certificates_carry_everything() {
    let town = town_behind_a_gateway().await;
    let phone = known(&town).await;
    let answer = issued(&town, &phone, json!({ "format": "hutong" })).await;
    let mut stated = 0;
    for certificate in answer["certificates"].as_array().expect("certificates") {
        let code = certificate["codes"][0].as_str().expect("a code");
        assert!(code.len() <= hutong_model::limits::CERTIFICATE_QR_CHARACTERS_MAX);
        let answer = verified(&town, code).await;
        assert_eq!(
            (&answer["result"], &answer["issuer"]),
            (&json!("valid"), &json!("000000")),
            "{answer}"
        );
        assert_eq!(answer["code"]["level"], Value::Null, "a certificate carries no level");
        stated += answer["records"].as_array().map_or(0, Vec::len);
    }
    assert_eq!((stated, answer["leftOut"].as_array().map(Vec::len)), (3, Some(0)), "{answer}");
}

#[tokio::test]
async fn a_clinic_issues_with_a_grant_and_it_is_seen() {
    let town = town_behind_a_gateway().await;
    let phone = known(&town).await;
    let clinic = town.admit("clinic-2", MemberKind::Clinic).await;
    let token = town.token(&clinic).await;
    let path = format!("/v1/persons/{}/certificates", phone.person);
    let wish = json!({ "format": "eu-dcc" });
    town.post(&token, "TREAT", &path, &wish).await.expect(404);
    let shown = json!({ "presentation": town.show(&phone).await });
    town.post(&token, "TREAT", "/v1/grants", &shown).await.expect(201);
    let answer = town.post(&token, "TREAT", &path, &wish).await.expect(201).body;
    assert_eq!(answer["certificates"].as_array().map(Vec::len), Some(2));
    let accesses = town.mine(&phone, "GET", "/v1/me/accesses", None).await.expect(200).body;
    assert!(accesses.to_string().contains("000000.clinic-2"), "{accesses}");
}

#[tokio::test]
async fn a_printed_voucher_verifies() {
    let town = town_behind_a_gateway().await;
    let phone = known(&town).await;
    let print = async |wish: Value| {
        let request = town.ask("POST", "/v1/me/vouchers", &phone.token);
        let request = request.header("content-type", "application/json").body(wish.to_string());
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 201, "{wish}");
        assert_eq!(answer.headers()["content-type"], "application/pdf");
        answer.bytes().await.expect("a document")
    };
    for (wish, at_least) in [
        (json!({ "formats": ["hutong", "eu-dcc", "shc"] }), 4),
        (json!({ "size": "wallet", "lang": "en", "formats": ["eu-dcc"] }), 2),
    ] {
        let pdf = print(wish).await;
        assert!(pdf.starts_with(b"%PDF-"));
        let codes = hutong_picture::read(&pdf).expect("codes");
        let codes: Vec<String> = codes.into_iter().map(|code| code.into_string()).collect();
        assert!(codes.len() >= at_least, "{codes:?}");
        // A card in several codes is one certificate.
        let (cards, others): (Vec<_>, Vec<_>) =
            codes.into_iter().partition(|code| code.starts_with("shc:/"));
        let whole = (!cards.is_empty()).then(|| cards.join(" "));
        for code in others.into_iter().chain(whole) {
            let answer = verified(&town, &code).await;
            assert_eq!(answer["result"], "valid", "{answer}");
        }
    }
    let none = json!({ "formats": [] });
    town.mine(&phone, "POST", "/v1/me/vouchers", Some(&none)).await.expect(400);
}

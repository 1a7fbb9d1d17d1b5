//! Signing in: what is refused, with which words, and that a suspension takes effect at once.

use crate::common::{Office, Town, people::lin, town};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hutong_code::{Algorithm, Sign, SigningKey};
use hutong_model::MemberKind;
use serde_json::{Value, json};

/// An assertion with other claims or another header than usual.
fn forged(
    town: &Town,
    office: &Office,
    key: &SigningKey,
    header: Value,
    change: impl FnOnce(&mut Value),
) -> String {
    let now = hutong_model::Clock::now(&*town.clock).unix_s();
    let mut claims = json!({
        "iss": office.member.id, "sub": office.member.id,
        "aud": format!("{}/oauth/token", town.url),
        "exp": now + 120, "iat": now, "jti": format!("test-{now}-{}", rand_text()),
    });
    change(&mut claims);
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&header), part(&claims));
    let signature = key.sign(signed.as_bytes()).expect("signed");
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn rand_text() -> String {
    hex::encode(hutong_model::Entropy::bytes16(&crate::common::TestEntropy))
}

fn es256() -> Value {
    json!({ "alg": "ES256", "typ": "JWT" })
}

#[track_caller]
fn refused((status, answer): (u16, Value), error: &str, words: &str) {
    assert_eq!(answer["error"], error, "{status} {answer}");
    let text = answer["error_description"].as_str().unwrap_or_default();
    assert!(text.contains(words), "{text}");
}

#[tokio::test]
async fn a_member_signs_in_and_a_suspension_ends_it_at_once() {
    let town = town().await;
    let clinic = town.admit("clinic-1", MemberKind::Clinic).await;
    let token = town.token(&clinic).await;
    let dose = lin().dose("d1", "2026-01-05");
    town.send_fhir(&token, "/fhir/Immunization", &dose).await.expect(201);

    town.node.suspend_member(&clinic.member.id).await.expect("suspended");
    town.send_fhir(&token, "/fhir/Immunization", &dose).await.expect(401);
    let again = town.ask_token(&town.assertion(&clinic)).await;
    refused(again, "invalid_client", "suspended");
}

#[tokio::test]
async fn a_token_ends_after_five_minutes() {
    let town = town().await;
    let clinic = town.admit("clinic-1", MemberKind::Clinic).await;
    let token = town.token(&clinic).await;
    let dose = lin().dose("d1", "2026-01-05");
    town.clock.advance_s(299);
    town.send_fhir(&token, "/fhir/Immunization", &dose).await.expect(201);
    town.clock.advance_s(2);
    let late = town.send_fhir(&token, "/fhir/Immunization", &dose).await.expect(401);
    assert_eq!(late.header("www-authenticate"), "Bearer");
    assert_eq!(late.body["resourceType"], "OperationOutcome");
}

#[tokio::test]
async fn an_assertion_works_once_and_in_time() {
    let town = town().await;
    let clinic = town.admit("clinic-1", MemberKind::Clinic).await;
    let assertion = town.assertion(&clinic);
    assert_eq!(town.ask_token(&assertion).await.0, 200);
    refused(town.ask_token(&assertion).await, "invalid_client", "used before");

    let late = town.assertion(&clinic);
    town.clock.advance_s(600);
    refused(town.ask_token(&late).await, "invalid_client", "expired");
    let far = forged(&town, &clinic, &clinic.key, es256(), |c| {
        c["exp"] = json!(c["iat"].as_i64().expect("iat") + 3600);
    });
    refused(town.ask_token(&far).await, "invalid_client", "300 seconds");
    let early = forged(&town, &clinic, &clinic.key, es256(), |c| {
        c["nbf"] = json!(c["iat"].as_i64().expect("iat") + 200);
    });
    refused(town.ask_token(&early).await, "invalid_client", "not valid yet");
}

#[tokio::test]
async fn what_is_wrong_with_an_assertion_is_named() {
    let town = town().await;
    let clinic = town.admit("clinic-1", MemberKind::Clinic).await;
    let elsewhere = forged(&town, &clinic, &clinic.key, es256(), |c| {
        c["aud"] = json!("https://other.example/oauth/token");
    });
    refused(town.ask_token(&elsewhere).await, "invalid_client", "aud must be");
    let other_sub = forged(&town, &clinic, &clinic.key, es256(), |c| c["sub"] = json!("000000.x"));
    refused(town.ask_token(&other_sub).await, "invalid_client", "iss and sub");
    let no_jti = forged(&town, &clinic, &clinic.key, es256(), |c| {
        c.as_object_mut().expect("an object").remove("jti");
    });
    refused(town.ask_token(&no_jti).await, "invalid_client", "jti");
    for alg in ["none", "HS256", "HS384", "RS1"] {
        let header = json!({ "alg": alg, "typ": "JWT" });
        let text = forged(&town, &clinic, &clinic.key, header, |_| {});
        refused(town.ask_token(&text).await, "invalid_client", "sign the client assertion with");
    }
    for text in ["", "x", "a.b", "a.b.c", "....", "eyJhbGciOiJFUzI1NiJ9.e30."] {
        assert_eq!(town.ask_token(text).await.0, 401, "{text}");
    }
}

#[tokio::test]
async fn a_stranger_and_a_wrong_key_are_answered_alike() {
    let town = town().await;
    let clinic = town.admit("clinic-1", MemberKind::Clinic).await;
    let other = SigningKey::generate(Algorithm::Es256).expect("a key");
    let wrong_key = town.ask_token(&forged(&town, &clinic, &other, es256(), |_| {})).await;
    let stranger = forged(&town, &clinic, &other, es256(), |c| {
        c["iss"] = json!("000000.nobody");
        c["sub"] = json!("000000.nobody");
    });
    let stranger = town.ask_token(&stranger).await;
    assert_eq!(wrong_key, stranger);
    refused(wrong_key, "invalid_client", "not known here, or none of its keys");
    // The curve must be the key's own: an Ed25519 name over a P-256 key proves nothing.
    let eddsa = json!({ "alg": "EdDSA", "typ": "JWT" });
    let confused = forged(&town, &clinic, &clinic.key, eddsa, |_| {});
    assert_eq!(town.ask_token(&confused).await.0, 401);
}

#[tokio::test]
async fn the_form_is_checked_and_scopes_only_narrow() {
    let town = town().await;
    let clinic = town.admit("clinic-1", MemberKind::Clinic).await;
    refused(town.ask_form(&[]).await, "unsupported_grant_type", "client_credentials");
    let form = [("grant_type", "client_credentials"), ("client_assertion_type", "x")];
    refused(town.ask_form(&form).await, "invalid_request", "jwt-bearer");
    let assertion = town.assertion(&clinic);
    let form = |scope: &'static str| {
        [
            ("grant_type", "client_credentials".to_owned()),
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned(),
            ),
            ("client_assertion", assertion.clone()),
            ("scope", scope.to_owned()),
        ]
    };
    let ask = async |scope| {
        let form = form(scope);
        let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        town.ask_form(&form).await
    };
    for scope in ["patient/*.read", "system/*", "system/*.sc", "everything"] {
        refused(ask(scope).await, "invalid_scope", "system/");
    }
    let (status, answer) = ask("system/Immunization.rs system/Observation.rs").await;
    assert_eq!(
        (status, &answer["scope"]),
        (200, &json!("system/Immunization.rs system/Observation.rs"))
    );
    let token = answer["access_token"].as_str().expect("a token");
    let dose = lin().dose("d1", "2026-01-05");
    town.send_fhir(token, "/fhir/Immunization", &dose).await.expect(403);
}

#[tokio::test]
async fn a_forged_token_is_no_token() {
    let town = town().await;
    let clinic = town.admit("clinic-1", MemberKind::Clinic).await;
    let token = town.token(&clinic).await;
    let mut bytes = token.clone().into_bytes();
    for at in [4, 10, token.len() / 2, token.len() - 2] {
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let forged = String::from_utf8(bytes.clone()).expect("text");
        town.get(&forged, "TREAT", "/fhir/Patient/x").await.expect(401);
        bytes = token.clone().into_bytes();
    }
    for text in ["hta_", "hta_AAAA", "hts_AAAA", "x"] {
        town.get(text, "TREAT", "/fhir/Patient/x").await.expect(401);
    }
}

#[tokio::test]
async fn how_to_sign_in_is_published() {
    let town = town().await;
    for path in ["/.well-known/smart-configuration", "/fhir/.well-known/smart-configuration"] {
        let answer =
            crate::common::reply(town.http.get(format!("{}{path}", town.url))).await.expect(200);
        assert_eq!(answer.body["token_endpoint"], format!("{}/oauth/token", town.url));
    }
}

//! The OpenAPI document: committed, complete, and every endpoint in it guarded unless it is on the
//! list of public ones.

use crate::common::{reply, town};
use hutong_model::{MemberKind, Purpose};
use std::collections::BTreeSet;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");

fn document() -> serde_json::Value {
    serde_json::to_value(hutong_api::openapi()).expect("JSON")
}

/// Every method and path of the document.
fn operations() -> Vec<(String, String)> {
    let document = document();
    let mut list = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in ["get", "post", "put", "delete", "patch"] {
            if item.get(method).is_some() {
                list.push((method.to_uppercase(), path.clone()));
            }
        }
    }
    list
}

fn is_public(method: &str, path: &str) -> bool {
    hutong_api::PUBLIC.contains(&(method, path))
}

/// A path with its parameters filled in.
fn filled(path: &str) -> String {
    path.replace("{id}", "0123456789abcdef0123456789abcdef")
}

#[test]
fn the_committed_document_is_the_one_of_the_code() {
    let text = format!("{}\n", hutong_api::openapi().to_pretty_json().expect("JSON"));
    if std::env::var_os("HUTONG_UPDATE").is_some() {
        std::fs::write(FILE, &text).expect("written");
    }
    let committed = std::fs::read_to_string(FILE).unwrap_or_default();
    assert!(committed == text, "docs/openapi.json is old; run the test with HUTONG_UPDATE=1");
}

#[test]
fn every_operation_says_what_it_is() {
    let document = document();
    let mut ids = BTreeSet::new();
    for (method, path) in operations() {
        let operation = &document["paths"][&path][method.to_lowercase()];
        let name = format!("{method} {path}");
        assert!(operation["summary"].as_str().is_some_and(|s| s.len() > 5), "{name}: summary");
        assert!(operation["tags"][0].is_string(), "{name}: tag");
        let id = operation["operationId"].as_str().expect("an id");
        assert!(ids.insert(id.to_owned()), "{name}: operation id {id} is there twice");
        let security = operation["security"].as_array().expect("security is stated");
        let open = security.iter().all(|need| need.as_object().is_some_and(|n| n.is_empty()));
        assert_eq!(open, is_public(&method, &path), "{name}: security and the public list differ");
    }
    for (method, path) in hutong_api::PUBLIC {
        assert!(
            operations().iter().any(|(m, p)| m == method && p == path),
            "{method} {path} is on the public list and does not exist"
        );
    }
    assert!(operations().len() >= 55, "{}", operations().len());
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let text = document.to_string();
    for part in text.split("\"#/components/schemas/").skip(1) {
        let name = part.split('"').next().expect("a name");
        assert!(document["components"]["schemas"].get(name).is_some(), "{name} is missing");
    }
}

#[tokio::test]
async fn nothing_but_the_public_list_answers_without_a_token() {
    let town = town().await;
    for (method, path) in operations() {
        let ask = |token: Option<&str>| {
            let url = format!("{}{}", town.url, filled(&path));
            let request = town.http.request(method.parse().expect("a method"), url);
            let request = request.header("content-type", "application/json").body("{}");
            match token {
                Some(token) => request.bearer_auth(token),
                None => request,
            }
        };
        let bare = reply(ask(None)).await;
        if is_public(&method, &path) {
            assert_ne!(bare.status, 401, "{method} {path}");
            continue;
        }
        assert_eq!(bare.status, 401, "{method} {path}: {}", bare.body);
        let fhir = path.starts_with("/fhir");
        let kind = if fhir { "application/fhir+json" } else { "application/problem+json" };
        assert_eq!(bare.header("content-type"), kind, "{method} {path}");
        for wrong in ["hta_x", "hts_x", "x"] {
            let answer = reply(ask(Some(wrong))).await;
            assert_eq!(answer.status, 401, "{method} {path} with {wrong}");
        }
    }
}

#[tokio::test]
async fn a_member_without_the_purpose_gets_nowhere() {
    let town = town().await;
    // A member that may run things and nothing else.
    let office =
        town.admit_for("office", MemberKind::Department, Some(&[Purpose::Operations])).await;
    let token = town.token(&office).await;
    let document = document();
    for (method, path) in operations() {
        let operation = &document["paths"][&path][method.to_lowercase()];
        if operation["security"][0].get("member").is_none() {
            continue;
        }
        for purpose in [None, Some("HOPERAT"), Some("TREAT"), Some("REPORT"), Some("NODE")] {
            let mut request = town.ask(&method, &filled(&path), &token);
            if let Some(purpose) = purpose {
                request = request.header("hutong-purpose", purpose);
            }
            let request = request.header("content-type", "application/json").body("{}");
            let answer = reply(request).await;
            assert_eq!(answer.status, 403, "{method} {path} for {purpose:?}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn a_resident_is_no_member_and_a_member_no_resident() {
    let town = town().await;
    let clinic = town.admit("clinic-1", MemberKind::Clinic).await;
    let member = town.token(&clinic).await;
    let (resident, _) = town.sign_in(&crate::common::people::lin()).await;
    let document = document();
    for (method, path) in operations() {
        let operation = &document["paths"][&path][method.to_lowercase()];
        let token = match &operation["security"][0] {
            need if need.get("member").is_some() => &resident,
            need if need.get("resident").is_some() => &member,
            _ => continue,
        };
        let request = town.ask(&method, &filled(&path), token).body("{}");
        assert_eq!(reply(request).await.status, 401, "{method} {path}");
    }
}

//! Bulk export: ordered, made in the background, fetched, seen by the persons, and gone.

use crate::common::{
    Reply, Town,
    people::{lin, su},
    reply, town_with,
};
use hutong_model::{Clock, MemberKind};
use serde_json::Value;
use std::path::Path;

const BASIS: &str = "传染病防治法第三十条";

async fn ordering(folder: &Path) -> Town {
    let folder = folder.to_owned();
    town_with(move |mut options| {
        options.exports = Some(folder);
        options
    })
    .await
}

fn asking(town: &Town, token: &str, method: &str, path: &str) -> reqwest::RequestBuilder {
    let basis = reqwest::header::HeaderValue::from_bytes(BASIS.as_bytes()).expect("a header");
    let path = path.strip_prefix(&town.url).unwrap_or(path);
    town.ask(method, path, token)
        .header("hutong-purpose", "PUBHLTH")
        .header("hutong-legal-basis", basis)
        .header("prefer", "respond-async")
}

/// Orders, and waits until it is made: where it stands, and the list of files.
async fn made(town: &Town, token: &str, path: &str) -> (String, Reply) {
    let ordered = reply(asking(town, token, "GET", path)).await.expect(202);
    let at = ordered.header("content-location").to_owned();
    assert!(at.starts_with(&town.url), "{at}");
    for _ in 0..500 {
        let stands = reply(asking(town, token, "GET", &at)).await;
        if stands.status != 202 {
            return (at, stands.expect(200));
        }
        assert!(!stands.header("x-progress").is_empty());
        assert!(stands.header("retry-after").parse::<u32>().is_ok());
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the export is not made");
}

async fn lines(town: &Town, token: &str, file: &Value) -> Vec<Value> {
    let url = file["url"].as_str().expect("a URL");
    let answer = asking(town, token, "GET", url).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "application/fhir+ndjson");
    let text = answer.text().await.expect("lines");
    let lines: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(file["count"], lines.len());
    assert!(lines.iter().all(|line| line["resourceType"] == file["type"]));
    lines
}

/// Two persons with three records, one of which is corrected.
async fn fill(town: &Town) {
    let clinic = town.admit("clinic-1", MemberKind::Clinic).await;
    let clinic = town.token(&clinic).await;
    for who in [lin(), su()] {
        town.send_fhir(&clinic, "/fhir/Patient", &who.patient()).await;
    }
    let [one, other] = [lin().dose("d1", "2026-01-05"), su().dose("d2", "2026-01-06")];
    town.send_fhir(&clinic, "/fhir/Immunization", &one).await.expect(201);
    town.send_fhir(&clinic, "/fhir/Immunization", &other).await.expect(201);
    let test = lin().test("t1", "2026-11-20T08:00:00Z", false);
    town.send_fhir(&clinic, "/fhir/Observation", &test).await.expect(201);
}

#[tokio::test]
async fn an_export_is_ordered_made_fetched_and_seen() {
    let folder = tempfile::tempdir().expect("a folder");
    let town = ordering(folder.path()).await;
    fill(&town).await;
    let phone = town.phone(&lin()).await;
    let office = town.admit("cdc", MemberKind::Department).await;
    let token = town.token(&office).await;
    let (at, manifest) = made(&town, &token, "/fhir/$export").await;
    assert!(manifest.header("expires").ends_with("GMT"));
    let manifest = manifest.body;
    assert_eq!(manifest["requiresAccessToken"], true);
    assert_eq!(manifest["request"], format!("{}/fhir/$export", town.url));
    assert_eq!(manifest["error"].as_array().map(Vec::len), Some(0));
    let files = manifest["output"].as_array().expect("a list");
    let mut counts = Vec::new();
    for file in files {
        counts
            .push((file["type"].as_str().expect("a type"), lines(&town, &token, file).await.len()));
    }
    counts.sort_unstable();
    assert_eq!(counts, [("Immunization", 2), ("Observation", 1), ("Patient", 2)]);

    // Nothing of it lies on the disk in the clear.
    let id = at.rsplit('/').next().expect("an id");
    let own = folder.path().join(id);
    for file in std::fs::read_dir(&own).expect("files").flatten() {
        let bytes = std::fs::read(file.path()).expect("a file");
        let clear = |word: &str| bytes.windows(word.len()).any(|part| part == word.as_bytes());
        assert!(!clear("林知远") && !clear("Immunization\""), "{:?}", file.path());
    }
    // The person sees it.
    let seen = town.mine(&phone, "GET", "/v1/me/accesses", None).await.expect(200).body;
    let seen = seen["accesses"].as_array().expect("a list").iter();
    let exports: Vec<_> = seen.filter(|access| access["what"] == "export").collect();
    assert_eq!(exports.len(), 1, "{exports:?}");
    assert_eq!(exports[0]["right"], format!("legal:{BASIS}"));

    // Nobody else's, and after an hour nobody's.
    let other = town.admit("cdc-2", MemberKind::Department).await;
    let other = town.token(&other).await;
    reply(asking(&town, &other, "GET", &at)).await.expect(404);
    reply(asking(&town, &other, "DELETE", &at)).await.expect(404);
    town.clock.advance_s(3_601);
    let token = town.token(&office).await;
    reply(asking(&town, &token, "GET", &at)).await.expect(404);
    assert!(!own.exists());
}

#[tokio::test]
async fn an_export_is_narrowed_and_deleted() {
    let folder = tempfile::tempdir().expect("a folder");
    let town = ordering(folder.path()).await;
    fill(&town).await;
    let office = town.admit("cdc", MemberKind::Department).await;
    let token = town.token(&office).await;
    let path = "/fhir/Patient/$export?_type=Immunization&_outputFormat=ndjson";
    let (at, manifest) = made(&town, &token, path).await;
    let files = manifest.body["output"].as_array().expect("a list").clone();
    assert_eq!(files.len(), 1, "{files:?}");
    assert_eq!(lines(&town, &token, &files[0]).await.len(), 2);
    reply(asking(&town, &token, "DELETE", &at)).await.expect(202);
    reply(asking(&town, &token, "GET", &at)).await.expect(404);
    let url = files[0]["url"].as_str().expect("a URL");
    reply(asking(&town, &token, "GET", url)).await.expect(404);
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);

    // Since a moment after everything: nothing, and nobody is said to have been read.
    town.clock.advance_s(60);
    let since = town.clock.now();
    let clinic = town.admit("clinic-9", MemberKind::Clinic).await;
    let clinic = town.token(&clinic).await;
    let path = format!("/fhir/$export?_since={since}");
    let (_, manifest) = made(&town, &token, &path).await;
    assert_eq!(manifest.body["output"].as_array().map(Vec::len), Some(0));
    town.send_fhir(&clinic, "/fhir/Immunization", &su().dose("d9", "2026-02-01")).await.expect(201);
    let (_, manifest) = made(&town, &token, &path).await;
    let files = manifest.body["output"].as_array().expect("a list").clone();
    assert_eq!(files.len(), 1, "{files:?}");
    assert_eq!(lines(&town, &token, &files[0]).await.len(), 1);
}

#[tokio::test]
async fn an_order_is_strict_and_for_authorities() {
    let folder = tempfile::tempdir().expect("a folder");
    let town = ordering(folder.path()).await;
    let office = town.admit("cdc", MemberKind::Department).await;
    let token = town.token(&office).await;
    for wrong in [
        "?_elements=id",
        "?_type=Condition",
        "?_outputFormat=text/csv",
        "?_since=yesterday",
        "?_since=2026-01-01T00:00:00Z&_since=2026-01-02T00:00:00Z",
    ] {
        let answer = reply(asking(&town, &token, "GET", &format!("/fhir/$export{wrong}"))).await;
        assert_eq!(answer.expect(400).body["resourceType"], "OperationOutcome", "{wrong}");
    }
    let sync = town.ask("GET", "/fhir/$export", &token).header("hutong-purpose", "PUBHLTH");
    let sync = sync.header("hutong-legal-basis", "Law 1");
    reply(sync).await.expect(400);
    // Without a legal basis, for another purpose, by a clinic: no.
    let plain = town.ask("GET", "/fhir/$export", &token).header("prefer", "respond-async");
    reply(plain.header("hutong-purpose", "PUBHLTH")).await.expect(403);
    let clinic = town.admit("clinic-1", MemberKind::Clinic).await;
    let clinic = town.token(&clinic).await;
    let asked = asking(&town, &clinic, "GET", "/fhir/$export");
    assert_eq!(reply(asked).await.status, 403);
    // A node without a folder for them makes none.
    let bare = crate::common::town().await;
    let office = bare.admit("cdc", MemberKind::Department).await;
    let token = bare.token(&office).await;
    reply(asking(&bare, &token, "GET", "/fhir/$export")).await.expect(404);
}

#[tokio::test]
async fn what_a_process_left_is_removed_and_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let id = "0123456789abcdef0123456789abcdef";
    let left = folder.path().join(id);
    std::fs::create_dir(&left).expect("a folder");
    let note = format!(
        "{{\"id\":\"{id}\",\"member\":\"000000.cdc\",\"request\":\"x\",\
         \"at\":\"2026-11-22T09:00:00.000Z\"}}"
    );
    std::fs::write(left.join("export.json"), note).expect("a note");
    std::fs::write(left.join("Patient-1.ndjson"), "sealed").expect("a file");
    std::fs::create_dir(folder.path().join("rubbish")).expect("a folder");
    let town = ordering(folder.path()).await;
    assert!(!left.join("Patient-1.ndjson").exists() && !folder.path().join("rubbish").exists());
    let office = town.admit("cdc", MemberKind::Department).await;
    let token = town.token(&office).await;
    let at = format!("/fhir/$export-status/{id}");
    reply(asking(&town, &token, "GET", &at)).await.expect(410);
    reply(asking(&town, &token, "DELETE", &at)).await.expect(202);
    assert!(!left.exists());
}

//! What anybody may ask, and the form of every error.

use crate::common::{reply, town, town_with};
use hutong_api::{ApiOptions, load::LoadOptions};
use hutong_model::MemberKind;

#[tokio::test]
async fn health_and_readiness() {
    let town = town().await;
    let get = |path: &str| town.http.get(format!("{}{path}", town.url));
    assert_eq!(reply(get("/healthz")).await.expect(200).body["status"], "ok");
    let ready = reply(get("/readyz")).await.expect(200).body;
    assert_eq!((ready["status"].as_str(), ready["outboxLag"].as_u64()), (Some("ready"), Some(0)));
    reply(get("/metrics")).await.expect(404);
    let statement = reply(get("/fhir/metadata")).await.expect(200).body;
    assert_eq!(statement["resourceType"], "CapabilityStatement");
}

#[tokio::test]
async fn the_trust_list_is_sent_once() {
    let town = town().await;
    let get = || town.http.get(format!("{}/v1/trust-list", town.url));
    let first = reply(get()).await.expect(200);
    assert_eq!(first.header("content-type"), "application/cose");
    let etag = first.header("etag").to_owned();
    reply(get().header("if-none-match", etag)).await.expect(304);
    reply(get().header("if-none-match", "\"0\"")).await.expect(200);
}

#[tokio::test]
async fn the_pages_load_nothing_from_elsewhere() {
    let town = town().await;
    for path in ["/docs", "/docs/app.js", "/docs/style.css"] {
        let answer = town.http.get(format!("{}{path}", town.url)).send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        let policy = answer.headers()["content-security-policy"].to_str().expect("text").to_owned();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        let text = answer.text().await.expect("text");
        assert!(!text.contains("http://") && !text.contains("https://"), "{path}");
        assert!(!text.contains("<script>") && !text.contains(" style="), "{path}");
    }
}

#[tokio::test]
async fn every_error_has_its_form() {
    let town = town().await;
    let ask = |method: &str, path: &str| {
        town.http.request(method.parse().expect("a method"), format!("{}{path}", town.url))
    };
    for (method, path, status) in [
        ("GET", "/nowhere", 404),
        ("GET", "/v1/nowhere", 404),
        ("DELETE", "/v1/verifications", 405),
        ("GET", "/v1/admissions", 405),
    ] {
        let answer = reply(ask(method, path)).await.expect(status);
        assert_eq!(answer.header("content-type"), "application/problem+json", "{method} {path}");
        assert_eq!(answer.body["status"], status);
        let id = answer.header("x-request-id").to_owned();
        assert_eq!(answer.body["instance"], format!("urn:hutong:request:{id}"));
    }
    for (method, path, status) in
        [("GET", "/fhir/Condition", 404), ("DELETE", "/fhir/Patient", 405)]
    {
        let answer = reply(ask(method, path)).await.expect(status);
        assert_eq!(answer.header("content-type"), "application/fhir+json");
        assert_eq!(answer.body["resourceType"], "OperationOutcome");
    }
    let clinic = town.admit("clinic-1", MemberKind::Clinic).await;
    let token = town.token(&clinic).await;
    let verify = || town.ask("POST", "/v1/verifications", &token);
    reply(verify().header("content-type", "text/plain").body("{}")).await.expect(415);
    for body in ["", "{", "[1]", "{\"codes\":7}", "{\"codes\":[],\"other\":1}"] {
        let request = verify().header("content-type", "application/json").body(body);
        reply(request).await.expect(400);
    }
    let large = vec![b' '; hutong_model::limits::BODY_BYTES_MAX + 1];
    let request = verify().header("content-type", "application/json").body(large);
    // The server need not read it all before it refuses: the answer may be cut off by the sender.
    if let Ok(answer) = request.send().await {
        assert_eq!(answer.status(), 413);
    }
    let request = ask("GET", "/healthz").header("x-request-id", "mine-1");
    assert_eq!(reply(request).await.header("x-request-id"), "mine-1");
    let request = ask("GET", "/healthz").header("x-request-id", "a b\"c");
    assert_ne!(reply(request).await.header("x-request-id"), "a b\"c");
}

#[tokio::test]
async fn too_much_at_once_is_refused_and_the_rest_goes_on() {
    let small = LoadOptions { at_once: 1, streams: 1, followers: 1, waiting: 0 };
    let town = town_with(|options| ApiOptions { load: small, ..options }).await;
    let clinic = town.admit("clinic-1", MemberKind::Clinic).await;
    let token = town.token(&clinic).await;
    let (_open, body) = tokio::sync::mpsc::channel::<Result<String, std::io::Error>>(1);
    let stream = futures::stream::unfold(body, |mut body| async move {
        body.recv().await.map(|piece| (piece, body))
    });
    let upload = |body: reqwest::Body| {
        let request = town.ask("POST", "/v1/admissions", &token);
        request.header("content-type", "application/fhir+ndjson").body(body)
    };
    let first = tokio::spawn(upload(reqwest::Body::wrap_stream(stream)).send());
    // The first is in the house as soon as its answer has begun.
    let first = first.await.expect("no panic").expect("an answer");
    assert_eq!(first.status(), 200);
    let second = reply(upload("".into())).await.expect(429);
    assert_eq!(second.header("retry-after"), "1");
    reply(town.http.get(format!("{}/healthz", town.url))).await.expect(200);
}

//! The seven operations of GB/T 38963-2020, chapter 6, each doing its work.

use crate::common::{
    people::{lin, su},
    town,
};
use hutong_model::MemberKind;
use serde_json::json;

/// 6.2 and 6.4: a declaration changes what the code says, and the answer says why and until when.
#[tokio::test]
async fn declare_health_and_query() {
    let town = town().await;
    let phone = town.phone(&lin()).await;
    let before = town.mine(&phone, "GET", "/v1/me/health-information", None).await.expect(200).body;
    assert_eq!(before["decision"]["level"], "green", "{before}");
    let fever = json!({ "temperatureDecicelsius": 389, "symptoms": ["fever"] });
    let path = "/v1/me/health-declarations";
    town.mine(&phone, "POST", path, Some(&fever)).await.expect(201);
    let after = town.mine(&phone, "GET", "/v1/me/health-information", None).await.expect(200).body;
    assert_eq!(after["decision"]["level"], "yellow", "{after}");
    let impossible = json!({ "temperatureDecicelsius": 999 });
    town.mine(&phone, "POST", path, Some(&impossible)).await.expect(400);
    town.mine(&phone, "POST", path, Some(&json!({ "colour": "green" }))).await.expect(400);
}

/// 6.3.
#[tokio::test]
async fn declare_a_trip() {
    let town = town().await;
    let phone = town.phone(&lin()).await;
    let trip = json!({ "from": "330100", "to": "440100", "departs": "2026-11-20", "arrives": "2026-11-21" });
    let path = "/v1/me/trip-declarations";
    town.mine(&phone, "POST", path, Some(&trip)).await.expect(201);
    let back = json!({ "from": "330100", "to": "440100", "departs": "2026-11-20", "arrives": "2026-11-19" });
    town.mine(&phone, "POST", path, Some(&back)).await.expect(400);
    let records = town.mine(&phone, "GET", "/v1/me/records", None).await.expect(200).body;
    assert_eq!(records["records"][0]["kind"], "trip-declaration", "{records}");
}

/// 6.5: a code system applies, the person agrees with a one-time code.
#[tokio::test]
async fn apply_to_call() {
    let town = town().await;
    let system = town.admit("codes", MemberKind::CodeSystem).await;
    let token = town.token(&system).await;
    let other = town.admit("codes-2", MemberKind::CodeSystem).await;
    let other = town.token(&other).await;
    let who = lin();
    let (_, person) = town.sign_in(&who).await;
    let path = format!("/v1/persons/{person}/history");
    town.get(&token, "PATRQT", &path).await.expect(404);
    let body = json!({ "document": who.document() });
    let applied =
        town.post(&token, "PATRQT", "/v1/call-applications", &body).await.expect(202).body;
    let application = applied["application"].as_str().expect("an id").to_owned();
    let code = json!({ "code": town.last_code() });
    let approve = format!("/v1/call-applications/{application}/approvals");
    // Another member cannot hand it in, and nobody can sign in as the person with it.
    town.post(&other, "PATRQT", &approve, &code).await.expect(404);
    let raw = application.split('.').next().expect("an id");
    for challenge in [application.as_str(), raw] {
        let redeem = json!({ "challenge": challenge, "code": code["code"] });
        town.post_open("/v1/sessions", &redeem).await.expect(403);
    }
    town.post(&token, "PATRQT", &approve, &json!({ "code": "wrong" })).await.expect(403);
    let grant = town.post(&token, "PATRQT", &approve, &code).await.expect(201).body;
    assert_eq!(grant["person"], person.as_str());
    town.post(&token, "PATRQT", &approve, &code).await.expect(403);
    town.get(&token, "PATRQT", &path).await.expect(200);
    // For a document that nobody has the answer looks the same.
    let body = json!({ "document": su().document() });
    town.post(&token, "PATRQT", "/v1/call-applications", &body).await.expect(202);
}

/// 6.6 and 6.7: the phone makes its code, a verifier checks it.
#[tokio::test]
async fn make_a_code_and_verify_it() {
    let town = town().await;
    let door = town.admit("door-1", MemberKind::Verifier).await;
    let door = town.token(&door).await;
    let clinic = town.admit("clinic-1", MemberKind::Clinic).await;
    let clinic = town.token(&clinic).await;
    let who = lin();
    town.send_fhir(&clinic, "/fhir/Patient", &who.patient()).await.expect(201);
    let phone = town.phone(&who).await;
    let verify = async |codes: serde_json::Value| {
        town.post(&door, "VERIFY", "/v1/verifications", &json!({ "codes": codes })).await
    };
    let shown = town.show(&phone).await;
    let answers = verify(json!([shown, "HT1:nonsense", "hello"])).await.expect(200).body;
    assert_eq!(answers["answers"][0]["result"], "green", "{answers}");
    assert_eq!(answers["answers"][1]["result"], "invalid");
    assert_ne!(answers["answers"][2]["result"], "red");
    // A positive result makes the next code red, and the old one too when it is checked online.
    let positive = who.test("t1", "2026-11-22T08:00:00+08:00", true);
    let lab = town.admit("lab-1", MemberKind::Lab).await;
    let lab = town.token(&lab).await;
    town.send_fhir(&lab, "/fhir/Observation", &positive).await.expect(201);
    let red = town.show(&phone).await;
    let answers = verify(json!([red])).await.expect(200).body;
    assert_eq!(answers["answers"][0]["result"], "red", "{answers}");
    assert!(!answers["answers"][0]["reasons"].as_array().expect("reasons").is_empty());
    // On paper: the same assertion, marked, with masked name and document.
    let paper = town.mine(&phone, "POST", "/v1/me/codes", Some(&json!({ "paper": true }))).await;
    let paper = paper.expect(201).body;
    let answers = verify(json!([paper["text"]])).await.expect(200).body;
    assert_eq!(answers["answers"][0]["code"]["paper"], true, "{answers}");
    assert!(!answers.to_string().contains(&who.number));
    let grant = json!({ "presentation": paper["text"] });
    town.post(&clinic, "TREAT", "/v1/grants", &grant).await.expect(403);
    // Neither or both of phone and paper is a mistake; so is no code, or too many.
    for wish in [json!({}), json!({ "device": phone.device, "paper": true })] {
        town.mine(&phone, "POST", "/v1/me/codes", Some(&wish)).await.expect(400);
    }
    verify(json!([])).await.expect(400);
    verify(json!(vec!["x"; 1001])).await.expect(400);
    // A phone that was withdrawn gets no more codes.
    let device = format!("/v1/me/devices/{}", phone.device);
    town.mine(&phone, "DELETE", &device, None).await.expect(204);
    let wish = json!({ "device": phone.device });
    town.mine(&phone, "POST", "/v1/me/codes", Some(&wish)).await.expect(404);
}

/// 6.8: the person disputes, the origin answers, both stay visible.
#[tokio::test]
async fn correct_an_error() {
    let town = town().await;
    let clinic = town.admit("clinic-1", MemberKind::Clinic).await;
    let token = town.token(&clinic).await;
    let other = town.admit("clinic-2", MemberKind::Clinic).await;
    let other = town.token(&other).await;
    let who = lin();
    let dose = who.dose("d1", "2026-01-05");
    town.send_fhir(&token, "/fhir/Immunization", &dose).await.expect(201);
    let phone = town.phone(&who).await;
    let records = town.mine(&phone, "GET", "/v1/me/records", None).await.expect(200).body;
    let record = records["records"][0]["id"].as_str().expect("an id").to_owned();
    let dispute = json!({ "record": record, "statement": "it was the sixth of January" });
    let path = "/v1/me/correction-requests";
    let filed = town.mine(&phone, "POST", path, Some(&dispute)).await.expect(201).body;
    let request = filed["request"].as_str().expect("an id").to_owned();
    let strange = json!({ "record": "00000000000000000000000000000000", "statement": "x" });
    town.mine(&phone, "POST", path, Some(&strange)).await.expect(404);

    let open = town.get(&token, "REPORT", "/v1/correction-requests").await.expect(200).body;
    assert_eq!(open["requests"][0]["request"], request.as_str(), "{open}");
    assert_eq!(open["requests"][0]["ownId"], "Immunization/d1");
    let theirs = town.get(&other, "REPORT", "/v1/correction-requests").await.expect(200).body;
    assert_eq!(theirs["requests"], json!([]));
    let answers = format!("/v1/correction-requests/{request}/answers");
    let refuse = json!({ "answer": "refuse", "reason": "x" });
    town.post(&other, "REPORT", &answers, &refuse).await.expect(404);
    let bad = json!({ "answer": "correct", "reason": "x" });
    town.post(&token, "REPORT", &answers, &bad).await.expect(400);
    let impossible = json!({
        "answer": "correct", "reason": "x", "resource": who.dose("d1", "1970-01-01"),
    });
    town.post(&token, "REPORT", &answers, &impossible).await.expect(422);
    let correct = json!({
        "answer": "correct",
        "reason": "the day was mistyped",
        "resource": who.dose("d1", "2026-01-06"),
    });
    town.post(&token, "REPORT", &answers, &correct).await.expect(201);
    let open = town.get(&token, "REPORT", "/v1/correction-requests?open=true").await.expect(200);
    assert_eq!(open.body["requests"], json!([]));
    let all = town.get(&token, "REPORT", "/v1/correction-requests?open=false").await.expect(200);
    assert_eq!(all.body["requests"][0]["answered"], true);
    let records = town.mine(&phone, "GET", "/v1/me/records", None).await.expect(200).body;
    assert_eq!(records["records"][0]["times"]["performed"], "2026-01-06");
    assert_eq!(records["records"][0]["corrections"].as_array().map(Vec::len), Some(1));
}

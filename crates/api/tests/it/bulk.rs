//! Bulk admission: streams, bad rows, packing, limits.

use crate::common::{
    Town,
    people::{lin, su},
    reply, town,
};
use hutong_model::{MemberKind, limits};
use serde_json::{Value, json};
use std::io::Write;

const NDJSON: &str = "application/fhir+ndjson";

async fn lab(town: &Town) -> String {
    let clinic = town.admit("clinic-1", MemberKind::Clinic).await;
    town.token(&clinic).await
}

fn summary(lines: &[Value]) -> &Value {
    &lines.last().expect("a summary")["summary"]
}

#[tokio::test]
async fn bad_rows_in_the_middle_stop_nothing() {
    let town = town().await;
    let token = lab(&town).await;
    let mut rows = Vec::new();
    for at in 0..500 {
        rows.push(lin().dose(&format!("d{at}"), "2026-01-05").to_string());
    }
    rows[100] = "{\"resourceType\":\"Immunization\"".into(); // truncated
    rows[101] = "not json at all".into();
    rows[102] = String::new(); // blank: no row
    rows[200] = lin().dose("d200", "1970-01-01").to_string(); // before birth
    rows[300] = json!({ "resourceType": "Condition", "id": "c1" }).to_string();
    rows[400] = rows[399].clone(); // a duplicate
    let body = rows.join("\n"); // no end of line at the end
    let lines = town.admit_stream(&token, NDJSON, "", body).await;
    let numbers: Vec<u64> = lines.iter().filter_map(|line| line["line"].as_u64()).collect();
    assert_eq!(numbers, [101, 102, 201, 301], "{lines:?}");
    assert_eq!(lines[3]["outcome"], "notKept");
    assert_eq!(lines[2]["issues"][0]["severity"], "error");
    let expected =
        json!({ "rows": 499, "admitted": 494, "duplicate": 1, "rejected": 3, "notKept": 1 });
    assert_eq!(summary(&lines), &expected);
    // Sent again, everything is there.
    let lines = town.admit_stream(&token, NDJSON, "?receipts=all", rows.join("\r\n")).await;
    assert_eq!(lines.len(), 500);
    assert_eq!(summary(&lines)["duplicate"], 495);
    assert_eq!(lines[0]["outcome"], "duplicate");
    assert_eq!(lines[0]["ownId"], "Immunization/d0");
}

#[tokio::test]
async fn a_correction_may_follow_in_the_same_file() {
    let town = town().await;
    let token = lab(&town).await;
    let mut rows = Vec::new();
    for at in 0..9000 {
        let mut dose = lin().dose(&format!("d{at}"), "2026-01-05");
        rows.push(dose.to_string());
        dose["lotNumber"] = json!("mended");
        dose["id"] = json!(format!("c{at}"));
        dose["extension"] = json!([{
            "url": "urn:hutong:ext:replaces",
            "valueIdentifier": { "value": format!("Immunization/d{at}") },
        }]);
        rows.push(dose.to_string());
    }
    let lines = town.admit_stream(&token, NDJSON, "", rows.join("\n")).await;
    assert_eq!(summary(&lines)["admitted"], 18_000, "{:?}", &lines[..lines.len().min(3)]);
}

#[tokio::test]
async fn a_huge_line_is_skipped_to_its_end() {
    let town = town().await;
    let token = lab(&town).await;
    let mut body = format!("{}\n", lin().dose("d1", "2026-01-05")).into_bytes();
    body.extend(std::iter::repeat_n(b'x', 3 * limits::LINE_BYTES_MAX));
    body.extend(format!("\n{}\n", lin().dose("d2", "2026-02-05")).bytes());
    body.extend(std::iter::repeat_n(b'y', limits::LINE_BYTES_MAX + 1));
    let lines = town.admit_stream(&token, NDJSON, "", body).await;
    let numbers: Vec<u64> = lines.iter().filter_map(|line| line["line"].as_u64()).collect();
    assert_eq!(numbers, [2, 4]);
    assert_eq!(lines[0]["issues"][0]["code"], "too-long");
    assert_eq!(summary(&lines)["admitted"], 2);
    assert_eq!(summary(&lines)["rejected"], 2);
}

#[tokio::test]
async fn packed_bodies_are_unpacked_and_bombs_are_not() {
    let town = town().await;
    let token = lab(&town).await;
    let rows: Vec<String> =
        (0..50).map(|at| su().dose(&format!("d{at}"), "2026-01-05").to_string()).collect();
    let plain = rows.join("\n");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(plain.as_bytes()).expect("packed");
    let zstd = zstd::bulk::compress(plain.as_bytes(), 3).expect("packed");
    for (coding, body) in [("gzip", gzip.finish().expect("packed")), ("zstd", zstd)] {
        let request = town.ask("POST", "/v1/admissions", &token).header("content-type", NDJSON);
        let request = request.header("content-encoding", coding).body(body.clone());
        let text = request.send().await.expect("an answer").text().await.expect("text");
        assert!(text.contains("\"rows\":50"), "{coding}: {text}");
        // Broken off: what came whole is kept, and the answer says that it broke off.
        let request = town.ask("POST", "/v1/admissions", &token).header("content-type", NDJSON);
        let request =
            request.header("content-encoding", coding).body(body[..body.len() / 2].to_vec());
        let text = request.send().await.expect("an answer").text().await.expect("text");
        assert!(text.contains("\"problem\""), "{coding}: {text}");
    }
    let zeros = vec![b' '; 64 * 1024 * 1024];
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    bomb.write_all(&zeros).expect("packed");
    let bomb = bomb.finish().expect("packed");
    assert!(bomb.len() < 100_000);
    let packed = |path: &str, kind: &str| {
        let request = town.ask("POST", path, &token).header("content-type", kind.to_owned());
        request.header("content-encoding", "gzip").body(bomb.clone())
    };
    let answer = reply(packed("/fhir/Immunization", "application/fhir+json")).await;
    assert_eq!(answer.status, 413, "{}", answer.body);
    let text = packed("/v1/admissions", NDJSON).send().await.expect("an answer");
    let text = text.text().await.expect("text");
    assert!(text.contains("urn:hutong:problem:too-large"), "{text}");
    let request = town.ask("POST", "/v1/admissions", &token).header("content-type", NDJSON);
    assert_eq!(reply(request.header("content-encoding", "br").body("x")).await.status, 415);
}

#[tokio::test]
async fn spreadsheets_in_gb18030_and_utf8() {
    let town = town().await;
    let token = lab(&town).await;
    let person = su();
    let sheet = format!(
        "记录编号,姓名,证件类型,证件号码,疫苗名称,接种日期,剂次,批号\n\
         r1,{name},居民身份证,{number},新型冠状病毒灭活疫苗,2021-05-26,1,A1\n\
         r2,{name},居民身份证,{wrong},新型冠状病毒灭活疫苗,2021-06-26,2,A2\n\
         r3,{name},居民身份证,{number},新型冠状病毒灭活疫苗,2021-07-26,3,A3\n",
        name = person.name,
        number = person.number,
        wrong = "440103199307021280",
    );
    let (gb, _, _) = encoding_rs::GB18030.encode(&sheet);
    let lines = town.admit_stream(&token, "text/csv", "", gb.into_owned()).await;
    assert_eq!(summary(&lines)["admitted"], 2, "{lines:?}");
    assert_eq!(lines[0]["line"], 3, "{lines:?}");
    assert_eq!(lines[0]["outcome"], "rejected");
    let lines = town.admit_stream(&token, "text/csv; charset=utf-8", "", sheet).await;
    assert_eq!(summary(&lines)["duplicate"], 2, "{lines:?}");
    // Not a spreadsheet, no headings, nothing at all: said in the last line.
    for body in ["", "a,b\n1,2\n"] {
        let lines = town.admit_stream(&token, "text/csv", "", body).await;
        assert_eq!(lines.last().expect("a line")["problem"]["status"], 422, "{lines:?}");
    }
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    let lines = town.admit_stream(&token, kind, "", "not a workbook").await;
    assert_eq!(lines.last().expect("a line")["problem"]["status"], 422, "{lines:?}");
}

#[tokio::test]
async fn what_was_admitted_stays_when_the_sender_goes_away() {
    let town = town().await;
    let token = lab(&town).await;
    let (send, body) = tokio::sync::mpsc::channel::<Result<String, std::io::Error>>(1);
    let stream = futures::stream::unfold(body, |mut body| async move {
        body.recv().await.map(|piece| (piece, body))
    });
    let request = town.ask("POST", "/v1/admissions", &token).header("content-type", NDJSON);
    let sending = tokio::spawn(request.body(reqwest::Body::wrap_stream(stream)).send());
    let dose = lin().dose("d1", "2026-01-05");
    send.send(Ok(format!("{dose}\n{{\"resourceType\":"))).await.expect("sent");
    let mut there = 0;
    for _ in 0..200 {
        there = town.node.store().counts().await.expect("counts").0;
        if there > 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(there, 1, "a row is admitted while the body still comes");
    send.send(Err(std::io::Error::other("gone"))).await.expect("sent");
    let _ = sending.await;
    let again = town.send_fhir(&token, "/fhir/Immunization", &dose).await;
    again.expect(200);
}

#[tokio::test]
async fn parameters_and_types_are_checked() {
    let town = town().await;
    let token = lab(&town).await;
    let ask = async |kind: &str, query: &str| {
        let path = format!("/v1/admissions{query}");
        let request = town.ask("POST", &path, &token).header("content-type", kind.to_owned());
        reply(request.body("")).await.status
    };
    assert_eq!(ask(NDJSON, "?receipts=some").await, 400);
    assert_eq!(ask(NDJSON, "?other=1").await, 400);
    assert_eq!(ask("application/pdf", "").await, 415);
    assert_eq!(ask(NDJSON, "").await, 200);
}

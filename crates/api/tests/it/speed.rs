//! How fast, on the machine at hand: `cargo test --release -p hutong-api -- --ignored --nocapture`.

use crate::common::{
    people::{Someone, resident_id},
    town,
};
use hutong_api::access::{Action, Policy};
use hutong_model::{MemberKind, Purpose};
use std::time::Instant;

const NDJSON: &str = "application/fhir+ndjson";

fn file(lines: usize) -> Vec<u8> {
    let mut body = Vec::new();
    for at in 0..lines {
        let person = at / 8;
        let order = (person % 1000) as u16;
        let born = format!(
            "19{:02}-{:02}-{:02}",
            60 + person / 1000 % 40,
            1 + person / 40_000 % 12,
            1 + person % 28
        );
        let who = Someone { name: "甲", number: resident_id("330106", &born, order), born: "" };
        let day = format!("2026-{:02}-{:02}", 1 + at % 8, 1 + at % 28);
        body.extend(who.dose(&format!("d{at}"), &day).to_string().bytes());
        body.push(b'\n');
    }
    body
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn bulk_lines_per_second() {
    let town = town().await;
    let clinic = town.admit("clinic-1", MemberKind::Clinic).await;
    let token = town.token(&clinic).await;
    let lines = 300_000;
    let body = file(lines);
    let bytes = body.len();
    for round in ["new", "again"] {
        let started = Instant::now();
        let answer = town.admit_stream(&token, NDJSON, "", body.clone()).await;
        let seconds = started.elapsed().as_secs_f64();
        println!(
            "{round}: {:.0} lines/s, {:.1} MB/s, {}",
            lines as f64 / seconds,
            bytes as f64 / seconds / 1e6,
            answer.last().expect("a summary"),
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn histories_per_second() {
    let town = town().await;
    let clinic = town.admit("clinic-1", MemberKind::Clinic).await;
    let token = town.token(&clinic).await;
    town.admit_stream(&token, NDJSON, "", file(80_000)).await;
    let who = crate::common::people::lin();
    for at in 1..=8 {
        let dose = who.dose(&format!("x{at}"), &format!("2026-0{at}-05"));
        town.send_fhir(&token, "/fhir/Immunization", &dose).await.expect(201);
    }
    let phone = town.phone(&who).await;
    let shown = serde_json::json!({ "presentation": town.show(&phone).await });
    town.post(&token, "TREAT", "/v1/grants", &shown).await.expect(201);
    let path = format!("/fhir/Immunization?patient={}", phone.person);
    let (rounds, at_once) = (300, 16);
    let started = Instant::now();
    let mut times = Vec::new();
    for _ in 0..rounds {
        let asks = (0..at_once).map(|_| async {
            let begun = Instant::now();
            town.get(&token, "TREAT", &path).await.expect(200);
            begun.elapsed().as_secs_f64() * 1000.0
        });
        times.extend(futures::future::join_all(asks).await);
    }
    let seconds = started.elapsed().as_secs_f64();
    times.sort_by(f64::total_cmp);
    println!(
        "histories: {:.0}/s, p50 {:.2} ms, p99 {:.2} ms ({at_once} at once, client on the same cores)",
        f64::from(rounds * at_once) / seconds,
        times[times.len() / 2],
        times[times.len() * 99 / 100],
    );
}

#[tokio::test]
#[ignore = "a measurement"]
async fn decisions_per_second() {
    let town = town().await;
    let clinic = town.admit("clinic-1", MemberKind::Clinic).await;
    let policy = Policy::builtin().expect("valid");
    let ask = || policy.permits(&clinic.member, Action::ReadHistory, Purpose::Treatment, false);
    let started = Instant::now();
    assert!(ask());
    println!("a first decision: {:?}", started.elapsed());
    let started = Instant::now();
    for _ in 0..1_000_000 {
        assert!(std::hint::black_box(ask()));
    }
    println!("a kept decision: {:?}", started.elapsed() / 1_000_000);
}

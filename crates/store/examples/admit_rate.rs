//! How fast the embedded store admits, and stays fast as it grows.
//! `cargo run --release -p hutong-store --example admit_rate -- 1000000`

use hutong_model::{
    Coding, Document, Entropy, EntryId, Fact, MemberId, OriginId, RegionCode, Source, Times,
    Timestamp, Vaccination, When,
};
use hutong_store::{AdmitBatch, AdmitRow, BlindKey, EmbeddedStore, Journal, KeyRing, NewFact};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Not secret at all: a counter run through a mixing function.
struct Counter(AtomicU64);
impl Entropy for Counter {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let mut x = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(x ^ (x >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}

fn row(number: u64, member: &MemberId, region: RegionCode) -> AdmitRow {
    let person = (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20) % 300_000;
    let own = OriginId::parse(&format!("dose-{number}")).expect("id");
    let at = Timestamp::from_unix_s(1_760_000_000 + (number / 1000) as i64);
    let dose = Vaccination {
        vaccine: vec![Coding::new("http://hl7.org/fhir/sid/cvx", "140")],
        dose_number: Some(1),
        series_doses: None,
        lot: Some("L20260401".into()),
        lot_expires: None,
        manufacturer: Some(Coding::text("Invented Biologicals")),
        site: None,
        route: None,
        amount: None,
        trace_code: None,
        performer: Some("Clinic of the West Lake".into()),
        vaccinator: None,
        place: None,
        not_done: false,
        not_done_reason: None,
        note: None,
        subpotent: false,
    };
    AdmitRow {
        member: member.clone(),
        region,
        admitted: at,
        person: None,
        documents: vec![
            Document::identifier("urn:example", &person.to_string()).expect("document"),
        ],
        facts: vec![NewFact {
            id: EntryId::of_record(member, &own),
            own_id: Some(own),
            source: Source::FirstHand,
            times: Times {
                performed: Some(When::instant(at, 480)),
                admitted: at,
                ..Times::default()
            },
            replaces: None,
            fact: Fact::Vaccination(dose),
        }],
        from_node: false,
    }
}

fn main() {
    let rows: u64 = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("store.sqlite");
    let entropy = Arc::new(Counter(AtomicU64::new(1)));
    let ring = KeyRing::generate(&*entropy);
    let blind = BlindKey::generate(&*entropy);
    let store = Arc::new(EmbeddedStore::open(&path, ring, blind, entropy).expect("store"));
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let member = MemberId::parse("330000.clinic-1").expect("member");
    let region = RegionCode::parse("330000").expect("region");
    const BATCH: u64 = 2_000;
    runtime.expect("runtime").block_on(async {
        let (mut next, mut worst) = (0, 0.0_f64);
        let (begin, mut mark) = (Instant::now(), Instant::now());
        let mut flying = std::collections::VecDeque::new();
        while next < rows || !flying.is_empty() {
            while next < rows && flying.len() < 4 {
                let (from, to) = (next, (next + BATCH).min(rows));
                let (store, member) = (store.clone(), member.clone());
                flying.push_back(tokio::spawn(async move {
                    let started = Instant::now();
                    let rows = (from..to).map(|n| row(n, &member, region)).collect();
                    let batch = AdmitBatch { rows, ..AdmitBatch::default() };
                    store.admit(batch).await.expect("admit");
                    started.elapsed().as_secs_f64()
                }));
                next = to;
            }
            let took = flying.pop_front().expect("in flight").await.expect("task");
            worst = worst.max(took);
            if next % 500_000 == 0 && flying.len() == 3 {
                let rate = 500_000.0 / mark.elapsed().as_secs_f64();
                println!("{next:>9} rows  {rate:>8.0}/s  slowest batch {:.0} ms", worst * 1e3);
                (mark, worst) = (Instant::now(), 0.0);
            }
        }
        let rate = rows as f64 / begin.elapsed().as_secs_f64();
        println!("{rows} rows durable, {rate:.0}/s");
    });
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let memory = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    drop(store);
    let size = std::fs::metadata(&path).map(|m| m.len()).unwrap_or(0);
    println!("{} bytes a row on disk; {memory}", size / rows);
}

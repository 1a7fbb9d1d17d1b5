//! How fast the embedded store admits, and stays fast as it grows.
//! `cargo run --release -p hutong-store --example admit_rate -- 1000000`

use hutong_model::{
    Coding, Document, Entropy, EntryId, Fact, MemberId, OriginId, RegionCode, Source, Times,
    Timestamp, Vaccination, When,
};
use hutong_store::{AdmitBatch, AdmitRow, BlindKey, EmbeddedStore, Journal, KeyRing, NewFact};
use std::io::Read;
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

/// Persons that the rows are about, at random.
const PERSONS: u64 = 300_000;

fn row(number: u64, member: &MemberId, region: RegionCode) -> AdmitRow {
    let person = (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20) % PERSONS;
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
    let (ring, blind, entropy) = keys();
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
    measure_reads(&store);
    let cpu = cpu_seconds();
    let writer = cpu.iter().find(|(name, _)| name == "store-writer").map_or(0.0, |(_, s)| *s);
    let all = cpu.iter().find(|(name, _)| name == "whole").map_or(0.0, |(_, s)| *s);
    let per_row = 1e6 / rows as f64;
    println!("CPU a row: writer {:.1} us, everything {:.1} us", writer * per_row, all * per_row);
    for (name, runs, entries) in store.index_sizes() {
        println!("index {name}: {entries} entries in {runs} runs");
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let memory = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    drop(store);
    let size = std::fs::metadata(&path).map(|m| m.len()).unwrap_or(0);
    println!("{} bytes a row on disk; {memory}", size / rows);
    let begin = Instant::now();
    let (ring, blind, entropy) = keys();
    drop(EmbeddedStore::open(&path, ring, blind, entropy).expect("store"));
    println!("opened again and closed in {:.0} ms", begin.elapsed().as_secs_f64() * 1e3);
}

/// Histories of random persons by document, one after the other.
fn measure_reads(store: &EmbeddedStore) {
    const READS: usize = 20_000;
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("runtime");
    let mut micros: Vec<f64> = Vec::with_capacity(READS);
    let mut entries = 0;
    for number in 0..READS as u64 {
        let person = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
        let document = Document::identifier("urn:example", &(person % PERSONS).to_string());
        let document = document.expect("document");
        let begin = Instant::now();
        let found = runtime.block_on(store.persons_by_documents(&[document])).expect("read");
        if let Some(person) = found[0] {
            entries += runtime.block_on(store.entries_of(&[person])).expect("read").len();
        }
        micros.push(begin.elapsed().as_secs_f64() * 1e6);
    }
    micros.sort_by(f64::total_cmp);
    println!(
        "history by document: {:.1} entries, median {:.0} us, p99 {:.0} us",
        entries as f64 / READS as f64,
        micros[READS / 2],
        micros[READS * 99 / 100]
    );
}

fn keys() -> (KeyRing, BlindKey, Arc<Counter>) {
    let fixed = Counter(AtomicU64::new(1));
    let mut seed = [0; 8];
    std::fs::File::open("/dev/urandom").and_then(|mut f| f.read_exact(&mut seed)).expect("seed");
    let entropy = Arc::new(Counter(AtomicU64::new(u64::from_le_bytes(seed))));
    (KeyRing::generate(&fixed), BlindKey::generate(&fixed), entropy)
}

/// CPU seconds of each thread of this process that still runs, by name, and of the whole (Linux).
fn cpu_seconds() -> Vec<(String, f64)> {
    const TICKS_PER_S: f64 = 100.0;
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let read = |stat: String| {
        let (head, tail) = stat.rsplit_once(')')?;
        let name = head.split_once('(')?.1.to_owned();
        let ticks = |at: usize| tail.split_whitespace().nth(at)?.parse::<f64>().ok();
        Some((name, (ticks(11)? + ticks(12)?) / TICKS_PER_S))
    };
    let stat = |path: std::path::PathBuf| std::fs::read_to_string(path).ok().and_then(read);
    let whole = stat("/proc/self/stat".into()).map(|(_, seconds)| ("whole".to_owned(), seconds));
    tasks.filter_map(|task| stat(task.path().join("stat"))).chain(whole).collect()
}

//! How fast a store admits, and stays fast as it grows.
//! `cargo run --release -p hutong-store --example admit_rate -- 1000000` measures the embedded
//! store; with the URL of an empty PostgreSQL database after the number of rows, that one.

use hutong_model::{
    Coding, Document, Entropy, EntryId, Fact, MemberId, OriginId, RegionCode, Source, Times,
    Timestamp, Vaccination, When,
};
use hutong_store::{
    AdmitBatch, AdmitRow, BlindKey, EmbeddedStore, KeyRing, NewFact, PostgresStore, Store,
};
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
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("runtime");
    match std::env::args().nth(2) {
        Some(url) => runtime.block_on(postgres(rows, &url)),
        None => embedded(rows, &runtime),
    }
}

fn embedded(rows: u64, runtime: &tokio::runtime::Runtime) {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("store.sqlite");
    let (ring, blind, entropy) = keys();
    let store = Arc::new(EmbeddedStore::open(&path, ring, blind, entropy).expect("store"));
    runtime.block_on(async {
        admit_rows(store.clone(), rows).await;
        measure_reads(&*store).await;
        admit_single(store.clone(), rows).await;
    });
    print_cpu(rows);
    for (name, runs, entries) in store.index_sizes() {
        println!("index {name}: {entries} entries in {runs} runs");
    }
    drop(store);
    let size = std::fs::metadata(&path).map(|m| m.len()).unwrap_or(0);
    println!("{} bytes a row on disk; {}", size / rows, memory());
    let begin = Instant::now();
    let (ring, blind, entropy) = keys();
    drop(EmbeddedStore::open(&path, ring, blind, entropy).expect("store"));
    println!("opened again and closed in {:.0} ms", begin.elapsed().as_secs_f64() * 1e3);
}

async fn postgres(rows: u64, url: &str) {
    let (ring, blind, entropy) = keys();
    let store = PostgresStore::open(url, ring, blind, entropy).await.expect("store");
    let store = Arc::new(store);
    admit_rows(store.clone(), rows).await;
    measure_reads(&*store).await;
    measure_reads_at_once(store.clone()).await;
    admit_single(store.clone(), rows).await;
    print_cpu(rows);
    let (client, wire) =
        tokio_postgres::connect(url, tokio_postgres::NoTls).await.expect("connected");
    tokio::spawn(async move { drop(wire.await) });
    let sizes = "SELECT c.relname, c.relkind::text, pg_relation_size(c.oid) FROM pg_class AS c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'i')
            AND pg_relation_size(c.oid) > 1000000
        ORDER BY c.relname";
    for row in client.query(sizes, &[]).await.expect("sizes") {
        let (name, kind, bytes): (&str, &str, i64) = (row.get(0), row.get(1), row.get(2));
        println!("{kind} {name}: {:.1} bytes a dose", bytes as f64 / rows as f64);
    }
    let total = "SELECT pg_total_relation_size('entry')::bigint, (SELECT head FROM journal)";
    let row = client.query_one(total, &[]).await.expect("size");
    let (bytes, entries): (i64, i64) = (row.get(0), row.get(1));
    println!("{} bytes an entry, indexes included; {}", bytes / entries.max(1), memory());
}

async fn admit_rows(store: Arc<dyn Store>, rows: u64) {
    const BATCH: u64 = 2_000;
    let member = MemberId::parse("330000.clinic-1").expect("member");
    let region = RegionCode::parse("330000").expect("region");
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
}

/// Rows that come one at a time, from many callers at once: after the first `rows` ones.
async fn admit_single(store: Arc<dyn Store>, rows: u64) {
    const CALLERS: u64 = 64;
    const EACH: u64 = 200;
    let member = MemberId::parse("330000.clinic-1").expect("member");
    let region = RegionCode::parse("330000").expect("region");
    let begin = Instant::now();
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let (store, member) = (store.clone(), member.clone());
            tokio::spawn(async move {
                for number in 0..EACH {
                    let rows = vec![row(rows + caller * EACH + number, &member, region)];
                    let batch = AdmitBatch { rows, ..AdmitBatch::default() };
                    store.admit(batch).await.expect("admit");
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.expect("task");
    }
    let rate = (CALLERS * EACH) as f64 / begin.elapsed().as_secs_f64();
    println!("one row at a time, {CALLERS} callers at once: {rate:.0}/s");
}

/// The history of a person at random, by document: how many entries.
async fn history(store: &dyn Store, number: u64) -> usize {
    let person = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    let document = Document::identifier("urn:example", &(person % PERSONS).to_string());
    let found = store.persons_by_documents(&[document.expect("document")]).await.expect("read");
    match found[0] {
        Some(person) => store.entries_of(&[person]).await.expect("read").len(),
        None => 0,
    }
}

const READS: usize = 20_000;

/// Histories of random persons by document, one after the other.
async fn measure_reads(store: &dyn Store) {
    let mut micros: Vec<f64> = Vec::with_capacity(READS);
    let mut entries = 0;
    for number in 0..READS as u64 {
        let begin = Instant::now();
        entries += history(store, number).await;
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

/// The same, sixteen at once.
async fn measure_reads_at_once(store: Arc<dyn Store>) {
    const READERS: u64 = 16;
    let begin = Instant::now();
    let readers: Vec<_> = (0..READERS)
        .map(|reader| {
            let store = store.clone();
            tokio::spawn(async move {
                for number in (reader..READS as u64).step_by(READERS as usize) {
                    history(&*store, number).await;
                }
            })
        })
        .collect();
    for reader in readers {
        reader.await.expect("task");
    }
    let rate = READS as f64 / begin.elapsed().as_secs_f64();
    println!("histories by document, {READERS} readers at once: {rate:.0}/s");
}

fn print_cpu(rows: u64) {
    let cpu = cpu_seconds();
    let writer = cpu.iter().find(|(name, _)| name == "store-writer").map_or(0.0, |(_, s)| *s);
    let all = cpu.iter().find(|(name, _)| name == "whole").map_or(0.0, |(_, s)| *s);
    let per_row = 1e6 / rows as f64;
    println!("CPU a row: writer {:.1} us, everything {:.1} us", writer * per_row, all * per_row);
}

fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default().to_owned()
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

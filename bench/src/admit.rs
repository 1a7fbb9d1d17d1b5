//! `bench admit`: records from FHIR text to receipt, each on disk.

use crate::{
    Options,
    doses::{self, Text},
    figures::Report,
    local, rates, raw,
    server::{self, Server},
};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use hutong_fhir::{ReadContext, read_line};
use hutong_model::{MemberId, Timestamp};
use std::{hint::black_box, path::Path, time::Instant};

/// How often everything is measured; the middle one counts.
const ROUNDS: usize = 3;
/// Senders at once.
const SENDERS: u64 = 8;
/// What two FHIR servers that were measured on this kind of machine do: the better of each.
const PEER_RATE: f64 = 1_100.0;
const PEER_CPU_US: f64 = 900.0;
const PEER_BYTES: f64 = 5_000.0;
const PEER: &str = "the better of two FHIR servers measured on this kind of machine";

/// Runs the benchmark.
pub fn run(options: &Options) -> Report {
    let mut report = Report::new("admit");
    let texts = doses::texts(SENDERS, options.records);
    let sent = texts[0].bytes_of_a_dose();
    let (mut served, mut here) = (Vec::new(), Vec::new());
    let mut limits = [(Vec::new(), "sent"), (Vec::new(), "kept")];
    // In turns, for the machine is not equally fast all the time.
    for _ in 0..ROUNDS {
        served.push(over_http(&texts));
        here.push(local::admit(&texts));
        let kept = served[0].body_bytes;
        for ((limits, _), bytes) in limits.iter_mut().zip([sent, kept]) {
            limits.push(Limit::measure(&texts[0], bytes, options.records));
        }
    }
    let served = middle(served, |served| served.rate);
    let here = middle(here, |rate| *rate);
    for (limits, of) in limits {
        let limit = middle(limits, Limit::rate);
        let of = format!("the {} bytes {of}", limit.bytes);
        beside_limit(&mut report, &limit, served.rate, here, &of);
    }
    report.add("admitted over HTTP, against peers", served.rate, "records/s", PEER, PEER_RATE);
    report.add("CPU of the server", served.cpu_us, "µs/record", PEER, PEER_CPU_US);
    report.add("disk", served.disk_bytes, "bytes/record", PEER, PEER_BYTES);
    report
}

/// The one in the middle, by rate.
fn middle<T>(mut all: Vec<T>, rate: impl Fn(&T) -> f64) -> T {
    all.sort_by(|a, b| rate(a).total_cmp(&rate(b)));
    all.swap_remove(all.len() / 2)
}

/// The rates beside what the parts of the work cost at least, for rows of so many bytes.
fn beside_limit(report: &mut Report, limit: &Limit, served: f64, here: f64, of: &str) {
    let unit = "records/s";
    let sum = format!("CPU-bound sum of parse, seal and raw append of {of}");
    report.add("admitted over HTTP, text to receipt", served, unit, &sum, limit.rate());
    report.add("admitted by the node itself, without HTTP", here, unit, &sum, limit.rate());
    let raw = format!("SQLite, rows of {of} by sequence");
    report.add("admitted over HTTP, text to receipt", served, unit, &raw, limit.by_sequence);
    let raw = format!("SQLite, rows of {of} by random person");
    report.add("admitted over HTTP, text to receipt", served, unit, &raw, limit.by_person);
    let all = limit.parse_us + limit.seal_us + limit.append_us;
    let unit = "µs/record";
    report.add("of the sum: parsing", limit.parse_us, unit, &sum, all);
    report.add("of the sum: sealing", limit.seal_us, unit, &sum, all);
    report.add("of the sum: raw append", limit.append_us, unit, &sum, all);
}

struct Served {
    rate: f64,
    cpu_us: f64,
    disk_bytes: f64,
    /// Bytes of a dose as it lies in the store.
    body_bytes: usize,
}

/// Sends everything, every sender a member of its own.
fn over_http(texts: &[Text]) -> Served {
    let server = Server::start();
    let member = |at: usize| format!("000000.clinic-{at}");
    let tokens: Vec<String> =
        (0..texts.len()).map(|at| server.token(&member(at), "clinic")).collect();
    let (address, begin, spent) = (server.address, Instant::now(), server.cpu());
    std::thread::scope(|scope| {
        for (text, token) in texts.iter().zip(&tokens) {
            scope.spawn(move || {
                let answer = server::admit(address, token, &text.bytes);
                check(&answer, text);
            });
        }
    });
    let (took, cpu) = (begin.elapsed().as_secs_f64(), server.cpu() - spent);
    let records = texts.iter().map(|text| text.records).sum::<u64>() as f64;
    let store = server.store();
    let folder = server.stop();
    let disk_bytes = std::fs::metadata(&store).expect("store").len() as f64 / records;
    let body_bytes = body_bytes(&store);
    drop(folder);
    let cpu_us = cpu.as_secs_f64() * 1e6 / records;
    Served { rate: records / took, cpu_us, disk_bytes, body_bytes }
}

/// Every line must have been admitted.
fn check(answer: &[u8], text: &Text) {
    let from = answer.len().saturating_sub(400);
    let end = String::from_utf8_lossy(&answer[from..]);
    let expected = format!("\"admitted\":{}", text.persons + text.records);
    assert!(end.contains(&expected), "not all were admitted: {end}");
}

fn body_bytes(store: &Path) -> usize {
    let db = rusqlite::Connection::open(store).expect("store");
    let sql = "SELECT avg(length(body)) FROM (SELECT body FROM entry ORDER BY seq DESC LIMIT 1000)";
    db.query_row(sql, [], |row| row.get::<_, f64>(0)).expect("bytes") as usize
}

/// What a record costs at least, one thing after the other on one core.
struct Limit {
    /// Bytes of a row.
    bytes: usize,
    parse_us: f64,
    seal_us: f64,
    append_us: f64,
    by_sequence: f64,
    by_person: f64,
}

impl Limit {
    fn measure(text: &Text, bytes: usize, rows: u64) -> Self {
        let doses = text.bytes.split(|b| *b == b'\n').skip(text.persons as usize);
        let doses: Vec<&[u8]> = doses.take(1000).collect();
        let context = ReadContext::new(
            MemberId::parse("330000.clinic-1").expect("member"),
            Timestamp::from_unix_s(1_760_000_000),
        );
        let key = UnboundKey::new(&AES_256_GCM, &[7; 32]).expect("key");
        let (key, mut body) = (LessSafeKey::new(key), vec![3; bytes]);
        let mut at = 0;
        let [parse, seal] = rates::rates([
            &mut || {
                at = (at + 1) % doses.len();
                black_box(read_line(black_box(doses[at]), 1, &context));
            },
            &mut || {
                let nonce = Nonce::assume_unique_for_key([1; 12]);
                let bound = Aad::from([0_u8; 56]);
                let tag = key.seal_in_place_separate_tag(nonce, bound, black_box(&mut body));
                let _ = black_box(tag.expect("seal"));
            },
        ]);
        let folder = tempfile::tempdir().expect("folder");
        let (by_sequence, cpu_s) = raw::append(folder.path(), raw::Key::Sequence, rows, bytes);
        let (by_person, _) = raw::append(folder.path(), raw::Key::Person, rows, bytes);
        let append_us = cpu_s * 1e6;
        Self {
            bytes,
            parse_us: 1e6 / parse,
            seal_us: 1e6 / seal,
            append_us,
            by_sequence,
            by_person,
        }
    }

    fn rate(&self) -> f64 {
        1e6 / (self.parse_us + self.seal_us + self.append_us)
    }
}

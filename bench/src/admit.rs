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
    let served = over_http(&texts);
    let here = local::admit(&texts);
    let limit = Limit::measure(&texts[0], served.body_bytes, options.records);

    let beside = "CPU-bound sum of parse, seal and raw append";
    report.add(
        "admitted over HTTP, text to receipt",
        served.rate,
        "records/s",
        beside,
        limit.rate(),
    );
    report.add(
        "admitted by the node itself, without HTTP",
        here,
        "records/s",
        beside,
        limit.rate(),
    );
    let what = "admitted over HTTP, against the raw engine";
    let beside = "SQLite, rows of the same bytes by sequence";
    report.add(what, served.rate, "records/s", beside, limit.by_sequence);
    let beside = "SQLite, rows of the same bytes by random person";
    report.add(what, served.rate, "records/s", beside, limit.by_person);
    report.add("admitted over HTTP, against peers", served.rate, "records/s", PEER, PEER_RATE);
    report.add("CPU of the server", served.cpu_us, "µs/record", PEER, PEER_CPU_US);
    report.add("disk", served.disk_bytes, "bytes/record", PEER, PEER_BYTES);
    let beside = "all of them";
    let sum = limit.parse_us + limit.seal_us + limit.append_us;
    report.add("of the sum: parsing", limit.parse_us, "µs/record", beside, sum);
    report.add("of the sum: sealing", limit.seal_us, "µs/record", beside, sum);
    report.add("of the sum: raw append", limit.append_us, "µs/record", beside, sum);
    report
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
    parse_us: f64,
    seal_us: f64,
    append_us: f64,
    by_sequence: f64,
    by_person: f64,
}

impl Limit {
    fn measure(text: &Text, body_bytes: usize, rows: u64) -> Self {
        let doses = text.bytes.split(|b| *b == b'\n').skip(text.persons as usize);
        let doses: Vec<&[u8]> = doses.take(1000).collect();
        let context = ReadContext::new(
            MemberId::parse("330000.clinic-1").expect("member"),
            Timestamp::from_unix_s(1_760_000_000),
        );
        let key = UnboundKey::new(&AES_256_GCM, &[7; 32]).expect("key");
        let (key, mut body) = (LessSafeKey::new(key), vec![3; body_bytes]);
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
        let (by_sequence, cpu_s) = raw::append(folder.path(), raw::Key::Sequence, rows, body_bytes);
        let (by_person, _) = raw::append(folder.path(), raw::Key::Person, rows, body_bytes);
        let append_us = cpu_s * 1e6;
        Self { parse_us: 1e6 / parse, seal_us: 1e6 / seal, append_us, by_sequence, by_person }
    }

    fn rate(&self) -> f64 {
        1e6 / (self.parse_us + self.seal_us + self.append_us)
    }
}

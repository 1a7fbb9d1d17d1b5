//! `bench admit`: records from FHIR text to receipt, each on disk.

use crate::{
    Options, copy,
    doses::{self, Sender},
    figures::Report,
    fill::{self, SENDERS},
    local, rates, raw,
    server::{self, Server},
    stores::{Postgres, Store},
    system,
};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use hutong_fhir::{ReadContext, read_line};
use hutong_model::{MemberId, Timestamp};
use std::{hint::black_box, path::Path, time::Instant};

/// How often everything is measured; the middle one counts.
const ROUNDS: u64 = 3;
/// Bytes that are sent at once.
const CHUNK_BYTES: usize = 256 * 1024;
/// What two FHIR servers that were measured on this kind of machine do: the better of each.
const PEER_RATE: f64 = 1_100.0;
const PEER_CPU_US: f64 = 900.0;
const PEER_BYTES: f64 = 5_000.0;
const PEER: &str = "the better of two FHIR servers measured on this kind of machine";
/// Bytes of a record on disk that are not to be passed.
const DISK_BYTES_MAX: f64 = 300.0;

/// Runs the benchmark.
pub fn run(options: &Options) -> Report {
    let mut report = Report::new("admit");
    let store = Store::named(options.store.as_deref());
    let server = Server::start(&store);
    fill::fill(&server, options.records);
    let lying = format!("{}, {} records lie there: ", store.name(), options.records);
    // Rounds alike, and in turns with what they are compared with, for the machine is not equally
    // fast all the time.
    let rounds: Vec<Round> =
        (0..ROUNDS).map(|round| Round::measure(&server, &store, options, round)).collect();
    let limits = rounds.iter().flat_map(|round| round.limits.iter()).collect();
    let here: Vec<f64> = rounds.iter().filter_map(|round| round.here).collect();
    let served = middle(rounds.iter().collect(), |round| round.rate);
    let cpu_us = served.cpu_us;
    let what = format!("{lying}admitted over HTTP, text to receipt");
    beside_limits(&mut report, limits, &what, served.rate, here);
    report.add(&what, served.rate, "records/s", PEER, PEER_RATE);
    report.add(&format!("{lying}CPU of the server"), cpu_us, "µs/record", PEER, PEER_CPU_US);
    let after = format!("{lying}CPU of counting and seeing to tasks afterwards");
    report.add(&after, server.catch_up(), "µs/record", PEER, PEER_CPU_US);
    let what = format!("{lying}memory of the server at most");
    report.add(&what, server.memory() / 1e6, "MB", "of the machine", system::memory() / 1e6);
    let records = (options.records + ROUNDS * options.sent) as f64;
    let disk_bytes = match &store {
        Store::Embedded => {
            let path = server.store();
            let _folder = server.stop();
            std::fs::metadata(path).expect("store").len() as f64
        }
        Store::Postgres(postgres) => {
            drop(server.stop());
            let (bytes, copied) = on_postgres(postgres, options.sent);
            let what = format!("{lying}admitted over HTTP, text to receipt");
            let beside = "COPY of the same rows into the same table, 16,384 at a time";
            report.add(&what, served.rate, "records/s", beside, copied);
            bytes
        }
    } / records;
    let what = format!("{lying}disk, persons and indexes included");
    report.add(&what, disk_bytes, "bytes/record", PEER, PEER_BYTES);
    report.add(&what, disk_bytes, "bytes/record", "the most it may be", DISK_BYTES_MAX);
    report
}

/// Bytes of the database, and rows a second of COPY.
fn on_postgres(postgres: &Postgres, rows: u64) -> (f64, f64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("runtime").block_on(async {
        let bytes = postgres.bytes().await;
        (bytes, copy::rate(postgres, rows).await)
    })
}

/// The one in the middle, by rate.
fn middle<T>(mut all: Vec<T>, rate: impl Fn(&T) -> f64) -> T {
    all.sort_by(|a, b| rate(a).total_cmp(&rate(b)));
    let at = all.len() / 2;
    all.swap_remove(at)
}

/// The rates beside what the parts of the work cost at least, for the bytes sent and for the bytes
/// kept.
fn beside_limits(
    report: &mut Report,
    mut limits: Vec<&Limit>,
    what: &str,
    served: f64,
    here: Vec<f64>,
) {
    limits.sort_by_key(|limit| limit.of);
    let per_kind = ROUNDS as usize;
    let here = (!here.is_empty()).then(|| middle(here, |rate| *rate));
    for same in limits.chunks(per_kind) {
        let limit = middle(same.to_vec(), |limit| limit.rate());
        let of = format!("the {} bytes {}", limit.bytes, limit.of);
        beside_limit(report, limit, what, served, here, &of);
    }
}

fn beside_limit(
    report: &mut Report,
    limit: &Limit,
    what: &str,
    served: f64,
    here: Option<f64>,
    of: &str,
) {
    let unit = "records/s";
    let sum = format!("CPU-bound sum of parse, seal and raw append of {of}");
    report.add(what, served, unit, &sum, limit.rate());
    if let Some(here) = here {
        report.add("admitted by the node itself, text to receipt", here, unit, &sum, limit.rate());
    }
    let raw = format!("SQLite, rows of {of} by sequence");
    report.add(what, served, unit, &raw, limit.by_sequence);
    let raw = format!("SQLite, rows of {of} by random person");
    report.add(what, served, unit, &raw, limit.by_person);
    let all = limit.parse_us + limit.seal_us + limit.append_us;
    let unit = "µs/record";
    report.add("of the sum: parsing", limit.parse_us, unit, &sum, all);
    report.add("of the sum: sealing", limit.seal_us, unit, &sum, all);
    report.add("of the sum: raw append", limit.append_us, unit, &sum, all);
}

/// What one round has shown.
struct Round {
    /// Records per second over HTTP.
    rate: f64,
    cpu_us: f64,
    /// Records per second of the node itself, where it was measured.
    here: Option<f64>,
    limits: Vec<Limit>,
}

impl Round {
    /// Sends so many doses, of persons that no other round tells of and that are known before the
    /// doses come.
    fn measure(server: &Server, store: &Store, options: &Options, round: u64) -> Self {
        let persons = |records: u64| {
            doses::senders(SENDERS, 0, records).iter().map(|sender| sender.persons).sum::<u64>()
        };
        let first = persons(options.records) + round * persons(options.sent);
        let senders = doses::senders(SENDERS, first, options.sent);
        let texts: Vec<Vec<u8>> =
            senders.iter().map(|sender| sender.doses().flatten().collect()).collect();
        let (rate, cpu_us) = over_http(server, &senders, &texts);
        let embedded = matches!(store, Store::Embedded);
        let alone = embedded && options.records == 0;
        let here = alone.then(|| local::admit(&senders, &texts));
        let limits = if embedded { limits(server, &senders[0], options.sent) } else { Vec::new() };
        Self { rate, cpu_us, here, limits }
    }
}

/// What a record costs at least, for the bytes sent and for the bytes kept.
fn limits(server: &Server, sender: &Sender, rows: u64) -> Vec<Limit> {
    let kept = body_bytes(&server.store());
    let bytes = [("sent", sender.bytes_of_a_dose()), ("kept", kept)];
    bytes.into_iter().map(|(of, bytes)| Limit::measure(sender, of, bytes, rows)).collect()
}

/// Sends everything, every sender a member of its own: records per second, and microseconds of the
/// server's CPU time each.
fn over_http(server: &Server, senders: &[Sender], texts: &[Vec<u8>]) -> (f64, f64) {
    let tokens = fill::tokens(server);
    fill::patients(server, &tokens, senders);
    let (begin, spent) = (Instant::now(), server.cpu());
    std::thread::scope(|scope| {
        for ((sender, text), token) in senders.iter().zip(texts).zip(&tokens) {
            scope.spawn(move || {
                let chunks = text.chunks(CHUNK_BYTES);
                let answer = server::admit(server.address, token, true, chunks);
                server::check(&answer, sender.records());
            });
        }
    });
    let (took, cpu) = (begin.elapsed().as_secs_f64(), server.cpu() - spent);
    let records = senders.iter().map(Sender::records).sum::<u64>() as f64;
    (records / took, cpu.as_secs_f64() * 1e6 / records)
}

fn body_bytes(store: &Path) -> usize {
    let db = rusqlite::Connection::open(store).expect("store");
    let sql = "SELECT avg(length(body)) FROM (SELECT body FROM entry ORDER BY seq DESC LIMIT 1000)";
    db.query_row(sql, [], |row| row.get::<_, f64>(0)).expect("bytes") as usize
}

/// What a record costs at least, one thing after the other on one core.
struct Limit {
    /// Which bytes: `sent` or `kept`.
    of: &'static str,
    /// Bytes of a row.
    bytes: usize,
    parse_us: f64,
    seal_us: f64,
    append_us: f64,
    by_sequence: f64,
    by_person: f64,
}

impl Limit {
    fn measure(sender: &Sender, of: &'static str, bytes: usize, rows: u64) -> Self {
        let text: Vec<u8> = sender.doses().take(1).flatten().collect();
        let doses: Vec<&[u8]> = text.split(|b| *b == b'\n').filter(|l| !l.is_empty()).collect();
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
            of,
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

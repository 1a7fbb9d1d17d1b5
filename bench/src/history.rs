//! `bench history`: what a person's records cost to ask for. Every answer has been recorded as an
//! access, on disk, before it is given.

use crate::{
    Options, doses,
    figures::Report,
    load::{self, Answers, Pace, Question},
    rates, raw,
    server::{self, Server},
};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use std::{
    collections::{HashMap, HashSet},
    hint::black_box,
    path::Path,
    sync::Arc,
    time::Duration,
};

/// Senders that fill the store.
const SENDERS: u64 = 8;
/// Connections that ask.
const CONNECTIONS: usize = 16;
/// Connections where flushes of the disk, which many accesses share, are the bound.
const MANY: usize = 64;
/// Questions per second at moderate load.
const MODERATE: f64 = 1_000.0;
/// Persons that are asked about at most.
const PERSONS_MAX: usize = 100_000;
/// `Immunization?patient=` of the better of two FHIR servers measured on this kind of machine.
const PEER: &str = "the better of two FHIR servers measured on this kind of machine";
const PEER_RATE: f64 = 1_050.0;
const PEER_P99_MS: f64 = 50.0;
const PEER_CPU_US: f64 = 1_400.0;

/// What is asked: name, path around the person's id, what every answer holds.
const QUESTIONS: [(&str, (&str, &str), &str); 2] = [
    ("Immunization?patient=", ("/fhir/Immunization?patient=", ""), "\"total\":10"),
    ("Patient/$everything", ("/fhir/Patient/", "/$everything"), "\"total\":11"),
];

/// Runs the benchmark.
pub fn run(options: &Options) -> Report {
    let mut report = Report::new("history");
    let server = Server::start();
    let persons = fill(&server, options.records);
    let flush = raw::flush(server.store().parent().expect("folder"));
    let mut cpu_us = 0.0;
    for (name, path, holds) in QUESTIONS {
        let ask = |connections, steady| {
            let token = server.token("000000.department", "department");
            let (address, persons) = (server.address, persons.clone());
            let question = Question { address, token, path, persons, holds };
            let pace = Pace { connections, steady, seconds: options.seconds };
            let spent = server.cpu();
            let answers = load::run(question, pace);
            let cpu = (server.cpu() - spent).as_secs_f64() * 1e6 / answers.took.len() as f64;
            (answers, cpu)
        };
        ask(CONNECTIONS, None); // fills caches
        let (few, cpu) = ask(CONNECTIONS, None);
        loaded(&mut report, name, CONNECTIONS, &few, cpu);
        let (many, cpu) = ask(MANY, None);
        loaded(&mut report, name, MANY, &many, cpu);
        let (moderate, _) = ask(CONNECTIONS, Some(MODERATE));
        at_moderate_load(&mut report, name, &moderate, flush);
        if cpu_us == 0.0 {
            cpu_us = cpu;
        }
    }
    let store = server.store();
    let folder = server.stop();
    let bare_us = bare(&store);
    drop(folder);
    let beside = "a prepared SELECT of the same rows and opening them, alone on a core";
    report.add("CPU of the server for Immunization?patient=", cpu_us, "µs/query", beside, bare_us);
    report
}

fn loaded(report: &mut Report, name: &str, connections: usize, answers: &Answers, cpu_us: f64) {
    let figure = |what: &str| format!("{name}, {connections} connections: {what}");
    report.add(&figure("answers"), answers.rate, "/s", PEER, PEER_RATE);
    report.add(&figure("half within"), answers.ms(0.5), "ms", PEER, PEER_P99_MS);
    report.add(&figure("99 % within"), answers.ms(0.99), "ms", PEER, PEER_P99_MS);
    report.add(&figure("CPU of the server"), cpu_us, "µs/query", PEER, PEER_CPU_US);
}

fn at_moderate_load(report: &mut Report, name: &str, answers: &Answers, flush: [Duration; 2]) {
    let [half, worst] = flush.map(|time| time.as_secs_f64() * 1e3);
    let figure = |what: &str| format!("{name}, {MODERATE}/s: {what}");
    let beside = "one flush of this disk, the same share";
    report.add(&figure("half within"), answers.ms(0.5), "ms", beside, half);
    report.add(&figure("99 % within"), answers.ms(0.99), "ms", beside, worst);
}

/// Admits the records over HTTP; the persons' ids, from the receipts.
fn fill(server: &Server, records: u64) -> Arc<[String]> {
    let texts = doses::texts(SENDERS, records);
    let mut persons = HashSet::new();
    std::thread::scope(|scope| {
        let senders = texts.iter().enumerate().map(|(at, text)| {
            let token = server.token(&format!("000000.clinic-{at}"), "clinic");
            scope.spawn(move || server::admit(server.address, &token, &text.bytes))
        });
        for sender in senders.collect::<Vec<_>>() {
            let answer = sender.join().expect("sender");
            for part in String::from_utf8_lossy(&answer).split("\"person\":\"").skip(1) {
                if persons.len() < PERSONS_MAX {
                    persons.insert(part[..32].to_owned());
                }
            }
        }
    });
    // The order of a set of random ids is random.
    persons.into_iter().collect()
}

/// Microseconds of selecting and opening as many rows of the same bytes as a person has, nothing
/// else done: no index of persons, no decoding, no answer, no record of the access.
fn bare(store: &Path) -> f64 {
    let db = rusqlite::Connection::open(store).expect("store");
    let places = places(&db);
    let key = UnboundKey::new(&AES_256_GCM, &[7; 32]).expect("key");
    let key = LessSafeKey::new(key);
    let nonce = || Nonce::assume_unique_for_key([1; 12]);
    // The rows were sealed with a key that is not here: bytes of the same length are opened.
    let mut sealed = vec![3; 64 * 1024];
    let mut select = db.prepare("SELECT body FROM entry WHERE seq = ?1").expect("select");
    let mut at = 0;
    let [rate] = rates::rates([&mut || {
        at = (at + 1) % places.len();
        for seq in &places[at] {
            let body: Vec<u8> = select.query_row([seq], |row| row.get(0)).expect("row");
            let bytes = &mut sealed[..body.len() - 32];
            // Opening and sealing are the same work, and sealing always succeeds.
            let bound = Aad::from([0_u8; 56]);
            let tag = key.seal_in_place_separate_tag(nonce(), bound, black_box(bytes));
            let _ = black_box(tag.expect("seal"));
        }
    }]);
    1e6 / rate
}

/// Where the rows of some persons lie, person by person.
fn places(db: &rusqlite::Connection) -> Vec<Vec<i64>> {
    let mut places: HashMap<[u8; 16], Vec<i64>> = HashMap::new();
    let mut all = db.prepare("SELECT person, seq FROM entry").expect("select");
    let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
    for row in rows {
        let (person, seq) = row.expect("row");
        places.entry(person).or_default().push(seq);
    }
    places.into_values().take(PERSONS_MAX).collect()
}

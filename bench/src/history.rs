//! `bench history`: what a person's records cost to ask for. Every answer has been recorded as an
//! access, on disk, before it is given.

use crate::{
    Options,
    figures::Report,
    fill,
    load::{self, Answers, Pace, Question},
    rates, raw, select,
    server::Server,
    stores::Store,
    system,
};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use std::{collections::HashMap, hint::black_box, path::Path, time::Duration};

/// Connections that ask.
const CONNECTIONS: usize = 16;
/// Connections where flushes of the disk, which many accesses share, are the bound.
const MANY: usize = 64;
/// Questions per second at moderate load.
const MODERATE: f64 = 1_000.0;
/// Persons whose rows are selected from the file alone, at most.
const PERSONS_MAX: usize = 20_000;
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
    let store = Store::named(options.store.as_deref());
    let server = Server::start(&store);
    let persons = fill::fill(&server, options.records);
    server.catch_up();
    let flush = raw::flush(server.store().parent().expect("folder"));
    let (mut cpu_us, mut first) = (0.0, None);
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
        first.get_or_insert(few);
        let (many, cpu) = ask(MANY, None);
        loaded(&mut report, name, MANY, &many, cpu);
        let (moderate, _) = ask(CONNECTIONS, Some(MODERATE));
        at_moderate_load(&mut report, name, &moderate, flush);
        if cpu_us == 0.0 {
            cpu_us = cpu;
        }
    }
    let what = format!("memory of the server at most, {} records", options.records);
    report.add(&what, server.memory() / 1e6, "MB", "of the machine", system::memory() / 1e6);
    let path = server.store();
    let folder = server.stop();
    match (&store, first) {
        (Store::Embedded, _) => {
            let bare_us = bare(&path, &persons);
            let what = "CPU of the server for Immunization?patient=";
            let beside = "a prepared SELECT of the same rows and opening them, alone on a core";
            report.add(what, cpu_us, "µs/query", beside, bare_us);
        }
        (Store::Postgres(postgres), Some(few)) => {
            let alone = select::run(postgres, &persons, CONNECTIONS, options.seconds);
            beside_select(&mut report, &few, &alone);
        }
        (Store::Postgres(_), None) => {}
    }
    drop(folder);
    report
}

fn beside_select(report: &mut Report, answers: &Answers, alone: &Answers) {
    let (name, ..) = QUESTIONS[0];
    let figure = |what: &str| format!("{name}, {CONNECTIONS} connections: {what}");
    let beside = "a prepared SELECT of the same rows, by the same driver, as many connections";
    report.add(&figure("answers"), answers.rate, "/s", beside, alone.rate);
    report.add(&figure("half within"), answers.ms(0.5), "ms", beside, alone.ms(0.5));
    report.add(&figure("99 % within"), answers.ms(0.99), "ms", beside, alone.ms(0.99));
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

/// Microseconds of selecting and opening as many rows of the same bytes as a person has, nothing
/// else done: no index of persons, no decoding, no answer, no record of the access.
fn bare(store: &Path, persons: &[String]) -> f64 {
    let db = rusqlite::Connection::open(store).expect("store");
    let places = places(&db, persons);
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

/// Where the rows of some of these persons lie, person by person.
fn places(db: &rusqlite::Connection, persons: &[String]) -> Vec<Vec<i64>> {
    let some = persons.iter().take(PERSONS_MAX);
    let mut places: HashMap<[u8; 16], Vec<i64>> = some
        .map(|person| {
            let id = u128::from_str_radix(person, 16).expect("an id");
            (id.to_be_bytes(), Vec::new())
        })
        .collect();
    let mut all = db.prepare("SELECT person, seq FROM entry").expect("select");
    let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
    for row in rows {
        let (person, seq): ([u8; 16], i64) = row.expect("row");
        if let Some(places) = places.get_mut(&person) {
            places.push(seq);
        }
    }
    places.into_values().collect()
}

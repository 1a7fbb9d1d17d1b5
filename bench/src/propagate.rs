//! `bench propagate`: from a result that is acknowledged in one region to the phone of its person
//! in another, over the root that decides, in real processes: at a steady pace of new decisions.

use crate::{
    Options,
    doses::{self, Sender},
    figures::Report,
    fill, nodes,
    residents::Resident,
    results::{self, Outcome},
    server::Server,
    stores::Store,
    stream::{self, Stream},
};
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Where results are admitted, and where the phones are.
const HERE: &str = "330000";
const THERE: &str = "440000";
/// Decisions per second.
const PACE: f64 = 1_000.0;
/// Results of a request.
const ROWS: u64 = 10;
/// Connections that send.
const CONNECTIONS: u64 = 32;
/// Phones that listen: of one person in so many.
const ONE_IN: u64 = 32;
/// Within what every region must know, in milliseconds.
const KNOWN_MS: f64 = 1_000.0;
/// Within what everything must be known when nothing more is sent.
const SETTLED: Duration = Duration::from_secs(120);

/// When a person's result was acknowledged, and when the phone was told.
type Times = Arc<Mutex<HashMap<u64, Instant>>>;

/// Runs the benchmark.
pub fn run(options: &Options) -> Report {
    let mut report = Report::new("propagate");
    let store = Store::named(options.store.as_deref());
    let root = nodes::root();
    let here = nodes::below(&root, HERE, &store);
    let mut there = nodes::below(&root, THERE, &Store::Embedded);
    let sender = doses::senders(1, 0, PACE as u64 * options.seconds * doses::DOSES)[0];
    for (node, region) in [(&here, HERE), (&there, THERE)] {
        let token = node.token(&format!("{region}.clinic-0"), "clinic");
        fill::patients(node, &[token], &[sender]);
        nodes::settled(node, SETTLED);
    }
    let watched: Vec<u64> = sender.numbers().step_by(ONE_IN as usize).collect();
    let residents: Vec<(u64, Resident)> =
        watched.iter().map(|number| (*number, Resident::sign_in(&mut there, *number))).collect();
    eprintln!("{} persons in both regions, {} phones", sender.persons, residents.len());
    let (acknowledged, told) = (Times::default(), Times::default());
    let phones = listen(there.address, residents, told.clone());
    let spent = root.cpu();
    let sending = Arc::new(results_of(&here, sender, acknowledged.clone()));
    let outcome = stream::run(&sending, options.seconds).join().expect("sent");
    if let Some(example) = &outcome.example {
        eprintln!("{} were answered otherwise, such as {example}", outcome.wrong);
    }
    let rate = outcome.rate(options.seconds) * ROWS as f64;
    report.add("results acknowledged", rate, "/s", "the pace", PACE);
    wait(&acknowledged, &told);
    drop(phones);
    let took = latencies(&acknowledged.lock(), &told.lock());
    assert!(!took.is_empty(), "no phone was told");
    let decided = took.len() as f64 * ONE_IN as f64;
    let cpu = (root.cpu() - spent).as_secs_f64() * 1e6 / decided;
    report.add("CPU of the root", cpu, "µs/decision", "a core's, at the pace", 1e6 / PACE);
    let beside = "within what every region must know";
    for (what, share) in [("half", 0.5), ("99 %", 0.99), ("all", 1.0)] {
        let at = ((took.len() as f64 * share) as usize).min(took.len() - 1);
        let ms = took[at].as_secs_f64() * 1e3;
        let what = format!("from receipt to the phone in the other region: {what} within");
        report.add(&what, ms, "ms", beside, KNOWN_MS);
    }
    let told = took.len() as f64;
    let all = acknowledged.lock().keys().filter(|number| watched.contains(number)).count();
    report.add("phones that were told", told, "phones", "of those with a result", all as f64);
    drop((here.stop(), there.stop(), root.stop()));
    report
}

/// New positive results, a few a request, each of another person.
fn results_of(node: &Server, sender: Sender, acknowledged: Times) -> Stream {
    let token = node.lasting_token(&format!("{HERE}.clinic-0"), "clinic");
    let (address, persons) = (node.address, sender.persons);
    let rows = move |request: u64| {
        let first = request * ROWS % persons;
        first..(first + ROWS).min(persons)
    };
    Stream {
        name: "results",
        address,
        per_second: Some(PACE / ROWS as f64),
        connections: CONNECTIONS,
        ask: Box::new(move |request| {
            let mut lines = String::new();
            for person in rows(request) {
                results::line(&mut lines, person, 9, Outcome::Positive);
            }
            let token = token.text();
            Some(format!(
                "POST /v1/admissions?receipts=all HTTP/1.1\r\nhost: {address}\r\nauthorization: \
                 Bearer {token}\r\nhutong-purpose: REPORT\r\ncontent-type: \
                 application/fhir+ndjson\r\ncontent-length: {}\r\n\r\n{lines}",
                lines.len()
            ))
        }),
        look: Box::new(move |request, answer| {
            let now = Instant::now();
            acknowledged.lock().extend(rows(request).map(|person| (person, now)));
            answer.matches("\"outcome\":\"admitted\"").count() as u64 == ROWS
        }),
    }
}

/// The phones listen until the answer is dropped.
fn listen(
    address: SocketAddr,
    residents: Vec<(u64, Resident)>,
    told: Times,
) -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(1).enable_all().build().expect("runtime");
    for (number, resident) in residents {
        let (told, request) = (told.clone(), resident.wants_notices(address));
        runtime.spawn(async move {
            let mut wire = TcpStream::connect(address).await.expect("connection");
            wire.write_all(request.as_bytes()).await.expect("sent");
            let mut said = Vec::new();
            while wire.read_buf(&mut said).await.expect("read") > 0 {
                if said.windows(12).any(|bytes| bytes == b"event: level") {
                    told.lock().entry(number).or_insert_with(Instant::now);
                    return;
                }
            }
        });
    }
    runtime
}

/// Waits until every phone has been told whose person has a result.
fn wait(acknowledged: &Times, told: &Times) {
    let begun = Instant::now();
    let missing = || {
        let (acknowledged, told) = (acknowledged.lock(), told.lock());
        let watched = acknowledged.keys().filter(|number| number.is_multiple_of(ONE_IN));
        watched.filter(|number| !told.contains_key(number)).count()
    };
    while missing() > 0 && begun.elapsed() < SETTLED {
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn latencies(acknowledged: &HashMap<u64, Instant>, told: &HashMap<u64, Instant>) -> Vec<Duration> {
    let took = told.iter().filter_map(|(number, told)| {
        Some(told.saturating_duration_since(*acknowledged.get(number)?))
    });
    let mut took: Vec<Duration> = took.collect();
    took.sort_unstable();
    took
}

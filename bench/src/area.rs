//! `bench area-change`: an area where a million people live is listed. How long until all of them
//! were told, and how long meanwhile a single new result takes to its person's phone, beside the
//! same while nothing else is decided.

use crate::{
    Options, doses,
    figures::Report,
    nodes,
    residents::{self, Resident},
    results::{self, Outcome},
    server::{self, Server},
    system,
};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

/// Where everybody lives who is not looked at singly.
const AREA: &str = "330106";
/// Single changes while nothing else is decided, and at most while the area is gone through.
const SINGLES: u64 = 200;
/// Between two of them.
const EACH: Duration = Duration::from_millis(100);
/// A change meanwhile may take so many times what it takes otherwise.
const SLOWER: f64 = 2.0;
/// Everybody must have been told within.
const GIVEN_UP: Duration = Duration::from_secs(3_600);

/// Runs the benchmark.
pub fn run(options: &Options) -> Report {
    let mut report = Report::new("area-change");
    let mut root = nodes::root_that_signs_in();
    let token = root.token("000000.clinic", "clinic");
    let singles = doses::senders(1, 0, 2 * SINGLES * doses::DOSES)[0];
    let answer = server::admit(root.address, &token, false, singles.patients());
    server::check(&answer, singles.persons);
    fill(&root, &token, options.records);
    let begun = Instant::now();
    decided(&root);
    let rate = options.records as f64 / begun.elapsed().as_secs_f64();
    root.catch_up();
    eprintln!("everybody was looked at for the first time: {rate:.0}/s");
    let phones = singles.numbers().map(|number| (number, Resident::sign_in(&mut root, number)));
    let mut phones = phones.collect::<Vec<_>>().into_iter();
    let idle = (0..SINGLES).filter_map(|_| phones.next());
    let idle = changes(root.address, &token, idle, || true);
    let before = told(&root);
    let department = root.token("000000.department", "department");
    list(root.address, &department);
    let (begun, spent) = (Instant::now(), root.cpu());
    let all = || told(&root) - before >= options.records as f64;
    let busy = changes(root.address, &token, phones, || !all());
    while !all() {
        assert!(begun.elapsed() < GIVEN_UP, "not everybody was told");
        std::thread::sleep(EACH);
    }
    let (took, spent) = (begun.elapsed(), root.cpu() - spent);
    let what = format!("{} people told that their area was listed", options.records);
    report.add(&what, took.as_secs_f64(), "s", "the CPU of the node for it", spent.as_secs_f64());
    let beside = "the same while nothing else is decided";
    for (what, share) in [("half", 0.5), ("99 %", 0.99)] {
        let of = |took: &[Duration]| {
            took[((took.len() as f64 * share) as usize).min(took.len() - 1)].as_secs_f64() * 1e3
        };
        let what = format!("a single result meanwhile, {} of them: {what} within", busy.len());
        report.add(&what, of(&busy), "ms", beside, of(&idle));
    }
    report.add("the goal for 99 %", SLOWER, "times", "1", 1.0);
    let machine = system::memory() / 1e6;
    report.add("memory at most", root.memory() / 1e6, "MB", "of the machine", machine);
    drop(root.stop());
    report
}

/// People who live in the area.
fn fill(root: &Server, token: &str, persons: u64) {
    let first = 2 * SINGLES;
    let chunks = (first..first + persons).step_by(1_000).map(|from| {
        let numbers = from..(from + 1_000).min(first + persons);
        numbers.map(patient).collect::<String>()
    });
    let answer = server::admit(root.address, token, false, chunks);
    server::check(&answer, persons);
}

fn patient(number: u64) -> String {
    let id = doses::resident_id(number);
    let born = format!("{}-{}-{}", &id[6..10], &id[10..12], &id[12..14]);
    format!(
        "{{\"resourceType\":\"Patient\",\"id\":\"a{number:08}\",\"identifier\":[{{\"system\":\
         \"urn:oid:2.16.156.10011.1.3\",\"value\":\"{id}\"}}],\"name\":[{{\"text\":\"某{number}\"}}],\
         \"birthDate\":\"{born}\",\"address\":[{{\"use\":\"home\",\"extension\":[{{\"url\":\"{}\",\
         \"valueCode\":\"{AREA}\"}}]}}]}}\n",
        hutong_fhir::urls::EXT_DIVISION
    )
}

/// Lists the area.
fn list(address: SocketAddr, token: &str) {
    let filing = serde_json::json!({"kind": "area", "filing": {"event": "rehearsal",
        "area": AREA, "grade": "high", "legalBasis": "a rehearsal"}});
    let body = filing.to_string();
    let request = residents::request(address, "/v1/filings", Some(token), &body);
    let more =
        "\r\nhutong-purpose: PUBHLTH\r\nhutong-legal-basis: a rehearsal\r\nconnection: close";
    let request = request.replacen("\r\n\r\n", &format!("{more}\r\n\r\n"), 1);
    let answer = send(address, &request);
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
}

fn send(address: SocketAddr, request: &str) -> String {
    let mut wire = TcpStream::connect(address).expect("connection");
    wire.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    wire.read_to_string(&mut answer).expect("an answer");
    answer
}

/// Waits until nothing is left to decide.
fn decided(root: &Server) {
    let begun = Instant::now();
    // What is looked at for the first time leads to nothing that is told.
    while root.metric("hutong_decision_lag_entries").is_none_or(|lag| lag > 0.0) {
        assert!(begun.elapsed() < GIVEN_UP, "not everybody was looked at");
        std::thread::sleep(EACH);
    }
}

/// How many decisions were told.
fn told(root: &Server) -> f64 {
    root.metric("hutong_decisions_told_total").unwrap_or_default()
}

/// Single results while they are wanted, one after the other: from its receipt until the phone of
/// its person was told, sorted.
fn changes(
    address: SocketAddr,
    token: &str,
    phones: impl Iterator<Item = (u64, Resident)>,
    wanted: impl Fn() -> bool,
) -> Vec<Duration> {
    let mut took = Vec::new();
    for (number, resident) in phones {
        if !wanted() {
            break;
        }
        let mut wire = TcpStream::connect(address).expect("connection");
        wire.write_all(resident.wants_notices(address).as_bytes()).expect("sent");
        let mut line = String::new();
        results::line(&mut line, number, 9, Outcome::Positive);
        let answer = server::admit(address, token, false, std::iter::once(line));
        server::check(&answer, 1);
        let receipt = Instant::now();
        let (mut said, mut part) = (Vec::new(), [0; 4096]);
        while !said.windows(12).any(|bytes| bytes == b"event: level") {
            let read = wire.read(&mut part).expect("read");
            assert!(read > 0, "the node ended the stream");
            said.extend_from_slice(&part[..read]);
        }
        took.push(receipt.elapsed());
        std::thread::sleep(EACH);
    }
    took.sort_unstable();
    took
}

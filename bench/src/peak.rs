//! `bench peak-day`: the nation's heaviest day in small. A region below a root is asked for codes,
//! verifications, admissions and histories at the nation's ratios, all at once, while the root
//! makes new trust lists; then a storm of people who all want a code. Nothing acknowledged may be
//! missing above when it is over.

mod nation;
mod streams;

use crate::{
    Options,
    doses::{self, DOSES},
    figures::Report,
    fill, nodes,
    residents::Resident,
    server::{self, Server},
    stores::Store,
    stream::{self, Outcome},
    system,
};
use nation::{ROWS_OF_A_REQUEST, Rates};
use serde_json::Value;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use streams::{CONNECTIONS, Cast};

/// Residents who are signed in.
const RESIDENTS: u64 = 1_000;
/// Before anything counts.
const WARM_S: u64 = 5;
/// How long everybody wants a code at once, and over how many connections.
const STORM_S: u64 = 20;
const STORM_CONNECTIONS: u64 = 512;
/// Between two trust lists.
const TRUST_EVERY: Duration = Duration::from_secs(20);
/// Between two looks at how far behind the root is.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Within what the region must have passed everything up when it is over.
const SETTLED: Duration = Duration::from_secs(120);
/// What a person waits for without noticing, in milliseconds.
const NOTICED_MS: f64 = 500.0;
/// Within what a change must be known in every region, in milliseconds (issue D).
const KNOWN_MS: f64 = 1_000.0;

/// The region: of the persons that the benchmarks make.
const REGION: &str = "330000";

/// The nodes.
struct Nodes {
    root: Server,
    region: Server,
}

/// What is filed.
const REFUSAL: &str = r#"{ "region": "440000", "refused": "510000", "scope": "paper",
    "reason": { "zh": "演练", "en": "a rehearsal" }, "legalBasis": "a rehearsal",
    "expiresAt": "2099-01-01T00:00:00Z" }"#;

/// Runs the rehearsal.
pub fn run(options: &Options) -> Report {
    let mut report = Report::new("peak-day");
    let store = Store::named(options.store.as_deref());
    let root = nodes::root();
    let region = nodes::below(&root, REGION, &store);
    let mut nodes = Nodes { root, region };
    let cast = cast(&mut nodes, options.records);
    let rates = Rates::one_in(options.share);
    let begun = nodes::standing(&nodes.region)["entries"].as_u64().expect("entries");
    let spent = [&nodes.region, &nodes.root].map(Server::cpu);
    let rehearsed = rehearse(&nodes, &cast, &rates, options.seconds);
    let spent = [nodes.region.cpu() - spent[0], nodes.root.cpu() - spent[1]];
    for (outcome, wanted) in &rehearsed.streams {
        beside_pace(&mut report, outcome, *wanted, options);
    }
    for (what, spent) in ["the region", "the root"].iter().zip(spent) {
        let cores = spent.as_secs_f64() / (WARM_S + options.seconds) as f64;
        let machine = std::thread::available_parallelism().map_or(1, usize::from) as f64;
        report.add(&format!("CPU of {what}"), cores, "cores", "of the machine", machine);
    }
    feed(&mut report, &rehearsed.feed);
    let most = rehearsed.behind.iter().copied().max().unwrap_or_default() as f64;
    let a_second = rates.admissions * ROWS_OF_A_REQUEST as f64;
    report.add("entries not passed up yet, at most", most, "entries", "rows of a second", a_second);
    storm(&mut report, &nodes, &cast, &rates);
    settle(&mut report, &nodes, begun, rehearsed.acknowledged);
    let machine = system::memory() / 1e6;
    for (what, node) in [("the region", &nodes.region), ("the root", &nodes.root)] {
        let what = format!("memory of {what} at most");
        report.add(&what, node.memory() / 1e6, "MB", "of the machine", machine);
    }
    drop((nodes.region.stop(), nodes.root.stop()));
    report
}

/// Fills the region and signs residents in.
fn cast(nodes: &mut Nodes, records: u64) -> Cast {
    let token = nodes.region.token("330000.clinic-0", "clinic");
    let sender = doses::senders(1, 0, records)[0];
    let ids = fill::patients(&nodes.region, std::slice::from_ref(&token), &[sender]);
    let answer = server::admit(nodes.region.address, &token, false, sender.doses());
    server::check(&answer, sender.records());
    nodes::settled(&nodes.region, SETTLED);
    let residents =
        (0..RESIDENTS).map(|number| Resident::sign_in(&mut nodes.region, number)).collect();
    eprintln!("{} persons with {DOSES} doses each, {RESIDENTS} signed in", sender.persons);
    Cast { persons: sender.persons, ids: ids.into(), residents }
}

/// What the rehearsal has shown.
struct Rehearsed {
    /// Each stream's name and outcome, and its pace.
    streams: Vec<((&'static str, Outcome), f64)>,
    /// Rows acknowledged.
    acknowledged: u64,
    /// How far the root was behind, each time somebody looked.
    behind: Vec<u64>,
    /// From when the root had a new trust list until the region had it.
    feed: Vec<Duration>,
}

fn rehearse(nodes: &Nodes, cast: &Cast, rates: &Rates, seconds: u64) -> Rehearsed {
    let (admissions, acknowledged) = streams::admissions(&nodes.region, cast, rates);
    let codes = Arc::new(streams::codes(&nodes.region, cast, Some(rates.codes), CONNECTIONS));
    // Residents hold codes before anybody verifies them.
    drop(stream::run(&codes, WARM_S).join().expect("warm"));
    let verifications = streams::verifications(&nodes.region, cast, rates);
    let histories = streams::histories(&nodes.region, cast, rates);
    let all = [codes, Arc::new(verifications), Arc::new(admissions), Arc::new(histories)];
    let running: Vec<_> = all.iter().map(|one| (one, stream::run(one, seconds))).collect();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let behind = scope.spawn(|| behind(nodes, &over));
        let feed = scope.spawn(|| trust_lists(nodes, &over));
        // Whether it went well or not: the others must end.
        let ended: Vec<_> = running.into_iter().map(|(one, run)| (one, run.join())).collect();
        over.store(true, Ordering::Relaxed);
        let streams = ended
            .into_iter()
            .map(|(one, run)| {
                let outcome = run.expect(one.name);
                ((one.name, outcome), one.per_second.expect("a pace"))
            })
            .collect();
        Rehearsed {
            streams,
            acknowledged: acknowledged.load(Ordering::Relaxed),
            behind: behind.join().expect("looks"),
            feed: feed.join().expect("trust lists"),
        }
    })
}

/// Looks at how far the root is behind, until it is over.
fn behind(nodes: &Nodes, over: &AtomicBool) -> Vec<u64> {
    let mut seen = Vec::new();
    while !over.load(Ordering::Relaxed) {
        seen.push(nodes::standing(&nodes.region)["outboxLag"].as_u64().expect("a number"));
        if seen.len().is_multiple_of(30) {
            eprintln!("rehearsing for {} s", seen.len());
        }
        std::thread::sleep(LOOK_EVERY);
    }
    seen
}

/// Has regions that are not here file refusals with the root, which makes a new trust list of
/// each, until it is over.
fn trust_lists(nodes: &Nodes, over: &AtomicBool) -> Vec<Duration> {
    let mut took = Vec::new();
    let refusal = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(refusal.path(), REFUSAL).expect("a file");
    let file = refusal.path().to_str().expect("a path");
    let list = |address| server::get(address, "/v1/trust-list");
    while !over.load(Ordering::Relaxed) {
        let before = list(nodes.root.address);
        nodes.root.command(&["exception", "file", file]);
        let made = Instant::now();
        let now = list(nodes.root.address);
        assert_ne!(now, before, "the root has a new trust list");
        while list(nodes.region.address) != now {
            assert!(made.elapsed() < SETTLED, "the region has the new trust list");
            std::thread::sleep(Duration::from_millis(2));
        }
        took.push(made.elapsed());
        let until = Instant::now() + TRUST_EVERY;
        while Instant::now() < until && !over.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(100));
        }
    }
    took.sort_unstable();
    took
}

fn beside_pace(
    report: &mut Report,
    (name, outcome): &(&'static str, Outcome),
    wanted: f64,
    options: &Options,
) {
    let of = format!("one in {} of the nation's heaviest day", options.share);
    report.add(name, outcome.rate(options.seconds), "/s", &of, wanted);
    let noticed = "what a person waits for without noticing";
    report.add(&format!("{name}: half within"), outcome.ms(0.5), "ms", noticed, NOTICED_MS);
    report.add(&format!("{name}: 99 % within"), outcome.ms(0.99), "ms", noticed, NOTICED_MS);
    let asked = outcome.took.len() as f64 + (outcome.shed + outcome.wrong) as f64;
    report.add(&format!("{name}: shed"), outcome.shed as f64, "requests", "of all", asked);
    told(name, outcome);
    report.add(&format!("{name}: wrong"), outcome.wrong as f64, "requests", "of all", asked);
}

fn told(name: &str, outcome: &Outcome) {
    if let Some(example) = &outcome.example {
        eprintln!("{name}: {} answered otherwise, such as {example}", outcome.wrong);
    }
}

fn feed(report: &mut Report, took: &[Duration]) {
    let Some(worst) = took.last() else { return };
    let half = took[took.len() / 2].as_secs_f64() * 1e3;
    let what = "a new trust list from the root to the region";
    let beside = "within what every region must know";
    report.add(&format!("{what}: half within"), half, "ms", beside, KNOWN_MS);
    let worst = worst.as_secs_f64() * 1e3;
    report.add(&format!("{what}: all {} within", took.len()), worst, "ms", beside, KNOWN_MS);
}

/// Everybody wants a code at once, while clinics go on sending.
fn storm(report: &mut Report, nodes: &Nodes, cast: &Cast, rates: &Rates) {
    let codes = Arc::new(streams::codes(&nodes.region, cast, None, STORM_CONNECTIONS));
    let verifications = Arc::new(streams::verifications(&nodes.region, cast, rates));
    let histories = Arc::new(streams::histories(&nodes.region, cast, rates));
    let running = [&codes, &verifications, &histories].map(|one| stream::run(one, STORM_S));
    let [codes, verifications, histories] = running.map(|run| run.join().expect("a stream"));
    let asked = codes.took.len() as f64 + (codes.shed + codes.wrong) as f64;
    let what = format!("storm of {STORM_CONNECTIONS} connections: codes made");
    report.add(&what, codes.rate(STORM_S), "/s", "the rehearsal's pace", rates.codes);
    let noticed = "what a person waits for without noticing";
    report.add("storm: codes, 99 % within", codes.ms(0.99), "ms", noticed, NOTICED_MS);
    report.add("storm: codes shed", codes.shed as f64, "requests", "of all", asked);
    told("storm: codes", &codes);
    for (name, outcome) in [("codes verified", verifications), ("histories read", histories)] {
        let what = format!("storm: {name}, 99 % within");
        report.add(&what, outcome.ms(0.99), "ms", noticed, NOTICED_MS);
        let asked = outcome.took.len() as f64 + (outcome.shed + outcome.wrong) as f64;
        report.add(
            &format!("storm: {name}, shed"),
            outcome.shed as f64,
            "requests",
            "of all",
            asked,
        );
        told(name, &outcome);
    }
}

/// Waits until everything is above, and compares.
fn settle(report: &mut Report, nodes: &Nodes, begun: u64, acknowledged: u64) {
    let took = nodes::settled(&nodes.region, SETTLED);
    report.add(
        "passed up whole after the end, within",
        took.as_secs_f64() * 1e3,
        "ms",
        "within what every region must know",
        KNOWN_MS,
    );
    let entries = nodes::standing(&nodes.region)["entries"].as_u64().expect("entries") - begun;
    report.add(
        "rows in the journal that were acknowledged",
        entries as f64,
        "rows",
        "receipts",
        acknowledged as f64,
    );
    assert!(entries >= acknowledged, "{acknowledged} were acknowledged, {entries} are there");
    let compared: Value =
        serde_json::from_str(&nodes.region.command(&["reconcile", "--json"])).expect("JSON");
    eprintln!("reconciled with the root: {compared}");
}

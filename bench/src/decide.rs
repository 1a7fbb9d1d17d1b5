//! `bench decide`: decisions that the root makes by itself from new results, from the journal to
//! the ledger's queue, beside the same rules over the same evidence in a loop that does nothing
//! else.

use crate::{
    cpu,
    doses::{self, Sender},
    figures::Report,
    local,
    rates::rates,
    results::{self, Outcome},
    server,
    system::SystemClock,
};
use hutong_model::{Catalogue, Clock, Entry, PersonId, limits::ADMIT_BATCH_MAX};
use hutong_node::{Node, merge, rulebook::events::NewEvent};
use hutong_rules::{Areas, EventRef, Evidence, Pack, Text, decide};
use hutong_store::{EmbeddedStore, Journal};
use std::{
    collections::HashMap,
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

/// Persons decided about.
const PERSONS: u64 = 20_000;
/// Negative results that each has before.
const NEGATIVES: u64 = 4;
/// Persons whose evidence the bare loop goes through.
const SOME: usize = 1_000;

/// Runs the benchmark.
pub fn run() -> Report {
    let mut report = Report::new("decide");
    let folder = tempfile::tempdir().expect("a folder");
    server::init(folder.path());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("runtime").block_on(async {
        let (node, store) = local::node(folder.path()).await;
        let sender = doses::senders(1, 0, PERSONS * doses::DOSES)[0];
        fill(&node, sender).await;
        node.declare_event(event()).await.expect("an event");
        decided(&node).await;
        let [bare, whole] = bare(&store).await;
        let beside = "the same rules over the same evidence in a loop, one core";
        let from_records = "the same from the same records in memory, one core";
        for (what, outcome, number) in [
            ("new negative results: nothing to tell", Outcome::Negative, NEGATIVES),
            ("new positive results: told, entered, queued", Outcome::Positive, NEGATIVES + 1),
        ] {
            let lines = results::lines(sender, number, outcome);
            local::send_all(&node, &[lines]).await;
            let (took, spent) = decided(&node).await;
            let persons = PERSONS as f64;
            let rate = persons / spent.as_secs_f64();
            report.add(what, rate, "/s of CPU", beside, bare);
            report.add(what, rate, "/s of CPU", from_records, whole);
            let rate = persons / took.as_secs_f64();
            report.add(&format!("{what}, by the clock"), rate, "/s", beside, bare);
        }
    });
    report
}

fn event() -> NewEvent {
    let text = |text: &str| Text { zh: text.into(), en: text.into() };
    NewEvent {
        id: "bench".into(),
        title: text("bench"),
        kind: "epidemic".into(),
        agent: "sars-cov-2".into(),
        legal_basis: "a benchmark".into(),
        regions: Vec::new(),
        start: None,
        sunset: SystemClock.now().plus_s(30 * 86_400),
    }
}

/// Persons, their doses and their negative results.
async fn fill(node: &Arc<Node>, sender: Sender) {
    let whole = |chunks: &mut dyn Iterator<Item = Vec<u8>>| chunks.flatten().collect::<Vec<u8>>();
    local::send_all(node, &[whole(&mut sender.patients())]).await;
    local::send_all(node, &[whole(&mut sender.doses())]).await;
    for number in 0..NEGATIVES {
        let lines = results::lines(sender, number, Outcome::Negative);
        local::send_all(node, &[lines]).await;
    }
}

/// Decides until nothing is left: how long that took, and the CPU it cost.
async fn decided(node: &Node) -> (Duration, Duration) {
    let (begun, spent) = (Instant::now(), cpu::spent());
    while node.decide_once().await.expect("decided") {}
    (begun.elapsed(), cpu::spent() - spent)
}

/// Decisions per second of some persons' evidence, and from their records: nothing is read or
/// written.
async fn bare(store: &EmbeddedStore) -> [f64; 2] {
    let mut entries: HashMap<PersonId, Vec<Entry>> = HashMap::new();
    let head = store.head().await.expect("a journal");
    let mut at = 0;
    while at < head && entries.len() < SOME {
        let run = store.entries_after(at, ADMIT_BATCH_MAX).await.expect("entries");
        at = run.last().map_or(head, |stored| stored.seq);
        for stored in run {
            entries.entry(stored.entry.person).or_default();
        }
    }
    let persons: Vec<PersonId> = entries.keys().copied().take(SOME).collect();
    for stored in store.entries_of(&persons).await.expect("entries") {
        entries.entry(stored.entry.person).or_default().push(stored.entry);
    }
    let now = SystemClock.now();
    let event = event();
    let event = EventRef::new(&event.id, &event.kind, &event.agent, now, event.sunset);
    let (event, pack, areas) = (event.expect("an event"), Pack::baseline(), Areas::default());
    let entries: Vec<Vec<Entry>> =
        persons.iter().map(|person| entries.remove(person).unwrap_or_default()).collect();
    let seen = |entries: &[Entry]| {
        let effective = merge::effective(entries.iter().cloned(), Catalogue::builtin());
        Evidence::from_entries(&effective, Catalogue::builtin(), &areas, now)
    };
    let evidence: Vec<Evidence> = entries.iter().map(|entries| seen(entries)).collect();
    let decided = |evidence: &Evidence| {
        black_box(decide(pack, &event, evidence, results::ISSUER, now).is_ok());
    };
    let (mut at, mut other) = (0, 0);
    rates([
        &mut || {
            at = (at + 1) % evidence.len();
            decided(&evidence[at]);
        },
        &mut || {
            other = (other + 1) % entries.len();
            decided(&seen(&entries[other]));
        },
    ])
}

//! The PostgreSQL back end over a primary and a synchronous standby, where the primary is lost.

#[allow(dead_code, reason = "each test file uses a part of the suite")]
mod conformance;
#[allow(dead_code, reason = "each test file uses a part of it")]
mod server;

use conformance::*;
use hutong_store::{BlindKey, Journal, KeyRing, PostgresStore, StoreError};
use server::Server;
use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

const WRITERS: u32 = 8;

async fn open(url: &str, seed: u64) -> PostgresStore {
    let keys = Counter::new(1);
    let (ring, blind) = (KeyRing::generate(&*keys), BlindKey::generate(&*keys));
    PostgresStore::open(url, ring, blind, Counter::new(seed << 40)).await.expect("opened")
}

/// Admits doses until told to stop, each until it is answered. What was acknowledged, and how long
/// the longest took.
async fn write_until(
    store: Arc<PostgresStore>,
    stop: Arc<AtomicBool>,
    writer: u32,
) -> (Vec<RowOutcome>, Duration) {
    let clinic = member(&format!("clinic-{writer}"));
    let (mut acknowledged, mut longest) = (Vec::new(), Duration::ZERO);
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let begun = Instant::now();
        let facts = vec![dose(&clinic, &number.to_string(), "L")];
        let rows = vec![row(&clinic, &[passport(number * WRITERS + writer)], facts)];
        let outcome = loop {
            let batch = AdmitBatch { rows: rows.clone(), ..AdmitBatch::default() };
            match store.admit(batch).await {
                Ok(outcomes) => break outcomes[0],
                Err(error) => assert!(matches!(error, StoreError::Away), "{error}"),
            }
        };
        longest = longest.max(begun.elapsed());
        acknowledged.push(outcome);
    }
    (acknowledged, longest)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_primary_that_is_lost_takes_nothing_acknowledged_with_it() {
    let mut primary = Server::start();
    let database = primary.database().await;
    let standby = primary.standby();
    primary.wait_for_standby().await;
    let store = Arc::new(open(&database.url_on([&primary, &standby]), 1).await);
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..WRITERS)
        .map(|number| tokio::spawn(write_until(store.clone(), stop.clone(), number)))
        .collect();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = store.head().await.expect("head");
    primary.kill();
    let lost = Instant::now();
    tokio::time::sleep(Duration::from_millis(500)).await;
    standby.promote();
    println!("promoted after {:?}", lost.elapsed());
    tokio::time::sleep(Duration::from_secs(2)).await;
    stop.store(true, Ordering::Relaxed);
    let (mut all, mut longest) = (Vec::new(), Duration::ZERO);
    for writer in writers {
        let (acknowledged, took) = writer.await.expect("no panic");
        all.extend(acknowledged);
        longest = longest.max(took);
    }
    println!("{before} entries before, {} doses in all, the longest took {longest:?}", all.len());
    assert!(before > 100 && 2 * all.len() as u64 > before + 100, "it went on");
    // Each dose with its document, each once, in places without gaps.
    let doses = all.len() as u64;
    assert_eq!(store.counts().await.expect("counts"), (doses, 2 * doses));
    for outcome in all {
        let stored = store.entry(outcome.entry).await.expect("read").expect("there");
        assert_eq!(stored.entry.person, outcome.person);
    }
    let journal = store.entries_after(0, usize::MAX).await.expect("read");
    let ids: BTreeSet<EntryId> = journal.iter().map(|stored| stored.entry.id).collect();
    assert_eq!((journal.len() as u64, ids.len() as u64), (2 * doses, 2 * doses));
    assert!(journal.iter().zip(1..).all(|(stored, seq)| stored.seq == seq), "no gap");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_standby_has_not_is_not_acknowledged_even_after_a_crash() {
    let mut primary = Server::start();
    let database = primary.database().await;
    let standby = primary.standby();
    primary.wait_for_standby().await;
    let store = Arc::new(open(&database.url, 1).await);
    let clinic = member("clinic");
    written(&*store, row(&clinic, &[passport(1)], vec![dose(&clinic, "one", "L")])).await;
    standby.freeze(true);
    let sent = tokio::spawn({
        let (store, clinic) = (store.clone(), clinic.clone());
        async move {
            let row = row(&clinic, &[passport(2)], vec![dose(&clinic, "two", "L")]);
            admit(&*store, row).await
        }
    });
    // It is on the disk of the primary, which waits for the standby, and crashes.
    tokio::time::sleep(Duration::from_secs(1)).await;
    primary.kill();
    primary.start_again();
    // Everybody sees it now: the wait is over. That it is there is not enough to say so.
    let begun = Instant::now();
    while store.head().await.expect("head") < 4 {
        assert!(begun.elapsed() < Duration::from_secs(10), "it was committed");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(!sent.is_finished(), "acknowledged without the standby");
    standby.freeze(false);
    let outcome = sent.await.expect("no panic");
    assert_eq!((outcome.kind, outcome.person_created), (OutcomeKind::Admitted, true));
    assert_eq!(store.counts().await.expect("counts"), (2, 4));
    // The standby alone has it.
    primary.kill();
    standby.promote();
    let store = open(&standby.url_of(&database), 2).await;
    assert!(store.entry(outcome.entry).await.expect("read").is_some());
}

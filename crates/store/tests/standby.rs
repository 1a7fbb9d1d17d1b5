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

/// Not a test by itself: writes for `HUTONG_TEST_FAILOVER_S` seconds into the empty database of
/// `HUTONG_TEST_FAILOVER`, whose servers somebody kills meanwhile, and then looks whether
/// everything that was acknowledged is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_that_somebody_kills_loses_nothing() {
    let Ok(url) = std::env::var("HUTONG_TEST_FAILOVER") else { return };
    let seconds = std::env::var("HUTONG_TEST_FAILOVER_S").ok().and_then(|text| text.parse().ok());
    let store = Arc::new(open(&url, 1).await);
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..WRITERS)
        .map(|number| tokio::spawn(write_until(store.clone(), stop.clone(), number)))
        .collect();
    tokio::time::sleep(Duration::from_secs(seconds.unwrap_or(60))).await;
    stop.store(true, Ordering::Relaxed);
    let (mut doses, mut longest) = (0, Duration::ZERO);
    for writer in writers {
        let (acknowledged, took) = writer.await.expect("no panic");
        longest = longest.max(took);
        for outcome in acknowledged {
            doses += 1;
            assert!(store.entry(outcome.entry).await.expect("read").is_some(), "lost");
        }
    }
    println!("{doses} doses acknowledged, all there; the longest took {longest:?}");
    assert_eq!(store.counts().await.expect("counts"), (doses, 2 * doses));
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

/// A store over a primary, with a standby as its read replica, and another store that has none.
async fn with_replica() -> (Server, Server, PostgresStore, PostgresStore) {
    let primary = Server::start();
    let database = primary.database().await;
    let other = open(&database.url, 2).await;
    let standby = primary.standby();
    let keys = Counter::new(1);
    let (ring, blind) = (KeyRing::generate(&*keys), BlindKey::generate(&*keys));
    let (url, replica) = (&database.url, standby.url_of(&database));
    let entropy = Counter::new(1 << 40);
    let store = PostgresStore::open_with_replica(url, &replica, ring, blind, entropy).await;
    (primary, standby, store.expect("opened"), other)
}

/// How many doses are shown of a person.
async fn shown(store: &PostgresStore, person: PersonId) -> usize {
    let (_, entries) = store.shown(&[person]).await.expect("read");
    let is_dose = |entry: &&hutong_store::Stored| matches!(entry.entry.fact, Fact::Vaccination(_));
    entries.iter().filter(is_dose).count()
}

/// Whether a session of a store has last asked this server for what is shown.
async fn answered(server: &Server) -> bool {
    let sql = "SELECT count(*) FROM pg_stat_activity
        WHERE application_name = 'hutong' AND query LIKE 'WITH RECURSIVE%'";
    server.connect().await.query_one(sql, &[]).await.expect("read").get::<_, i64>(0) > 0
}

async fn replay(standby: &Server, on: bool) {
    let sql = ["SELECT pg_wal_replay_pause()", "SELECT pg_wal_replay_resume()"][usize::from(on)];
    standby.connect().await.batch_execute(sql).await.expect("set");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_shows_what_this_process_has_written() {
    let (_primary, standby, store, other) = with_replica().await;
    let (clinic, stranger) = (member("clinic"), member("stranger"));
    let first = |lot| row(&clinic, &[passport(1)], vec![dose(&clinic, lot, lot)]);
    let person = admit(&store, first("a")).await.person;
    admit(&store, row(&clinic, &[passport(2)], vec![dose(&clinic, "x", "x")])).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(shown(&store, person).await, 1);
    assert!(answered(&standby).await, "the replica was asked");

    // It stands still: what this process writes is shown at once all the same.
    replay(&standby, false).await;
    admit(&store, first("b")).await;
    assert_eq!(shown(&store, person).await, 2);
    // What another process writes may be missing until the replica is too far behind.
    let strange = row(&stranger, &[passport(1)], vec![dose(&stranger, "c", "c")]);
    let outcome = admit(&other, strange).await;
    assert_eq!(other.entries_of(&[person]).await.expect("read").len(), 4);
    assert_eq!(store.entries_of(&[person]).await.expect("read").len(), 4, "never from a replica");
    assert!(store.entry(outcome.entry).await.expect("read").is_some());
    assert_eq!(shown(&store, person).await, 3, "an entry that was seen is shown");
    replay(&standby, true).await;

    // Two persons are linked: the replica finds both.
    let both = row(&clinic, &[passport(1), passport(2)], vec![dose(&clinic, "d", "d")]);
    admit(&store, both).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (mut one, mut two) =
        (store.shown(&[person]).await.expect("read"), other.shown(&[person]).await.expect("read"));
    assert_eq!((one.0[0], one.0.len(), one.1.len()), (person, 2, 8));
    one.0.sort_unstable();
    two.0.sort_unstable();
    assert_eq!((one.0, one.1), (two.0, two.1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_stands_still_is_left_after_a_while() {
    let (_primary, standby, store, other) = with_replica().await;
    let (clinic, stranger) = (member("clinic"), member("stranger"));
    let person =
        admit(&store, row(&clinic, &[passport(1)], vec![dose(&clinic, "a", "a")])).await.person;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(shown(&store, person).await, 1);
    replay(&standby, false).await;
    admit(&other, row(&stranger, &[passport(1)], vec![dose(&stranger, "b", "b")])).await;
    let begun = Instant::now();
    while shown(&store, person).await < 2 {
        assert!(begun.elapsed() < Duration::from_secs(12), "still the old state");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    println!("shown after {:?} of standing still", begun.elapsed());
    replay(&standby, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_is_gone_or_stuck_holds_nobody_up() {
    let (_primary, mut standby, store, _other) = with_replica().await;
    let clinic = member("clinic");
    let one = |lot| row(&clinic, &[passport(1)], vec![dose(&clinic, lot, lot)]);
    let person = admit(&store, one("a")).await.person;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(shown(&store, person).await, 1);
    let (mut longest, mut total) = (Duration::ZERO, 0);
    let mut look = async |expected: usize| {
        for _ in 0..50 {
            let begun = Instant::now();
            assert_eq!(shown(&store, person).await, expected);
            longest = longest.max(begun.elapsed());
            total += 1;
        }
    };
    // It is there, and says nothing.
    standby.freeze(true);
    look(1).await;
    standby.freeze(false);
    standby.kill();
    admit(&store, one("b")).await;
    look(2).await;
    println!("{total} reads without the replica, the longest took {longest:?}");
    assert!(longest < Duration::from_secs(4), "{longest:?}");
    standby.start_again();
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(shown(&store, person).await, 2);
    assert!(answered(&standby).await, "it is used again");
}

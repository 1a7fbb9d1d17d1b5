//! The PostgreSQL back end against the conformance suite, on a server that the test starts.

mod conformance;
mod naive;
#[allow(dead_code, reason = "each test file uses a part of it")]
mod server;

use conformance::*;
use hutong_store::{BlindKey, Journal, KeyRing, PostgresStore, Registry, StoreError, UseOnce};
use proptest::prelude::*;
use server::{Database, Server};
use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// A store with keys that are always the same, and random ids of its own.
async fn open(url: &str, seed: u64) -> Result<PostgresStore, StoreError> {
    let keys = Counter::new(1);
    let (ring, blind) = (KeyRing::generate(&*keys), BlindKey::generate(&*keys));
    PostgresStore::open(url, ring, blind, Counter::new(seed << 40)).await
}

async fn new_store() -> (Database, Arc<dyn Store>) {
    let database = Database::new().await;
    let store = open(&database.url, 1).await.expect("opened");
    (database, Arc::new(store))
}

macro_rules! cases {
    ($($group:ident::$case:ident,)*) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $case() {
            let (_database, store) = new_store().await;
            conformance::$group::$case(store).await;
        })*
    };
}
conformance_cases!(cases);

/// Documents that the writers name.
const DOCUMENTS: u32 = 40;

/// Admits doses of one clinic until told to stop, each until it is answered. The document and the
/// outcome of each, and how often the store was busy.
async fn write_until(
    store: Arc<PostgresStore>,
    stop: Arc<AtomicBool>,
    writer: u32,
) -> (Vec<(u32, RowOutcome)>, u32) {
    let clinic = member(&format!("clinic-{writer}"));
    let (mut acknowledged, mut busy) = (Vec::new(), 0);
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let document = (number * 7 + writer) % DOCUMENTS;
        let facts = vec![dose(&clinic, &number.to_string(), "L")];
        let rows = vec![row(&clinic, &[passport(document)], facts)];
        let mut again = false;
        loop {
            let batch = AdmitBatch { rows: rows.clone(), ..AdmitBatch::default() };
            match store.admit(batch).await {
                Ok(outcomes) => {
                    // Only what was sent again may be there already.
                    assert!(again || outcomes[0].kind == OutcomeKind::Admitted);
                    acknowledged.push((document, outcomes[0]));
                    break;
                }
                Err(error) => {
                    assert!(matches!(error, StoreError::Away), "{error}");
                    (again, busy) = (true, busy + 1);
                }
            }
        }
    }
    (acknowledged, busy)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_of_the_server_loses_nothing_and_doubles_nothing() {
    let mut server = Server::start();
    let database = server.database().await;
    let store = Arc::new(open(&database.url, 1).await.expect("opened"));
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..6)
        .map(|number| tokio::spawn(write_until(store.clone(), stop.clone(), number)))
        .collect();
    for _ in 0..5 {
        tokio::time::sleep(Duration::from_millis(400)).await;
        server.kill();
        // A read waits until the server is there again.
        let reader = tokio::spawn({
            let store = store.clone();
            async move { person_of(&*store, &passport(0)).await }
        });
        tokio::time::sleep(Duration::from_millis(100)).await;
        server.start_again();
        reader.await.expect("read");
    }
    tokio::time::sleep(Duration::from_millis(400)).await;
    stop.store(true, Ordering::Relaxed);
    let (mut doses, mut seen) = (0, BTreeSet::new());
    for writer in writers {
        let (acknowledged, busy) = writer.await.expect("no panic");
        assert_eq!(busy, 0, "the server was never away for long");
        for (document, outcome) in acknowledged {
            doses += 1;
            seen.insert(document);
            let stored = store.entry(outcome.entry).await.expect("read").expect("there");
            assert_eq!(stored.entry.person, outcome.person);
            assert_eq!(person_of(&*store, &passport(document)).await, Some(outcome.person));
        }
    }
    assert!(doses > 100, "{doses}");
    let persons = seen.len() as u64;
    let counts = store.counts().await.expect("counts");
    assert_eq!(counts, (persons, doses + persons), "each dose once, each document linked once");
    let all = store.entries_after(0, usize::MAX).await.expect("read");
    let ids: BTreeSet<EntryId> = all.iter().map(|stored| stored.entry.id).collect();
    assert_eq!((all.len() as u64, ids.len() as u64), (counts.1, counts.1));
    assert!(all.iter().zip(1..).all(|(stored, seq)| stored.seq == seq), "no gap in the places");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stays_away_is_busy() {
    let mut server = Server::start();
    let database = server.database().await;
    let store = open(&database.url, 1).await.expect("opened");
    let clinic = member("clinic");
    let one = || row(&clinic, &[passport(1)], vec![dose(&clinic, "d", "L")]);
    written(&store, one()).await;
    server.kill();
    let batch = AdmitBatch { rows: vec![one()], ..AdmitBatch::default() };
    let (read, sent) = tokio::join!(store.head(), store.admit(batch));
    assert!(matches!(read, Err(StoreError::Away)), "{read:?}");
    assert!(matches!(sent, Err(StoreError::Away)), "{sent:?}");
    server.start_again();
    assert_eq!(admit(&store, one()).await.kind, OutcomeKind::Duplicate);
    assert_eq!(store.head().await.expect("head"), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_url_may_name_several_hosts() {
    let server = Server::start();
    let database = server.database().await;
    let (before, _) = database.url.split_once('?').expect("a URL");
    let (_, name) = before.rsplit_once('/').expect("a URL");
    // Nobody is at the first one.
    let hosts = format!("/nowhere,{}", server.folder().display()).replace('/', "%2F");
    let more = "sslmode=disable&target_session_attrs=read-write";
    let url = format!("postgresql://postgres@{hosts}/{name}?{more}");
    let store = open(&url, 1).await.expect("opened");
    let clinic = member("clinic");
    written(&store, row(&clinic, &[passport(1)], vec![dose(&clinic, "d", "L")])).await;
    assert_eq!(store.head().await.expect("head"), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_write_one_journal() {
    let database = Database::new().await;
    // Both find an empty database.
    let (one, two) = tokio::join!(open(&database.url, 1), open(&database.url, 2));
    let (one, two) = (Arc::new(one.expect("opened")), Arc::new(two.expect("opened")));
    let clinic = member("clinic");
    for round in 0..100 {
        let same = || {
            let facts = vec![dose(&clinic, &format!("same-{round}"), "L")];
            row(&clinic, &[passport(round)], facts)
        };
        // Members whom only one of them knows.
        let other = member(&format!("other-{round}"));
        let own = |name: &str| {
            let facts = vec![dose(&other, &format!("{name}-{round}"), "L")];
            row(&other, &[passport(round)], facts)
        };
        let (first, second) = tokio::join!(
            admit_all(&*one, vec![same(), own("one")]),
            admit_all(&*two, vec![own("two"), same()])
        );
        let kinds = [first[0].kind, second[1].kind];
        let of = |kind| kinds.iter().filter(|one| **one == kind).count();
        assert_eq!((of(OutcomeKind::Admitted), of(OutcomeKind::Duplicate)), (1, 1));
        assert_eq!((first[1].kind, second[0].kind), (OutcomeKind::Admitted, OutcomeKind::Admitted));
        let all = [first[0], first[1], second[0], second[1]];
        assert!(all.iter().all(|outcome| outcome.person == first[0].person));
        let made = all.iter().filter(|outcome| outcome.person_created).count();
        assert_eq!(made, 1);
        let there = one.entries_of(&[first[0].person]).await.expect("read");
        assert_eq!(there, two.entries_of(&[first[0].person]).await.expect("read"));
        assert_eq!(there.len(), 4, "a link and three doses");
    }
    assert_eq!(one.counts().await.expect("counts"), (100, 400));
    let both = written(&*one, row(&clinic, &[passport(1), passport(2)], Vec::new())).await;
    assert!(both.persons_linked);
    assert_eq!(two.cluster(both.person).await.expect("read").len(), 2);
    // Through the link that the other one made.
    let third = written(&*two, row(&clinic, &[passport(2), passport(3)], Vec::new())).await;
    assert_eq!(one.cluster(third.person).await.expect("read").len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_feed_is_heard_by_other_processes() {
    use hutong_store::{Audience, Feed, NewFeedItem};
    let database = Database::new().await;
    let one = Arc::new(open(&database.url, 1).await.expect("opened"));
    let two = Arc::new(open(&database.url, 2).await.expect("opened"));
    let item = || NewFeedItem {
        kind: "entry".into(),
        audience: Audience::All,
        body: "{}".into(),
        at: MARCH,
    };
    for number in 1..=5 {
        let begun = std::time::Instant::now();
        let waiting = tokio::spawn({
            let two = two.clone();
            async move { two.wait_feed(number - 1, 20_000).await }
        });
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(one.append_feed(item()).await.expect("appended"), number);
        waiting.await.expect("heard");
        assert!(begun.elapsed() < Duration::from_secs(5));
        assert_eq!(two.feed_head().await.expect("head"), number);
    }
    // Many at once: no number twice, none left out.
    let appending: Vec<_> = (0..32)
        .map(|n| {
            let store = if n % 2 == 0 { one.clone() } else { two.clone() };
            tokio::spawn(async move { store.append_feed(item()).await.expect("appended") })
        })
        .collect();
    let mut numbers = BTreeSet::new();
    for task in appending {
        numbers.insert(task.await.expect("no panic"));
    }
    assert_eq!(numbers, (6..38).collect());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_keys_are_refused() {
    let database = Database::new().await;
    drop(open(&database.url, 1).await.expect("opened"));
    let (right, wrong) = (|| Counter::new(1), || Counter::new(99));
    let (ring, blind) = (KeyRing::generate(&*wrong()), {
        let keys = right();
        drop(KeyRing::generate(&*keys));
        BlindKey::generate(&*keys)
    });
    let refused = PostgresStore::open(&database.url, ring, blind, right()).await;
    assert!(matches!(refused.map(drop), Err(StoreError::Sealed { .. })));
    let keys = right();
    let (ring, blind) = (KeyRing::generate(&*keys), BlindKey::generate(&*wrong()));
    let refused = PostgresStore::open(&database.url, ring, blind, right()).await;
    assert!(matches!(refused.map(drop), Err(StoreError::Sealed { .. })));
    drop(open(&database.url, 1).await.expect("opened"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_old_key_sealed_is_sealed_again() {
    let database = Database::new().await;
    let store: Arc<dyn Store> = Arc::new(open(&database.url, 1).await.expect("opened"));
    let clinic = member("clinic");
    let mut person = NIL;
    for number in 0..5 {
        let dose = dose(&clinic, &number.to_string(), "L");
        person = written(&*store, row(&clinic, &[passport(1)], vec![dose])).await.person;
        let document = serde_json::json!({ "number": number });
        store.put_document("member", "one", document, MARCH).await.expect("written");
        let item = hutong_store::NewFeedItem {
            kind: "entry".into(),
            audience: hutong_store::Audience::All,
            body: "{}".into(),
            at: MARCH,
        };
        store.append_feed(item).await.expect("appended");
        let access = hutong_store::Access {
            person,
            at: MARCH,
            member: clinic.clone(),
            on_behalf_of: None,
            region: region(),
            purpose: hutong_model::Purpose::Treatment,
            right: "self".into(),
            what: "history".into(),
            records: 1,
        };
        store.record_access(access).await.expect("recorded");
    }
    store.set_setting("feed-position", "7").await.expect("set");
    drop(store);
    // A new key in front; then the old one goes.
    let ring = |rotated: bool, old: bool| {
        let keys = Counter::new(1);
        let (mut ring, blind) = (KeyRing::generate(&*keys), BlindKey::generate(&*keys));
        if rotated {
            ring.rotate(&*keys).expect("rotated");
        }
        if !old {
            ring.retain_newest();
        }
        (ring, blind)
    };
    let (both, blind) = ring(true, true);
    let store = PostgresStore::open(&database.url, both, blind, Counter::new(2 << 40)).await;
    let store = store.expect("opened");
    assert_eq!(store.reseal().await.expect("sealed again"), 6 + 5 + 5 + 5 + 1);
    assert_eq!(store.reseal().await.expect("sealed again"), 0);
    drop(store);
    let (new, blind) = ring(true, false);
    let store = PostgresStore::open(&database.url, new, blind, Counter::new(3 << 40)).await;
    let store: Arc<dyn Store> = Arc::new(store.expect("opened"));
    assert_eq!(records(&*store, person).await.len(), 5);
    assert_eq!(store.entries_after(0, 10).await.expect("read").len(), 6);
    assert_eq!(store.accesses(&[person], 10).await.expect("read").len(), 5);
    assert_eq!(store.feed_after(0, region(), 10).await.expect("read").len(), 5);
    assert_eq!(store.setting("feed-position").await.expect("read"), Some("7".into()));
    let newest = store.document("member", "one").await.expect("read");
    assert_eq!(newest, Some(serde_json::json!({ "number": 4 })));
    drop(store);
    let refused = open(&database.url, 4).await.map(drop);
    assert!(matches!(refused, Err(StoreError::Sealed { .. })), "the old key alone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_or_newer_schema_is_refused() {
    let database = Database::new().await;
    drop(open(&database.url, 1).await.expect("opened"));
    let client = database.connect().await;
    let newer = "INSERT INTO refinery_schema_history
        SELECT 99, 'newer', applied_on, checksum FROM refinery_schema_history LIMIT 1";
    client.batch_execute(newer).await.expect("written");
    let refused = open(&database.url, 1).await;
    assert!(matches!(refused.map(drop), Err(StoreError::Schema(_))));
    let nobody = open("postgresql://nobody@127.0.0.1:1/none", 1).await.map(drop);
    assert!(matches!(nobody, Err(StoreError::Open { .. })), "{nobody:?}");
    let secret = open("postgresql://me:secret@", 1).await.map(drop).expect_err("refused");
    assert!(!secret.to_string().contains("secret"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_widened_schema_serves_old_and_new_programs() {
    let database = Database::new().await;
    let before = open(&database.url, 1).await.expect("opened");
    let client = database.connect().await;
    // What a newer program would do at its first start, while this one still runs.
    let widen = "ALTER TABLE entry ADD COLUMN later text;
        CREATE TABLE later (number int PRIMARY KEY);
        INSERT INTO refinery_schema_history
        SELECT 98, 'expand_later', applied_on, checksum FROM refinery_schema_history LIMIT 1";
    client.batch_execute(widen).await.expect("widened");
    let (clinic, passport) = (member("clinic"), passport(1));
    let doses =
        |id: &str| row(&clinic, std::slice::from_ref(&passport), vec![dose(&clinic, id, "L")]);
    let first = written(&before, doses("before")).await;
    drop(before);
    let after = open(&database.url, 1).await.expect("a wider schema is no obstacle");
    let second = written(&after, doses("after")).await;
    assert_eq!(second.person, first.person);
    drop(after);
    let narrow = "INSERT INTO refinery_schema_history
        SELECT 99, 'without_kind', applied_on, checksum FROM refinery_schema_history LIMIT 1";
    client.batch_execute(narrow).await.expect("written");
    let refused = open(&database.url, 1).await;
    assert!(matches!(refused.map(drop), Err(StoreError::Schema(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_is_verified() {
    let folder = tempfile::tempdir().expect("a folder");
    let names = vec!["localhost".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
    let (certificate, key) = (folder.path().join("server.pem"), folder.path().join("server.key"));
    std::fs::write(&certificate, made.cert.pem()).expect("written");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("written");
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&key, private).expect("private");
    let server = Server::start_tls(folder.path());
    let database = server.database().await;
    let (before, _) = database.url.split_once('?').expect("a URL");
    let (_, name) = before.rsplit_once('/').expect("a URL");
    let url = |host: &str, more: &str| {
        format!("postgresql://postgres@{host}:{}/{name}?sslmode=verify-full{more}", server.port())
    };
    let roots = format!("&sslrootcert={}", certificate.display());
    let store = open(&url("localhost", &roots), 1).await.expect("opened");
    let clinic = member("clinic");
    written(&store, row(&clinic, &[passport(1)], vec![dose(&clinic, "d", "L")])).await;
    let sessions = "SELECT count(*), bool_and(ssl) FROM pg_stat_ssl
        JOIN pg_stat_activity USING (pid) WHERE application_name = 'hutong'";
    let sessions = database.connect().await.query_one(sessions, &[]).await.expect("read");
    assert!(sessions.get::<_, i64>(0) >= 2 && sessions.get::<_, bool>(1));
    // Not a certificate that the machine trusts, and not one for another name.
    for refused in [url("localhost", ""), url("127.0.0.1", &roots)] {
        let refused = open(&refused, 2).await.map(drop);
        assert!(matches!(refused, Err(StoreError::Open { .. })), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn texts_from_outside_may_hold_anything() {
    let database = Database::new().await;
    let store = open(&database.url, 1).await.expect("opened");
    let odd = "a\u{0}b\u{1f980}'\"\\";
    assert!(store.use_once("jti", odd, MARCH.plus_s(60), MARCH).await.expect("used"));
    assert!(!store.use_once("jti", odd, MARCH.plus_s(60), MARCH).await.expect("used"));
    let document = serde_json::json!({ "odd": odd });
    store.put_document("member", odd, document.clone(), MARCH).await.expect("written");
    assert_eq!(store.document("member", odd).await.expect("read"), Some(document.clone()));
    let all = store.documents("member").await.expect("read");
    assert_eq!(all, [(odd.to_owned(), document)]);
}

struct Home {
    database: Database,
    openings: u64,
}

impl naive::Home for Home {
    async fn open(&mut self) -> Arc<dyn Store> {
        self.openings += 1;
        Arc::new(open(&self.database.url, self.openings).await.expect("opened"))
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 12,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_store_does_what_the_model_does(ops in prop::collection::vec(naive::op(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let home = Home { database: Database::new().await, openings: 0 };
            naive::play(home, ops).await;
        });
    }
}

//! The embedded back end and its file: closing, crashing, keys, damage, versions.

#[allow(dead_code, reason = "each test file uses a part of the suite")]
mod conformance;

use conformance::*;
use hutong_model::Purpose;
use hutong_store::{
    Access, AccessLog, Audience, BlindKey, EmbeddedStore, Feed, Journal, KeyRing, NewFeedItem,
    Registry, Settings, StoreError, sqlite::Upkeep,
};
use std::path::{Path, PathBuf};

const TINY: Upkeep = Upkeep { flush_entries: 7, fanout: 2, slice_entries: 2 };

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }
    fn path(&self) -> PathBuf {
        self.folder.path().join("store.db")
    }
    fn open(&self) -> EmbeddedStore {
        open(&self.path(), ring(), blind(), TINY).expect("opened")
    }
    /// The file, opened by hand.
    fn raw(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.path()).expect("opened")
    }
    /// The access log, opened by hand.
    fn raw_accesses(&self) -> rusqlite::Connection {
        let path = self.path().with_extension("access.sqlite");
        rusqlite::Connection::open(path).expect("opened")
    }
}

fn ring() -> KeyRing {
    KeyRing::generate(&*Counter::new(1))
}
fn blind() -> BlindKey {
    BlindKey::generate(&*Counter::new(2))
}

fn open(
    path: &Path,
    ring: KeyRing,
    blind: BlindKey,
    upkeep: Upkeep,
) -> Result<EmbeddedStore, StoreError> {
    // Another seed each time, so that ids and nonces do not repeat.
    static SEED: AtomicU64 = AtomicU64::new(1000);
    let entropy = Counter::new(SEED.fetch_add(0x1234_5678_9abc, Ordering::Relaxed));
    EmbeddedStore::open_with(path, ring, blind, entropy, upkeep)
}

/// Doses with numbers in a range, of a few persons.
async fn fill(store: &EmbeddedStore, numbers: std::ops::Range<u32>) {
    let clinic = member("clinic");
    for n in numbers {
        let dose = dose(&clinic, &n.to_string(), "LOT-SECRET");
        written(store, row(&clinic, &[passport(n % 11)], vec![dose])).await;
    }
}

/// Everything that [`fill`] wrote up to a number is there, by every way that leads to it.
async fn check_filled(store: &EmbeddedStore, count: u32) {
    let clinic = member("clinic");
    let people = count.min(11);
    let expected = u64::from(count + people);
    assert_eq!(store.head().await.expect("head"), expected);
    assert_eq!(store.counts().await.expect("counts"), (u64::from(people), expected));
    assert_eq!(store.entries_after(0, 10_000).await.expect("read").len() as u64, expected);
    for n in 0..count {
        let id = dose(&clinic, &n.to_string(), "").id;
        let stored = store.entry(id).await.expect("read").expect("there");
        let person = person_of(store, &passport(n % 11)).await;
        assert_eq!(person, Some(stored.entry.person));
    }
    let mut found = 0;
    for n in 0..people {
        let person = person_of(store, &passport(n)).await.expect("known");
        found += records(store, person).await.len();
    }
    assert_eq!(found, count as usize);
    let days = store.day_digests(MARCH.utc_date(), MARCH.utc_date()).await.expect("read");
    assert_eq!(days.iter().map(|day| day.count).sum::<u64>(), expected);
}

#[tokio::test]
async fn closing_keeps_all() {
    let place = Place::new();
    let mut count = 0;
    for more in [1, 3, 17, 40, 2, 100] {
        let store = place.open();
        check_filled(&store, count).await;
        fill(&store, count..count + more).await;
        count += more;
        check_filled(&store, count).await;
    }
    let store = place.open();
    let runs: usize = store.index_sizes().iter().map(|(_, runs, _)| runs).sum();
    assert!(runs > 2, "runs were written");
    // Links and what was taken away are kept, too.
    let clinic = member("clinic");
    let one = person_of(&store, &passport(1)).await.expect("known");
    let away = fact(entry_id(1), Fact::DocumentUnlinked(passport(1)));
    let both = row(&clinic, &[passport(2), passport(3)], vec![dose(&clinic, "both", "L")]);
    written(&store, about(&clinic, one, vec![away])).await;
    assert!(written(&store, both).await.persons_linked);
    let two = person_of(&store, &passport(2)).await.expect("known");
    drop(store);
    let store = place.open();
    assert_eq!(person_of(&store, &passport(1)).await, None);
    assert_eq!(store.cluster(two).await.expect("read").len(), 2);
}

#[tokio::test]
async fn a_crash_at_any_point_loses_nothing() {
    let place = Place::new();
    let store = place.open();
    let mut count = 0;
    for round in 0..25 {
        fill(&store, count..count + 9).await;
        count += 9;
        // What is on disk now, while the store goes on: as after kill -9.
        let copy = Place::new();
        for name in ["store.db", "store.db-wal", "store.access.sqlite", "store.access.sqlite-wal"] {
            let from = place.folder.path().join(name);
            std::fs::copy(from, copy.folder.path().join(name)).expect("copied");
        }
        let other = copy.open();
        check_filled(&other, count).await;
        if round % 5 == 0 {
            fill(&other, count..count + 30).await;
            drop(other);
            check_filled(&copy.open(), count + 30).await;
        }
    }
}

#[tokio::test]
async fn half_written_runs_are_swept() {
    let place = Place::new();
    fill(&place.open(), 0..50).await;
    let raw = place.raw();
    let garbage = "INSERT INTO index_page (place, body) VALUES ((5000 << 24) + ?1, x'00')";
    for page in 0..10 {
        raw.execute(garbage, [page]).expect("written");
    }
    drop(raw);
    check_filled(&place.open(), 50).await;
    let left = "SELECT count(*) FROM index_page WHERE place >= (5000 << 24)";
    let left: i64 = place.raw().query_row(left, [], |row| row.get(0)).expect("read");
    assert_eq!(left, 0);
}

#[tokio::test]
async fn an_access_log_that_was_exchanged_is_noticed() {
    let (place, other) = (Place::new(), Place::new());
    fill_small(&place.open()).await;
    fill_small(&other.open()).await;
    let log = |place: &Place| place.path().with_extension("access.sqlite");
    std::fs::copy(log(&other), log(&place)).expect("exchanged");
    let opened = open(&place.path(), ring(), blind(), TINY);
    assert!(matches!(opened, Err(StoreError::Open { .. })), "another store's log");
    std::fs::remove_file(log(&place)).expect("removed");
    let opened = open(&place.path(), ring(), blind(), TINY);
    assert!(matches!(opened, Err(StoreError::Open { .. })), "no log");
}

#[tokio::test]
async fn a_second_store_is_kept_out() {
    let place = Place::new();
    let store = place.open();
    let second = open(&place.path(), ring(), blind(), TINY);
    assert!(matches!(second, Err(StoreError::Open { .. })));
    drop(store);
    place.open();
    let nowhere = open(&place.folder.path().join("no/such/folder/x"), ring(), blind(), TINY);
    assert!(matches!(nowhere, Err(StoreError::Open { .. })));
    std::fs::write(place.folder.path().join("other"), vec![b'x'; 9000]).expect("written");
    let other = open(&place.folder.path().join("other"), ring(), blind(), TINY);
    assert!(matches!(other, Err(StoreError::Open { .. })), "not a database");
}

#[tokio::test]
async fn other_keys_do_not_open() {
    let place = Place::new();
    drop(place.open());
    let stranger = KeyRing::generate(&*Counter::new(77));
    let opened = open(&place.path(), stranger, blind(), TINY);
    assert!(matches!(opened, Err(StoreError::Sealed { .. })));
    let stranger = BlindKey::generate(&*Counter::new(77));
    let opened = open(&place.path(), ring(), stranger, TINY);
    assert!(matches!(opened, Err(StoreError::Sealed { .. })));
    place.open();
}

#[tokio::test]
async fn keys_are_rotated() {
    let place = Place::new();
    let mut keys = ring();
    fill(&place.open(), 0..30).await;
    assert_eq!(keys.rotate(&*Counter::new(5)), Ok(2));
    let keys = KeyRing::parse(&keys.format()).expect("read back");
    assert_eq!(keys.ids(), [2, 1]);
    let text = keys.format();
    let store = open(&place.path(), keys, blind(), TINY).expect("opened by both keys");
    check_filled(&store, 30).await;
    fill(&store, 30..40).await;
    store.set_setting("name", "value").await.expect("written");
    // 41 entries under the old key, ten under the new one.
    assert_eq!(store.reseal().await.expect("resealed"), 41);
    assert_eq!(store.reseal().await.expect("resealed"), 0);
    drop(store);
    let mut newest = KeyRing::parse(&text).expect("read back");
    newest.retain_newest();
    let store = open(&place.path(), newest, blind(), TINY).expect("opened by the new key alone");
    check_filled(&store, 40).await;
    drop(store);
    let opened = open(&place.path(), ring(), blind(), TINY);
    assert!(matches!(opened, Err(StoreError::Sealed { .. })), "the old key alone");
}

#[tokio::test]
async fn everything_sealed_is_resealed() {
    let place = Place::new();
    let store = place.open();
    fill_small(&store).await;
    drop(store);
    let mut keys = ring();
    keys.rotate(&*Counter::new(5)).expect("room");
    let text = keys.format();
    let store = open(&place.path(), keys, blind(), TINY).expect("opened");
    // Two of each: settings, documents, feed items, accesses.
    assert_eq!(store.reseal().await.expect("resealed"), 8);
    drop(store);
    let mut newest = KeyRing::parse(&text).expect("read back");
    newest.retain_newest();
    let store = open(&place.path(), newest, blind(), TINY).expect("opened");
    assert_eq!(store.feed_head().await.expect("read"), 2);
    assert_eq!(store.setting("one").await.expect("read").as_deref(), Some("value-one"));
    assert_eq!(store.documents("member").await.expect("read").len(), 2);
    assert_eq!(store.feed_after(0, region(), 9).await.expect("read").len(), 2);
    assert_eq!(store.accesses(&[person(1), person(2)], 9).await.expect("read").len(), 2);
}

fn person(number: u8) -> PersonId {
    PersonId::from_bytes([number; 16])
}

/// Two of everything small that is sealed.
async fn fill_small(store: &EmbeddedStore) {
    for (number, name) in [(1, "one"), (2, "two")] {
        store.set_setting(name, &format!("value-{name}")).await.expect("written");
        let document = serde_json::json!({ "secret": name });
        store.put_document("member", name, document, MARCH).await.expect("written");
        let (kind, audience) = ("entry".into(), Audience::All);
        let item = NewFeedItem { kind, audience, body: format!("body-{name}"), at: MARCH };
        store.append_feed(item).await.expect("written");
        let access = Access {
            person: person(number),
            at: MARCH,
            member: member("clinic"),
            on_behalf_of: None,
            region: region(),
            purpose: Purpose::Treatment,
            right: "self".into(),
            what: "history".into(),
            records: 1,
        };
        store.record_access(access).await.expect("written");
    }
}

#[tokio::test]
async fn sealed_values_do_not_move() {
    let place = Place::new();
    let store = place.open();
    fill(&store, 0..11).await;
    fill_small(&store).await;
    let (one, two) = (person_of(&store, &passport(1)).await, person_of(&store, &passport(2)).await);
    let (one, two) = (one.expect("known"), two.expect("known"));
    drop(store);
    let (raw, accesses) = (place.raw(), place.raw_accesses());
    for (raw, table, key, value) in [
        (&raw, "entry", "seq", "body"),
        (&accesses, "access", "seq", "body"),
        (&raw, "feed", "number", "body"),
        (&raw, "registry", "version", "body"),
        (&raw, "setting", "name", "value"),
    ] {
        let two_of = if table == "entry" { "(4, 6)" } else { "(1, 2, 'one', 'two')" };
        raw.execute_batch(&format!(
            "CREATE TEMP TABLE old AS SELECT {key} AS k, {value} AS v FROM {table}
                WHERE {key} IN {two_of};
             UPDATE {table} SET {value} = (SELECT v FROM old WHERE k <> {key})
                WHERE {key} IN {two_of};
             DROP TABLE old;"
        ))
        .expect("swapped");
    }
    drop((raw, accesses));
    let store = place.open();
    let clinic = member("clinic");
    let id = dose(&clinic, "1", "").id;
    let sealed = |error| matches!(error, StoreError::Sealed { .. });
    assert!(store.entry(id).await.is_err_and(sealed));
    assert!(store.entries_of(&[one]).await.is_err_and(sealed));
    assert!(store.entries_after(0, 100).await.is_err_and(sealed));
    assert!(store.accesses(&[person(1)], 9).await.is_err_and(sealed));
    assert!(store.feed_after(0, region(), 9).await.is_err_and(sealed));
    assert!(store.document("member", "one").await.is_err_and(sealed));
    assert!(store.setting("one").await.is_err_and(sealed));
    // A row given to another person does not open, either.
    drop(store);
    let raw = place.raw();
    let gift = "UPDATE entry SET person = ?1 WHERE seq = (SELECT max(seq) FROM entry)";
    raw.execute(gift, [two.as_bytes()]).expect("written");
    drop(raw);
    let last = dose(&clinic, "10", "").id;
    assert!(place.open().entry(last).await.is_err_and(sealed));
}

#[tokio::test]
async fn nothing_personal_lies_open() {
    let place = Place::new();
    let store = place.open();
    fill(&store, 0..40).await;
    fill_small(&store).await;
    let person = person_of(&store, &passport(7)).await.expect("known");
    let demographics = hutong_model::Demographics {
        name: Some("欧阳测试".into()),
        phone: Some("13800001234".into()),
        ..Default::default()
    };
    let facts = vec![fact(entry_id(3), Fact::Demographics(demographics))];
    written(&store, about(&member("clinic"), person, facts)).await;
    let mut bytes = Vec::new();
    for end in ["", "-wal"] {
        let path = place.folder.path().join(format!("store.db{end}"));
        bytes.extend(std::fs::read(path).expect("read"));
    }
    let number = passport(7).number().to_owned();
    for secret in ["欧阳测试", "13800001234", &number, "LOT-SECRET", "body-one", "value-one"] {
        let there = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!there, "{secret} lies open");
    }
}

#[tokio::test]
async fn other_migrations_are_refused() {
    let place = Place::new();
    drop(place.open());
    let run = |sql: &str| place.raw().execute_batch(sql).expect("written");
    let newer = "INSERT INTO refinery_schema_history (version, name, applied_on, checksum)
         VALUES (9999, 'from_the_future', '2030-01-01T00:00:00Z', '1')";
    run(newer);
    let opened = open(&place.path(), ring(), blind(), TINY);
    assert!(matches!(opened, Err(StoreError::Schema(_))));
    run("UPDATE refinery_schema_history SET name = 'expand_it' WHERE version = 9999");
    drop(place.open());
    run("DELETE FROM refinery_schema_history WHERE version = 9999");
    drop(place.open());
    run("UPDATE refinery_schema_history SET checksum = '1' WHERE version = 1");
    let opened = open(&place.path(), ring(), blind(), TINY);
    assert!(matches!(opened, Err(StoreError::Schema(_))));
}

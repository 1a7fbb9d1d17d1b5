//! Moving house: a whole store copied to the other back end and back.

#[allow(dead_code, reason = "each test file uses a part of the suite")]
mod conformance;
#[allow(dead_code, reason = "each test file uses a part of it")]
mod server;

use conformance::*;
use hutong_model::{Date, Purpose, entry::CorrectionRequest};
use hutong_population::{Config, persons};
use hutong_store::{
    Access, Audience, BlindKey, Device, EmbeddedStore, Grant, Journal, KeyRing, NewFeedItem,
    OneTimeCode, PostgresStore, Registry, Session, StoreError,
    copying::{Address, CopyError, Keys, Step, copy},
};
use server::Database;
use std::path::Path;

fn keys() -> Keys {
    let keys = Counter::new(1);
    let (ring, blind) = (KeyRing::generate(&*keys), BlindKey::generate(&*keys));
    // What is random differs from store to store.
    static NEXT: AtomicU64 = AtomicU64::new(7);
    let seed = NEXT.fetch_add(1, Ordering::Relaxed);
    Keys { ring, blind, entropy: Counter::new(seed << 40) }
}

fn embedded(path: &Path) -> Result<EmbeddedStore, StoreError> {
    let Keys { ring, blind, entropy } = keys();
    EmbeddedStore::open(path, ring, blind, entropy)
}

async fn server_store(url: &str) -> Result<PostgresStore, StoreError> {
    let Keys { ring, blind, entropy } = keys();
    PostgresStore::open(url, ring, blind, entropy).await
}

/// Copies on a thread of its own, as it blocks.
async fn copied(from: &Address, to: &Address) -> Result<hutong_store::copying::Copied, CopyError> {
    let (from, to) = (from.clone(), to.clone());
    let copying = tokio::task::spawn_blocking(move || copy(&from, &to, &keys(), &|_: Step| {}));
    copying.await.expect("no panic")
}

/// Everybody's history and everything else that a store answers.
async fn answers(store: &dyn Store, everybody: &[Document]) -> Vec<String> {
    let mut all = Vec::new();
    let persons = store.persons_by_documents(everybody).await.expect("read");
    for person in persons.iter().flatten() {
        let cluster = store.cluster(*person).await.expect("read");
        all.push(format!("{:?}", store.entries_of(&cluster).await.expect("read")));
        all.push(format!("{:?}", store.accesses(&cluster, 100).await.expect("read")));
        all.push(format!("{:?}", store.grants_of(&cluster, MARCH).await.expect("read")));
        all.push(format!("{:?}", store.devices_of(*person).await.expect("read")));
    }
    all.push(format!("{persons:?}"));
    let (from, to) = (Date::parse("1970-01-01"), Date::parse("2099-01-01"));
    let (from, to) = (from.expect("a day"), to.expect("a day"));
    all.push(format!("{:?}", store.day_digests(from, to).await.expect("read")));
    all.push(format!("{:?}", store.counts().await.expect("read")));
    all.push(format!("{:?}", store.head().await.expect("read")));
    all.push(format!("{:?}", store.outbox_position().await.expect("read")));
    all.push(format!("{:?}", store.inbox_position(&member("child")).await.expect("read")));
    all.push(format!("{:?}", store.setting("name").await.expect("read")));
    all.push(format!("{:?}", store.documents("members").await.expect("read")));
    all.push(format!("{:?}", store.feed_head().await.expect("read")));
    all.push(format!("{:?}", store.corrections(&member("clinic"), false).await.expect("read")));
    all.push(format!("{:?}", store.session(&[3; 32], MARCH).await.expect("read")));
    all
}

/// A population and one of everything else; the documents of everybody.
async fn fill(store: &dyn Store, people: u64) -> Vec<Document> {
    let region = RegionCode::parse("330000").expect("a region");
    let as_of = Date::parse("2026-02-01").expect("a day");
    let config = Config::new(5, people, as_of, vec![region]);
    let (mut documents, mut rows) = (Vec::new(), Vec::new());
    for person in persons(&config) {
        documents.extend(person.subject.documents.clone());
        for record in &person.records {
            let clinic = record.reporter.member().expect("a member");
            let id = EntryId::of_record(&clinic, &record.own_id);
            let mut stated = fact(id, record.fact.clone());
            (stated.own_id, stated.times) = (Some(record.own_id.clone()), record.times);
            stated.times.admitted = MARCH;
            rows.push(row(&clinic, &person.subject.documents, vec![stated]));
        }
    }
    for rows in rows.chunks(500) {
        admit_all(store, rows.to_vec()).await;
    }
    let clinic = member("clinic");
    // Two persons who turn out to be one, a document taken away, a request for correction.
    let [one, other] = [passport(1), passport(2)];
    let first =
        written(store, row(&clinic, std::slice::from_ref(&one), vec![dose(&clinic, "a", "L")]))
            .await;
    written(store, row(&clinic, std::slice::from_ref(&other), vec![dose(&clinic, "b", "L")])).await;
    written(store, row(&clinic, &[one.clone(), other.clone()], vec![])).await;
    let request =
        CorrectionRequest { record: first.entry, statement: "not mine".into(), appeal_until: None };
    let request = fact(entry_id(9), Fact::CorrectionRequest(request));
    written(store, about(&clinic, first.person, vec![request])).await;
    documents.extend([one, other]);
    small_things(store, first.person).await;
    documents
}

async fn small_things(store: &dyn Store, person: PersonId) {
    let (clinic, later) = (member("clinic"), MARCH.plus_s(60));
    let inbox = Some(hutong_store::InboxMark { node: member("child"), seq: 77 });
    store.admit(AdmitBatch { inbox, ..AdmitBatch::default() }).await.expect("marked");
    store.set_outbox_position(5).await.expect("marked");
    for number in 0..50 {
        let access = Access {
            person,
            at: MARCH.plus_s(number / 10),
            member: clinic.clone(),
            on_behalf_of: None,
            region: region(),
            purpose: Purpose::Treatment,
            right: format!("legal:{number}"),
            what: "history".into(),
            records: 1,
        };
        store.record_access(access).await.expect("recorded");
    }
    let grant = Grant {
        id: "g\u{1}".into(),
        person,
        member: clinic,
        purpose: Purpose::Treatment,
        basis: "presentation".into(),
        granted_at: MARCH,
        expires_at: later,
    };
    store.put_grant(grant).await.expect("granted");
    let cose_key = vec![1, 2, 3];
    let (registered_at, revoked_at) = (MARCH, None);
    let device = Device { id: "d".into(), person, cose_key, registered_at, revoked_at };
    store.put_device(device).await.expect("kept");
    let session = Session { hash: [3; 32], person, expires_at: later };
    store.put_session(session).await.expect("kept");
    let code = OneTimeCode { id: "c".into(), person, hash: [4; 32], expires_at: later, tries: 2 };
    store.put_one_time_code(code).await.expect("kept");
    store.use_once("jti", "token", later, MARCH).await.expect("used");
    store.set_setting("name", "浙江").await.expect("set");
    store.put_document("members", "k", serde_json::json!({"a": 1}), MARCH).await.expect("put");
    store.put_document("members", "k", serde_json::json!({"a": 2}), MARCH).await.expect("put");
    let item = NewFeedItem {
        kind: "entry".into(),
        audience: Audience::Region(region()),
        body: "{}".into(),
        at: MARCH,
    };
    store.append_feed(item).await.expect("appended");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_moves_to_a_server_and_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let (here, back) = (folder.path().join("a.sqlite"), folder.path().join("b.sqlite"));
    let database = Database::new().await;
    let there = Address::Server(database.url.clone());
    let store = embedded(&here).expect("opened");
    let everybody = fill(&store, 400).await;
    let before = answers(&store, &everybody).await;

    let (from, to) = (Address::File(here.clone()), Address::File(back.clone()));
    let locked = copied(&from, &there).await;
    assert!(matches!(locked, Err(CopyError::Store(StoreError::Open { .. }))), "{locked:?}");
    drop(store);
    let report = copied(&from, &there).await.expect("copied");
    assert!(!report.resumed && report.persons > 300, "{report:?}");

    let store = server_store(&database.url).await.expect("opened");
    let after = answers(&store, &everybody).await;
    for (one, other) in before.iter().zip(&after) {
        assert_eq!(one, other);
    }
    let again = written(&store, row(&member("clinic"), &[passport(3)], vec![])).await;
    assert!(again.person_created);
    store.put_document("members", "k", serde_json::json!({"a": 3}), MARCH).await.expect("put");
    let moved = answers(&store, &everybody).await;

    let busy = copied(&there, &to).await;
    assert!(matches!(busy, Err(CopyError::InUse(_))), "{busy:?}");
    drop(store);
    copied(&there, &to).await.expect("copied back");
    let store = embedded(&back).expect("opened");
    for (one, other) in moved.iter().zip(&answers(&store, &everybody).await) {
        assert_eq!(one, other);
    }
    written(&store, row(&member("clinic"), &[passport(4)], vec![])).await;
    drop(store);

    let occupied = copied(&from, &to).await;
    assert!(matches!(occupied, Err(CopyError::NotEmpty("entry"))), "{occupied:?}");
    let occupied = copied(&from, &there).await;
    assert!(matches!(occupied, Err(CopyError::NotEmpty("entry"))), "{occupied:?}");
    assert!(matches!(copied(&from, &from).await, Err(CopyError::Same)));
}

/// Copies, and gives up in the middle of the journal.
async fn interrupted(from: &Address, to: &Address) {
    let (from, to) = (from.clone(), to.clone());
    let copying = tokio::task::spawn_blocking(move || {
        copy(&from, &to, &keys(), &|step| assert!(step.rows < 9_000, "interrupted"))
    });
    assert!(copying.await.is_err());
}

async fn goes_on(from: &Address, to: &Address, other: &Address) {
    interrupted(from, to).await;
    let wrong = copied(other, to).await;
    assert!(matches!(wrong, Err(CopyError::OtherSource)), "{wrong:?}");
    let opened = match to {
        Address::File(path) => embedded(path).err(),
        Address::Server(url) => server_store(url).await.err(),
    };
    assert!(opened.is_some_and(|error| error.to_string().contains("not finished")));
    let report = copied(from, to).await.expect("copied");
    assert!(report.resumed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupted_copy_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let [here, back, other] = [path("a.sqlite"), path("b.sqlite"), path("c.sqlite")];
    let store = embedded(&here).expect("opened");
    let everybody = fill(&store, 2_500).await;
    assert!(store.head().await.expect("head") > 20_000);
    let before = answers(&store, &everybody[everybody.len() - 20..]).await;
    drop(store);
    let small = embedded(&other).expect("opened");
    written(&small, row(&member("clinic"), &[passport(1)], vec![])).await;
    drop(small);
    let database = Database::new().await;
    let [here, back, other] = [here, back, other].map(Address::File);
    let there = Address::Server(database.url.clone());
    goes_on(&here, &there, &other).await;
    goes_on(&there, &back, &other).await;
    let Address::File(path) = &back else { return };
    let store = embedded(path).expect("opened");
    let after = answers(&store, &everybody[everybody.len() - 20..]).await;
    assert_eq!(before, after);
}

//! The node within this process: what admission costs without HTTP.

use crate::{
    doses::Sender,
    server,
    system::{OsEntropy, SystemClock},
};
use hutong_fhir::{ReadContext, RowResult, read_line};
use hutong_model::{
    Clock, Member, MemberId, MemberKind, MemberStatus, RegionCode, Submission, Timestamp,
    limits::ADMIT_BATCH_MAX,
};
use hutong_node::{Node, NodeSettings, Parts, admit::Outcome, keys::Keys};
use hutong_store::{BlindKey, EmbeddedStore, KeyRing};
use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

/// Records per second from text to receipt, each sender a task. Their persons are known already.
pub fn admit(senders: &[Sender], texts: &[Vec<u8>]) -> f64 {
    let folder = tempfile::tempdir().expect("folder");
    server::init(folder.path());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("runtime").block_on(async {
        let (node, _) = node(folder.path()).await;
        let patients: Vec<Vec<u8>> =
            senders.iter().map(|sender| sender.patients().flatten().collect()).collect();
        send_all(&node, &patients).await;
        let took = send_all(&node, texts).await;
        let records: u64 = senders.iter().map(Sender::records).sum();
        records as f64 / took.as_secs_f64()
    })
}

/// Sends all texts at once, and how long that took.
pub async fn send_all(node: &Arc<Node>, texts: &[Vec<u8>]) -> Duration {
    let senders = texts
        .iter()
        .enumerate()
        .map(|(at, text)| send(node.clone(), member(at), Arc::<[u8]>::from(text.as_slice())));
    let senders: Vec<_> = senders.collect();
    let begin = Instant::now();
    let tasks: Vec<_> = senders.into_iter().map(tokio::spawn).collect();
    for task in tasks {
        task.await.expect("sender");
    }
    begin.elapsed()
}

/// Reads and admits by batches, the next being read while one is written.
async fn send(node: Arc<Node>, member: Arc<Member>, text: Arc<[u8]>) {
    let context = Arc::new(ReadContext::new(member.id.clone(), node.now()));
    let mut reading = read(text.clone(), 0, context.clone());
    loop {
        let (submissions, end) = reading.await.expect("read");
        let more = end < text.len();
        reading = read(text.clone(), end, context.clone());
        let receipts = node.admit(&member, submissions, false).await.expect("admit");
        assert!(receipts.iter().all(|receipt| receipt.outcome == Outcome::Admitted));
        if !more {
            return;
        }
    }
}

fn read(
    text: Arc<[u8]>,
    from: usize,
    context: Arc<ReadContext>,
) -> tokio::task::JoinHandle<(Vec<Box<Submission>>, usize)> {
    tokio::task::spawn_blocking(move || {
        let (mut submissions, mut end) = (Vec::with_capacity(ADMIT_BATCH_MAX), from);
        for line in text[from..].split_inclusive(|b| *b == b'\n').take(ADMIT_BATCH_MAX) {
            end += line.len();
            for row in read_line(line, 1, &context) {
                match row.result {
                    RowResult::Submission(submission, _) => submissions.push(submission),
                    other => panic!("not a submission: {other:?}"),
                }
            }
        }
        (submissions, end)
    })
}

/// A root of its own in a folder that `hutong init` has made, and its store.
pub async fn node(folder: &Path) -> (Arc<Node>, Arc<EmbeddedStore>) {
    let (ring, blind) = (KeyRing::generate(&OsEntropy), BlindKey::generate(&OsEntropy));
    let path = folder.join("bench.sqlite");
    let store = EmbeddedStore::open(&path, ring, blind, Arc::new(OsEntropy)).expect("store");
    let store = Arc::new(store);
    let settings = NodeSettings {
        region: RegionCode::NATION,
        name: "bench".into(),
        public_url: "http://127.0.0.1".into(),
        country: "CN".into(),
        font_file: None,
        parent: None,
        demonstration_identity: false,
        persons_per_operator_day: hutong_model::limits::PERSONS_PER_OPERATOR_DAY,
        also_serves: Vec::new(),
    };
    let parts = Parts {
        settings,
        store: store.clone(),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(OsEntropy),
        keys: Keys::load(&folder.join("data/keys")).expect("keys"),
        ledger: Some(folder.join("data/ledger")),
        codes: Arc::new(|_, _, _| {}),
    };
    (Node::new(parts).await.expect("node"), store)
}

/// A clinic.
pub fn member(at: usize) -> Arc<Member> {
    let now: Timestamp = SystemClock.now();
    Arc::new(Member {
        id: MemberId::parse(&format!("330000.clinic-{at}")).expect("member"),
        kind: MemberKind::Clinic,
        name: "bench".into(),
        region: RegionCode::parse("330000").expect("region"),
        status: MemberStatus::Active,
        purposes: MemberKind::Clinic.usual_purposes(),
        jwks: serde_json::Value::Null,
        admitted_at: now,
        updated_at: now,
    })
}

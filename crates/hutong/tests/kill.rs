//! Nodes killed and lines cut while records are admitted: what was acknowledged is at the parent
//! exactly once.
//!
//! A killed process leaves the system's file cache behind, so this says nothing of a power cut.
//!
//! `HUTONG_KILL_ROUNDS`, `HUTONG_KILL_RECORDS` (altogether) and `HUTONG_KILL_SEED` set how much.

mod processes;

use processes::{
    Above, Dice, Node, journal,
    link::{Line, Link},
    office::{Answered, NDJSON, Office},
    people::{VACCINES, child},
    setting, succeeded,
};
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

/// Clinics that send at once; each gives every child one dose.
const CLINICS: usize = VACCINES.len();
/// Rows sent in one request.
const ROWS_SENT: usize = 250;
/// How long the outbox may take to empty at the end.
const DRAIN: Duration = Duration::from_secs(120);

/// A node that may be away.
struct Shared {
    url: Mutex<String>,
    /// Own id → entry, of every row that was acknowledged.
    acknowledged: Mutex<HashMap<String, String>>,
    count: AtomicU64,
    /// Requests that broke off or were refused for now.
    broken: AtomicU64,
    /// Rows that were on disk though their receipt never came.
    unheard: AtomicU64,
}

impl Shared {
    fn url(&self) -> String {
        self.url.lock().expect("unharmed").clone()
    }
    /// Notes the receipts of an answer.
    fn note(&self, answered: &Answered) -> usize {
        let mut acknowledged = self.acknowledged.lock().expect("unharmed");
        let mut noted = 0;
        for receipt in answered.receipts() {
            noted += 1;
            match acknowledged.insert(receipt.own_id.clone(), receipt.entry.clone()) {
                None => {
                    self.count.fetch_add(1, Relaxed);
                    self.unheard.fetch_add(u64::from(receipt.outcome == "duplicate"), Relaxed);
                }
                Some(before) => {
                    assert_eq!(before, receipt.entry, "{}", receipt.own_id);
                    assert_eq!(receipt.outcome, "duplicate", "{}", receipt.own_id);
                }
            }
        }
        noted
    }
    fn is_acknowledged(&self, own_id: &str) -> bool {
        self.acknowledged.lock().expect("unharmed").contains_key(own_id)
    }
}

/// A clinic's row.
#[derive(Clone)]
struct Row {
    own_id: String,
    line: String,
}

fn own_id(child: u32, clinic: usize) -> String {
    format!("Immunization/k{child}-{clinic}")
}

fn row(number: u32, clinic: usize) -> Row {
    let id = format!("k{number}-{clinic}");
    let date = format!("2021-{:02}-{:02}", number % 12 + 1, clinic * 7 + 1);
    let dose = child(number).dose(&id, VACCINES[clinic], &date);
    Row { own_id: own_id(number, clinic), line: format!("{dose}\n") }
}

/// Sends rows until each is acknowledged, again and again.
async fn send_all(shared: &Shared, office: &Office, rows: Vec<Row>) {
    let mut open = rows;
    while !open.is_empty() {
        let batch = &open[..open.len().min(ROWS_SENT)];
        let size = batch.len();
        let body: String = batch.iter().map(|row| row.line.as_str()).collect();
        if !send(shared, office, body, size).await {
            shared.broken.fetch_add(1, Relaxed);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        open.retain(|row| !shared.is_acknowledged(&row.own_id));
    }
}

/// Sends rows once; whether all of them were acknowledged.
async fn send(shared: &Shared, office: &Office, body: String, size: usize) -> bool {
    let Ok((status, answered)) = office.admit_rows(&shared.url(), NDJSON, body).await else {
        // The process that gave the token may be gone, and its successor does not know it.
        office.forget_token();
        return false;
    };
    match status {
        200 => {}
        401 => office.forget_token(),
        429 | 503 => {}
        _ => panic!("{status}: {answered:?}"),
    }
    let rejected = answered.rows.iter().find(|row| row["outcome"] == "rejected");
    assert!(rejected.is_none(), "{rejected:?}");
    shared.note(&answered) == size
}

/// What befalls the nodes in one round, each at a number of acknowledged rows.
#[derive(Debug, Clone, Copy)]
struct Blow {
    at: u64,
    /// Milliseconds after that.
    delay: u64,
    /// Milliseconds until it is mended.
    lasts: u64,
}

impl Blow {
    fn roll(dice: &mut Dice, from: u64, rows: u64, lasts: std::ops::Range<u64>) -> Self {
        let at = from + dice.within(rows / 20..rows * 7 / 10);
        Self { at, delay: dice.below(40), lasts: dice.within(lasts) }
    }
    fn wait(&self, shared: &Shared) {
        while shared.count.load(Relaxed) < self.at {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(self.delay));
    }
    fn last(&self) {
        std::thread::sleep(Duration::from_millis(self.lasts));
    }
}

/// The nodes and the line between them.
struct Tree {
    root: Node,
    child: Node,
    link: Link,
}

impl Tree {
    async fn plant(at: &std::path::Path) -> Self {
        let link = Link::new().await;
        let mut root = Node::init(at, "000000", Some(&link.url), None);
        root.start();
        link.lead_to(&root.url);
        let anchor = root.does(["keys", "anchor"]);
        let above = Above { url: &link.url, anchor: anchor.trim() };
        let mut child = Node::init(at, "330000", Some("http://child.example"), Some(above));
        let keys = child.folder.join("client.jwks.json");
        std::fs::write(&keys, child.does(["keys", "jwks"])).expect("written");
        let keys = keys.to_str().expect("UTF-8");
        let kind = ["--kind", "node", "--name", "330000", "--jwks", keys];
        root.does(["member", "admit", "330000.node"].into_iter().chain(kind));
        child.start();
        Self { root, child, link }
    }

    /// Everything that befalls the nodes in a round; returns when all of it is mended.
    fn suffer(&mut self, shared: &Shared, blows: [Blow; 3], line: Line) {
        let (root, child, link) = (&mut self.root, &mut self.child, &self.link);
        std::thread::scope(|scope| {
            scope.spawn(move || {
                blows[0].wait(shared);
                child.kill();
                blows[0].last();
                child.start();
                child.url.clone_into(&mut shared.url.lock().expect("unharmed"));
            });
            scope.spawn(move || {
                blows[1].wait(shared);
                root.kill();
                blows[1].last();
                root.start();
                link.lead_to(&root.url);
            });
            blows[2].wait(shared);
            link.set(line);
            blows[2].last();
            link.set(Line::Up);
        });
    }

    /// One side is killed while what waits is being passed up.
    fn suffer_passing_up(&mut self, shared: &Shared, side: Side, delay: u64) {
        let lag = |child: &Node| child.standing()["outboxLag"].as_u64().expect("a number");
        let (before, until) = (lag(&self.child), Instant::now() + DRAIN);
        while before > 0 && lag(&self.child) >= before {
            assert!(Instant::now() < until, "{before} entries wait and none is passed up");
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(delay));
        match side {
            Side::Child => {
                self.child.kill();
                self.child.start();
                self.child.url.clone_into(&mut shared.url.lock().expect("unharmed"));
            }
            Side::Parent => {
                self.root.kill();
                self.root.start();
                self.link.lead_to(&self.root.url);
            }
        }
    }
}

/// Who is killed.
#[derive(Debug, Clone, Copy)]
enum Side {
    Child,
    Parent,
}

/// The whole run.
struct Run {
    tree: Tree,
    shared: Arc<Shared>,
    clinics: Vec<Arc<Office>>,
    dice: Dice,
    began: Instant,
    /// Children of one round.
    children: u32,
}

impl Run {
    async fn begin(at: &std::path::Path, seed: u64, children: u32) -> Self {
        let tree = Tree::plant(at).await;
        let shared = Shared {
            url: Mutex::new(tree.child.url.clone()),
            acknowledged: Mutex::default(),
            count: AtomicU64::new(0),
            broken: AtomicU64::new(0),
            unheard: AtomicU64::new(0),
        };
        let clinic =
            |n: usize| Arc::new(Office::admit(&tree.child, &format!("clinic-{n}"), "clinic"));
        Self {
            clinics: (0..CLINICS).map(clinic).collect(),
            shared: Arc::new(shared),
            tree,
            dice: Dice::new(seed),
            began: Instant::now(),
            children,
        }
    }

    async fn round(&mut self, round: u32) {
        let (dice, first) = (&mut self.dice, round * self.children);
        let rows = u64::from(self.children) * CLINICS as u64;
        let mut blow = |lasts| Blow::roll(dice, u64::from(round) * rows, rows, lasts);
        let blows = [blow(1..150), blow(1..150), blow(200..1500)];
        let line = if dice.below(2) == 0 { Line::Cut } else { Line::Dead };
        let side = if dice.below(3) == 0 { Side::Child } else { Side::Parent };
        let delay = dice.below(250);
        let senders: Vec<_> = (0..CLINICS)
            .map(|n| {
                let (shared, office) = (self.shared.clone(), self.clinics[n].clone());
                let rows = (first..first + self.children).map(|child| row(child, n)).collect();
                tokio::spawn(async move { send_all(&shared, &office, rows).await })
            })
            .collect();
        tokio::task::block_in_place(|| self.tree.suffer(&self.shared, blows, line));
        for sender in senders {
            sender.await.expect("sent");
        }
        tokio::task::block_in_place(|| self.tree.suffer_passing_up(&self.shared, side, delay));
        // Acknowledged rows again: they change nothing.
        let again: String = (first..first + 50).map(|child| row(child, 0).line).collect();
        while !send(&self.shared, &self.clinics[0], again.clone(), 50).await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        println!(
            "round {:2}: {} acknowledged, {} requests broken, {} receipts lost; child killed at \
             {}, parent at {}, line {line:?} at {} for {} ms; {side:?} killed while passing up; \
             lag {}; {:.1} s",
            round + 1,
            self.shared.count.load(Relaxed),
            self.shared.broken.load(Relaxed),
            self.shared.unheard.load(Relaxed),
            blows[0].at,
            blows[1].at,
            blows[2].at,
            blows[2].lasts,
            self.tree.child.standing()["outboxLag"],
            self.began.elapsed().as_secs_f64(),
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_at_the_parent_exactly_once() {
    let rounds: u32 = setting("HUTONG_KILL_ROUNDS", 10);
    let records: u32 = setting("HUTONG_KILL_RECORDS", 100_000);
    let seed: u64 = setting("HUTONG_KILL_SEED", 20_261_122);
    let children = (records / rounds / CLINICS as u32).max(50);
    let sent = rounds * children * CLINICS as u32;
    println!("seed {seed}, {rounds} rounds, {sent} records");
    let folder = tempfile::tempdir().expect("a folder");
    let mut run = Run::begin(folder.path(), seed, children).await;
    for round in 0..rounds {
        run.round(round).await;
    }
    let Run { mut tree, shared, mut dice, began, .. } = run;
    tree.child.wait_passed_up(DRAIN);
    println!("passed up after {:.1} s", began.elapsed().as_secs_f64());

    let children = rounds * children;
    agree(&tree.child, u64::from(sent));
    for node in [&tree.child, &tree.root] {
        assert_eq!(node.standing()["persons"], children, "{}", node.region);
    }
    let readers = [&tree.child, &tree.root].map(|node| Office::admit(node, "cdc", "department"));
    histories(&tree, &readers, children, &mut dice).await;
    tree.child.stop();
    tree.root.stop();
    let acknowledged = shared.acknowledged.lock().expect("unharmed").clone();
    assert_eq!(acknowledged.len(), sent as usize);
    let below = on_disk(&tree.child, &acknowledged).await;
    let above = on_disk(&tree.root, &acknowledged).await;
    assert_eq!(below, above, "entries passed up");
    println!("{below} entries below and above; {:.1} s", began.elapsed().as_secs_f64());
}

/// `hutong reconcile` finds what was sent, and no difference.
fn agree(child: &Node, sent: u64) {
    let output = succeeded(child.command(["reconcile", "--json"]));
    let rows: Vec<Value> =
        output.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert!(rows.len() >= CLINICS, "{output}");
    let mut at_least = 0;
    for row in rows {
        assert_eq!(row["here"], row["above"], "{row}");
        assert_eq!((&row["agrees"], &row["mended"]), (&true.into(), &0.into()), "{row}");
        assert_eq!(row["onlyAbove"], 0, "{row}");
        at_least += row["here"].as_u64().expect("a number");
    }
    assert!(at_least >= sent, "{at_least} entries compared, {sent} records sent");
}

/// Some children's histories, asked of both nodes.
async fn histories(tree: &Tree, readers: &[Office; 2], children: u32, dice: &mut Dice) {
    for _ in 0..20 {
        let number = u32::try_from(dice.below(u64::from(children))).expect("small");
        let expected: HashMap<String, u32> =
            (0..CLINICS).map(|clinic| (own_id(number, clinic), 1)).collect();
        for (node, reader) in [&tree.child, &tree.root].into_iter().zip(readers) {
            reader.forget_token();
            let shown = reader.history(&node.url, &child(number).number).await;
            assert_eq!(shown, expected, "child {number} at {}", node.region);
        }
    }
}

/// Holds what lies on a node's disk against what was acknowledged; how many entries there are.
async fn on_disk(node: &Node, acknowledged: &HashMap<String, String>) -> usize {
    let entries = journal::entries(node).await;
    let mut seen = HashMap::new();
    let mut of_child: HashMap<String, hutong_model::PersonId> = HashMap::new();
    for entry in &entries {
        let Some(own_id) = entry.own_id.as_ref().filter(|_| entry.fact.is_record()) else {
            continue;
        };
        let own_id = own_id.as_str();
        assert_eq!(seen.insert(own_id, entry.id), None, "{own_id} twice at {}", node.region);
        assert_eq!(acknowledged.get(own_id), Some(&entry.id.to_string()), "{own_id}");
        let child = own_id.split_once('-').expect("a child and a clinic").0;
        let person = of_child.entry(child.to_owned()).or_insert(entry.person);
        assert_eq!(*person, entry.person, "{child} is two persons at {}", node.region);
    }
    assert_eq!(seen.len(), acknowledged.len(), "records at {}", node.region);
    entries.len()
}

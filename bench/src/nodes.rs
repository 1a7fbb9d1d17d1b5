//! A root with an event in force, and regions below it, which sign residents in.

use crate::{
    server::{self, Server},
    stores::Store,
    system::SystemClock,
};
use hutong_model::Clock;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Within what a node that was started must stand.
const STARTED: Duration = Duration::from_secs(20);

/// A root. Levels exist only under an event: one is declared.
pub fn root() -> Server {
    let folder = tempfile::tempdir().expect("a folder");
    server::init(folder.path());
    with_event(folder)
}

/// One that signs residents in by itself.
pub fn root_that_signs_in() -> Server {
    let folder = tempfile::tempdir().expect("a folder");
    server::init(folder.path());
    signs_in(&folder);
    with_event(folder)
}

fn with_event(folder: TempDir) -> Server {
    let file = folder.path().join("event.json");
    let event = json!({
        "id": "rehearsal", "title": { "zh": "演练", "en": "a rehearsal" }, "kind": "epidemic",
        "agent": "sars-cov-2", "legalBasis": "a rehearsal",
        "sunset": SystemClock.now().plus_s(30 * 86_400).to_string(),
    });
    std::fs::write(&file, event.to_string()).expect("a file");
    let root = Server::serve(folder, &Store::Embedded);
    root.command(&["event", "declare", file.to_str().expect("a path")]);
    root
}

/// A region below a root, on a store of its own.
pub fn below(root: &Server, region: &str, store: &Store) -> Server {
    let url = format!("http://{}", root.address);
    let anchor = root.command(&["keys", "anchor"]);
    let folder = tempfile::tempdir().expect("a folder");
    let more = ["--parent", &url, "--trust-anchor", anchor.trim()];
    let said = server::init_node(folder.path(), region, &more);
    admit(root, &folder, region, &said);
    signs_in(&folder);
    let node = Server::serve(folder, store);
    wait(&node, STARTED, |standing| standing["trustList"].is_array());
    node
}

/// One-time codes are printed.
fn signs_in(folder: &TempDir) {
    let config = folder.path().join("node.toml");
    let text = std::fs::read_to_string(&config).expect("configuration");
    let signs_in = text.replacen("[node]\n", "[node]\ndemonstration_identity = true\n", 1);
    std::fs::write(&config, signs_in).expect("configuration");
}

/// The root admits a node, by the key set that was printed when it was made.
fn admit(root: &Server, folder: &TempDir, region: &str, said: &str) {
    let keys = said.lines().find(|line| line.starts_with("{\"keys\"")).expect("a key set");
    let file = folder.path().join("node.jwks");
    std::fs::write(&file, keys).expect("key set");
    let (file, id) = (file.to_str().expect("a path"), format!("{region}.node"));
    root.command(&["member", "admit", &id, "--kind", "node", "--name", &id, "--jwks", file]);
}

/// How a node stands.
pub fn standing(node: &Server) -> Value {
    serde_json::from_str(&node.command(&["status", "--json"])).expect("JSON")
}

/// Waits until a node stands so, and how long that took.
pub fn wait(node: &Server, within: Duration, so: impl Fn(&Value) -> bool) -> Duration {
    let begun = Instant::now();
    loop {
        let standing = standing(node);
        if so(&standing) {
            return begun.elapsed();
        }
        assert!(begun.elapsed() < within, "the node stands otherwise: {standing}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Waits until a node has passed everything up, and how long that took.
pub fn settled(node: &Server, within: Duration) -> Duration {
    wait(node, within, |standing| standing["outboxLag"] == 0)
}

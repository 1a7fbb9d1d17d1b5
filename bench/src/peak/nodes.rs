//! A root and a region below it, which signs residents in and fetches the event from above.

use crate::{
    server::{self, Server},
    stores::Store,
};
use serde_json::Value;
use std::time::{Duration, Instant};

/// The region: of the persons that the benchmarks make.
pub const REGION: &str = "330000";

/// The nodes.
pub struct Nodes {
    /// The root.
    pub root: Server,
    /// The region.
    pub region: Server,
}

impl Nodes {
    /// Makes both and starts them; the region's records lie in the store.
    pub fn start(store: &Store) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        server::init(folder.path());
        declare_event(folder.path());
        let root = Server::serve(folder, &Store::Embedded);
        let url = format!("http://{}", root.address);
        let anchor = root.command(&["keys", "anchor"]);
        let folder = tempfile::tempdir().expect("a folder");
        let more = ["--parent", &url, "--trust-anchor", anchor.trim()];
        let said = server::init_node(folder.path(), REGION, &more);
        let keys = said.lines().find(|line| line.starts_with("{\"keys\"")).expect("a key set");
        let file = folder.path().join("node.jwks");
        std::fs::write(&file, keys).expect("key set");
        let file = file.to_str().expect("a path");
        let id = format!("{REGION}.node");
        root.command(&["member", "admit", &id, "--kind", "node", "--name", &id, "--jwks", file]);
        let config = folder.path().join("node.toml");
        let text = std::fs::read_to_string(&config).expect("configuration");
        let signs_in = text.replacen("[node]\n", "[node]\ndemonstration_identity = true\n", 1);
        std::fs::write(&config, signs_in).expect("configuration");
        let region = Server::serve(folder, store);
        let nodes = Self { root, region };
        let ready = |standing: &Value| standing["trustList"].is_array();
        nodes.wait_region(Duration::from_secs(20), ready);
        nodes
    }

    /// How the region stands.
    pub fn standing(&self) -> Value {
        serde_json::from_str(&self.region.command(&["status", "--json"])).expect("JSON")
    }

    /// Waits until the region stands so, and how long that took.
    pub fn wait_region(&self, within: Duration, so: impl Fn(&Value) -> bool) -> Duration {
        let begun = Instant::now();
        loop {
            let standing = self.standing();
            if so(&standing) {
                return begun.elapsed();
            }
            assert!(begun.elapsed() < within, "the region stands otherwise: {standing}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// Levels exist only under an event.
fn declare_event(folder: &std::path::Path) {
    let config = folder.join("node.toml");
    let text = std::fs::read_to_string(&config).expect("configuration");
    let event = "\n[node.event]\nid = \"rehearsal\"\nkind = \"epidemic\"\nagent = \"covid-19\"\n\
        legal_basis = \"a rehearsal\"\nstart = \"2026-01-01T00:00:00Z\"\n\
        sunset = \"2099-12-31T00:00:00Z\"\n";
    std::fs::write(&config, format!("{text}{event}")).expect("configuration");
}

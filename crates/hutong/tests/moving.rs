//! A node that moves from a file to PostgreSQL.

mod common;
#[allow(dead_code, reason = "a part of it is for the tests of the store")]
#[path = "../../store/tests/server/mod.rs"]
mod server;
#[path = "common/tree.rs"]
mod tree;

use common::{Place, said, text, well};
use serde_json::Value;
use server::Server;
use tree::{import, status};

/// Entries that are in the target by now.
async fn arrived(database: &server::Database) -> i64 {
    let client = database.connect().await;
    match client.query_one("SELECT coalesce(max(seq), 0) FROM entry", &[]).await {
        Ok(row) => row.get(0),
        Err(_) => 0,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_moves_to_a_server_and_a_killed_copy_goes_on() {
    let server = Server::start();
    let database = server.database().await;
    let place = Place::init(&["--region", "330000", "--name", "east"]);
    place.admit("330000.clinic-1", "clinic");
    let folder = place.path("population");
    let folder = text(&folder);
    let made = ["simulate", "--persons", "6000", "--region", "330000", "--out", &folder, "--clean"];
    well(&common::hutong().args(made).output().expect("the executable starts"));
    let lines = text(&place.path("population/330000.clinic-1.ndjson"));
    well(&place.run(&["import", &lines, "--as", "330000.clinic-1"]));
    import(&place, 0..20);
    let before = status(&place);
    assert!(before["entries"].as_u64() > Some(10_000), "{before}");

    // Killed when a part has arrived.
    let copy = ["store", "copy", "sqlite:data/hutong.sqlite", &database.url];
    let mut killed = place.command(&copy).spawn().expect("the executable starts");
    while arrived(&database).await == 0 && killed.try_wait().expect("a process").is_none() {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    killed.kill().expect("killed");
    killed.wait().expect("ended");
    place.configure("[node]", &format!("store = \"{}\"\n\n[node]", database.url));
    let (code, _, stderr) = said(&place.run(&["status"]));
    assert!(code == 3 && stderr.contains("not finished"), "{code} {stderr}");

    let copied = well(&place.run(&[&copy[..], &["--json"]].concat()));
    let copied: Value = serde_json::from_str(&copied).expect("JSON");
    assert_eq!(copied["resumed"], true, "{copied}");
    assert_eq!(copied["persons"], before["persons"]);
    let after = status(&place);
    for field in ["persons", "entries", "outboxLag", "membersActive"] {
        assert_eq!(before[field], after[field], "{field}");
    }
    let running = place.serve();
    import(&place, 20..40);
    assert!(status(&place)["entries"].as_u64() > before["entries"].as_u64());
    // A node is running on it.
    let (code, _, stderr) = said(&place.run(&["store", "copy", &database.url, "sqlite:back.db"]));
    assert!(code == 3 && stderr.contains("in use"), "{code} {stderr}");
    assert_eq!(running.stop(), 0);
    let back = well(&place.run(&["store", "copy", &database.url, "sqlite:back.db"]));
    assert!(back.contains("found the same"), "{back}");
    let (code, _, stderr) = said(&place.run(&copy));
    assert!(code == 1 && stderr.contains("not empty"), "{code} {stderr}");
}

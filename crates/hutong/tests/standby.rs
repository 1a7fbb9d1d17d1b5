//! A node whose records are kept on a primary and a standby, where the primary is lost.

mod common;
#[allow(dead_code, reason = "a part of it is for the tests of the store")]
#[path = "../../store/tests/server/mod.rs"]
mod server;
#[path = "common/tree.rs"]
mod tree;

use server::Server;
use std::time::{Duration, Instant};
use tree::{import, status, tree, wait_agreed};

/// The value of a measurement.
async fn measured(url: &str, name: &str) -> Option<f64> {
    let text = reqwest::get(format!("{url}/metrics")).await.expect("an answer");
    let text = text.text().await.expect("a text");
    let line = text.lines().find(|line| line.starts_with(&format!("{name} ")))?;
    line.rsplit(' ').next()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_goes_on_with_the_standby_and_says_how_long_it_could_not_write() {
    let mut primary = Server::start();
    let database = primary.database().await;
    let standby = primary.standby();
    primary.wait_for_standby().await;
    let url = database.url_on([&primary, &standby]);
    let read = standby.url_of(&database);
    let (root, child) = tree(|root| {
        let stores = format!("store = \"{url}\"\nstore_read = \"{read}\"\n\n[node]");
        root.configure("[node]", &stores);
    });
    let (above, below) = (root.serve_logging(), child.serve());
    child.admit("330000.clinic-1", "clinic");
    import(&child, 0..200);
    wait_agreed(&child, 200);

    primary.kill();
    import(&child, 200..400);
    // Long enough to be counted in whole seconds.
    std::thread::sleep(Duration::from_millis(2500));
    let ready = reqwest::get(format!("{}/readyz", above.url())).await.expect("an answer");
    assert_eq!(ready.status(), 503);
    assert_eq!(measured(&above.url(), "hutong_store_away").await, Some(1.0));
    let begun = Instant::now();
    standby.promote();
    wait_agreed(&child, 400);
    println!("promoted, and all passed up, after {:?}", begun.elapsed());
    let away = measured(&above.url(), "hutong_store_away_seconds_total").await;
    assert!(away >= Some(2.0), "{away:?}");
    assert_eq!(measured(&above.url(), "hutong_store_away").await, Some(0.0));
    assert!(status(&root)["entries"].as_u64() > Some(400));

    assert_eq!((above.stop(), below.stop()), (0, 0));
    let log = std::fs::read_to_string(root.path("log")).expect("a log");
    let line = log.lines().find(|line| line.contains("the database takes writes again"));
    let line: serde_json::Value = serde_json::from_str(line.expect("a line")).expect("JSON");
    println!("{line}");
    assert!(line["away_ms"].as_u64() > Some(2000));
    assert!(!log.contains("11010519491231002X") && !log.contains("geheim"));
}

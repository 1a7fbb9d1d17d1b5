//! A node whose records are kept in PostgreSQL.

mod common;
#[allow(dead_code, reason = "a part of it is for the tests of the store")]
#[path = "../../store/tests/server/mod.rs"]
mod server;
#[path = "common/tree.rs"]
mod tree;

use common::{Place, said, text, well};
use server::Server;
use tree::{import, status, tree, wait_agreed};

fn keep_in(place: &Place, url: &str) {
    place.configure("[node]", &format!("store = \"{url}\"\n\n[node]"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_root_outlives_a_crash_of_its_server() {
    let mut server = Server::start();
    let database = server.database().await;
    let (root, child) = tree(|root| keep_in(root, &database.url));
    let (above, below) = (root.serve(), child.serve());
    child.admit("330000.clinic-1", "clinic");
    import(&child, 0..50);
    wait_agreed(&child, 50);

    server.kill();
    import(&child, 50..100);
    let ready = reqwest::get(format!("{}/readyz", above.url())).await.expect("an answer");
    assert_eq!(ready.status(), 503);
    assert!(status(&child)["outboxLag"].as_u64() >= Some(50));
    server.start_again();
    wait_agreed(&child, 100);
    let ready = reqwest::get(format!("{}/readyz", above.url())).await.expect("an answer");
    assert_eq!(ready.status(), 200);

    // Its server has tools of its own for copies.
    let (code, _, stderr) = said(&root.run(&["backup", &text(&root.path("copy"))]));
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("pg_basebackup"), "{stderr}");
    assert!(!root.path("copy").exists());

    assert_eq!((above.stop(), below.stop()), (0, 0));
    let entries = status(&root)["entries"].as_u64();
    assert!(entries > Some(100), "{entries:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_not_there_is_named_without_its_password() {
    let place = Place::root();
    keep_in(&place, "postgresql://hutong:geheim@127.0.0.1:1/hutong");
    let (code, _, stderr) = said(&place.run(&["status"]));
    assert_eq!(code, 3, "{stderr}");
    assert!(stderr.contains("127.0.0.1") && !stderr.contains("geheim"), "{stderr}");
    let (code, stdout, stderr) = said(&place.run(&["doctor"]));
    assert_eq!(code, 1, "{stdout}{stderr}");
    assert!(!stdout.contains("geheim") && !stderr.contains("geheim"), "{stdout}{stderr}");
    well(&place.run(&["keys", "list"]));
}

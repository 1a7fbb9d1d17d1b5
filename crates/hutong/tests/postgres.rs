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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_looks_at_the_database() {
    let mut server = Server::start();
    let database = server.database().await;
    let place = Place::root();
    keep_in(&place, &database.url);
    well(&place.run(&["status"]));
    let (code, stdout, stderr) = said(&place.run(&["doctor"]));
    // Servers of tests do not wait for the disk, and the doctor does not like that.
    assert_eq!(code, 1, "{stdout}{stderr}");
    let ill: Vec<&str> = stdout.lines().filter(|line| line.starts_with('✗')).collect();
    assert!(matches!(ill[..], [one] if one.contains("fsync = off")), "{stdout}");
    for check in ["schema: version", "privileges: all", "standby: 0 following", "connections: "] {
        assert!(stdout.contains(&format!("✓ {check}")), "{check} in {stdout}");
    }
    place.configure("[node]", "store_read = \"postgresql://me:geheim@127.0.0.1:1/none\"\n\n[node]");
    let (_, stdout, stderr) = said(&place.run(&["doctor"]));
    assert!(stdout.contains("✗ read replica") && !stdout.contains("geheim"), "{stdout}{stderr}");
    server.kill();
    let (_, stdout, _) = said(&place.run(&["doctor"]));
    assert!(stdout.contains("✗ database: cannot open"), "{stdout}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_without_citus_is_not_distributed() {
    let server = Server::start();
    let database = server.database().await;
    let place = Place::root();
    let (code, _, stderr) = said(&place.run(&["store", "distribute"]));
    assert_eq!(code, 2, "a file: {stderr}");
    keep_in(&place, &database.url);
    let (code, _, stderr) = said(&place.run(&["store", "distribute"]));
    assert_eq!(code, 3, "{stderr}");
    assert!(
        stderr.contains("no extension Citus") && stderr.contains("distribution.md"),
        "{stderr}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_without_a_connection_says_so_and_goes_on_by_itself() {
    let server = Server::start_set(&["max_connections=14"]);
    let database = server.database().await;
    let place = Place::root();
    keep_in(&place, &database.url);
    let node = place.serve();
    let ready = format!("{}/readyz", node.url());
    let answer = reqwest::get(&ready).await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let mut taken: Vec<tokio_postgres::Client> = Vec::new();
    // What the node gives up others take, until it has none left.
    let answer = loop {
        while let Ok((client, wire)) =
            tokio_postgres::connect(&database.url, tokio_postgres::NoTls).await
        {
            tokio::spawn(async move { drop(wire.await) });
            taken.push(client);
        }
        let answer = reqwest::get(&ready).await.expect("an answer");
        if answer.status() == 503 {
            break answer;
        }
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE application_name = 'hutong'";
        taken[0].batch_execute(end).await.expect("ended");
    };
    assert!(answer.headers().contains_key("retry-after"));
    drop(taken);
    let mut tries = 0;
    while reqwest::get(&ready).await.expect("an answer").status() != 200 {
        tries += 1;
        assert!(tries < 50, "it does not go on");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(node.stop(), 0);
}

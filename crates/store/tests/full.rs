//! The PostgreSQL back end on a server that has run out of something: it says so in time, and goes
//! on by itself when there is enough again.

#[allow(dead_code, reason = "each test file uses a part of the suite")]
mod conformance;
#[allow(dead_code, reason = "each test file uses a part of it")]
mod server;

use conformance::*;
use hutong_store::{BlindKey, Journal, KeyRing, PostgresStore, StoreError};
use server::{Database, Server};
use std::path::{Path, PathBuf};
use std::process::Command;
use tokio_postgres::Client;

async fn open(url: &str) -> PostgresStore {
    let keys = Counter::new(1);
    let (ring, blind) = (KeyRing::generate(&*keys), BlindKey::generate(&*keys));
    PostgresStore::open(url, ring, blind, Counter::new(2 << 40)).await.expect("opened")
}

/// Takes every connection that the server has, also those that others give up.
async fn storm(database: &Database) -> Vec<Client> {
    let mut taken = Vec::new();
    while let Ok((client, wire)) =
        tokio_postgres::connect(&database.url, tokio_postgres::NoTls).await
    {
        tokio::spawn(async move { drop(wire.await) });
        taken.push(client);
    }
    taken
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_connection_is_to_be_had() {
    let server = Server::start_set(&["max_connections=14"]);
    let database = server.database().await;
    let store = open(&database.url).await;
    let clinic = member("clinic");
    let one = |lot| row(&clinic, &[passport(1)], vec![dose(&clinic, lot, lot)]);
    let person = admit(&store, one("a")).await.person;
    let mut taken = storm(&database).await;
    // The store has to begin anew, and others are quicker.
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'hutong'";
    taken[0].batch_execute(end).await.expect("ended");
    taken.extend(storm(&database).await);
    let batch = AdmitBatch { rows: vec![one("b")], ..AdmitBatch::default() };
    let persons = [person];
    let (sent, read) = tokio::join!(store.admit(batch), store.entries_of(&persons));
    assert!(matches!(sent, Err(StoreError::Away)), "{sent:?}");
    assert!(matches!(read, Err(StoreError::Away)), "{read:?}");
    drop(taken);
    let outcome = admit(&store, one("b")).await;
    assert_eq!((outcome.kind, outcome.person), (OutcomeKind::Admitted, person));
    assert_eq!(store.entries_of(&[person]).await.expect("read").len(), 3);
}

/// A small disk. It can be made by root alone, and not in every container.
struct Disk(PathBuf);

impl Disk {
    fn mount() -> Option<Self> {
        let folder = tempfile::Builder::new().prefix("hutong-disk-").tempdir().ok()?.keep();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=24m,mode=777", "tmpfs"]).arg(&folder);
        if mount.output().is_ok_and(|done| done.status.success()) {
            return Some(Self(folder));
        }
        std::fs::remove_dir(folder).ok()?;
        None
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Whoever uses it still keeps it until the end.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
        let _ = std::fs::remove_dir(&self.0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_disk_is_full() {
    let Some(disk) = Disk::mount() else { return };
    let server = Server::start();
    let database = server.database().await;
    let store = open(&database.url).await;
    let clinic = member("clinic");
    let one = |lot: &str| row(&clinic, &[passport(1)], vec![dose(&clinic, lot, lot)]);
    let person = admit(&store, one("first")).await.person;
    let client = database.connect().await;
    let folder = disk.path().join("space");
    std::fs::create_dir(&folder).expect("a folder");
    server::give_away(&folder);
    let make = format!("CREATE TABLESPACE small LOCATION '{}'", folder.display());
    client.batch_execute(&make).await.expect("a tablespace");
    client.batch_execute("ALTER TABLE entry SET TABLESPACE small").await.expect("moved");
    // Somebody else fills the disk.
    let ballast = disk.path().join("ballast");
    let _ = std::fs::write(&ballast, vec![1; 32 << 20]);
    let mut acknowledged = 1;
    let refused = loop {
        let rows = vec![one(&acknowledged.to_string())];
        match store.admit(AdmitBatch { rows, ..AdmitBatch::default() }).await {
            Ok(_) => acknowledged += 1,
            Err(error) => break error,
        }
        assert!(acknowledged < 10_000, "the disk is never full");
    };
    assert!(matches!(refused, StoreError::Away), "{refused}");
    let head = store.head().await.expect("what is there can be read");
    std::fs::remove_file(&ballast).expect("room");
    let outcome = admit(&store, one(&acknowledged.to_string())).await;
    assert_eq!(outcome.kind, OutcomeKind::Admitted, "nothing of what was refused is there");
    assert_eq!(store.head().await.expect("head"), head + 1);
    let doses = store.entries_of(&[person]).await.expect("read").len();
    assert_eq!(doses, acknowledged + 2, "each dose, and the document");
    drop((store, client, server));
}

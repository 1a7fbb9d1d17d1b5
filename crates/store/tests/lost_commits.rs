//! The PostgreSQL back end where a connection is cut just while a transaction is committed: the
//! store finds out by itself whether it is there.

#[allow(dead_code, reason = "each test file uses a part of the suite")]
mod conformance;
#[allow(dead_code, reason = "each test file uses a part of it")]
mod server;

use conformance::*;
use hutong_store::{BlindKey, Journal, KeyRing, PostgresStore};
use server::Server;
use std::sync::atomic::AtomicU8;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};

/// What is done to the next COMMIT.
const NOTHING: u8 = 0;
/// It is passed on; the connection is cut when the server answers.
const CUT_AFTER: u8 = 1;
/// The connection is cut, and it is never passed on.
const CUT_BEFORE: u8 = 2;

/// A wire between a store and its server, which can be cut. Returns its port.
async fn wire(socket: String, cut: Arc<AtomicU8>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("a port").port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = UnixStream::connect(&socket).await.expect("the server");
            tokio::spawn(pass(client, server, cut.clone()));
        }
    });
    port
}

/// Passes bytes on in both directions until one side ends, or it is cut.
async fn pass(mut client: TcpStream, mut server: UnixStream, cut: Arc<AtomicU8>) {
    let (mut up, mut down) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        tokio::select! {
            read = client.read(&mut up) => {
                let Ok(bytes @ 1..) = read else { return };
                let is_commit = up[..bytes].windows(7).any(|text| text == b"COMMIT\0");
                let how = if is_commit { cut.swap(NOTHING, Ordering::SeqCst) } else { NOTHING };
                if how == CUT_BEFORE || server.write_all(&up[..bytes]).await.is_err() {
                    return;
                }
                if how == CUT_AFTER {
                    // The answer comes when it is committed; nobody hears it.
                    let _ = server.read(&mut down).await;
                    return;
                }
            }
            read = server.read(&mut down) => {
                let Ok(bytes @ 1..) = read else { return };
                if client.write_all(&down[..bytes]).await.is_err() {
                    return;
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_without_an_answer_is_found_out() {
    let server = Server::start();
    let database = server.database().await;
    let (address, _) = database.url.split_once('?').expect("a URL");
    let (_, name) = address.rsplit_once('/').expect("a URL");
    let cut = Arc::new(AtomicU8::new(NOTHING));
    let port = wire(server.socket(), cut.clone()).await;
    let url = format!("postgresql://postgres@127.0.0.1:{port}/{name}?sslmode=disable");
    let keys = Counter::new(1);
    let (ring, blind) = (KeyRing::generate(&*keys), BlindKey::generate(&*keys));
    let store = PostgresStore::open(&url, ring, blind, keys).await.expect("opened");
    let clinic = member("clinic");
    for round in 0..30 {
        let how = [CUT_AFTER, CUT_BEFORE][round as usize % 2];
        cut.store(how, Ordering::SeqCst);
        let dose = dose(&clinic, &round.to_string(), "L");
        // Ids that callers gave, and only such as the store gives itself.
        let rows = vec![
            row(&clinic, &[passport(round)], vec![dose]),
            row(&clinic, &[passport(1000 + round), passport(2000 + round)], Vec::new()),
        ];
        let outcomes = admit_all(&store, rows).await;
        for outcome in &outcomes {
            assert_eq!((outcome.kind, outcome.person_created), (OutcomeKind::Admitted, true));
        }
        assert_eq!(cut.load(Ordering::SeqCst), NOTHING, "it was cut");
        let rounds = u64::from(round) + 1;
        assert_eq!(store.counts().await.expect("counts"), (2 * rounds, 4 * rounds));
        let history = store.entries_of(&[outcomes[0].person]).await.expect("read");
        assert_eq!(history.len(), 2);
        assert_eq!(person_of(&store, &passport(2000 + round)).await, Some(outcomes[1].person));
    }
}

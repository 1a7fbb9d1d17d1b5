//! The raw engine: rows of some bytes, written durably by batches, with nothing else done.

use crate::system::OsEntropy;
use hutong_model::Entropy;
use rusqlite::Connection;
use std::{
    path::Path,
    time::{Duration, Instant},
};

/// Rows of a transaction.
const BATCH: u64 = 1_000;

/// What rows are found by.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// A rising number.
    Sequence,
    /// A random person, through an index, as a table of records by person has it.
    Person,
}

/// Rows per second that are on disk, and CPU seconds a row.
pub fn append(folder: &Path, key: Key, rows: u64, bytes: usize) -> (f64, f64) {
    let path = folder.join(if key == Key::Sequence { "sequence" } else { "person" });
    let mut db = Connection::open(&path).expect("database");
    // The same settings as the store's own.
    db.execute_batch(
        "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         PRAGMA wal_autocheckpoint = 8000; PRAGMA cache_size = -65536;",
    )
    .expect("settings");
    let table = match key {
        Key::Sequence => "CREATE TABLE record (seq INTEGER PRIMARY KEY, body BLOB NOT NULL)",
        Key::Person => {
            "CREATE TABLE record (person BLOB, seq INTEGER, body BLOB NOT NULL,
             PRIMARY KEY (person, seq)) WITHOUT ROWID"
        }
    };
    db.execute_batch(table).expect("table");
    let mut body = vec![0; bytes];
    OsEntropy.fill(&mut body);
    let keys: Vec<[u8; 16]> = (0..BATCH).map(|_| OsEntropy.bytes16()).collect();
    let (begin, spent) = (Instant::now(), crate::cpu::spent());
    for batch in 0..rows / BATCH {
        let transaction = db.transaction().expect("begin");
        {
            let insert = match key {
                Key::Sequence => "INSERT INTO record (seq, body) VALUES (?1, ?2)",
                Key::Person => "INSERT INTO record (seq, body, person) VALUES (?1, ?2, ?3)",
            };
            let mut insert = transaction.prepare_cached(insert).expect("insert");
            for (at, person) in keys.iter().enumerate() {
                let seq = (batch * BATCH) as i64 + at as i64;
                let done = match key {
                    Key::Sequence => insert.execute((seq, &body)),
                    Key::Person => insert.execute((seq, &body, spread(person, batch))),
                };
                done.expect("row");
            }
        }
        transaction.commit().expect("commit");
    }
    let (took, cpu) = (begin.elapsed(), crate::cpu::spent() - spent);
    let rows = (rows / BATCH * BATCH) as f64;
    (rows / took.as_secs_f64(), cpu.as_secs_f64() / rows)
}

/// Another random key for each batch, without fetching randomness for every row.
fn spread(person: &[u8; 16], batch: u64) -> [u8; 16] {
    let mixed = u128::from_le_bytes(*person) ^ u128::from(batch);
    mixed.wrapping_mul(0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645).to_be_bytes()
}

/// How long this disk takes to make 8 KiB durable: the middle and the slowest of a hundred.
pub fn flush(folder: &Path) -> [Duration; 2] {
    use std::os::unix::fs::FileExt;
    let file = std::fs::File::create(folder.join("flush")).expect("file");
    let page = [1; 8192];
    let mut times: Vec<Duration> = (0..400)
        .map(|at| {
            let begin = Instant::now();
            file.write_all_at(&page, at % 64 * 8192)
                .and_then(|()| file.sync_data())
                .expect("flush");
            begin.elapsed()
        })
        .collect();
    times.sort_unstable();
    [times[200], times[396]]
}

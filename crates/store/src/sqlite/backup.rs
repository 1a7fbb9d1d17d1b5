//! Copies of the embedded store, made while it is in use, and putting one in its place.

use super::{
    EmbeddedStore,
    open::{open_error, open_reader},
    writer::backend,
};
use crate::{Backups, StoreError};
use async_trait::async_trait;
use rusqlite::Connection;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Name of the store in a backup; the access log lies beside it, as it does beside any store.
pub const BACKUP_NAME: &str = "hutong.sqlite";

/// How far the numbers of journal and feed jump when an older copy takes the place of a store: the
/// nodes around have seen numbers that the copy does not know, and pass over what they have seen.
const JUMP: i64 = 1_000_000_000;

#[async_trait]
impl Backups for EmbeddedStore {
    async fn back_up(&self, folder: &Path) -> Result<(), StoreError> {
        let store = folder.join(BACKUP_NAME);
        // The accesses last: whatever is in the copied store, who read it before is in the log.
        let files = [
            (self.shared.readers.path().to_owned(), store.clone()),
            (access_log(self.shared.readers.path()), access_log(&store)),
        ];
        let copied = tokio::task::spawn_blocking(move || {
            files.iter().try_for_each(|(from, to)| copy(from, to))
        });
        copied.await.map_err(|_| StoreError::Closed)?
    }
}

/// The access log that lies beside a store.
pub(super) fn access_log(store: &Path) -> PathBuf {
    store.with_extension("access.sqlite")
}

/// Copies what is committed, in one snapshot. Writers go on meanwhile.
fn copy(from: &Path, to: &Path) -> Result<(), StoreError> {
    let failed = backend("back_up");
    let db = open_reader(from)?;
    let name = to.to_str().ok_or_else(|| open_error(to, &"the path is not UTF-8"))?;
    db.execute("VACUUM INTO ?1", [name]).map_err(&failed)?;
    File::open(to).and_then(|file| file.sync_all()).map_err(|error| open_error(to, &error))
}

/// Makes a copy that was put in the place of a store fit to go on: its numbers leave out those that
/// were given out after it was made. Called once, before it is opened.
///
/// # Errors
/// [`StoreError`] where the file is no store or cannot be written.
pub fn take_over(store: &Path) -> Result<(), StoreError> {
    let failed = backend("take_over");
    let db = Connection::open(store).map_err(|error| open_error(store, &error))?;
    let jump = format!(
        "BEGIN IMMEDIATE;
         INSERT OR REPLACE INTO meta (name, value)
             SELECT 'floor', coalesce(max(seq), 0) + {JUMP} FROM entry;
         INSERT INTO sqlite_sequence (name, seq)
             SELECT 'feed', 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'feed');
         UPDATE sqlite_sequence SET seq = seq + {JUMP} WHERE name = 'feed';
         COMMIT;"
    );
    db.execute_batch(&jump).map_err(&failed)
}

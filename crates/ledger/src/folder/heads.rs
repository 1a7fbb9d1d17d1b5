//! A witness's heads in a folder: one file a log, named by the hash of the log's name.

use super::disk::Disk;
use crate::text::take_line;
use crate::witness::{Head, Heads};
use crate::{Checkpoint, Hash, LedgerError};
use hutong_model::limits::LEDGER_NOTE_BYTES_MAX;
use std::path::Path;

const SCRATCH: &str = "scratch";
const LOCK: &str = "lock";

/// What a witness remembers, in a folder. Each file has three lines: the log's name, size, root.
pub struct FolderHeads {
    disk: Disk,
}

impl FolderHeads {
    /// Opens the folder, or makes it.
    ///
    /// # Errors
    /// [`LedgerError::Io`] where it cannot be used.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        let disk = Disk::new(path);
        disk.create_folder(SCRATCH)?;
        Ok(Self { disk })
    }

    fn read(&self, origin: &str) -> Result<Option<Head>, LedgerError> {
        let Some(bytes) = self.disk.read(&file(origin), LEDGER_NOTE_BYTES_MAX)? else {
            return Ok(None);
        };
        let malformed = |reason| LedgerError::Malformed { what: "head of a witness", reason };
        let text = std::str::from_utf8(&bytes).map_err(|_| malformed("not UTF-8"))?;
        if take_line(&mut &*text) != Some(origin) {
            return Err(malformed("of another log"));
        }
        let head = Checkpoint::parse(text)?;
        Ok(Some(Head { size: head.size(), root: head.root() }))
    }
}

fn file(origin: &str) -> String {
    hex::encode(Hash::of(&[origin.as_bytes()]).as_bytes())
}

impl Heads for FolderHeads {
    fn head(&self, origin: &str) -> Result<Option<Head>, LedgerError> {
        self.read(origin)
    }
    fn swap(&self, origin: &str, expected: Option<Head>, new: Head) -> Result<(), LedgerError> {
        let _lock = self.disk.lock(LOCK)?;
        if self.read(origin)? != expected {
            return Err(LedgerError::Lost);
        }
        let text = format!("{origin}\n{}\n{}\n", new.size, new.root);
        self.disk.replace(&file(origin), SCRATCH, text.as_bytes())
    }
}

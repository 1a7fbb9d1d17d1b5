//! A log in a folder of files.
//!
//! `public/` holds what the world may read, under the names of C2SP tlog-tiles: any web server
//! serves it as it is. `private/` holds the committed checkpoint, the lock and what is staged.
//! A batch goes: staged as one file and flushed; the committed checkpoint is replaced (this is the
//! moment at which the batch is in the log); the tiles are written; the public checkpoint is
//! replaced. After a crash whoever opens the folder next finishes what was committed, and what was
//! only staged is forgotten: no one has seen it.
//!
//! The lock is that of the operating system (`flock`), so the folder must lie on a local disk.

mod disk;
mod heads;
mod staging;

pub use heads::FolderHeads;

use self::disk::{Disk, STAGED_BYTES_MAX};
use crate::batch::name;
use crate::tile::TileId;
use crate::{Batch, LedgerError, SignedCheckpoint, Tile, TileReader, Tiles};
use hutong_model::limits::LEDGER_NOTE_BYTES_MAX;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

const PUBLIC: &str = "public";
const CHECKPOINT: &str = "checkpoint";
const COMMITTED: &str = "private/checkpoint";
const STAGING: &str = "private/staging";
const SCRATCH: &str = "private/scratch";
const LOCK: &str = "private/lock";

/// A log in a folder.
pub struct Folder {
    disk: Disk,
}

impl Folder {
    /// Opens the folder of a log, or makes an empty one.
    ///
    /// # Errors
    /// [`LedgerError::Io`] where it cannot be used.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        Self::open_disk(Disk::new(path))
    }

    /// The same; `before` is called with the name of each file before it is created, renamed or
    /// removed, and its error stops there. For rehearsing failures.
    ///
    /// # Errors
    /// As [`Folder::open`].
    pub fn open_with(
        path: &Path,
        before: impl Fn(&str) -> io::Result<()> + Send + Sync + 'static,
    ) -> Result<Self, LedgerError> {
        Self::open_disk(Disk::new(path).with_before(Box::new(before)))
    }

    fn open_disk(disk: Disk) -> Result<Self, LedgerError> {
        for folder in [PUBLIC, STAGING, SCRATCH] {
            disk.create_folder(folder)?;
        }
        let folder = Self { disk };
        folder.committed()?;
        Ok(folder)
    }

    /// The folder to be served to the world.
    pub fn public_path(&self) -> PathBuf {
        self.disk.path(PUBLIC)
    }

    /// Removes partial tiles and bundles of which the full one is public (C2SP tlog-tiles,
    /// "Partial Tiles", permits it). How many files were removed.
    ///
    /// # Errors
    /// [`LedgerError::Io`].
    pub fn prune(&self) -> Result<u64, LedgerError> {
        let _lock = self.lock()?;
        self.disk.prune(&format!("{PUBLIC}/tile"))
    }

    fn lock(&self) -> Result<File, LedgerError> {
        self.disk.lock(LOCK)
    }

    /// Finishes making public what was committed. Under the lock.
    fn settle(&self) -> Result<Option<Vec<u8>>, LedgerError> {
        let Some(bytes) = self.disk.read(COMMITTED, LEDGER_NOTE_BYTES_MAX)? else {
            return Ok(None);
        };
        let shown = self.disk.read(&public(CHECKPOINT), LEDGER_NOTE_BYTES_MAX)?;
        if shown.as_ref() == Some(&bytes) {
            return Ok(Some(bytes));
        }
        let committed = SignedCheckpoint::parse(&bytes)?;
        match self.staged(&committed)? {
            Some(tiles) => self.publish(&tiles)?,
            // What was staged is removed only after the tiles are safe.
            None if self.has_edge(committed.checkpoint().size())? => {}
            None => return Err(lacking(&committed)),
        }
        self.disk.swap_in(&public(CHECKPOINT), SCRATCH, &bytes)?;
        self.disk.clear(STAGING)?;
        Ok(Some(bytes))
    }

    fn staged(&self, checkpoint: &SignedCheckpoint) -> Result<Option<Vec<Tile>>, LedgerError> {
        let file = staged_file(checkpoint);
        self.disk.read(&file, STAGED_BYTES_MAX)?.map(|bytes| staging::read(&bytes)).transpose()
    }

    /// Writes tiles where the world reads them. What is there already must be the same.
    fn publish(&self, tiles: &[Tile]) -> Result<(), LedgerError> {
        let mut lacking = Vec::new();
        for tile in tiles {
            let file = public(&tile.id.path());
            if !self.is_there(tile, &file)? {
                lacking.push((file, tile.bytes.as_slice()));
            }
        }
        self.disk.create_all(&lacking, SCRATCH)
    }

    /// Whether the tiles at the right edge of a tree are public.
    fn has_edge(&self, size: u64) -> Result<bool, LedgerError> {
        for level in [None].into_iter().chain((0..TileId::LEVELS).map(Some)) {
            let span = 8 * (u32::from(level.unwrap_or(0)) + 1);
            let last = size.checked_shr(span).unwrap_or(0);
            let Some(id) = TileId::in_tree(level, last, size) else { continue };
            if self.read(&id)?.is_none() && self.read(&id.full())?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a tile is public already.
    fn is_there(&self, tile: &Tile, file: &str) -> Result<bool, LedgerError> {
        match self.disk.read(file, tile.id.bytes_max())? {
            None => Ok(false),
            Some(bytes) if bytes == tile.bytes => Ok(true),
            Some(_) => Err(LedgerError::Differs(tile.id)),
        }
    }
}

impl TileReader for Folder {
    fn read(&self, id: &TileId) -> Result<Option<Vec<u8>>, LedgerError> {
        self.disk.read(&public(&id.path()), id.bytes_max())
    }
    fn read_checkpoint(&self) -> Result<Option<Vec<u8>>, LedgerError> {
        self.disk.read(&public(CHECKPOINT), LEDGER_NOTE_BYTES_MAX)
    }
}

impl Tiles for Folder {
    fn committed(&self) -> Result<Option<Vec<u8>>, LedgerError> {
        let _lock = self.lock()?;
        self.settle()
    }

    fn write(&self, batch: &Batch) -> Result<(), LedgerError> {
        for tile in &batch.tiles {
            self.is_there(tile, &public(&tile.id.path()))?;
        }
        let file = format!("{STAGING}/{}", batch.name());
        self.disk.write(&file, &staging::write(&batch.tiles))?;
        self.disk.flush_folder(STAGING)
    }

    fn swap(
        &self,
        expected: Option<&SignedCheckpoint>,
        new: &SignedCheckpoint,
    ) -> Result<(), LedgerError> {
        let _lock = self.lock()?;
        let current = self.settle()?;
        if current.as_deref() != expected.map(SignedCheckpoint::as_bytes) {
            return Err(LedgerError::Lost);
        }
        let tiles = self.staged(new)?;
        if tiles.is_none() && !is_the_same_tree(expected, new) {
            return Err(lacking(new));
        }
        self.disk.replace(COMMITTED, SCRATCH, new.as_bytes())?;
        self.publish(tiles.as_deref().unwrap_or_default())?;
        // Not flushed: after a failure of power it is made again from the committed one.
        self.disk.swap_in(&public(CHECKPOINT), SCRATCH, new.as_bytes())?;
        self.disk.clear(STAGING)
    }
}

/// Whether a checkpoint needs no tiles: it only has other signatures, or there are no leaves.
fn is_the_same_tree(old: Option<&SignedCheckpoint>, new: &SignedCheckpoint) -> bool {
    let before = old.map(|old| (old.checkpoint().size(), old.checkpoint().root()));
    let empty = (0, crate::EMPTY_ROOT);
    before.unwrap_or(empty) == (new.checkpoint().size(), new.checkpoint().root())
}

fn staged_file(checkpoint: &SignedCheckpoint) -> String {
    let checkpoint = checkpoint.checkpoint();
    format!("{STAGING}/{}", name(checkpoint.size(), &checkpoint.root()))
}

fn lacking(checkpoint: &SignedCheckpoint) -> LedgerError {
    let (doing, reason) = ("find", "the tiles of the checkpoint were not staged".to_owned());
    LedgerError::Io { doing, file: staged_file(checkpoint), reason }
}

fn public(path: &str) -> String {
    format!("{PUBLIC}/{path}")
}

/// The public files of a log, or a copy of them, for reading only.
pub struct PublicFolder {
    disk: Disk,
}

impl PublicFolder {
    /// Reads the files below a folder: `checkpoint`, `tile/…`.
    pub fn new(path: &Path) -> Self {
        Self { disk: Disk::new(path) }
    }
}

impl TileReader for PublicFolder {
    fn read(&self, id: &TileId) -> Result<Option<Vec<u8>>, LedgerError> {
        self.disk.read(&id.path(), id.bytes_max())
    }
    fn read_checkpoint(&self) -> Result<Option<Vec<u8>>, LedgerError> {
        self.disk.read(CHECKPOINT, LEDGER_NOTE_BYTES_MAX)
    }
}

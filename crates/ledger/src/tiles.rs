//! The seam between the log and where its files lie.

use crate::{Batch, LedgerError, SignedCheckpoint, TileId};

/// Somewhere a log can be read from: a folder, a web server, memory. What it gives is believed
/// only after [`crate::View`] has checked it.
pub trait TileReader {
    /// The bytes of a tile or bundle; none where there is none of that name. A partial tile may be
    /// gone once the full one is there; who asks tries [`TileId::full`] next.
    ///
    /// # Errors
    /// [`LedgerError::Io`] where it cannot be told.
    fn read(&self, id: &TileId) -> Result<Option<Vec<u8>>, LedgerError>;

    /// The newest checkpoint that is public, as it is written; none before the log is begun.
    ///
    /// # Errors
    /// [`LedgerError::Io`] where it cannot be told.
    fn read_checkpoint(&self) -> Result<Option<Vec<u8>>, LedgerError>;
}

/// Somewhere a log is kept. One batch goes `write` (durable, seen by nobody), then `swap` (the
/// point at which it is in the log), which also makes it public: tiles first, the checkpoint last.
/// A batch that was written and never swapped in leaves no trace.
pub trait Tiles: TileReader {
    /// The checkpoint to go on from. Finishes making public what was swapped in before a crash.
    ///
    /// # Errors
    /// [`LedgerError::Io`], or [`LedgerError::Differs`] where what is public contradicts it.
    fn committed(&self) -> Result<Option<Vec<u8>>, LedgerError>;

    /// Keeps a batch safe without making it public.
    ///
    /// # Errors
    /// [`LedgerError::Differs`] names a tile that is public already with other bytes.
    fn write(&self, batch: &Batch) -> Result<(), LedgerError>;

    /// Compares and swaps: if the committed checkpoint is `expected`, byte for byte, it is `new`
    /// from now on, and the batch that was written for it is made public.
    ///
    /// # Errors
    /// [`LedgerError::Lost`] where it is another; nothing has changed then. After any other error
    /// it is not known which of the two holds until [`Tiles::committed`] has been asked.
    fn swap(
        &self,
        expected: Option<&SignedCheckpoint>,
        new: &SignedCheckpoint,
    ) -> Result<(), LedgerError>;
}

impl<T: TileReader + ?Sized> TileReader for &T {
    fn read(&self, id: &TileId) -> Result<Option<Vec<u8>>, LedgerError> {
        (**self).read(id)
    }
    fn read_checkpoint(&self) -> Result<Option<Vec<u8>>, LedgerError> {
        (**self).read_checkpoint()
    }
}

impl<T: Tiles + ?Sized> Tiles for &T {
    fn committed(&self) -> Result<Option<Vec<u8>>, LedgerError> {
        (**self).committed()
    }
    fn write(&self, batch: &Batch) -> Result<(), LedgerError> {
        (**self).write(batch)
    }
    fn swap(
        &self,
        expected: Option<&SignedCheckpoint>,
        new: &SignedCheckpoint,
    ) -> Result<(), LedgerError> {
        (**self).swap(expected, new)
    }
}

//! Checkpoints (C2SP tlog-checkpoint): name, size and root of a tree, signed.

use crate::text::{decimal, take_line};
use crate::{Hash, LedgerError, Note, NoteSigner, Origin, SignatureLine};
use std::fmt;

fn malformed(reason: &'static str) -> LedgerError {
    LedgerError::Malformed { what: "checkpoint", reason }
}

/// A tree head: which log, how many leaves, which root. The checkpoints of others may have further
/// lines; they are signed with the rest and mean nothing here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    origin: Box<str>,
    size: u64,
    root: Hash,
    extensions: Box<str>,
}

impl Checkpoint {
    /// A tree head.
    pub fn new(origin: &Origin, size: u64, root: Hash) -> Self {
        Self { origin: origin.as_str().into(), size, root, extensions: "".into() }
    }
    /// Reads the text of a checkpoint.
    ///
    /// # Errors
    /// [`LedgerError::Malformed`] for anything but an origin, a size, a root and further lines
    /// that are not empty.
    pub fn parse(text: &str) -> Result<Self, LedgerError> {
        let mut rest = text;
        let origin = take_line(&mut rest).filter(|line| !line.is_empty());
        let origin = origin.ok_or(malformed("no origin"))?;
        let size = take_line(&mut rest).and_then(decimal).ok_or(malformed("no size"))?;
        let root = take_line(&mut rest).ok_or(malformed("no root"))?;
        let root = Hash::parse(root)?;
        let ended = rest.is_empty() || rest.ends_with('\n');
        if !ended || rest.starts_with('\n') || rest.contains("\n\n") {
            return Err(malformed("an empty or unfinished line"));
        }
        if size == 0 && root != crate::EMPTY_ROOT {
            return Err(malformed("not the root of the tree without leaves"));
        }
        Ok(Self { origin: origin.into(), size, root, extensions: rest.into() })
    }
    /// Which log.
    pub fn origin(&self) -> &str {
        &self.origin
    }
    /// Leaves of the tree.
    pub const fn size(&self) -> u64 {
        self.size
    }
    /// Root of the tree.
    pub const fn root(&self) -> Hash {
        self.root
    }
}

/// The text that is signed.
impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\n{}\n{}", self.origin, self.size, self.root, self.extensions)
    }
}

/// A checkpoint with its signatures, read but not verified: [`crate::Policy::check`] does that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: Note,
    bytes: Box<[u8]>,
}

impl SignedCheckpoint {
    /// Signs a tree head with the log's key.
    ///
    /// # Errors
    /// [`LedgerError::Key`] where the key fails.
    pub fn sign(checkpoint: Checkpoint, signer: &NoteSigner) -> Result<Self, LedgerError> {
        let text = checkpoint.to_string();
        let line = signer.sign(&text)?;
        Ok(Self::of(checkpoint, Note::of(&text, vec![line])))
    }
    fn of(checkpoint: Checkpoint, note: Note) -> Self {
        let bytes = note.to_string().into_bytes().into();
        Self { checkpoint, note, bytes }
    }
    /// Reads a signed checkpoint.
    ///
    /// # Errors
    /// [`LedgerError::Malformed`] or [`LedgerError::Large`].
    pub fn parse(bytes: &[u8]) -> Result<Self, LedgerError> {
        let note = Note::parse(bytes)?;
        Ok(Self { checkpoint: Checkpoint::parse(note.text())?, note, bytes: bytes.into() })
    }
    /// What it states.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }
    /// The note that it is.
    pub fn note(&self) -> &Note {
        &self.note
    }
    /// How it is written.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
    /// The same with one more signature, which takes the place of an older one by the same key.
    pub fn with_signature(&self, line: SignatureLine) -> Self {
        let mut lines = self.note.signatures().to_vec();
        match lines.iter_mut().find(|old| old.is_by_the_same_key(&line)) {
            Some(old) => *old = line,
            None => lines.push(line),
        }
        Self::of(self.checkpoint.clone(), Note::of(self.note.text(), lines))
    }
}

//! Witnesses (C2SP tlog-witness, tlog-cosignature): someone who remembers the largest tree of a log
//! that they have seen, signs only what continues it, and so makes it impossible to show different
//! people different histories. A node witnesses its parent, and the parent its children.

mod request;

pub use request::AddCheckpoint;

use crate::{
    Hash, LedgerError, NoteKey, NoteSigner, Policy, SignatureKind, SignatureLine, SignedCheckpoint,
    verify_consistency,
};
use hutong_model::Timestamp;
use hutong_model::limits::{LEDGER_NOTE_BYTES_MAX, LEDGER_NOTE_SIGNATURES_MAX};
use parking_lot::Mutex;
use std::collections::BTreeMap;

/// The largest tree of a log that a witness has signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Leaves.
    pub size: u64,
    /// Root.
    pub root: Hash,
}

impl Head {
    /// Where a witness begins.
    pub const EMPTY: Self = Self { size: 0, root: crate::EMPTY_ROOT };
}

/// What a witness remembers: for each log, by its name, the largest tree that it has signed.
pub trait Heads {
    /// The head of a log; none where none was signed yet.
    ///
    /// # Errors
    /// [`LedgerError::Io`].
    fn head(&self, origin: &str) -> Result<Option<Head>, LedgerError>;

    /// Durably replaces the head if it is the one expected.
    ///
    /// # Errors
    /// [`LedgerError::Lost`] where it is another; [`LedgerError::Io`].
    fn swap(&self, origin: &str, expected: Option<Head>, new: Head) -> Result<(), LedgerError>;
}

/// Heads kept in memory: for tests. A witness that forgets is none.
#[derive(Debug, Default)]
pub struct MemoryHeads(Mutex<BTreeMap<String, Head>>);

impl Heads for MemoryHeads {
    fn head(&self, origin: &str) -> Result<Option<Head>, LedgerError> {
        Ok(self.0.lock().get(origin).copied())
    }
    fn swap(&self, origin: &str, expected: Option<Head>, new: Head) -> Result<(), LedgerError> {
        let mut heads = self.0.lock();
        if heads.get(origin).copied() != expected {
            return Err(LedgerError::Lost);
        }
        heads.insert(origin.to_owned(), new);
        Ok(())
    }
}

/// A witness: its key, and the logs it watches.
#[derive(Debug)]
pub struct Witness {
    signer: NoteSigner,
    logs: Vec<Policy>,
}

impl Witness {
    /// A witness with a key for cosignatures, which it uses for nothing else. Of each policy, the
    /// log's keys count.
    ///
    /// # Errors
    /// [`LedgerError::Key`] where the key is not one for cosignatures.
    pub fn new(signer: NoteSigner, logs: Vec<Policy>) -> Result<Self, LedgerError> {
        if signer.key().kind() != SignatureKind::Cosignature {
            return Err(LedgerError::Key(signer.key().name().to_string()));
        }
        // What other witnesses have signed is no condition for this one.
        let logs = logs.into_iter().map(|log| log.with_witnesses(Vec::new(), 0)).collect();
        Ok(Self { signer, logs })
    }
    /// The public half of its key.
    pub fn key(&self) -> &NoteKey {
        self.signer.key()
    }

    /// Answers one `add-checkpoint` (C2SP tlog-witness): the body of the request in, the signature
    /// line of the answer out. The new head is kept before it returns.
    ///
    /// # Errors
    /// Why it was refused; nothing has changed then. [`status`] and [`refusal_body`] make the HTTP
    /// answer of it.
    pub fn add_checkpoint(
        &self,
        heads: &dyn Heads,
        body: &[u8],
        now: Timestamp,
    ) -> Result<SignatureLine, LedgerError> {
        let request = AddCheckpoint::parse(body)?;
        let signed = request.checkpoint();
        let origin = signed.checkpoint().origin();
        let mut logs = self.logs.iter().filter(|log| log.origin().as_str() == origin);
        let log = logs.next().ok_or_else(|| LedgerError::UnknownOrigin(origin.to_owned()))?;
        log.check(signed)?;
        let new = Head { size: signed.checkpoint().size(), root: signed.checkpoint().root() };
        if request.old() > new.size {
            let reason = "the old size is larger than the checkpoint's";
            return Err(LedgerError::Malformed { what: "witness request", reason });
        }
        let seen = heads.head(origin)?;
        let old = seen.unwrap_or(Head::EMPTY);
        if request.old() != old.size {
            return Err(LedgerError::Gap { seen: old.size, claimed: request.old() });
        }
        verify_consistency((old.size, &old.root), (new.size, &new.root), request.proof())?;
        let time_s = u64::try_from(now.unix_s()).unwrap_or(0);
        let line = self.signer.cosign(signed.note().text(), time_s)?;
        match heads.swap(origin, seen, new) {
            Err(LedgerError::Lost) => {
                let seen = heads.head(origin)?.unwrap_or(Head::EMPTY).size;
                Err(LedgerError::Gap { seen, claimed: request.old() })
            }
            other => other.map(|()| line),
        }
    }
}

/// The HTTP status with which a witness refuses (C2SP tlog-witness, "add-checkpoint").
pub fn status(refusal: &LedgerError) -> u16 {
    match refusal {
        LedgerError::Malformed { .. } | LedgerError::Large { .. } => 400,
        LedgerError::Unsigned(_) | LedgerError::Forged(_) | LedgerError::Witnesses { .. } => 403,
        LedgerError::UnknownOrigin(_) => 404,
        LedgerError::Gap { .. } => 409,
        LedgerError::Inconsistent { old, new } if old == new => 409,
        LedgerError::Inconsistent { .. } => 422,
        _ => 500,
    }
}

/// The body of a refusal where the protocol gives it one: the size that the witness stands at, as
/// `text/x.tlog.size`.
pub fn refusal_body(refusal: &LedgerError) -> Option<String> {
    match refusal {
        LedgerError::Gap { seen, .. } => Some(format!("{seen}\n")),
        _ => None,
    }
}

/// Adds to a checkpoint those signatures of a witness's answer that are by witnesses one trusts.
/// How many were added.
///
/// # Errors
/// [`LedgerError::Malformed`] where the answer is no list of signature lines;
/// [`LedgerError::Forged`] where one in the name of a trusted witness is false.
pub fn add_cosignatures(
    checkpoint: &SignedCheckpoint,
    answer: &[u8],
    trusted: &[NoteKey],
) -> Result<(SignedCheckpoint, usize), LedgerError> {
    let malformed = |reason| LedgerError::Malformed { what: "answer of a witness", reason };
    if answer.len() > LEDGER_NOTE_BYTES_MAX {
        return Err(malformed("too large"));
    }
    let text = std::str::from_utf8(answer).map_err(|_| malformed("not UTF-8"))?;
    let lines = text.strip_suffix('\n').ok_or(malformed("no newline at the end"))?;
    let (mut signed, mut added) = (checkpoint.clone(), 0);
    for line in lines.split('\n').take(LEDGER_NOTE_SIGNATURES_MAX) {
        let line = SignatureLine::parse(line)?;
        if let Some(key) = trusted.iter().find(|key| key.is_named_by(&line)) {
            key.verify(checkpoint.note().text(), &line)?;
            signed = signed.with_signature(line);
            added += 1;
        }
    }
    Ok((signed, added))
}

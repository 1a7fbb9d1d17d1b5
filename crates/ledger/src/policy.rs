//! Whom one believes: the keys of a log, and how many of which witnesses.

use crate::{Checkpoint, LedgerError, NoteKey, Origin, SignatureKind, SignedCheckpoint};

/// Whose signatures a checkpoint must have. Everyone who reads a log has one.
#[derive(Debug, Clone)]
pub struct Policy {
    origin: Origin,
    log_keys: Vec<NoteKey>,
    witnesses: Vec<NoteKey>,
    witnesses_min: usize,
}

impl Policy {
    /// A log by one key, named like the log, and no witnesses.
    pub fn new(log_key: NoteKey) -> Self {
        Self {
            origin: log_key.name().clone(),
            log_keys: vec![log_key],
            witnesses: Vec::new(),
            witnesses_min: 0,
        }
    }
    /// A further key of the log: the next or the one before, while keys change.
    #[must_use]
    pub fn or_key(mut self, log_key: NoteKey) -> Self {
        self.log_keys.push(log_key);
        self
    }
    /// So many of these witnesses must have signed too.
    #[must_use]
    pub fn with_witnesses(mut self, witnesses: Vec<NoteKey>, witnesses_min: usize) -> Self {
        self.witnesses = witnesses;
        self.witnesses_min = witnesses_min;
        self
    }
    /// The log's name.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }
    /// The log's keys.
    pub fn log_keys(&self) -> &[NoteKey] {
        &self.log_keys
    }

    /// Verifies a checkpoint. Signatures of unknown keys are passed over; a false one in the name
    /// of a known key refuses the whole.
    ///
    /// # Errors
    /// [`LedgerError::Origin`], [`LedgerError::Forged`], [`LedgerError::Unsigned`] where no key of
    /// the log has signed, [`LedgerError::Witnesses`] where too few have.
    pub fn check<'c>(&self, signed: &'c SignedCheckpoint) -> Result<&'c Checkpoint, LedgerError> {
        let found = signed.checkpoint().origin();
        if found != self.origin.as_str() {
            let expected = self.origin.to_string();
            return Err(LedgerError::Origin { expected, found: found.to_owned() });
        }
        let note = signed.note();
        let mut by_log = false;
        for key in self.log_keys.iter().filter(|key| key.kind() == SignatureKind::Ed25519) {
            by_log |= note.signed_by(key)?.is_some();
        }
        if !by_log {
            return Err(LedgerError::Unsigned(self.origin.to_string()));
        }
        let mut signed_by: Vec<&[u8; 32]> = Vec::new();
        for key in &self.witnesses {
            // A key listed twice, or under two names, is one witness all the same.
            if note.signed_by(key)?.is_some() && !signed_by.contains(&key.public_bytes()) {
                signed_by.push(key.public_bytes());
            }
        }
        let (found, needed) = (signed_by.len(), self.witnesses_min);
        if found < needed {
            return Err(LedgerError::Witnesses { found, needed });
        }
        Ok(signed.checkpoint())
    }

    /// Reads and verifies a checkpoint.
    ///
    /// # Errors
    /// What reading gives, and as [`Policy::check`].
    pub fn read(&self, bytes: &[u8]) -> Result<SignedCheckpoint, LedgerError> {
        let signed = SignedCheckpoint::parse(bytes)?;
        self.check(&signed)?;
        Ok(signed)
    }
}

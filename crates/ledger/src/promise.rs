//! Inclusion promises: the log's signature under the hash of a leaf, which an assertion carries, so
//! that whoever reads the assertion knows that its decision is, or will shortly be, in the log.
//!
//! 113 bytes: version (1), log id (8), milliseconds since 1970 (8, big-endian), leaf hash (32),
//! Ed25519 signature (64) over `hutong inclusion promise v1`, a zero byte, and all that is before
//! the signature. Texts of notes have no zero byte, so the one is never taken for the other.

use crate::{Hash, LedgerError, NoteKey, NoteSigner};
use hutong_model::Timestamp;
use hutong_model::limits::{CLOCK_SKEW_S_MAX, LEDGER_MERGE_S_MAX};
use std::fmt;

const VERSION: u8 = 1;
const DOMAIN: &[u8] = b"hutong inclusion promise v1\0";
const SIGNED_BYTES: usize = 1 + 8 + 8 + Hash::BYTES;

/// Which log, in eight bytes: the beginning of SHA-256 over its name, a newline and its key. Short
/// on purpose; the signature decides.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LogId([u8; 8]);

impl LogId {
    /// The id of the log with this key.
    pub fn of(key: &NoteKey) -> Self {
        let hash = Hash::of(&[key.name().as_str().as_bytes(), b"\n", key.public_bytes()]);
        let [a, b, c, d, e, f, g, h, ..] = *hash.as_bytes();
        Self([a, b, c, d, e, f, g, h])
    }
    /// The 8 bytes.
    pub const fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }
}
impl fmt::Debug for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogId({})", hex::encode(self.0))
    }
}

/// A promise, read but not verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promise {
    log: LogId,
    at: Timestamp,
    leaf: Hash,
    signature: [u8; 64],
}

impl Promise {
    /// Bytes of a promise.
    pub const BYTES: usize = SIGNED_BYTES + 64;

    /// Promises that a leaf will be in a public checkpoint within a minute. To be given only for a
    /// leaf that is kept durably, or is in the log already.
    ///
    /// # Errors
    /// [`LedgerError::Key`] where the key fails.
    pub fn sign(leaf: Hash, at: Timestamp, signer: &NoteSigner) -> Result<Self, LedgerError> {
        let mut promise = Self { log: LogId::of(signer.key()), at, leaf, signature: [0; 64] };
        promise.signature = signer.sign_raw(&promise.message())?;
        Ok(promise)
    }
    /// Reads a promise.
    ///
    /// # Errors
    /// [`LedgerError::Malformed`] for anything but 113 bytes of this version.
    pub fn parse(bytes: &[u8]) -> Result<Self, LedgerError> {
        let wrong = |reason| LedgerError::Malformed { what: "inclusion promise", reason };
        let bytes: &[u8; Self::BYTES] = bytes.try_into().map_err(|_| wrong("not 113 bytes"))?;
        let ([version], rest) = bytes.split_first_chunk().ok_or(wrong("cut short"))?;
        let (log, rest) = rest.split_first_chunk().ok_or(wrong("cut short"))?;
        let (at, rest) = rest.split_first_chunk().ok_or(wrong("cut short"))?;
        let (leaf, rest) = rest.split_first_chunk().ok_or(wrong("cut short"))?;
        let signature = rest.try_into().map_err(|_| wrong("cut short"))?;
        if *version != VERSION {
            return Err(wrong("a version that is not known here"));
        }
        let at = i64::from_be_bytes(*at);
        if at < 0 {
            return Err(wrong("a time before 1970"));
        }
        let (at, leaf) = (Timestamp::from_unix_ms(at), Hash::from_bytes(*leaf));
        Ok(Self { log: LogId(*log), at, leaf, signature })
    }
    /// The bytes that an assertion carries.
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[..SIGNED_BYTES].copy_from_slice(&self.signed());
        bytes[SIGNED_BYTES..].copy_from_slice(&self.signature);
        bytes
    }
    fn signed(&self) -> [u8; SIGNED_BYTES] {
        let mut bytes = [VERSION; SIGNED_BYTES];
        bytes[1..9].copy_from_slice(&self.log.0);
        bytes[9..17].copy_from_slice(&self.at.unix_ms().to_be_bytes());
        bytes[17..].copy_from_slice(self.leaf.as_bytes());
        bytes
    }
    fn message(&self) -> Vec<u8> {
        [DOMAIN, &self.signed()].concat()
    }
    /// Which log promises.
    pub const fn log(&self) -> LogId {
        self.log
    }
    /// When it was given.
    pub const fn at(&self) -> Timestamp {
        self.at
    }
    /// Which leaf.
    pub const fn leaf(&self) -> Hash {
        self.leaf
    }
    /// When the leaf must be in a public checkpoint. A log that cannot prove it then has broken
    /// its word, and the promise is the evidence.
    pub const fn due(&self) -> Timestamp {
        self.at.plus_s(LEDGER_MERGE_S_MAX)
    }
    /// Verifies it with one key.
    ///
    /// # Errors
    /// [`LedgerError::PromiseLog`] where it is by another log, [`LedgerError::Forged`].
    pub fn verify(&self, key: &NoteKey) -> Result<(), LedgerError> {
        if self.log != LogId::of(key) {
            return Err(LedgerError::PromiseLog);
        }
        key.verify_raw(&self.message(), &self.signature)
    }
}

/// What a verifier asks of an assertion that carries a level.
#[derive(Debug, Clone)]
pub struct PromiseRule {
    keys: Vec<(LogId, NoteKey)>,
    grace_s: i64,
}

/// How an assertion stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromiseStanding {
    /// Its decision is promised.
    Promised {
        /// The leaf of the decision.
        leaf: Hash,
        /// When the promise was given.
        at: Timestamp,
    },
    /// It has no promise yet and is young enough to go without.
    InGrace {
        /// Until when.
        until: Timestamp,
    },
}

impl PromiseRule {
    /// Promises by one of these keys are asked for; an assertion goes without for `grace_s`
    /// seconds after it was issued.
    pub fn new(keys: impl IntoIterator<Item = NoteKey>, grace_s: i64) -> Self {
        Self { keys: keys.into_iter().map(|key| (LogId::of(&key), key)).collect(), grace_s }
    }

    /// Judges an assertion by its promise and the time at which it was issued.
    ///
    /// # Errors
    /// [`LedgerError::NoPromise`] past the grace; [`LedgerError::PromiseLog`],
    /// [`LedgerError::Forged`]; [`LedgerError::PromiseTime`] for one given in the future.
    pub fn check(
        &self,
        promise: Option<&Promise>,
        issued: Timestamp,
        now: Timestamp,
    ) -> Result<PromiseStanding, LedgerError> {
        let Some(promise) = promise else {
            let until = issued.plus_s(self.grace_s);
            let future = issued > now.plus_s(CLOCK_SKEW_S_MAX);
            return if now < until && !future {
                Ok(PromiseStanding::InGrace { until })
            } else {
                Err(LedgerError::NoPromise { grace_s: self.grace_s })
            };
        };
        if promise.at > now.plus_s(CLOCK_SKEW_S_MAX) {
            return Err(LedgerError::PromiseTime);
        }
        let named = self.keys.iter().filter(|(id, _)| *id == promise.log);
        let mut refused = LedgerError::PromiseLog;
        for (_, key) in named {
            match promise.verify(key) {
                Ok(()) => {
                    let (leaf, at) = (promise.leaf, promise.at);
                    return Ok(PromiseStanding::Promised { leaf, at });
                }
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }
}

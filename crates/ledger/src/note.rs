//! Signed notes (C2SP signed-note): a text, and lines of signatures under it.

use crate::{Hash, LedgerError};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, ParsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hutong_model::limits::{
    LEDGER_NAME_BYTES_MAX, LEDGER_NOTE_BYTES_MAX, LEDGER_NOTE_SIGNATURES_MAX,
};
use std::fmt;
use std::sync::Arc;

const ED25519_BYTES: usize = 64;
const DASH: &str = "\u{2014} ";

fn malformed(reason: &'static str) -> LedgerError {
    LedgerError::Malformed { what: "signed note", reason }
}

/// The name of a log or of a witness: like an address without its scheme,
/// `ledger.330000.example/main`. No spaces, no plus sign, no control characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin(Arc<str>);

impl Origin {
    /// Reads a name.
    ///
    /// # Errors
    /// [`LedgerError::Malformed`] where it is empty, too long, or has a character that notes do
    /// not permit in the name of a key.
    pub fn parse(text: &str) -> Result<Self, LedgerError> {
        let fits = (1..=LEDGER_NAME_BYTES_MAX).contains(&text.len());
        if fits && !text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+') {
            Ok(Self(text.into()))
        } else {
            Err(LedgerError::Malformed { what: "name of a key", reason: "spaces, + or its length" })
        }
    }
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a signature line states (C2SP signed-note, "Signature types").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SignatureKind {
    /// Ed25519 over the text: a log's own signature, type 0x01.
    Ed25519,
    /// A witness's cosignature with its time, type 0x04 (C2SP tlog-cosignature).
    Cosignature,
}

impl SignatureKind {
    const fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 1,
            Self::Cosignature => 4,
        }
    }
}

/// A public key with its name, as others are told of it.
#[derive(Clone)]
pub struct NoteKey {
    name: Origin,
    kind: SignatureKind,
    public: [u8; 32],
    id: [u8; 4],
    parsed: Arc<ParsedPublicKey>,
}

impl NoteKey {
    /// Names a key.
    ///
    /// # Errors
    /// [`LedgerError::Key`] where the bytes are no Ed25519 key.
    pub fn new(name: Origin, kind: SignatureKind, public: [u8; 32]) -> Result<Self, LedgerError> {
        let parsed = ParsedPublicKey::new(&ED25519, public)
            .map_err(|_| LedgerError::Key(name.to_string()))?;
        let id = Hash::of(&[name.as_str().as_bytes(), b"\n", &[kind.byte()], &public]);
        let [a, b, c, d, ..] = *id.as_bytes();
        Ok(Self { name, kind, public, id: [a, b, c, d], parsed: Arc::new(parsed) })
    }

    /// Reads the form in which verifier keys are handed on: `name+id+base64`.
    ///
    /// # Errors
    /// [`LedgerError::Malformed`] for anything else, and where the id is not that of the key.
    pub fn parse(text: &str) -> Result<Self, LedgerError> {
        let wrong = |reason| LedgerError::Malformed { what: "verifier key", reason };
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(wrong("not name+id+key"));
        };
        let bytes = STANDARD.decode(key).map_err(|_| wrong("the key is not Base64"))?;
        let (kind, public) = match bytes.split_first() {
            Some((1, public)) => (SignatureKind::Ed25519, public),
            Some((4, public)) => (SignatureKind::Cosignature, public),
            _ => return Err(wrong("a kind of key that is not known here")),
        };
        let public = public.try_into().map_err(|_| wrong("the key does not have 32 bytes"))?;
        let read = Self::new(Origin::parse(name)?, kind, public)?;
        if hex::encode(read.id) == id { Ok(read) } else { Err(wrong("the id is of another key")) }
    }

    /// Whose it is.
    pub fn name(&self) -> &Origin {
        &self.name
    }
    /// What it signs.
    pub const fn kind(&self) -> SignatureKind {
        self.kind
    }
    /// The 32 bytes of the key (RFC 8032).
    pub const fn public_bytes(&self) -> &[u8; 32] {
        &self.public
    }
    /// The key id of its signature lines.
    pub const fn id(&self) -> [u8; 4] {
        self.id
    }
    /// Whether a signature line says that it is by this key.
    pub fn is_named_by(&self, line: &SignatureLine) -> bool {
        line.key_id == self.id && line.name == self.name
    }
    /// Checks a signature over a message as it is.
    pub(crate) fn verify_raw(&self, message: &[u8], signature: &[u8]) -> Result<(), LedgerError> {
        let forged = |_| LedgerError::Forged(self.name.to_string());
        self.parsed.verify_sig(message, signature).map_err(forged)
    }
    /// Checks a line that names this key. Gives the time of a cosignature, in seconds.
    ///
    /// # Errors
    /// [`LedgerError::Forged`] where the signature is not this key's over this text.
    pub fn verify(&self, text: &str, line: &SignatureLine) -> Result<Option<u64>, LedgerError> {
        if self.kind == SignatureKind::Ed25519 {
            return self.verify_raw(text.as_bytes(), &line.bytes).map(|()| None);
        }
        let forged = || LedgerError::Forged(self.name.to_string());
        let (time, signature) = line.bytes.split_first_chunk::<8>().ok_or_else(forged)?;
        let time = u64::from_be_bytes(*time);
        if i64::try_from(time).is_err() {
            return Err(forged());
        }
        self.verify_raw(cosigned(time, text).as_bytes(), signature)?;
        Ok(Some(time))
    }
}

impl fmt::Display for NoteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = vec![self.kind.byte()];
        bytes.extend_from_slice(&self.public);
        write!(f, "{}+{}+{}", self.name, hex::encode(self.id), STANDARD.encode(bytes))
    }
}
impl fmt::Debug for NoteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NoteKey({self})")
    }
}
impl PartialEq for NoteKey {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, self.kind, self.public) == (&other.name, other.kind, other.public)
    }
}
impl Eq for NoteKey {}

/// The message of a cosignature (C2SP tlog-cosignature, "Ed25519 signed message").
fn cosigned(time_s: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {time_s}\n{text}")
}

type SignFn = dyn Fn(&[u8]) -> Option<[u8; ED25519_BYTES]> + Send + Sync;

/// A private key with its name: held here, or by a key service that is asked to sign.
pub struct NoteSigner {
    key: NoteKey,
    sign: Box<SignFn>,
}

impl NoteSigner {
    /// A key that lies elsewhere: `sign` gives the Ed25519 signature of a message, or none where
    /// it cannot.
    pub fn new(
        key: NoteKey,
        sign: impl Fn(&[u8]) -> Option<[u8; ED25519_BYTES]> + Send + Sync + 'static,
    ) -> Self {
        Self { key, sign: Box::new(sign) }
    }

    /// The Ed25519 key with this secret seed. Whoever knows the seed has the key.
    ///
    /// # Errors
    /// [`LedgerError::Key`] where the library refuses the seed.
    pub fn from_seed(
        name: Origin,
        kind: SignatureKind,
        seed: &[u8; 32],
    ) -> Result<Self, LedgerError> {
        let failed = || LedgerError::Key(name.to_string());
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| failed())?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| failed())?;
        let key = NoteKey::new(name, kind, public)?;
        Ok(Self::new(key, move |message| pair.try_sign(message).ok()?.as_ref().try_into().ok()))
    }

    /// The public half.
    pub fn key(&self) -> &NoteKey {
        &self.key
    }
    pub(crate) fn sign_raw(&self, message: &[u8]) -> Result<[u8; ED25519_BYTES], LedgerError> {
        (self.sign)(message).ok_or_else(|| LedgerError::Key(self.key.name.to_string()))
    }
    fn line(&self, bytes: Vec<u8>) -> SignatureLine {
        SignatureLine { name: self.key.name.clone(), key_id: self.key.id, bytes }
    }
    /// Signs a text.
    ///
    /// # Errors
    /// [`LedgerError::Key`] where the key fails or is one for cosignatures.
    pub fn sign(&self, text: &str) -> Result<SignatureLine, LedgerError> {
        if self.key.kind != SignatureKind::Ed25519 {
            return Err(LedgerError::Key(self.key.name.to_string()));
        }
        Ok(self.line(self.sign_raw(text.as_bytes())?.to_vec()))
    }
    /// Cosigns a text at a time in seconds since 1970.
    ///
    /// # Errors
    /// [`LedgerError::Key`] where the key fails or is not one for cosignatures.
    pub fn cosign(&self, text: &str, time_s: u64) -> Result<SignatureLine, LedgerError> {
        if self.key.kind != SignatureKind::Cosignature || i64::try_from(time_s).is_err() {
            return Err(LedgerError::Key(self.key.name.to_string()));
        }
        let signature = self.sign_raw(cosigned(time_s, text).as_bytes())?;
        Ok(self.line([time_s.to_be_bytes().as_slice(), &signature].concat()))
    }
}

/// Names the key, never shows it.
impl fmt::Debug for NoteSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NoteSigner({})", self.key)
    }
}

/// One signature under a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureLine {
    name: Origin,
    key_id: [u8; 4],
    bytes: Vec<u8>,
}

impl SignatureLine {
    /// Reads a line, without its newline.
    ///
    /// # Errors
    /// [`LedgerError::Malformed`] for anything but `— name base64`.
    pub fn parse(line: &str) -> Result<Self, LedgerError> {
        let wrong = || malformed("not a signature line");
        let (name, signature) =
            line.strip_prefix(DASH).and_then(|line| line.split_once(' ')).ok_or_else(wrong)?;
        let decoded = STANDARD.decode(signature).map_err(|_| wrong())?;
        let (key_id, bytes) = decoded.split_first_chunk::<4>().ok_or_else(wrong)?;
        Ok(Self { name: Origin::parse(name)?, key_id: *key_id, bytes: bytes.to_vec() })
    }
    /// Whose it says it is.
    pub fn name(&self) -> &Origin {
        &self.name
    }
    /// Whether two lines say that they are by one key.
    pub fn is_by_the_same_key(&self, other: &Self) -> bool {
        self.name == other.name && self.key_id == other.key_id
    }
}

/// The line, without its newline.
impl fmt::Display for SignatureLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.key_id.as_slice(), &self.bytes].concat();
        write!(f, "{DASH}{} {}", self.name, STANDARD.encode(bytes))
    }
}

/// A text with its signatures, read but not verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: Box<str>,
    signatures: Vec<SignatureLine>,
}

impl Note {
    /// Puts a text, which ends in a newline, and its signatures together.
    pub(crate) fn of(text: &str, signatures: Vec<SignatureLine>) -> Self {
        Self { text: text.into(), signatures }
    }

    /// Reads a note.
    ///
    /// # Errors
    /// [`LedgerError::Malformed`] or [`LedgerError::Large`].
    pub fn parse(bytes: &[u8]) -> Result<Self, LedgerError> {
        if bytes.len() > LEDGER_NOTE_BYTES_MAX {
            return Err(LedgerError::Large { what: "bytes of a note", max: LEDGER_NOTE_BYTES_MAX });
        }
        let whole = std::str::from_utf8(bytes).map_err(|_| malformed("not UTF-8"))?;
        if whole.bytes().any(|b| b < 0x20 && b != b'\n') {
            return Err(malformed("a control character"));
        }
        let (text, lines) = whole.rsplit_once("\n\n").ok_or(malformed("no empty line"))?;
        let lines = lines.strip_suffix('\n').ok_or(malformed("no newline at the end"))?;
        let max = LEDGER_NOTE_SIGNATURES_MAX;
        if lines.split('\n').count() > max {
            return Err(LedgerError::Large { what: "signatures of a note", max });
        }
        let signatures = lines.split('\n').map(SignatureLine::parse).collect::<Result<_, _>>()?;
        Ok(Self { text: format!("{text}\n").into(), signatures })
    }
    /// The text, with its last newline.
    pub fn text(&self) -> &str {
        &self.text
    }
    /// The signatures.
    pub fn signatures(&self) -> &[SignatureLine] {
        &self.signatures
    }
    /// Looks for signatures of a key. Whether there is one, and its time if it is a cosignature.
    ///
    /// # Errors
    /// [`LedgerError::Forged`] where a line names the key and is not by it.
    pub fn signed_by(&self, key: &NoteKey) -> Result<Option<Option<u64>>, LedgerError> {
        let mut found = None;
        for line in self.signatures.iter().filter(|line| key.is_named_by(line)) {
            found = Some(key.verify(&self.text, line)?);
        }
        Ok(found)
    }
}

/// The note as it is written.
impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

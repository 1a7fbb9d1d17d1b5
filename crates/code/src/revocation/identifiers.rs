//! What a certificate can be found by.

use aws_lc_rs::digest::{Context, SHA256};
use std::{cell::OnceCell, fmt};

/// What is hashed (EU DCC revocation: hash types of a batch), and for Hutong's own the token's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HashKind {
    /// The signature: of ECDSA its first half, r; of others all of it.
    Signature,
    /// The certificate's identifier.
    Uci,
    /// The issuer's country followed by the identifier.
    CountryUci,
    /// The id of an assertion (`cti`).
    Token,
}

impl HashKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Signature, Self::Uci, Self::CountryUci, Self::Token];

    /// The name in a batch; the token's is Hutong's own.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signature => "SIGNATURE",
            Self::Uci => "UCI",
            Self::CountryUci => "COUNTRYCODEUCI",
            Self::Token => "TOKEN",
        }
    }
    /// Reads such a name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// The first 128 bits of a SHA-256: what lists hold in place of what identifies a certificate.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PartialHash([u8; 16]);

impl PartialHash {
    /// Of these parts one after the other.
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut context = Context::new(&SHA256);
        for part in parts {
            context.update(part);
        }
        let (digest, mut first) = (context.finish(), [0; 16]);
        first.copy_from_slice(&digest.as_ref()[..16]);
        Self(first)
    }
    /// Takes the first 16 bytes of a hash; None of fewer.
    pub fn of_hash(bytes: &[u8]) -> Option<Self> {
        bytes.first_chunk().copied().map(Self)
    }
    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for PartialHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// The signature of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureBytes<'c> {
    /// Of ECDSA: r and s, of the same length.
    Ecdsa(&'c [u8]),
    /// Of another algorithm.
    Other(&'c [u8]),
}

/// Where a Token Status List says how a certificate stands (`status_list` of its `status` claim).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusReference<'c> {
    /// The address of the list, which is its subject.
    pub uri: &'c str,
    /// The place in it.
    pub index: u64,
}

/// What one certificate can be found by. Hashes are made when a list asks for them, once.
#[derive(Debug, Clone, Default)]
pub struct Identifiers<'c> {
    /// Who issued it: the country of a DCC (`iss`), the address of a SMART Health Card's issuer, a
    /// region.
    pub issuer: &'c str,
    /// The id of the key that signed it: the bytes of a `COSE_Sign1`'s, the text of a JWS's.
    pub key_id: &'c [u8],
    /// Its signature.
    pub signature: Option<SignatureBytes<'c>>,
    /// Its identifiers (`ci`), as they stand in it.
    pub uci: Option<&'c str>,
    /// Its id (`cti`), of Hutong's own.
    pub token: Option<&'c [u8]>,
    /// Its revocation id (`rid`), of a SMART Health Card.
    pub rid: Option<&'c str>,
    /// When it was issued (`nbf`), in seconds of Unix time.
    pub issued_at_s: i64,
    /// Its place in a Token Status List.
    pub status: Option<StatusReference<'c>>,
    /// Hashes made so far.
    pub(super) hashes: [OnceCell<Option<PartialHash>>; 4],
}

impl<'c> Identifiers<'c> {
    /// Those of a certificate of this issuer, signed with this key; the rest is filled in.
    pub fn of(issuer: &'c str, key_id: &'c [u8]) -> Self {
        Self { issuer, key_id, ..Self::default() }
    }

    /// The hash of a kind; None where the certificate has nothing of that kind.
    pub fn hash(&self, kind: HashKind) -> Option<PartialHash> {
        *self.hashes[kind as usize].get_or_init(|| {
            Some(match kind {
                HashKind::Signature => match self.signature? {
                    SignatureBytes::Ecdsa(rs) => PartialHash::of(&[&rs[..rs.len() / 2]]),
                    SignatureBytes::Other(whole) => PartialHash::of(&[whole]),
                },
                HashKind::Uci => PartialHash::of(&[self.uci?.as_bytes()]),
                HashKind::CountryUci => {
                    PartialHash::of(&[self.issuer.as_bytes(), self.uci?.as_bytes()])
                }
                HashKind::Token => PartialHash::of(&[self.token?]),
            })
        })
    }
}

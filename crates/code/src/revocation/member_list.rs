//! Hutong's own revocation lists: signed by the member whose certificates they take back,
//! versioned, brought up to date by deltas.
//!
//! A file is a tagged `COSE_Sign1` over deterministic CBOR, with the external data
//! `HT1-revocations`. The whole list: `[0, issuer, version, made at, bits, {kind: hashes}]`; a
//! delta: `[1, issuer, from, version, made at, bits, {kind: added}, {kind: removed}, digest]`,
//! where the digest is SHA-256 of the hashes that it leads to.

use super::{HashKind, PartialHash, RevocationError, shortened::Shortened};
use crate::{
    cbor::{CborError, Reader},
    sign1::{self, Sign1},
    suite::{Sign, VerifyingKey},
};
use aws_lc_rs::digest::{Context, SHA256};
use hutong_model::{
    Timestamp,
    limits::{REVOCATION_ENTRIES_MAX, REVOCATION_LIST_BYTES_MAX},
};
use minicbor::Encoder;
use std::collections::BTreeMap;

const EXTERNAL_AAD: &[u8] = b"HT1-revocations";
const ISSUER_BYTES_MAX: usize = 256;
const WHOLE: u64 = 0;
const DELTA: u64 = 1;

/// Beginnings of hashes by what was hashed.
pub(super) type Sets = BTreeMap<HashKind, Shortened>;

/// All that a member takes back, at one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberList {
    pub(super) issuer: Box<str>,
    pub(super) version: u64,
    pub(super) made_at: Timestamp,
    pub(super) bits: u8,
    pub(super) sets: Sets,
}

/// What leads from one version to another, however many lie between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberDelta {
    pub(super) issuer: Box<str>,
    pub(super) from: u64,
    pub(super) version: u64,
    pub(super) made_at: Timestamp,
    pub(super) bits: u8,
    pub(super) added: Sets,
    pub(super) removed: Sets,
    pub(super) digest: [u8; 32],
}

impl MemberList {
    /// Signs it.
    ///
    /// # Errors
    /// [`RevocationError`] where it is too large, or the key fails.
    pub fn sign(&self, key: &dyn Sign) -> Result<Vec<u8>, RevocationError> {
        check_sizes(&self.sets)?;
        let mut payload = Vec::new();
        let mut e = Encoder::new(&mut payload);
        // INVARIANT: writing to a vector cannot fail, here and below.
        let _ = e
            .array(6)
            .and_then(|e| e.u64(WHOLE)?.str(&self.issuer)?.u64(self.version))
            .and_then(|e| e.i64(self.made_at.unix_ms())?.u8(self.bits));
        write_sets(&mut e, &self.sets);
        sign(&payload, key)
    }

    /// Opens a list that was signed by one of these members' keys; each key stands beside the
    /// member whose it is, and the list must be of that member.
    ///
    /// # Errors
    /// [`RevocationError`] naming what is wrong.
    pub fn open(bytes: &[u8], signers: &[(&str, VerifyingKey)]) -> Result<Self, RevocationError> {
        let (payload, signer) = open(bytes, signers)?;
        let list = Self::read(payload)?;
        owned_by(&list.issuer, signer)?;
        Ok(list)
    }

    fn read(payload: &[u8]) -> Result<Self, RevocationError> {
        let mut reader = Reader::new(payload);
        reader.array_of(6).map_err(form)?;
        if reader.uint().map_err(form)? != WHOLE {
            return Err(RevocationError::Form("a delta in place of a list"));
        }
        let issuer = reader.text(ISSUER_BYTES_MAX).map_err(form)?.into();
        let version = reader.uint().map_err(form)?;
        let made_at = Timestamp::from_unix_ms(reader.int().map_err(form)?);
        let bits = bits(&mut reader)?;
        let sets = read_sets(&mut reader, bits)?;
        reader.finish().map_err(form)?;
        Ok(Self { issuer, version, made_at, bits, sets })
    }

    /// Brings it up to date by a delta, signed by its member, that leads on from its version.
    ///
    /// # Errors
    /// [`RevocationError`] naming what is wrong; nothing is changed then.
    pub fn apply(
        &mut self,
        bytes: &[u8],
        signers: &[(&str, VerifyingKey)],
    ) -> Result<(), RevocationError> {
        let (payload, signer) = open(bytes, signers)?;
        let delta = MemberDelta::read(payload)?;
        owned_by(&delta.issuer, signer)?;
        owned_by(&self.issuer, &delta.issuer)?;
        if delta.from != self.version || delta.bits != self.bits {
            return Err(RevocationError::Version { from: delta.from, held: self.version });
        }
        let sets = changed(&self.sets, &delta, self.bits);
        if digest(&sets) != delta.digest {
            return Err(RevocationError::Digest);
        }
        (self.sets, self.version, self.made_at) = (sets, delta.version, delta.made_at);
        Ok(())
    }

    /// Whose list it is.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }
    /// Counts up by one with every change.
    pub fn version(&self) -> u64 {
        self.version
    }
    /// When it was made.
    pub fn made_at(&self) -> Timestamp {
        self.made_at
    }
    /// The fewest bits of each hash to publish at which, of so many certificates taken back, no
    /// more than one in `one_in` others is wrongly found.
    pub fn bits_for(count: usize, one_in: u64) -> u8 {
        Shortened::bits_for(count, one_in)
    }
    /// How many hashes it has.
    pub fn len(&self) -> usize {
        self.sets.values().map(Shortened::len).sum()
    }
    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Whether a hash of this kind may be there.
    pub fn may_contain(&self, kind: HashKind, hash: &PartialHash) -> bool {
        self.sets.get(&kind).is_some_and(|set| set.may_contain(hash))
    }
    /// The kinds of hashes that it has.
    pub fn kinds(&self) -> impl Iterator<Item = HashKind> {
        self.sets.keys().copied()
    }
}

impl MemberDelta {
    /// Signs it.
    ///
    /// # Errors
    /// [`RevocationError`] where it is too large, or the key fails.
    pub fn sign(&self, key: &dyn Sign) -> Result<Vec<u8>, RevocationError> {
        check_sizes(&self.added).and_then(|()| check_sizes(&self.removed))?;
        let mut payload = Vec::new();
        let mut e = Encoder::new(&mut payload);
        let _ = e
            .array(9)
            .and_then(|e| e.u64(DELTA)?.str(&self.issuer)?.u64(self.from)?.u64(self.version))
            .and_then(|e| e.i64(self.made_at.unix_ms())?.u8(self.bits));
        write_sets(&mut e, &self.added);
        write_sets(&mut e, &self.removed);
        let _ = e.bytes(&self.digest);
        sign(&payload, key)
    }

    fn read(payload: &[u8]) -> Result<Self, RevocationError> {
        let mut reader = Reader::new(payload);
        reader.array_of(9).map_err(form)?;
        if reader.uint().map_err(form)? != DELTA {
            return Err(RevocationError::Form("a list in place of a delta"));
        }
        let issuer = reader.text(ISSUER_BYTES_MAX).map_err(form)?.into();
        let (from, version) = (reader.uint().map_err(form)?, reader.uint().map_err(form)?);
        let made_at = Timestamp::from_unix_ms(reader.int().map_err(form)?);
        let bits = bits(&mut reader)?;
        let added = read_sets(&mut reader, bits)?;
        let removed = read_sets(&mut reader, bits)?;
        let digest = reader.bytes_exact().map_err(form)?;
        reader.finish().map_err(form)?;
        Ok(Self { issuer, from, version, made_at, bits, added, removed, digest })
    }

    /// How many hashes it adds and removes.
    pub fn len(&self) -> usize {
        self.added.values().chain(self.removed.values()).map(Shortened::len).sum()
    }
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

fn check_sizes(sets: &Sets) -> Result<(), RevocationError> {
    let fit = sets.values().all(|set| set.len() <= REVOCATION_ENTRIES_MAX);
    if fit { Ok(()) } else { Err(RevocationError::Large) }
}

fn sign(payload: &[u8], key: &dyn Sign) -> Result<Vec<u8>, RevocationError> {
    if payload.len() > REVOCATION_LIST_BYTES_MAX {
        return Err(RevocationError::Large);
    }
    Ok(sign1::sign(payload, EXTERNAL_AAD, key)?)
}

/// The payload, and the member whose key signed it.
fn open<'b, 's>(
    bytes: &'b [u8],
    signers: &[(&'s str, VerifyingKey)],
) -> Result<(&'b [u8], &'s str), RevocationError> {
    if bytes.len() > REVOCATION_LIST_BYTES_MAX + 1024 {
        return Err(RevocationError::Large);
    }
    let sign1 = Sign1::parse(bytes)?;
    let message = sign1.message(EXTERNAL_AAD);
    let fits =
        |key: &VerifyingKey| key.key_id() == sign1.key_id && key.algorithm() == sign1.algorithm;
    let mut sharing = signers.iter().filter(|(_, key)| fits(key)).peekable();
    sharing.peek().ok_or(RevocationError::Key)?;
    let signer = sharing.find(|(_, key)| key.verify(&message, sign1.signature).is_ok());
    let (signer, _) = signer.ok_or(RevocationError::Signature)?;
    Ok((sign1.payload, signer))
}

fn owned_by(named: &str, from: &str) -> Result<(), RevocationError> {
    if named == from {
        return Ok(());
    }
    Err(RevocationError::Owner { named: named.into(), from: from.into() })
}

fn form(_: CborError) -> RevocationError {
    RevocationError::Form("not the CBOR of a revocation list")
}

fn bits(reader: &mut Reader<'_>) -> Result<u8, RevocationError> {
    let bits = reader.uint().map_err(form)?;
    Shortened::known_bits(bits).ok_or(RevocationError::Form("hashes of another size"))
}

fn write_sets(e: &mut Encoder<&mut Vec<u8>>, sets: &Sets) {
    let _ = e.map(sets.len() as u64);
    for (kind, set) in sets {
        let _ = e.u8(*kind as u8).and_then(|e| e.bytes(&set.to_bytes()));
    }
}

fn read_sets(reader: &mut Reader<'_>, bits: u8) -> Result<Sets, RevocationError> {
    let mut sets = Sets::new();
    let mut last = None;
    for _ in 0..reader.map(HashKind::ALL.len()).map_err(form)? {
        let number = reader.uint().map_err(form)?;
        let kind = usize::try_from(number).ok().and_then(|at| HashKind::ALL.get(at));
        let kind = *kind.filter(|kind| last < Some(**kind)).ok_or(RevocationError::Form("kind"))?;
        last = Some(kind);
        let packed = reader.bytes(REVOCATION_LIST_BYTES_MAX).map_err(form)?;
        let set = Shortened::from_bytes(packed, bits)?;
        if set.is_empty() {
            return Err(RevocationError::Form("a kind without hashes"));
        }
        sets.insert(kind, set);
    }
    Ok(sets)
}

/// What a delta makes of sets.
fn changed(held: &Sets, delta: &MemberDelta, bits: u8) -> Sets {
    let none = Shortened::of([], bits);
    let of = |sets: &Sets, kind: HashKind| sets.get(&kind).unwrap_or(&none).clone();
    let next = |kind: HashKind| {
        let kept = of(held, kind).without(&of(&delta.removed, kind));
        (kind, kept.with(&of(&delta.added, kind)))
    };
    HashKind::ALL.into_iter().map(next).filter(|(_, set)| !set.is_empty()).collect()
}

/// SHA-256 over all hashes, with what they are of and how many.
pub(super) fn digest(sets: &Sets) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    for (kind, set) in sets {
        context.update(&[*kind as u8]);
        context.update(&(set.len() as u64).to_be_bytes());
        set.values().iter().for_each(|value| context.update(&value.to_be_bytes()));
    }
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
}

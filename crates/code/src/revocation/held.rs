//! All lists that a verifier holds, and the one question that it asks.

use super::{
    Batch, BloomFilter, CardRevocations, HashKind, Identifiers, MemberList, PartialHash,
    PartialHashes, RevocationError, Status, StatusToken,
};
use crate::trust::Freshness;
use hutong_model::{
    Timestamp,
    limits::{TRUST_FRESH_S, TRUST_GRACE_S},
};
use std::collections::HashMap;

/// The key whose certificates are meant; None for all of an issuer's.
type ForKey = Option<Box<[u8]>>;

/// How it is known that a certificate was taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Its hash of this kind is in a batch.
    Hash(HashKind),
    /// Its hash of this kind may be in a filter or a list of shortened hashes: seldom wrongly so.
    Filter(HashKind),
    /// Its status in a Token Status List.
    Status(Status),
    /// Its revocation id is in its issuer's card revocation list.
    Card,
}

/// A certificate was taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revoked {
    /// How that is known.
    pub how: How,
}

/// What one issuer takes back.
#[derive(Debug, Clone, Default)]
struct OfIssuer {
    batches: HashMap<Box<str>, Batch>,
    /// All hashes of the batches, each as often as a batch has it.
    hashes: HashMap<(HashKind, PartialHash), Vec<ForKey>>,
    filters: HashMap<Box<str>, Filter>,
    list: Option<MemberList>,
    cards: HashMap<Box<str>, CardRevocations>,
    statuses: HashMap<Box<str>, StatusToken>,
}

#[derive(Debug, Clone)]
struct Filter {
    key_id: ForKey,
    kind: HashKind,
    form: FilterForm,
}

#[derive(Debug, Clone)]
enum FilterForm {
    Bloom(BloomFilter),
    Partial(PartialHashes),
}

/// What a verifier holds of all issuers.
#[derive(Debug, Clone, Default)]
pub struct Revocations(HashMap<Box<str>, OfIssuer>);

impl Revocations {
    /// Whether a certificate was taken back, by what its own issuer has published.
    pub fn check(&self, certificate: &Identifiers<'_>) -> Option<Revoked> {
        let issuer = self.0.get(certificate.issuer)?;
        let how = issuer
            .by_hash(certificate)
            .or_else(|| issuer.by_filter(certificate))
            .or_else(|| issuer.by_status(certificate))
            .or_else(|| issuer.by_card(certificate))?;
        Some(Revoked { how })
    }

    /// Whether a certificate names a status list that is not held, has run out or does not reach so
    /// far: then nothing can be said of its status (draft-ietf-oauth-status-list section 8.3).
    pub fn is_unknown(&self, certificate: &Identifiers<'_>, now: Timestamp) -> bool {
        let Some(reference) = certificate.status else { return false };
        let token = self.0.get(certificate.issuer).and_then(|of| of.statuses.get(reference.uri));
        token.is_none_or(|token| {
            !token.is_current(now.unix_s()) || token.list.get(reference.index).is_none()
        })
    }

    /// How far a member's own list may be relied on; None where none is held.
    pub fn freshness(&self, issuer: &str, now: Timestamp) -> Option<Freshness> {
        let made_at = self.0.get(issuer)?.list.as_ref()?.made_at();
        Some(Freshness::of(made_at, TRUST_FRESH_S, TRUST_GRACE_S, now))
    }

    /// Adds a batch of hashes, or puts it in the place of the one with the same id.
    pub fn add_batch(&mut self, id: &str, batch: Batch) {
        let issuer = self.0.entry(batch.country().into()).or_default();
        issuer.remove_batch(id);
        for hash in batch.hashes() {
            issuer.hashes.entry((batch.kind, *hash)).or_default().push(batch.key_id.clone());
        }
        issuer.batches.insert(id.into(), batch);
    }

    /// Removes a batch of an issuer; whether there was one.
    pub fn remove_batch(&mut self, issuer: &str, id: &str) -> bool {
        self.0.get_mut(issuer).is_some_and(|of| of.remove_batch(id))
    }

    /// Removes the batches whose certificates have all run out by themselves.
    pub fn remove_expired(&mut self, now: Timestamp) {
        for issuer in self.0.values_mut() {
            let ended = issuer.batches.iter().filter(|(_, batch)| batch.expires <= now);
            let ended: Vec<Box<str>> = ended.map(|(id, _)| id.clone()).collect();
            ended.iter().for_each(|id| {
                issuer.remove_batch(id);
            });
        }
    }

    /// Adds a Bloom filter of an issuer, for one of its keys or all, or puts it in the place of
    /// the one with the same id.
    pub fn add_bloom(
        &mut self,
        issuer: &str,
        id: &str,
        key_id: Option<&[u8]>,
        kind: HashKind,
        filter: BloomFilter,
    ) {
        let form = FilterForm::Bloom(filter);
        let filter = Filter { key_id: key_id.map(Box::from), kind, form };
        self.0.entry(issuer.into()).or_default().filters.insert(id.into(), filter);
    }

    /// The same of a list of shortened hashes.
    pub fn add_partial(
        &mut self,
        issuer: &str,
        id: &str,
        key_id: Option<&[u8]>,
        kind: HashKind,
        hashes: PartialHashes,
    ) {
        let form = FilterForm::Partial(hashes);
        let filter = Filter { key_id: key_id.map(Box::from), kind, form };
        self.0.entry(issuer.into()).or_default().filters.insert(id.into(), filter);
    }

    /// Puts a member's list in the place of its older one.
    ///
    /// # Errors
    /// [`RevocationError::Older`] where a newer one is held.
    pub fn put_list(&mut self, list: MemberList) -> Result<(), RevocationError> {
        let issuer = self.0.entry(list.issuer().into()).or_default();
        match &issuer.list {
            Some(known) if known.version() > list.version() => {
                let (offered, held) = (list.version(), known.version());
                Err(RevocationError::Older { offered, held })
            }
            _ => {
                issuer.list = Some(list);
                Ok(())
            }
        }
    }

    /// A member's own list, to be brought up to date.
    pub fn list_mut(&mut self, issuer: &str) -> Option<&mut MemberList> {
        self.0.get_mut(issuer)?.list.as_mut()
    }

    /// Puts an issuer's card revocation list in the place of its older one for the same key.
    ///
    /// # Errors
    /// [`RevocationError::Older`] where a newer one is held.
    pub fn put_cards(
        &mut self,
        issuer: &str,
        list: CardRevocations,
    ) -> Result<(), RevocationError> {
        let cards = &mut self.0.entry(issuer.into()).or_default().cards;
        match cards.get(list.key_id()) {
            Some(known) if known.counter() > list.counter() => {
                let (offered, held) = (list.counter(), known.counter());
                Err(RevocationError::Older { offered, held })
            }
            _ => {
                cards.insert(list.key_id().into(), list);
                Ok(())
            }
        }
    }

    /// Puts a status list, which this issuer's key signed, in the place of its older one.
    ///
    /// # Errors
    /// [`RevocationError::Older`] where a newer one is held.
    pub fn put_statuses(
        &mut self,
        issuer: &str,
        token: StatusToken,
    ) -> Result<(), RevocationError> {
        let statuses = &mut self.0.entry(issuer.into()).or_default().statuses;
        let number = |token: &StatusToken| u64::try_from(token.issued_at_s).unwrap_or(0);
        match statuses.get(&token.uri) {
            Some(known) if known.issued_at_s > token.issued_at_s => {
                Err(RevocationError::Older { offered: number(&token), held: number(known) })
            }
            _ => {
                statuses.insert(token.uri.clone(), token);
                Ok(())
            }
        }
    }
}

impl OfIssuer {
    fn by_hash(&self, certificate: &Identifiers<'_>) -> Option<How> {
        if self.hashes.is_empty() {
            return None;
        }
        let is_listed = |kind: &HashKind| {
            let keys = certificate.hash(*kind).and_then(|hash| self.hashes.get(&(*kind, hash)));
            keys.is_some_and(|keys| keys.iter().any(|key| is_for(key.as_deref(), certificate)))
        };
        HashKind::ALL.into_iter().find(is_listed).map(How::Hash)
    }

    fn by_filter(&self, certificate: &Identifiers<'_>) -> Option<How> {
        let found = self.filters.values().find(|filter| filter.may_contain(certificate));
        let in_filter = found.map(|filter| How::Filter(filter.kind));
        in_filter.or_else(|| {
            let list = self.list.as_ref()?;
            let is_listed = |kind: &HashKind| {
                certificate.hash(*kind).is_some_and(|hash| list.may_contain(*kind, &hash))
            };
            list.kinds().find(is_listed).map(How::Filter)
        })
    }

    /// A status other than valid. What another number means is the application's to say; it is
    /// not valid.
    fn by_status(&self, certificate: &Identifiers<'_>) -> Option<How> {
        let reference = certificate.status?;
        let status = self.statuses.get(reference.uri)?.list.get(reference.index)?;
        (status != Status::Valid).then_some(How::Status(status))
    }

    fn by_card(&self, certificate: &Identifiers<'_>) -> Option<How> {
        let rid = certificate.rid?;
        let key_id = std::str::from_utf8(certificate.key_id).ok()?;
        let list = self.cards.get(key_id)?;
        list.is_revoked(rid, certificate.issued_at_s).then_some(How::Card)
    }

    fn remove_batch(&mut self, id: &str) -> bool {
        let Some(batch) = self.batches.remove(id) else { return false };
        for hash in &batch.hashes {
            let Some(keys) = self.hashes.get_mut(&(batch.kind, *hash)) else { continue };
            if let Some(at) = keys.iter().position(|key| *key == batch.key_id) {
                keys.swap_remove(at);
            }
            if keys.is_empty() {
                self.hashes.remove(&(batch.kind, *hash));
            }
        }
        true
    }
}

impl Filter {
    fn may_contain(&self, certificate: &Identifiers<'_>) -> bool {
        let Some(hash) = certificate.hash(self.kind) else { return false };
        is_for(self.key_id.as_deref(), certificate)
            && match &self.form {
                FilterForm::Bloom(filter) => filter.may_contain(hash.as_bytes()),
                FilterForm::Partial(hashes) => hashes.may_contain(&hash),
            }
    }
}

/// Whether what is for a key, or for all, is for this certificate's.
fn is_for(key_id: Option<&[u8]>, certificate: &Identifiers<'_>) -> bool {
    key_id.is_none_or(|key_id| key_id == certificate.key_id)
}

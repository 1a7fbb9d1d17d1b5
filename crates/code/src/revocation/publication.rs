//! What a member publishes: every version of its list, so that whoever holds any of them is
//! brought to the newest in one step.

use super::{
    HashKind, MemberDelta, MemberList, PartialHash,
    member_list::{Sets, digest},
    shortened::Shortened,
};
use hutong_model::Timestamp;
use std::collections::BTreeMap;

/// A certificate was taken back, or given back, as of a version. What a store keeps of a
/// publication: these, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// The first version of which it holds.
    pub version: u64,
    /// What was hashed.
    pub kind: HashKind,
    /// The hash.
    pub hash: PartialHash,
    /// Taken back, or given back.
    pub revoked: bool,
}

/// From which version on, and before which where it was taken out again.
type Life = (u64, Option<u64>);

/// The list of one member with its history.
#[derive(Debug, Clone)]
pub struct Publication {
    issuer: Box<str>,
    bits: u8,
    version: u64,
    lives: BTreeMap<(HashKind, PartialHash), Vec<Life>>,
}

impl Publication {
    /// An empty list of a member, at version 0; of each hash so many bits, from 8 to 64, are
    /// published ([`MemberList::bits_for`]).
    pub fn new(issuer: &str, bits: u8) -> Self {
        let bits = bits.clamp(8, 64);
        Self { issuer: issuer.into(), bits, version: 0, lives: BTreeMap::new() }
    }

    /// Takes a certificate back, from the next version on; whether that changes anything.
    pub fn revoke(&mut self, kind: HashKind, hash: PartialHash) -> bool {
        let next = self.version + 1;
        let lives = self.lives.entry((kind, hash)).or_default();
        match lives.last_mut() {
            Some((_, None)) => return false,
            // Taken out since the last version: as if it had stayed.
            Some((_, end)) if *end == Some(next) => *end = None,
            _ => lives.push((next, None)),
        }
        true
    }

    /// Gives a certificate back, from the next version on; whether that changes anything.
    pub fn restore(&mut self, kind: HashKind, hash: PartialHash) -> bool {
        let next = self.version + 1;
        let Some(lives) = self.lives.get_mut(&(kind, hash)) else { return false };
        match lives.last_mut() {
            // Put in since the last version: as if it had never been.
            Some((begin, None)) if *begin == next => {
                lives.pop();
            }
            Some((_, end @ None)) => *end = Some(next),
            _ => return false,
        }
        true
    }

    /// The list that these changes led to, at a version; as [`Publication::changes`] gave them.
    pub fn replay(
        issuer: &str,
        bits: u8,
        version: u64,
        changes: impl IntoIterator<Item = Change>,
    ) -> Self {
        let mut publication = Self::new(issuer, bits);
        for Change { version, kind, hash, revoked } in changes {
            publication.version = version.saturating_sub(1);
            if revoked {
                publication.revoke(kind, hash);
            } else {
                publication.restore(kind, hash);
            }
        }
        publication.version = version;
        publication
    }

    /// Every change so far, in order of version; those beyond [`Publication::version`] are not
    /// published yet.
    pub fn changes(&self) -> Vec<Change> {
        let of = |((kind, hash), lives): (&(HashKind, PartialHash), &Vec<Life>)| {
            let (kind, hash) = (*kind, *hash);
            let both = lives.iter().flat_map(move |(begin, end)| {
                let taken = Change { version: *begin, kind, hash, revoked: true };
                let given = end.map(|version| Change { version, kind, hash, revoked: false });
                std::iter::once(taken).chain(given)
            });
            both.collect::<Vec<_>>()
        };
        let mut changes: Vec<Change> = self.lives.iter().flat_map(of).collect();
        changes.sort_by_key(|change| change.version);
        changes
    }

    /// Makes what was changed the next version; its number.
    pub fn publish(&mut self) -> u64 {
        self.version += 1;
        self.version
    }

    /// The newest version.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The whole list at the newest version.
    pub fn whole(&self, made_at: Timestamp) -> MemberList {
        let (issuer, sets) = (self.issuer.clone(), self.sets_at(self.version));
        MemberList { issuer, version: self.version, made_at, bits: self.bits, sets }
    }

    /// What leads from a version to the newest; None where there was no such version.
    pub fn since(&self, from: u64, made_at: Timestamp) -> Option<MemberDelta> {
        if from > self.version {
            return None;
        }
        let (before, after) = (self.sets_at(from), self.sets_at(self.version));
        Some(MemberDelta {
            issuer: self.issuer.clone(),
            from,
            version: self.version,
            made_at,
            bits: self.bits,
            added: beyond(&after, &before),
            removed: beyond(&before, &after),
            digest: digest(&after),
        })
    }

    fn sets_at(&self, version: u64) -> Sets {
        let in_force =
            |(begin, end): &Life| *begin <= version && end.is_none_or(|end| version < end);
        let of = |kind: HashKind| {
            let all = self.lives.iter().filter(|((of, _), _)| *of == kind);
            let alive = all.filter(|(_, lives)| lives.iter().any(in_force));
            (kind, Shortened::of(alive.map(|((_, hash), _)| *hash), self.bits))
        };
        HashKind::ALL.into_iter().map(of).filter(|(_, set)| !set.is_empty()).collect()
    }
}

/// What is among the first and not among the second.
fn beyond(sets: &Sets, others: &Sets) -> Sets {
    let rest = |(kind, set): (&HashKind, &Shortened)| {
        let rest = others.get(kind).map_or_else(|| set.clone(), |other| set.without(other));
        (*kind, rest)
    };
    sets.iter().map(rest).filter(|(_, set)| !set.is_empty()).collect()
}

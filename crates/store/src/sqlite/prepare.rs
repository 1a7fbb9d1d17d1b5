//! What can be done before the writer: hashing, blinding, encoding. On the caller's thread.

use super::rows::Body;
use crate::{AdmitRow, NewFact, sealing::BlindKey};
use aws_lc_rs::digest::{Context, SHA256};
use hutong_model::{Document, Fact, MemberId, PersonId, RegionCode, Timestamp};

/// Where a document leads: its keyed hash.
pub(super) type Blind = [u8; 16];

/// A row, ready for the writer.
pub(super) struct PreparedRow {
    pub(super) member: MemberId,
    pub(super) region: RegionCode,
    pub(super) admitted: Timestamp,
    pub(super) person: Option<PersonId>,
    pub(super) documents: Vec<(Blind, Document)>,
    pub(super) facts: Vec<PreparedFact>,
    pub(super) from_node: bool,
}

/// A fact, encoded and digested.
pub(super) struct PreparedFact {
    pub(super) fact: NewFact,
    /// The body in CBOR, not sealed yet: the person it is sealed for is not known yet.
    pub(super) body: Vec<u8>,
    /// First 16 bytes of the digest that reconciliation sums; zero for entries not counted.
    pub(super) digest: u128,
    pub(super) day: i32,
    pub(super) local: bool,
    /// Blind of a document that the fact itself links or unlinks.
    pub(super) blind: Option<Blind>,
}

pub(super) fn row(row: AdmitRow, key: &BlindKey) -> PreparedRow {
    let documents =
        row.documents.into_iter().map(|document| (key.blind(&document), document)).collect();
    let region = row.region;
    let facts = row.facts.into_iter().map(|new| fact(new, region, key)).collect();
    PreparedRow {
        member: row.member,
        region,
        admitted: row.admitted,
        person: row.person,
        documents,
        facts,
        from_node: row.from_node,
    }
}

pub(super) fn fact(new: NewFact, region: RegionCode, key: &BlindKey) -> PreparedFact {
    let body = Body {
        own_id: new.own_id.clone(),
        region,
        source: new.source,
        times: new.times,
        replaces: new.replaces,
        fact: new.fact.clone(),
    };
    let blind = match &new.fact {
        Fact::DocumentLinked(document) | Fact::DocumentUnlinked(document) => {
            Some(key.blind(document))
        }
        _ => None,
    };
    PreparedFact {
        digest: digest(&new),
        day: new.times.admitted.utc_date().epoch_day(),
        local: is_local(&new.fact),
        blind,
        // INVARIANT: encoding into memory cannot fail.
        body: minicbor::to_vec(&body).unwrap_or_default(),
        fact: new,
    }
}

/// Whether a fact means something only at this node.
pub(super) fn is_local(fact: &Fact) -> bool {
    let (Fact::DocumentLinked(document) | Fact::DocumentUnlinked(document)) = fact else {
        return false;
    };
    let scope = document.scope();
    scope.starts_with("urn:hutong:node:") || scope.starts_with("urn:hutong:member:")
}

/// Whether an entry counts in the digests of its day: passed up, and the same at every node.
pub(super) fn is_counted(fact: &Fact) -> bool {
    !matches!(fact, Fact::PersonsLinked(..) | Fact::PersonsUnlinked(..)) && !is_local(fact)
}

fn digest(new: &NewFact) -> u128 {
    if !is_counted(&new.fact) {
        return 0;
    }
    let mut context = Context::new(&SHA256);
    context.update(new.id.as_bytes());
    let parts = (&new.fact, new.source, new.times, new.replaces);
    // INVARIANT: encoding into memory cannot fail.
    context.update(&minicbor::to_vec(parts).unwrap_or_default());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&context.finish().as_ref()[..16]);
    u128::from_be_bytes(bytes)
}

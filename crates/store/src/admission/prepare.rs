//! What can be done before the writer: hashing, blinding, encoding. On the caller's thread.

use super::{Key, body::Body, packing};
use crate::{AdmitRow, NewFact, sealing::BlindKey};
use aws_lc_rs::digest::{Context, SHA256};
use hutong_model::{Date, Document, Fact, MemberId, PersonId, RegionCode, Timestamp};

/// A row, ready for the writer.
pub(crate) struct PreparedRow {
    pub(crate) member: MemberId,
    pub(crate) region: RegionCode,
    pub(crate) admitted: Timestamp,
    pub(crate) person: Option<PersonId>,
    /// Each document once: those of the row, then those that only facts link.
    pub(crate) documents: Vec<PreparedDocument>,
    pub(crate) facts: Vec<PreparedFact>,
    pub(crate) from_node: bool,
}

/// A document of a row.
pub(crate) struct PreparedDocument {
    pub(crate) blind: Key,
    pub(crate) document: Document,
    /// A fact of the row links it.
    pub(crate) brought: bool,
    /// A fact of the row takes it away.
    pub(crate) unlinked: bool,
}

/// A fact, encoded and digested.
#[derive(Clone)]
pub(crate) struct PreparedFact {
    pub(crate) fact: NewFact,
    /// The body in CBOR, not sealed yet: the person it is sealed for is not known yet.
    pub(crate) body: Vec<u8>,
    /// First 16 bytes of the digest that reconciliation sums; zero for entries not counted.
    pub(crate) digest: u128,
    pub(crate) day: i32,
    pub(crate) local: bool,
    /// Blind of a document that the fact itself links or unlinks.
    pub(crate) blind: Option<Key>,
}

pub(crate) fn row(row: AdmitRow, key: &BlindKey) -> PreparedRow {
    let mut documents: Vec<PreparedDocument> = Vec::with_capacity(row.documents.len());
    for document in row.documents {
        find_or_add(&mut documents, key.blind(&document), document);
    }
    let region = row.region;
    let facts: Vec<_> = row.facts.into_iter().map(|new| fact(new, region, key)).collect();
    for prepared in &facts {
        if let (Fact::DocumentLinked(document), Some(blind)) = (&prepared.fact.fact, prepared.blind)
        {
            find_or_add(&mut documents, blind, document.clone()).brought = true;
        }
    }
    for prepared in &facts {
        if let (Fact::DocumentUnlinked(_), Some(blind)) = (&prepared.fact.fact, prepared.blind) {
            let known = documents.iter_mut().find(|known| known.blind == blind);
            known.into_iter().for_each(|known| known.unlinked = true);
        }
    }
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

impl PreparedRow {
    /// When the person was born, as the row says: a lifelong number knows it best.
    pub(crate) fn born(&self) -> Option<Date> {
        let of = |lifelong: bool| {
            let documents = self.documents.iter().map(|prepared| &prepared.document);
            documents.filter(|d| d.kind().is_lifelong() == lifelong).find_map(Document::birth_date)
        };
        let stated = || {
            self.facts.iter().find_map(|prepared| match &prepared.fact.fact {
                Fact::Demographics(stated) => stated.birth_date,
                _ => None,
            })
        };
        of(true).or_else(stated).or_else(|| of(false))
    }
}

fn find_or_add(
    documents: &mut Vec<PreparedDocument>,
    blind: Key,
    document: Document,
) -> &mut PreparedDocument {
    let at = documents.iter().position(|known| known.blind == blind).unwrap_or_else(|| {
        documents.push(PreparedDocument { blind, document, brought: false, unlinked: false });
        documents.len() - 1
    });
    &mut documents[at]
}

pub(crate) fn fact(new: NewFact, region: RegionCode, key: &BlindKey) -> PreparedFact {
    let blind = match &new.fact {
        Fact::DocumentLinked(document) | Fact::DocumentUnlinked(document) => {
            Some(key.blind(document))
        }
        _ => None,
    };
    let (body, counted_from) = Body::encode(&new, region);
    PreparedFact {
        digest: digest(&new, &body[counted_from..]),
        day: new.times.admitted.utc_date().epoch_day(),
        local: is_local(&new.fact),
        blind,
        body: packing::pack(body),
        fact: new,
    }
}

/// Whether a fact means something only at this node, or is not to leave it: check-ins.
pub(crate) fn is_local(fact: &Fact) -> bool {
    if fact.keep_until().is_some() {
        return true;
    }
    let (Fact::DocumentLinked(document) | Fact::DocumentUnlinked(document)) = fact else {
        return false;
    };
    document.is_local()
}

/// Whether an entry counts in the digests of its day: passed up, and the same at every node.
pub(crate) fn is_counted(fact: &Fact) -> bool {
    !matches!(fact, Fact::PersonsLinked(..) | Fact::PersonsUnlinked(..)) && !is_local(fact)
}

/// The digest over the id and the CBOR of fact, source, times and replaces.
fn digest(new: &NewFact, stated: &[u8]) -> u128 {
    if !is_counted(&new.fact) {
        return 0;
    }
    let mut context = Context::new(&SHA256);
    context.update(new.id.as_bytes());
    context.update(stated);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&context.finish().as_ref()[..16]);
    u128::from_be_bytes(bytes)
}

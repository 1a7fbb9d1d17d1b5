//! The body of an entry: what is sealed of it, the same in every back end, so that a row can be
//! copied from one to another unopened.

use super::packing::Unpacking;
use crate::{
    NewFact, StoreError,
    sealing::{Place, Sealer, Table},
};
use hutong_model::{Entry, EntryId, Fact, MemberId, OriginId, PersonId, RegionCode, Source, Times};
use std::cell::RefCell;

/// The sealed part of a row: an array of own id, region, fact, source, times, replaces; what the
/// digests of reconciliation cover comes last and lies together.
pub(crate) struct Body {
    own_id: Option<OriginId>,
    region: RegionCode,
    fact: Fact,
    source: Source,
    times: Times,
    replaces: Option<EntryId>,
}

thread_local! {
    /// Where bodies are opened.
    static BUFFER: RefCell<Unpacking> = RefCell::default();
}

/// Room for the body of an ordinary entry, in bytes.
const BODY_BYTES: usize = 256;

impl Body {
    /// The CBOR of a new fact's body, and where in it the fact begins.
    pub(crate) fn encode(new: &NewFact, region: RegionCode) -> (Vec<u8>, usize) {
        fn put<T: minicbor::Encode<()>>(body: &mut Vec<u8>, value: T) {
            // INVARIANT: encoding into memory cannot fail.
            let _ = minicbor::encode(value, body);
        }
        let mut body = Vec::with_capacity(BODY_BYTES);
        body.push(0x86); // an array of six
        put(&mut body, &new.own_id);
        put(&mut body, region);
        let fact = body.len();
        put(&mut body, &new.fact);
        put(&mut body, new.source);
        put(&mut body, new.times);
        put(&mut body, new.replaces);
        (body, fact)
    }

    fn decode(plain: &[u8]) -> Result<Self, minicbor::decode::Error> {
        let mut d = minicbor::Decoder::new(plain);
        if d.array()? != Some(6) {
            return Err(minicbor::decode::Error::message("expected an array of six"));
        }
        Ok(Self {
            own_id: d.decode()?,
            region: d.decode()?,
            fact: d.decode()?,
            source: d.decode()?,
            times: d.decode()?,
            replaces: d.decode()?,
        })
    }
}

/// Where the body of an entry lies: bound to the entry and to the person, so that neither can be
/// exchanged on disk.
pub(crate) fn row_name(id: &EntryId, person: &PersonId) -> [u8; 32] {
    let mut name = [0; 32];
    name[..16].copy_from_slice(person.as_bytes());
    name[16..].copy_from_slice(id.as_bytes());
    name
}

pub(crate) fn place(name: &[u8; 32]) -> Place<'_> {
    Place { table: Table::Entry, row: name, column: "body" }
}

/// Opens the body of an entry and puts the entry together.
pub(crate) fn open(
    sealer: &Sealer,
    id: EntryId,
    person: PersonId,
    member: MemberId,
    sealed: &[u8],
) -> Result<Entry, StoreError> {
    let damaged = || StoreError::Sealed { table: Table::Entry.name() };
    let Body { own_id, region, fact, source, times, replaces } =
        BUFFER.with_borrow_mut(|body| {
            let place = row_name(&id, &person);
            sealer.open_behind(self::place(&place), sealed, body.packed(), Unpacking::BEFORE)?;
            body.unpacked().and_then(|plain| Body::decode(plain).ok()).ok_or_else(damaged)
        })?;
    Ok(Entry { id, person, member, own_id, region, source, times, replaces, fact })
}

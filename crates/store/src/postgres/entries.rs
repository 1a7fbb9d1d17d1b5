//! Rows of the journal.

use super::{database::column, types::Uid};
use crate::{StoreError, admission::body, sealing::Sealer};
use hutong_model::{Entry, EntryId, MemberId, PersonId};
use tokio_postgres::Row;

/// An entry as it lies in the database.
#[derive(Debug)]
pub(super) struct RawEntry {
    pub(super) seq: i64,
    pub(super) person: PersonId,
    pub(super) id: EntryId,
    pub(super) member: i32,
    pub(super) body: Vec<u8>,
}

/// A query whose columns [`RawEntry::read`] reads.
macro_rules! select_entries {
    ($rest:literal) => {
        concat!("SELECT seq, person, id, member, body ", $rest)
    };
}

pub(super) use select_entries;

impl RawEntry {
    pub(super) fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            seq: column(row, 0)?,
            person: column::<Uid>(row, 1)?.into(),
            id: column::<Uid>(row, 2)?.into(),
            member: column(row, 3)?,
            body: column(row, 4)?,
        })
    }

    pub(super) fn open(&self, sealer: &Sealer, member: &MemberId) -> Result<Entry, StoreError> {
        body::open(sealer, self.id, self.person, member.clone(), &self.body)
    }
}

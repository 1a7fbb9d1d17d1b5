//! Rows of the journal: what is open, what is sealed.

use crate::{StoreError, Stored, admission::body, sealing::Sealer};
use hutong_model::{EntryId, MemberId, PersonId};
use rusqlite::{Connection, Row};
use std::collections::HashMap;
use std::sync::Arc;

pub(super) const COLUMNS: &str = "seq, id, person, member, body";

/// A row as it lies on disk.
pub(super) struct RawRow<'r> {
    seq: i64,
    id: EntryId,
    person: PersonId,
    member: i64,
    body: &'r [u8],
}

impl<'r> RawRow<'r> {
    /// Reads the columns of [`COLUMNS`].
    pub(super) fn read(row: &'r Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            seq: row.get(0)?,
            id: EntryId::from_bytes(row.get(1)?),
            person: PersonId::from_bytes(row.get(2)?),
            member: row.get(3)?,
            body: row.get_ref(4)?.as_blob()?,
        })
    }

    pub(super) fn open(&self, sealer: &Sealer, origins: &Origins) -> Result<Stored, StoreError> {
        let member = origins.name(self.member).ok_or(StoreError::Sealed { table: "entry" })?;
        Ok(Stored {
            seq: u64::try_from(self.seq).unwrap_or(0),
            entry: body::open(sealer, self.id, self.person, MemberId::clone(&member), self.body)?,
        })
    }
}

/// The rows at places, one after the other: a list of places in one statement would have a table
/// of its own made of it each time.
pub(super) fn at_places<T>(
    db: &Connection,
    places: &[u64],
    open: impl Fn(RawRow<'_>) -> T,
) -> rusqlite::Result<Vec<T>> {
    let mut found = Vec::with_capacity(places.len());
    let mut read =
        db.prepare_cached("SELECT seq, id, person, member, body FROM entry WHERE seq = ?1")?;
    for place in places {
        let mut rows = read.query([i64::try_from(*place).unwrap_or(i64::MAX)])?;
        if let Some(row) = rows.next()? {
            found.push(open(RawRow::read(row)?));
        }
    }
    Ok(found)
}

/// Members by number.
#[derive(Debug, Default, Clone)]
pub(super) struct Origins {
    names: HashMap<i64, Arc<MemberId>>,
    numbers: HashMap<Arc<MemberId>, i64>,
}

impl Origins {
    pub(super) fn load(db: &Connection) -> rusqlite::Result<Self> {
        let mut origins = Self::default();
        let mut rows = db.prepare("SELECT number, member FROM origin")?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            let text: String = row.get(1)?;
            if let Ok(member) = MemberId::parse(&text) {
                origins.insert(row.get(0)?, member);
            }
        }
        Ok(origins)
    }

    fn insert(&mut self, number: i64, member: MemberId) {
        let member = Arc::new(member);
        self.names.insert(number, member.clone());
        self.numbers.insert(member, number);
    }

    pub(super) fn name(&self, number: i64) -> Option<Arc<MemberId>> {
        self.names.get(&number).cloned()
    }

    pub(super) fn number(&self, member: &MemberId) -> Option<i64> {
        self.numbers.get(member).copied()
    }

    /// The number of a member, a new one where it has none yet.
    pub(super) fn number_for(
        &mut self,
        db: &Connection,
        member: &MemberId,
    ) -> rusqlite::Result<i64> {
        if let Some(number) = self.number(member) {
            return Ok(number);
        }
        db.prepare_cached("INSERT INTO origin (member) VALUES (?1)")?.execute([member.as_str()])?;
        let number = db.last_insert_rowid();
        self.insert(number, member.clone());
        Ok(number)
    }
}

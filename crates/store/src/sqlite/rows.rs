//! Rows of the journal: what is open, what is sealed.

use crate::{StoreError, Stored, admission::body, sealing::Sealer};
use hutong_model::{EntryId, MemberId, PersonId};
use rusqlite::{Connection, OptionalExtension, Row};
use std::collections::HashMap;
use std::sync::Arc;

pub(super) const COLUMNS: &str = "seq, id, person, member, body";

/// A row as it lies on disk.
pub(super) struct RawRow {
    pub(super) seq: i64,
    pub(super) id: EntryId,
    pub(super) person: PersonId,
    pub(super) member: i64,
    pub(super) body: Vec<u8>,
}

impl RawRow {
    /// Reads the columns of [`COLUMNS`].
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            seq: row.get(0)?,
            id: EntryId::from_bytes(row.get(1)?),
            person: PersonId::from_bytes(row.get(2)?),
            member: row.get(3)?,
            body: row.get(4)?,
        })
    }

    pub(super) fn open(self, sealer: &Sealer, origins: &Origins) -> Result<Stored, StoreError> {
        let member = origins.name(self.member).ok_or(StoreError::Sealed { table: "entry" })?;
        Ok(Stored {
            seq: u64::try_from(self.seq).unwrap_or(0),
            entry: body::open(sealer, self.id, self.person, MemberId::clone(&member), &self.body)?,
        })
    }
}

/// One row by its place.
pub(super) fn by_seq(db: &Connection, seq: u64) -> rusqlite::Result<Option<RawRow>> {
    db.prepare_cached("SELECT seq, id, person, member, body FROM entry WHERE seq = ?1")?
        .query_row([i64::try_from(seq).unwrap_or(i64::MAX)], RawRow::read)
        .optional()
}

/// Rows that one statement fetches.
const ROWS: usize = 16;

/// The rows at these places, which rise; those that are not there are left out.
pub(super) fn by_seqs(db: &Connection, places: &[u64]) -> rusqlite::Result<Vec<RawRow>> {
    let mut found = Vec::with_capacity(places.len());
    let mut read = db.prepare_cached(
        "SELECT seq, id, person, member, body FROM entry WHERE seq IN
         (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16) ORDER BY seq",
    )?;
    for chunk in places.chunks(ROWS) {
        let last = chunk.last().copied().unwrap_or_default();
        let all = (0..ROWS).map(|at| chunk.get(at).copied().unwrap_or(last));
        let all = all.map(|seq| i64::try_from(seq).unwrap_or(i64::MAX));
        let mut rows = read.query(rusqlite::params_from_iter(all))?;
        while let Some(row) = rows.next()? {
            found.push(RawRow::read(row)?);
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

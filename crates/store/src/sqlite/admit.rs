//! The ground of admission within the writer's transaction: indexes, rows, and what the transaction
//! has added to both.

use super::{
    links,
    rows::{self, Origins, RawRow},
    run_index::{Key, NIL},
    tail::Tail,
    upkeep::Indexes,
};
use crate::{
    StoreError, Stored,
    admission::{Ground, Identity, Links, NewEntry, body, prepare::is_counted},
    sealing::Sealer,
};
use foldhash::HashMap;
use hutong_model::{
    EntryId, Fact, MemberId, PersonId,
    entry::{CorrectionAnswer, CorrectionRequest},
};
use rusqlite::{Connection, params};
use std::sync::Arc;

/// What a transaction adds to the indexes and counters; joined with them after the commit.
#[derive(Default, Clone)]
pub(super) struct Overlay {
    pub(super) person: Tail<u64>,
    pub(super) entry: HashMap<Key, u64>,
    pub(super) document: HashMap<Key, Key>,
    /// What is stated about pairs of persons; overrules what was stated before.
    pub(super) links: Links,
    pub(super) days: HashMap<(i64, i32), Day>,
    pub(super) next_seq: u64,
    pub(super) rows: usize,
    pub(super) persons: u64,
}

#[derive(Clone, Copy)]
pub(super) struct Day {
    count: u64,
    digest: u128,
    first: u64,
    last: u64,
}

/// Everything that admission looks at and writes to.
pub(super) struct Journaling<'a> {
    pub(super) db: &'a Connection,
    pub(super) indexes: &'a Indexes,
    pub(super) links: &'a Links,
    pub(super) origins: &'a mut Arc<Origins>,
    pub(super) overlay: &'a mut Overlay,
    pub(super) sealer: &'a Sealer,
}

type Result<T> = std::result::Result<T, StoreError>;

impl<'r> Ground<'r> for Journaling<'_> {
    type Error = StoreError;
    type Place = u64;

    fn lead(&self, blind: &Key) -> Result<Option<Key>> {
        match self.overlay.document.get(blind) {
            Some(value) => Ok(Some(*value)),
            None => self.indexes.document.newest(self.db, blind).map_err(failed),
        }
    }

    fn entry(&self, id: &EntryId) -> Result<Option<Stored>> {
        let seq = match self.overlay.entry.get(id.as_bytes()) {
            Some(seq) => Some(*seq),
            None => self.indexes.entry.newest(self.db, id.as_bytes()).map_err(failed)?,
        };
        seq.map(|seq| self.load(seq)).transpose().map(Option::flatten)
    }

    fn person_exists(&self, person: PersonId) -> Result<bool> {
        let key = person.as_bytes();
        Ok(self.overlay.person.newest(key).is_some()
            || self.indexes.person.holds(self.db, key).map_err(failed)?)
    }

    fn cluster(&self, person: PersonId) -> Result<Vec<PersonId>> {
        Ok(self.links.cluster_under(&self.overlay.links, person))
    }

    fn denied(&self, one: PersonId, other: PersonId) -> Result<bool> {
        Ok(self.links.denied_under(&self.overlay.links, one, other))
    }

    fn identity(&self, person: PersonId) -> Result<Vec<Identity<u64>>> {
        let mut read = self
            .db
            .prepare_cached("SELECT blind FROM entry WHERE seq = ?1 AND kind IN (10, 12)")
            .map_err(failed)?;
        let mut found = Vec::new();
        for seq in self.places_of(person)? {
            let mut rows = read.query([signed(seq)]).map_err(failed)?;
            if let Some(row) = rows.next().map_err(failed)? {
                let blind = row.get(0).map_err(failed)?;
                found.push(Identity { place: seq, blind });
            }
        }
        Ok(found)
    }

    fn fact_at(&self, seq: u64) -> Result<Option<Fact>> {
        Ok(self.load(seq)?.map(|stored| stored.entry.fact))
    }

    fn number(&mut self, member: &MemberId) -> Result<i64> {
        match self.origins.number(member) {
            Some(number) => Ok(number),
            None => Arc::make_mut(self.origins).number_for(self.db, member).map_err(failed),
        }
    }

    fn count_person(&mut self) {
        self.overlay.persons += 1;
    }

    fn append(&mut self, entry: NewEntry<'r>) -> Result<()> {
        let NewEntry { person, number, fact, blind, .. } = entry;
        let seq = self.overlay.next_seq;
        let id = fact.fact.id;
        let name = body::row_name(&id, &person);
        let sealed = self.sealer.seal_slice(body::place(&name), &fact.body)?;
        self.db
            .prepare_cached(
                "INSERT INTO entry (seq, id, person, kind, member, day, local, blind, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )
            .and_then(|mut insert| {
                insert.execute(params![
                    signed(seq),
                    id.as_bytes(),
                    person.as_bytes(),
                    fact.fact.fact.kind(),
                    number,
                    fact.day,
                    fact.local,
                    blind,
                    sealed
                ])
            })
            .map_err(failed)?;
        self.overlay.next_seq += 1;
        self.overlay.rows += 1;
        self.overlay.person.add(*person.as_bytes(), seq);
        self.overlay.entry.insert(*id.as_bytes(), seq);
        if is_counted(&fact.fact.fact) {
            let new = Day { count: 0, digest: 0, first: seq, last: seq };
            let day = self.overlay.days.entry((number, fact.day)).or_insert(new);
            day.count += 1;
            day.digest = day.digest.wrapping_add(fact.digest);
            day.last = seq;
        }
        Ok(())
    }

    fn appended(&self) -> usize {
        self.overlay.rows
    }

    fn set_lead(&mut self, blind: Key, lead: Key) {
        self.overlay.document.insert(blind, lead);
    }

    fn link(&mut self, a: PersonId, b: PersonId, linked: bool, id: &EntryId) -> Result<()> {
        links::write(self.db, a, b, linked, id.as_bytes()).map_err(failed)?;
        self.overlay.links.set(a, b, linked);
        Ok(())
    }

    fn note_request(
        &mut self,
        id: &EntryId,
        request: &CorrectionRequest,
        owner: Option<&MemberId>,
        person: PersonId,
    ) -> Result<()> {
        let owner = owner.and_then(|member| self.origins.number(member));
        self.db
            .prepare_cached(
                "INSERT INTO correction (request, record, member, person) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (request) DO UPDATE SET record = excluded.record,
                    member = excluded.member, person = excluded.person",
            )
            .and_then(|mut insert| {
                let record = request.record.as_bytes();
                insert.execute((id.as_bytes(), record, owner, person.as_bytes()))
            })
            .map(drop)
            .map_err(failed)
    }

    fn note_answer(&mut self, id: &EntryId, answer: &CorrectionAnswer) -> Result<()> {
        self.db
            .prepare_cached(
                "INSERT INTO correction (request, answer) VALUES (?1, ?2)
                 ON CONFLICT (request) DO UPDATE SET answer = excluded.answer",
            )
            .and_then(|mut insert| insert.execute((answer.request.as_bytes(), id.as_bytes())))
            .map(drop)
            .map_err(failed)
    }
}

impl Journaling<'_> {
    /// The places of a person's entries.
    fn places_of(&self, person: PersonId) -> Result<Vec<u64>> {
        let key = person.as_bytes();
        let mut places = self.indexes.person.snapshot(key).all(self.db, key).map_err(failed)?;
        self.overlay.person.collect(key, &mut places);
        Ok(places)
    }

    fn load(&self, seq: u64) -> Result<Option<Stored>> {
        let open = |row: RawRow<'_>| row.open(self.sealer, self.origins);
        rows::at_places(self.db, &[seq], open).map_err(failed)?.pop().transpose()
    }
}

fn signed(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

/// Writes the counters of a transaction: once for each member and day it touched.
pub(super) fn write_counters(db: &Connection, overlay: &Overlay) -> rusqlite::Result<()> {
    let mut read = db.prepare_cached(
        "SELECT count, digest, first FROM origin_day WHERE member = ?1 AND day = ?2",
    )?;
    let mut write = db.prepare_cached(
        "INSERT OR REPLACE INTO origin_day (member, day, count, digest, first, last)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for ((member, day), new) in &overlay.days {
        let mut known = read.query((member, day))?;
        let (count, digest, first): (i64, [u8; 16], i64) = match known.next()? {
            Some(row) => (row.get(0)?, row.get(1)?, row.get(2)?),
            None => (0, NIL, i64::try_from(new.first).unwrap_or(i64::MAX)),
        };
        let digest = u128::from_be_bytes(digest).wrapping_add(new.digest).to_be_bytes();
        let count = count + i64::try_from(new.count).unwrap_or(i64::MAX);
        write.execute(params![member, day, count, digest, first, new.last as i64])?;
    }
    if overlay.persons > 0 {
        db.prepare_cached(
            "INSERT INTO meta (name, value) VALUES ('persons', ?1)
             ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
        )?
        .execute([overlay.persons as i64])?;
    }
    Ok(())
}

fn failed(error: rusqlite::Error) -> StoreError {
    StoreError::Backend { transaction: "admit", reason: error.to_string() }
}

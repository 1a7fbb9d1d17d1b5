//! Admission within the writer's transaction: what is there already, what is new, what follows.

use super::{
    links::Links,
    prepare::{self, PreparedFact, PreparedRow, is_counted},
    resolve::Resolved,
    rows::{self, Origins},
    run_index::{Key, NIL},
    tail::Tail,
    upkeep::Indexes,
};
use crate::{
    NewFact, OutcomeKind, RowOutcome, StoreError, Stored,
    sealing::{BlindKey, Sealer},
};
use foldhash::HashMap;
use hutong_model::{Entropy, EntryId, Fact, PersonId, Source, Times};
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
pub(super) struct Admission<'a> {
    pub(super) db: &'a Connection,
    pub(super) indexes: &'a Indexes,
    pub(super) links: &'a Links,
    pub(super) origins: &'a mut Arc<Origins>,
    pub(super) overlay: &'a mut Overlay,
    pub(super) sealer: &'a Sealer,
    pub(super) blind_key: &'a BlindKey,
    pub(super) entropy: &'a dyn Entropy,
}

pub(super) type Result<T> = std::result::Result<T, StoreError>;

/// What is there of a row's facts.
enum Known {
    /// For each fact whether it is new; the person of the last one where that is there.
    Partly(Vec<bool>, Option<PersonId>),
    /// All of them; the person of the last.
    Wholly(PersonId),
    /// One is there with other content.
    Conflict,
}

impl Admission<'_> {
    /// Admits one row: everything is checked before anything is written.
    pub(super) fn row(&mut self, row: &PreparedRow) -> Result<RowOutcome> {
        let entry = row.facts.last().map_or(EntryId::from_bytes(NIL), |fact| fact.fact.id);
        let outcome = |kind, person| RowOutcome {
            kind,
            person,
            entry,
            person_created: false,
            persons_linked: false,
            kept_apart: false,
        };
        let nobody = PersonId::from_bytes(NIL);
        let (fresh, last) = match self.known(row)? {
            Known::Conflict => return Ok(outcome(OutcomeKind::Conflict, nobody)),
            Known::Wholly(person) => {
                let resolved = self.resolve_known(row, person)?;
                self.write_row(row, &resolved, &[])?;
                return Ok(outcome(OutcomeKind::Duplicate, person));
            }
            Known::Partly(fresh, last) => (fresh, last),
        };
        if !row.from_node && !self.targets_known(row, &fresh)? {
            return Ok(outcome(OutcomeKind::TargetUnknown, nobody));
        }
        let resolved = match self.resolve(row, &fresh)? {
            Ok(resolved) => resolved,
            Err(kind) => return Ok(outcome(kind, nobody)),
        };
        let wrote = self.write_row(row, &resolved, &fresh)?;
        let admitted = wrote && last.is_none();
        Ok(RowOutcome {
            person_created: resolved.created,
            persons_linked: !resolved.persons.is_empty(),
            kept_apart: resolved.apart,
            ..outcome(
                if admitted { OutcomeKind::Admitted } else { OutcomeKind::Duplicate },
                last.unwrap_or(resolved.person),
            )
        })
    }

    fn known(&self, row: &PreparedRow) -> Result<Known> {
        let mut fresh = Vec::with_capacity(row.facts.len());
        let mut last = None;
        for (at, fact) in row.facts.iter().enumerate() {
            let mut before = row.facts[..at].iter();
            if let Some(twin) = before.find(|twin| twin.fact.id == fact.fact.id) {
                if !same_fact(&twin.fact, &fact.fact) {
                    return Ok(Known::Conflict);
                }
                fresh.push(false);
                continue;
            }
            let stored = self.entry_by_id(&fact.fact.id)?;
            if stored.as_ref().is_some_and(|stored| !same(stored, row, &fact.fact)) {
                return Ok(Known::Conflict);
            }
            fresh.push(stored.is_none());
            last = stored.map(|stored| stored.entry.person);
        }
        Ok(match last {
            Some(person) if !fresh.contains(&true) => Known::Wholly(person),
            last => Known::Partly(fresh, last),
        })
    }

    /// Writes what is new of a row; whether anything was. Demographics first, then links: whoever
    /// reads the journal then knows when a person was born before a document may lead to them.
    fn write_row(
        &mut self,
        row: &PreparedRow,
        resolved: &Resolved,
        fresh: &[bool],
    ) -> Result<bool> {
        let before = self.overlay.rows;
        let member = self.number_for(row)?;
        let person = resolved.person;
        self.overlay.persons += u64::from(resolved.created);
        let leads = resolved.leads(row);
        let new = |who: bool| {
            let facts = row.facts.iter().zip(fresh).filter(|(_, new)| **new);
            facts.map(|(fact, _)| fact).filter(move |fact| is_demographics(fact) == who)
        };
        for fact in new(true) {
            self.write_fact(member, person, fact, None)?;
        }
        for at in &resolved.documents {
            let document = &row.documents[*at];
            if !document.brought {
                let fact = Fact::DocumentLinked(document.document.clone());
                self.write_own(row, member, resolved, fact)?;
            }
        }
        for other in &resolved.persons {
            let why = "the same row named documents of both".into();
            self.write_own(row, member, resolved, Fact::PersonsLinked(*other, why))?;
        }
        for fact in new(false) {
            let blind = self.effects(person, fact, &leads)?;
            self.write_fact(member, person, fact, blind)?;
        }
        Ok(self.overlay.rows > before)
    }

    /// An entry that the store makes itself.
    fn write_own(
        &mut self,
        row: &PreparedRow,
        member: i64,
        resolved: &Resolved,
        fact: Fact,
    ) -> Result<()> {
        let new = NewFact {
            id: EntryId::from_bytes(self.entropy.bytes16()),
            own_id: None,
            source: Source::FirstHand,
            times: Times { admitted: row.admitted, ..Times::default() },
            replaces: None,
            fact,
        };
        let prepared = prepare::fact(new, row.region, self.blind_key);
        let leads: Vec<Key> = prepared.blind.into_iter().collect();
        let blind = self.effects(resolved.person, &prepared, &leads)?;
        self.write_fact(member, resolved.person, &prepared, blind)
    }

    fn write_fact(
        &mut self,
        member: i64,
        person: PersonId,
        fact: &PreparedFact,
        blind: Option<Key>,
    ) -> Result<()> {
        let seq = self.overlay.next_seq;
        let id = fact.fact.id;
        let name = rows::row_name(&id, &person);
        let body = self.sealer.seal_slice(rows::place(&name), &fact.body)?;
        self.db
            .prepare_cached(
                "INSERT INTO entry (seq, id, person, kind, member, day, local, blind, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )
            .and_then(|mut insert| {
                insert.execute(params![
                    i64::try_from(seq).unwrap_or(i64::MAX),
                    id.as_bytes(),
                    person.as_bytes(),
                    fact.fact.fact.kind(),
                    member,
                    fact.day,
                    fact.local,
                    blind,
                    body
                ])
            })
            .map_err(failed)?;
        self.overlay.next_seq += 1;
        self.overlay.rows += 1;
        self.overlay.person.add(*person.as_bytes(), seq);
        self.overlay.entry.insert(*id.as_bytes(), seq);
        if is_counted(&fact.fact.fact) {
            let new = Day { count: 0, digest: 0, first: seq, last: seq };
            let day = self.overlay.days.entry((member, fact.day)).or_insert(new);
            day.count += 1;
            day.digest = day.digest.wrapping_add(fact.digest);
            day.last = seq;
        }
        Ok(())
    }

    /// What a fact does besides being there. `leads`: documents that may lead to the person from
    /// now on. Returns the document whose lead it has changed.
    fn effects(
        &mut self,
        person: PersonId,
        fact: &PreparedFact,
        leads: &[Key],
    ) -> Result<Option<Key>> {
        let id = &fact.fact.id;
        match (&fact.fact.fact, fact.blind) {
            (Fact::DocumentLinked(_), Some(blind))
                if leads.contains(&blind) && self.person_of(&blind)?.is_none() =>
            {
                self.overlay.document.insert(blind, *person.as_bytes());
                Ok(Some(blind))
            }
            (Fact::DocumentUnlinked(_), Some(blind)) => {
                let cluster = self.cluster(person);
                if self.person_of(&blind)?.is_some_and(|owner| cluster.contains(&owner)) {
                    self.overlay.document.insert(blind, NIL);
                    return Ok(Some(blind));
                }
                Ok(None)
            }
            (Fact::PersonsLinked(other, _), _) if *other != person => {
                self.link(person, *other, true, id).map(|()| None)
            }
            (Fact::PersonsUnlinked(other, _), _) if *other != person => {
                self.link(person, *other, false, id).map(|()| None)
            }
            (Fact::CorrectionRequest(request), _) => {
                self.note_request(id, request, person).map(|()| None)
            }
            (Fact::CorrectionAnswer(answer), _) => self.note_answer(id, answer).map(|()| None),
            _ => Ok(None),
        }
    }

    fn link(&mut self, a: PersonId, b: PersonId, linked: bool, id: &EntryId) -> Result<()> {
        Links::write(self.db, a, b, linked, id.as_bytes()).map_err(failed)?;
        self.overlay.links.set(a, b, linked);
        Ok(())
    }

    /// The number of the row's member, given to it now where it has none.
    fn number_for(&mut self, row: &PreparedRow) -> Result<i64> {
        match self.origins.number(&row.member) {
            Some(number) => Ok(number),
            None => Arc::make_mut(self.origins).number_for(self.db, &row.member).map_err(failed),
        }
    }

    pub(super) fn cluster(&self, person: PersonId) -> Vec<PersonId> {
        self.links.cluster_under(&self.overlay.links, person)
    }

    /// What a document leads to; nil where it was taken away.
    pub(super) fn lead(&self, blind: &Key) -> Result<Option<Key>> {
        match self.overlay.document.get(blind) {
            Some(value) => Ok(Some(*value)),
            None => self.indexes.document.newest(self.db, blind).map_err(failed),
        }
    }

    pub(super) fn person_of(&self, blind: &Key) -> Result<Option<PersonId>> {
        Ok(self.lead(blind)?.filter(|value| *value != NIL).map(PersonId::from_bytes))
    }

    pub(super) fn person_exists(&self, person: PersonId) -> Result<bool> {
        let key = person.as_bytes();
        Ok(self.overlay.person.newest(key).is_some()
            || self.indexes.person.holds(self.db, key).map_err(failed)?)
    }

    pub(super) fn entry_by_id(&self, id: &EntryId) -> Result<Option<Stored>> {
        let seq = match self.overlay.entry.get(id.as_bytes()) {
            Some(seq) => Some(*seq),
            None => self.indexes.entry.newest(self.db, id.as_bytes()).map_err(failed)?,
        };
        seq.map(|seq| self.load(seq)).transpose().map(Option::flatten)
    }

    /// The places of a person's entries.
    pub(super) fn places_of(&self, person: PersonId) -> Result<Vec<u64>> {
        let key = person.as_bytes();
        let mut places = self.indexes.person.snapshot(key).all(self.db, key).map_err(failed)?;
        self.overlay.person.collect(key, &mut places);
        Ok(places)
    }

    pub(super) fn load(&self, seq: u64) -> Result<Option<Stored>> {
        let row = rows::by_seq(self.db, seq).map_err(failed)?;
        row.map(|row| row.open(self.sealer, self.origins)).transpose()
    }
}

fn is_demographics(fact: &PreparedFact) -> bool {
    matches!(fact.fact.fact, Fact::Demographics(_))
}

/// Whether a stored entry states the same as a row's fact; what nodes fill in (the person, the
/// region, when it was admitted) does not matter.
fn same(stored: &Stored, row: &PreparedRow, new: &NewFact) -> bool {
    let entry = &stored.entry;
    let times = Times { admitted: entry.times.admitted, ..new.times };
    entry.member == row.member
        && entry.own_id == new.own_id
        && entry.source == new.source
        && entry.times == times
        && entry.replaces == new.replaces
        && entry.fact == new.fact
}

/// Whether two facts of a row state the same.
fn same_fact(one: &NewFact, other: &NewFact) -> bool {
    let times = Times { admitted: one.times.admitted, ..other.times };
    one.own_id == other.own_id
        && one.source == other.source
        && one.times == times
        && one.replaces == other.replaces
        && one.fact == other.fact
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

pub(super) fn failed(error: rusqlite::Error) -> StoreError {
    StoreError::Backend { transaction: "admit", reason: error.to_string() }
}

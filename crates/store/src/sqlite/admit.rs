//! Admission within the writer's transaction: who the person is, what is there already, what is new.

use super::{
    links::Links,
    prepare::{self, PreparedFact, PreparedRow, is_counted},
    rows::{self, Origins},
    run_index::{Key, RunIndex, Value},
    upkeep::Indexes,
};
use crate::{
    NewFact, OutcomeKind, RowOutcome, StoreError, Stored,
    sealing::{BlindKey, Sealer},
};
use hutong_model::{Document, Entropy, EntryId, Fact, PersonId, Source, Times};
use rusqlite::{Connection, params};
use std::collections::HashMap;

const NIL: [u8; 16] = [0; 16];

/// What a transaction adds to the indexes and counters; joined with them after the commit.
#[derive(Default, Clone)]
pub(super) struct Overlay {
    pub(super) person: HashMap<Key, Vec<u64>>,
    pub(super) entry: HashMap<Key, u64>,
    pub(super) document: HashMap<Key, Key>,
    pub(super) links: Vec<(PersonId, PersonId, bool)>,
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
    pub(super) links: &'a mut Links,
    pub(super) origins: &'a mut Origins,
    pub(super) overlay: &'a mut Overlay,
    pub(super) sealer: &'a Sealer,
    pub(super) blind_key: &'a BlindKey,
    pub(super) entropy: &'a dyn Entropy,
}

type Result<T> = std::result::Result<T, StoreError>;

/// Who the row is about.
struct Resolved {
    person: PersonId,
    created: bool,
    /// Persons to be linked with them.
    link: Vec<PersonId>,
    /// Documents that nobody has yet.
    unknown: Vec<usize>,
}

impl Admission<'_> {
    /// Admits one row: everything is checked before anything is written.
    pub(super) fn row(&mut self, row: PreparedRow) -> Result<RowOutcome> {
        let entry = row.facts.last().map_or(EntryId::from_bytes(NIL), |fact| fact.fact.id);
        let refused = |kind| RowOutcome {
            kind,
            person: PersonId::from_bytes(NIL),
            entry,
            person_created: false,
            persons_linked: false,
        };
        let resolved = match self.resolve(&row)? {
            Ok(resolved) => resolved,
            Err(kind) => return Ok(refused(kind)),
        };
        let mut fresh = Vec::with_capacity(row.facts.len());
        for fact in &row.facts {
            match self.known(&row, fact)? {
                Known::New => fresh.push(true),
                Known::Same => fresh.push(false),
                Known::Refused(kind) => return Ok(refused(kind)),
            }
        }
        let last_is_new = fresh.last().copied();
        let wrote = self.write_row(row, &resolved, &fresh)?;
        let admitted = last_is_new.unwrap_or(wrote);
        Ok(RowOutcome {
            kind: if admitted { OutcomeKind::Admitted } else { OutcomeKind::Duplicate },
            person: resolved.person,
            entry,
            person_created: resolved.created,
            persons_linked: !resolved.link.is_empty(),
        })
    }

    fn resolve(&mut self, row: &PreparedRow) -> Result<std::result::Result<Resolved, OutcomeKind>> {
        let mut found = Vec::with_capacity(row.documents.len());
        for (blind, _) in &row.documents {
            found.push(self.person_of(blind)?);
        }
        let known = found.iter().flatten().next().copied();
        let (person, created) = match (row.person, known) {
            (Some(person), _) if !self.person_exists(person)? => {
                return Ok(Err(OutcomeKind::TargetUnknown));
            }
            (Some(person), _) | (None, Some(person)) => (person, false),
            (None, None) if row.documents.is_empty() => return Ok(Err(OutcomeKind::TargetUnknown)),
            (None, None) => (PersonId::from_bytes(self.entropy.bytes16()), true),
        };
        let cluster = self.links.cluster(person);
        let mut link: Vec<PersonId> = Vec::new();
        for other in found.iter().flatten() {
            if !cluster.contains(other) && !link.contains(other) {
                link.push(*other);
            }
        }
        let unknown: Vec<usize> = (0..found.len()).filter(|at| found[*at].is_none()).collect();
        let brings_lifelong =
            unknown.iter().any(|at| row.documents[*at].1.kind().is_lifelong()) && !created;
        if (brings_lifelong || !link.is_empty()) && self.clashes(row, &cluster, &link)? {
            if !row.from_node {
                return Ok(Err(OutcomeKind::IdentityClash));
            }
            // A node below has admitted it: it is written without linking anything.
            let keep = |at: &usize| !row.documents[*at].1.kind().is_lifelong();
            let unknown = unknown.into_iter().filter(keep).collect();
            return Ok(Ok(Resolved { person, created, link: Vec::new(), unknown }));
        }
        Ok(Ok(Resolved { person, created, link, unknown }))
    }

    /// Whether the row and the persons it brings together have more than one lifelong number.
    fn clashes(&self, row: &PreparedRow, cluster: &[PersonId], link: &[PersonId]) -> Result<bool> {
        let mut numbers: Vec<Document> = row
            .documents
            .iter()
            .map(|(_, document)| document)
            .filter(|document| document.kind().is_lifelong())
            .cloned()
            .collect();
        let mut persons = cluster.to_vec();
        persons.extend(link.iter().flat_map(|person| self.links.cluster(*person)));
        for person in persons {
            let mut own: Vec<Document> = Vec::new();
            for stored in self.entries_of(person)? {
                match stored.entry.fact {
                    Fact::DocumentLinked(document) if document.kind().is_lifelong() => {
                        own.push(document);
                    }
                    Fact::DocumentUnlinked(document) => own.retain(|known| *known != document),
                    _ => {}
                }
            }
            numbers.extend(own);
        }
        numbers.sort();
        numbers.dedup();
        Ok(numbers.len() > 1)
    }

    fn known(&self, row: &PreparedRow, fact: &PreparedFact) -> Result<Known> {
        if let Some(stored) = self.entry_by_id(&fact.fact.id)? {
            return Ok(if same(&stored, row, &fact.fact) {
                Known::Same
            } else {
                Known::Refused(OutcomeKind::Conflict)
            });
        }
        let Some(target) = fact.fact.replaces.filter(|_| !row.from_node) else {
            return Ok(Known::New);
        };
        let fits = self.entry_by_id(&target)?.is_some_and(|stored| {
            stored.entry.member == row.member && stored.entry.fact.is_record()
        });
        Ok(if fits { Known::New } else { Known::Refused(OutcomeKind::TargetUnknown) })
    }

    /// Writes what is new of a row; whether anything was.
    fn write_row(&mut self, row: PreparedRow, resolved: &Resolved, fresh: &[bool]) -> Result<bool> {
        let mut wrote = false;
        let member = self.origins.number_for(self.db, &row.member).map_err(failed)?;
        let person = resolved.person;
        for at in &resolved.unknown {
            let (blind, document) = &row.documents[*at];
            if self.person_of(blind)?.is_some() {
                continue; // the same document twice in one row
            }
            self.overlay.document.insert(*blind, *person.as_bytes());
            wrote = true;
            let brought = row.facts.iter().any(|fact| {
                matches!(&fact.fact.fact, Fact::DocumentLinked(linked) if linked == document)
            });
            if !brought {
                let fact = Fact::DocumentLinked(document.clone());
                self.write_own(&row, member, person, fact)?;
            }
        }
        for other in &resolved.link {
            wrote = true;
            let why = "the same row named documents of both".into();
            self.write_own(&row, member, person, Fact::PersonsLinked(*other, why))?;
        }
        self.overlay.persons += u64::from(resolved.created);
        for (fact, new) in row.facts.into_iter().zip(fresh) {
            if *new {
                wrote = true;
                self.write_fact(member, person, fact)?;
            }
        }
        Ok(wrote)
    }

    /// An entry that the store makes itself.
    fn write_own(
        &mut self,
        row: &PreparedRow,
        member: i64,
        person: PersonId,
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
        self.write_fact(member, person, prepared)
    }

    fn write_fact(&mut self, member: i64, person: PersonId, fact: PreparedFact) -> Result<()> {
        let seq = self.overlay.next_seq;
        let id = fact.fact.id;
        let name = rows::row_name(&id, &person);
        let body = self.sealer.seal_slice(rows::place(&name), &fact.body)?;
        let place = i64::try_from(seq).unwrap_or(i64::MAX);
        self.db
            .prepare_cached(
                "INSERT INTO entry (seq, id, person, kind, member, day, local, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )
            .and_then(|mut insert| {
                let kind = fact.fact.fact.kind();
                let local = fact.local;
                insert.execute(params![
                    place,
                    id.as_bytes(),
                    person.as_bytes(),
                    kind,
                    member,
                    fact.day,
                    local,
                    body
                ])
            })
            .map_err(failed)?;
        self.overlay.next_seq += 1;
        self.overlay.rows += 1;
        self.overlay.person.entry(*person.as_bytes()).or_default().push(seq);
        self.overlay.entry.insert(*id.as_bytes(), seq);
        if is_counted(&fact.fact.fact) {
            let new = Day { count: 0, digest: 0, first: seq, last: seq };
            let day = self.overlay.days.entry((member, fact.day)).or_insert(new);
            day.count += 1;
            day.digest = day.digest.wrapping_add(fact.digest);
            day.last = seq;
        }
        self.effects(person, &id, &fact)
    }

    /// What an entry does besides being there.
    fn effects(&mut self, person: PersonId, id: &EntryId, fact: &PreparedFact) -> Result<()> {
        match (&fact.fact.fact, fact.blind) {
            (Fact::DocumentLinked(_), Some(blind)) if self.person_of(&blind)?.is_none() => {
                self.overlay.document.insert(blind, *person.as_bytes());
            }
            (Fact::DocumentUnlinked(_), Some(blind)) => {
                let cluster = self.links.cluster(person);
                if self.person_of(&blind)?.is_some_and(|owner| cluster.contains(&owner)) {
                    self.overlay.document.insert(blind, NIL);
                }
            }
            (Fact::PersonsLinked(other, _), _) => self.link(person, *other, true, id)?,
            (Fact::PersonsUnlinked(other, _), _) => self.link(person, *other, false, id)?,
            (Fact::CorrectionRequest(request), _) => {
                let record = self.entry_by_id(&request.record)?;
                let owner = record.and_then(|r| self.origins.number(&r.entry.member));
                self.db
                    .prepare_cached(
                        "INSERT OR IGNORE INTO correction (request, record, member, person)
                         VALUES (?1, ?2, ?3, ?4)",
                    )
                    .and_then(|mut insert| {
                        let record = request.record.as_bytes();
                        insert.execute(params![id.as_bytes(), record, owner, person.as_bytes()])
                    })
                    .map_err(failed)?;
            }
            (Fact::CorrectionAnswer(answer), _) => {
                self.db
                    .prepare_cached("UPDATE correction SET answer = ?2 WHERE request = ?1")
                    .and_then(|mut u| u.execute((answer.request.as_bytes(), id.as_bytes())))
                    .map_err(failed)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn link(&mut self, a: PersonId, b: PersonId, linked: bool, id: &EntryId) -> Result<()> {
        Links::write(self.db, a, b, linked, id.as_bytes()).map_err(failed)?;
        self.links.set(a, b, linked);
        self.overlay.links.push((a, b, linked));
        Ok(())
    }

    fn person_of(&self, blind: &Key) -> Result<Option<PersonId>> {
        let value = match self.overlay.document.get(blind) {
            Some(value) => Some(*value),
            None => self.indexes.document.newest(self.db, blind).map_err(failed)?,
        };
        Ok(value.filter(|value| *value != NIL).map(PersonId::from_bytes))
    }

    fn person_exists(&self, person: PersonId) -> Result<bool> {
        let key = person.as_bytes();
        Ok(self.overlay.person.contains_key(key)
            || self.indexes.person.holds(self.db, key).map_err(failed)?)
    }

    fn entry_by_id(&self, id: &EntryId) -> Result<Option<Stored>> {
        let seq = match self.overlay.entry.get(id.as_bytes()) {
            Some(seq) => Some(*seq),
            None => self.indexes.entry.newest(self.db, id.as_bytes()).map_err(failed)?,
        };
        seq.map(|seq| self.load(seq)).transpose().map(Option::flatten)
    }

    fn entries_of(&self, person: PersonId) -> Result<Vec<Stored>> {
        let key = person.as_bytes();
        let mut places = all(&self.indexes.person, self.db, key)?;
        places.extend(self.overlay.person.get(key).into_iter().flatten());
        places.into_iter().filter_map(|seq| self.load(seq).transpose()).collect()
    }

    fn load(&self, seq: u64) -> Result<Option<Stored>> {
        let row = rows::by_seq(self.db, seq).map_err(failed)?;
        row.map(|row| row.open(self.sealer, self.origins)).transpose()
    }
}

fn all<V: Value>(index: &RunIndex<V>, db: &Connection, key: &Key) -> Result<Vec<V>> {
    index.snapshot(key).all(db, key).map_err(failed)
}

enum Known {
    New,
    Same,
    Refused(OutcomeKind),
}

/// Whether a stored entry states the same as a row's fact; when it was admitted does not matter.
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

/// Writes the counters of a transaction: once for each member and day it touched.
pub(super) fn write_days(db: &Connection, overlay: &Overlay) -> rusqlite::Result<()> {
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
    Ok(())
}

pub(super) fn failed(error: rusqlite::Error) -> StoreError {
    StoreError::Backend { transaction: "admit", reason: error.to_string() }
}

//! The decision about one row.

use super::{
    Ground, Key, NIL, NewEntry,
    prepare::{self, PreparedFact, PreparedRow},
    resolve::Resolved,
};
use crate::{NewFact, OutcomeKind, RowOutcome, Stored, sealing::BlindKey};
use hutong_model::{Entropy, EntryId, Fact, PersonId, Source, Times};
use std::borrow::Cow;

/// Admits rows over a ground.
pub(crate) struct Admission<'a, G> {
    pub(crate) ground: G,
    pub(crate) blind_key: &'a BlindKey,
    pub(crate) entropy: &'a dyn Entropy,
}

/// What is there of a row's facts.
enum Known {
    /// For each fact whether it is new; the person of the last one where that is there.
    Partly(Vec<bool>, Option<PersonId>),
    /// All of them; the person of the last.
    Wholly(PersonId),
    /// One is there with other content.
    Conflict,
}

impl<'r, G: Ground<'r>> Admission<'_, G> {
    /// Admits one row: everything is checked before anything is written.
    pub(crate) fn row(&mut self, row: &'r PreparedRow) -> Result<RowOutcome, G::Error> {
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

    fn known(&self, row: &PreparedRow) -> Result<Known, G::Error> {
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
            let stored = self.ground.entry(&fact.fact.id)?;
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
        row: &'r PreparedRow,
        resolved: &Resolved,
        fresh: &[bool],
    ) -> Result<bool, G::Error> {
        let before = self.ground.appended();
        let number = self.ground.number(&row.member)?;
        let person = resolved.person;
        if resolved.created {
            self.ground.count_person();
        }
        let leads = resolved.leads(row);
        let new = |who: bool| {
            let facts = row.facts.iter().zip(fresh).filter(|(_, new)| **new);
            facts.map(|(fact, _)| fact).filter(move |fact| is_demographics(fact) == who)
        };
        for fact in new(true) {
            self.write_fact(row, number, person, Cow::Borrowed(fact), None)?;
        }
        for at in &resolved.documents {
            let document = &row.documents[*at];
            if !document.brought {
                let fact = Fact::DocumentLinked(document.document.clone());
                self.write_own(row, number, resolved, fact)?;
            }
        }
        for other in &resolved.persons {
            let why = "the same row named documents of both".into();
            self.write_own(row, number, resolved, Fact::PersonsLinked(*other, why))?;
        }
        for fact in new(false) {
            let blind = self.effects(person, fact, &leads)?;
            self.write_fact(row, number, person, Cow::Borrowed(fact), blind)?;
        }
        Ok(self.ground.appended() > before)
    }

    /// An entry that the store makes itself.
    fn write_own(
        &mut self,
        row: &'r PreparedRow,
        number: i64,
        resolved: &Resolved,
        fact: Fact,
    ) -> Result<(), G::Error> {
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
        self.write_fact(row, number, resolved.person, Cow::Owned(prepared), blind)
    }

    fn write_fact(
        &mut self,
        row: &'r PreparedRow,
        number: i64,
        person: PersonId,
        fact: Cow<'r, PreparedFact>,
        blind: Option<Key>,
    ) -> Result<(), G::Error> {
        let (member, region) = (&row.member, row.region);
        self.ground.append(NewEntry { person, member, number, region, fact, blind })
    }

    /// What a fact does besides being there. `leads`: documents that may lead to the person from
    /// now on. Returns the document whose lead it has changed.
    fn effects(
        &mut self,
        person: PersonId,
        fact: &PreparedFact,
        leads: &[Key],
    ) -> Result<Option<Key>, G::Error> {
        let id = &fact.fact.id;
        match (&fact.fact.fact, fact.blind) {
            (Fact::DocumentLinked(_), Some(blind))
                if leads.contains(&blind) && self.person_of(&blind)?.is_none() =>
            {
                self.ground.set_lead(blind, *person.as_bytes());
                Ok(Some(blind))
            }
            (Fact::DocumentUnlinked(_), Some(blind)) => {
                let cluster = self.ground.cluster(person)?;
                if self.person_of(&blind)?.is_some_and(|owner| cluster.contains(&owner)) {
                    self.ground.set_lead(blind, NIL);
                    return Ok(Some(blind));
                }
                Ok(None)
            }
            (Fact::PersonsLinked(other, _), _) if *other != person => {
                self.ground.link(person, *other, true, id).map(|()| None)
            }
            (Fact::PersonsUnlinked(other, _), _) if *other != person => {
                self.ground.link(person, *other, false, id).map(|()| None)
            }
            (Fact::CorrectionRequest(request), _) => {
                let record = self.ground.entry(&request.record)?;
                let owner = record.as_ref().map(|record| &record.entry.member);
                self.ground.note_request(id, request, owner, person).map(|()| None)
            }
            (Fact::CorrectionAnswer(answer), _) => {
                self.ground.note_answer(id, answer).map(|()| None)
            }
            _ => Ok(None),
        }
    }

    pub(super) fn person_of(&self, blind: &Key) -> Result<Option<PersonId>, G::Error> {
        let lead = self.ground.lead(blind)?;
        Ok(lead.filter(|value| *value != NIL).map(PersonId::from_bytes))
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

/// Makes the outcomes of an all-or-none batch those of one of which nothing is written, where a
/// row of it was refused. True where so.
pub(crate) fn none_written(outcomes: &mut [RowOutcome]) -> bool {
    let refused = |outcome: &RowOutcome| {
        !matches!(outcome.kind, OutcomeKind::Admitted | OutcomeKind::Duplicate)
    };
    if !outcomes.iter().any(refused) {
        return false;
    }
    for outcome in outcomes.iter_mut().filter(|outcome| !refused(outcome)) {
        outcome.kind = OutcomeKind::NotWritten;
        outcome.person = PersonId::from_bytes(NIL);
        (outcome.person_created, outcome.persons_linked) = (false, false);
    }
    true
}

//! To whom a row belongs: from its documents to a person, new or known, and the links that follow.

use super::{Admission, Ground, Identity, Key, prepare::PreparedRow};
use crate::OutcomeKind;
use hutong_model::{Date, Fact, PersonId, limits::CLUSTER_MAX};
use std::collections::BTreeSet;

/// The person of a row, and what is to be linked with them.
pub(super) struct Resolved {
    pub(super) person: PersonId,
    pub(super) created: bool,
    /// Persons who are the same human being.
    pub(super) persons: Vec<PersonId>,
    /// Documents of the row, by number, that lead to the person from now on.
    pub(super) documents: Vec<usize>,
    /// A document of the row leads to somebody else, who was born on another day.
    pub(super) apart: bool,
}

impl Resolved {
    /// A known person, with nothing that follows.
    fn of(person: PersonId) -> Self {
        let (persons, documents) = (Vec::new(), Vec::new());
        Self { person, created: false, persons, documents, apart: false }
    }

    /// The documents that may lead to the person from now on: those that nobody had, and those
    /// that led to them before the row took them away.
    pub(super) fn leads(&self, row: &PreparedRow) -> Vec<Key> {
        self.documents.iter().map(|at| row.documents[*at].blind).collect()
    }
}

impl<'r, G: Ground<'r>> Admission<'_, G> {
    /// Finds the person of a row; `fresh` says which of its facts are new.
    pub(super) fn resolve(
        &self,
        row: &PreparedRow,
        fresh: &[bool],
    ) -> Result<Result<Resolved, OutcomeKind>, G::Error> {
        let mut found = Vec::with_capacity(row.documents.len());
        for document in &row.documents {
            found.push(self.person_of(&document.blind)?);
        }
        let apart = self.set_apart(row, &mut found)?;
        let known = match row.person {
            Some(person) if !self.ground.person_exists(person)? => {
                return Ok(Err(OutcomeKind::TargetUnknown));
            }
            Some(person) => Some(person),
            None => found.iter().flatten().next().copied(),
        };
        // A document that the row takes away is not linked on the way, unless it also gives it.
        let unknown: Vec<usize> = (0..found.len())
            .filter(|at| found[*at].is_none() && !apart.contains(at))
            .filter(|at| row.documents[*at].brought || !row.documents[*at].unlinked)
            .collect();
        let may_be_new = !unknown.is_empty() || (row.from_node && !found.is_empty());
        if known.is_none() && !may_be_new {
            if !apart.is_empty() {
                return Ok(Err(OutcomeKind::IdentityClash));
            }
            return Ok(Err(OutcomeKind::TargetUnknown));
        }
        let created = known.is_none();
        let person = known.unwrap_or_else(|| {
            let new = PersonId::from_bytes(self.entropy.bytes16());
            self.ground.introduce(new);
            new
        });
        let mut resolved = Resolved { created, apart: !apart.is_empty(), ..Resolved::of(person) };
        let others: BTreeSet<PersonId> =
            found.iter().flatten().filter(|other| **other != person).copied().collect();
        // A new person has no lifelong document that one of the row could differ from.
        let lifelong = unknown.iter().filter(|at| is_lifelong(row, **at)).count();
        if others.is_empty() && lifelong <= usize::from(created) {
            resolved.documents = unknown;
        } else if !self.join(row, &mut resolved, &others, &unknown)? && !row.from_node {
            return Ok(Err(OutcomeKind::IdentityClash));
        }
        // What the row takes away from the person and gives back.
        resolved.documents.extend((0..found.len()).filter(|at| {
            found[*at] == Some(person) && row.documents[*at].brought && row.documents[*at].unlinked
        }));
        if !row.from_node && self.too_many(row, fresh, person)? {
            return Ok(Err(OutcomeKind::IdentityClash));
        }
        Ok(Ok(resolved))
    }

    /// What a row whose facts are all there already still tells: documents that nobody ever had.
    /// What someone took away or undid meanwhile stays so.
    pub(super) fn resolve_known(
        &self,
        row: &PreparedRow,
        person: PersonId,
    ) -> Result<Resolved, G::Error> {
        let mut resolved = Resolved::of(person);
        let mut unknown = Vec::new();
        for (at, document) in row.documents.iter().enumerate() {
            let stated = document.brought || document.unlinked;
            if !stated && self.ground.lead(&document.blind)?.is_none() {
                unknown.push(at);
            }
        }
        if !unknown.is_empty() {
            self.join(row, &mut resolved, &BTreeSet::new(), &unknown)?;
        }
        Ok(resolved)
    }

    /// Documents that lead to somebody born on another day than the row says are mistyped or
    /// shared: they are neither followed nor linked. Not so where a sure document of the row leads
    /// to the same person: then the birth date was corrected.
    fn set_apart(
        &self,
        row: &PreparedRow,
        found: &mut [Option<PersonId>],
    ) -> Result<Vec<usize>, G::Error> {
        let unsure = |at: &usize| !row.documents[*at].document.is_sure();
        let mut apart = Vec::new();
        let Some(born) = row.born() else { return Ok(apart) };
        let sure = (0..found.len()).filter(|at| !unsure(at)).filter_map(|at| found[at]);
        let sure: Vec<PersonId> = row.person.into_iter().chain(sure).collect();
        for at in (0..found.len()).filter(unsure) {
            let Some(person) = found[at] else { continue };
            let cluster = self.ground.cluster(person)?;
            if sure.iter().any(|sure| cluster.contains(sure)) {
                continue;
            }
            let births = self.births(&cluster)?;
            if !births.is_empty() && !births.contains(&born) {
                found[at] = None;
                apart.push(at);
            }
        }
        Ok(apart)
    }

    /// Adds persons and documents, as far as lifelong documents permit. False where one did not
    /// fit.
    fn join(
        &self,
        row: &PreparedRow,
        resolved: &mut Resolved,
        others: &BTreeSet<PersonId>,
        unknown: &[usize],
    ) -> Result<bool, G::Error> {
        let mut fits = true;
        let mut cluster = self.ground.cluster(resolved.person)?;
        let mut lifelong = self.lifelong(&cluster)?;
        // Asked for only where there is somebody to compare with.
        let mut births = if others.is_empty() { BTreeSet::new() } else { self.births(&cluster)? };
        births.extend(row.born());
        let sure = row.documents.iter().any(|document| document.document.is_sure());
        for other in others {
            if cluster.contains(other) {
                continue;
            }
            let theirs = self.ground.cluster(*other)?;
            if self.denied(&cluster, &theirs)? {
                continue; // someone has said that they are not the same; only someone can undo that
            }
            let numbers = self.lifelong(&theirs)?;
            let differ =
                !lifelong.is_empty() && !numbers.is_empty() && lifelong.is_disjoint(&numbers);
            if differ || cluster.len() + theirs.len() > CLUSTER_MAX {
                fits = false;
                continue;
            }
            // Those who share a lifelong number are one, whatever else is said of them.
            let born = self.births(&theirs)?;
            let strangers = !births.is_empty() && !born.is_empty() && births.is_disjoint(&born);
            if strangers && lifelong.is_disjoint(&numbers) {
                resolved.apart = true;
                fits &= sure;
                continue;
            }
            births.extend(born);
            lifelong.extend(numbers);
            cluster.extend(theirs);
            resolved.persons.push(*other);
        }
        for at in unknown {
            let blind = row.documents[*at].blind;
            if is_lifelong(row, *at) && !lifelong.contains(&blind) {
                if !lifelong.is_empty() {
                    fits = false;
                    continue;
                }
                lifelong.insert(blind);
            }
            resolved.documents.push(*at);
        }
        Ok(fits)
    }

    /// Whether someone has said, last, that one of the first is not the same as one of the second.
    fn denied(&self, ones: &[PersonId], others: &[PersonId]) -> Result<bool, G::Error> {
        for one in ones {
            for other in others {
                if self.ground.denied(*one, *other)? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// When any of the persons was born, as their entries say.
    fn births(&self, persons: &[PersonId]) -> Result<BTreeSet<Date>, G::Error> {
        let mut births = BTreeSet::new();
        for person in persons {
            for Identity { place, .. } in self.ground.identity(*person)? {
                births.extend(self.ground.fact_at(place)?.and_then(|fact| match fact {
                    Fact::DocumentLinked(document) => document.birth_date(),
                    Fact::Demographics(stated) => stated.birth_date,
                    _ => None,
                }));
            }
        }
        Ok(births)
    }

    /// The lifelong documents, by keyed hash, that lead to any of the persons.
    fn lifelong(&self, persons: &[PersonId]) -> Result<BTreeSet<Key>, G::Error> {
        let mut numbers = BTreeSet::new();
        for person in persons {
            for Identity { place, blind } in self.ground.identity(*person)? {
                let Some(blind) = blind else { continue };
                let stands =
                    self.person_of(&blind)?.is_some_and(|person| persons.contains(&person));
                if stands && !numbers.contains(&blind) && self.is_lifelong_at(place)? {
                    numbers.insert(blind);
                }
            }
        }
        Ok(numbers)
    }

    fn is_lifelong_at(&self, place: G::Place) -> Result<bool, G::Error> {
        Ok(self.ground.fact_at(place)?.is_some_and(|fact| match fact {
            Fact::DocumentLinked(document) => document.kind().is_lifelong(),
            _ => false,
        }))
    }

    /// Whether a link that the row states would make one of too many persons.
    fn too_many(
        &self,
        row: &PreparedRow,
        fresh: &[bool],
        person: PersonId,
    ) -> Result<bool, G::Error> {
        for (fact, _) in row.facts.iter().zip(fresh).filter(|(_, new)| **new) {
            let Fact::PersonsLinked(other, _) = &fact.fact.fact else { continue };
            let ours = self.ground.cluster(person)?;
            if !ours.contains(other)
                && ours.len() + self.ground.cluster(*other)?.len() > CLUSTER_MAX
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn is_lifelong(row: &PreparedRow, at: usize) -> bool {
    row.documents[at].document.kind().is_lifelong()
}

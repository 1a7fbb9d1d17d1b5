//! The ground of admission in memory: what was fetched of the database, and what the transaction
//! adds. Where a decision asks for something that was not fetched, that is noted as missing and the
//! decision given up; everything missing is then fetched at once, and all is decided anew.

use super::{entries::RawEntry, origins::Origins};
use crate::{
    StoreError, Stored,
    admission::{Ground, Identity, Key, Links, NewEntry},
    sealing::Sealer,
};
use foldhash::{HashMap, HashSet};
use hutong_model::{
    Entry, EntryId, Fact, MemberId, PersonId,
    entry::{CorrectionAnswer, CorrectionRequest},
};
use std::cell::RefCell;
use std::sync::Arc;

/// Kinds of entries that say who a person is: documents linked, demographics.
const IDENTITY: [u8; 2] = [10, 12];

/// What was fetched. What is absent here was not asked for.
#[derive(Default)]
pub(super) struct Base {
    /// What documents lead to; nil where they were taken away, none where nobody ever had them.
    pub(super) leads: HashMap<Key, Option<Key>>,
    pub(super) entries: HashMap<EntryId, Option<RawEntry>>,
    pub(super) exist: HashMap<PersonId, bool>,
    /// What is stated about the persons of `linked`.
    pub(super) links: Links,
    pub(super) linked: HashSet<PersonId>,
    /// The entries that say who a person is.
    pub(super) identity: HashMap<PersonId, Vec<Identity<EntryId>>>,
}

/// What is to be fetched.
#[derive(Debug, Default)]
pub(super) struct Missing {
    pub(super) leads: HashSet<Key>,
    pub(super) entries: HashSet<EntryId>,
    pub(super) exist: HashSet<PersonId>,
    pub(super) links: HashSet<PersonId>,
    pub(super) identity: HashSet<PersonId>,
    /// Members' numbers, all of them.
    pub(super) members: bool,
}

impl Missing {
    pub(super) fn is_empty(&self) -> bool {
        self.leads.is_empty()
            && self.entries.is_empty()
            && self.exist.is_empty()
            && self.links.is_empty()
            && self.identity.is_empty()
            && !self.members
    }
}

/// Why a decision was given up.
pub(super) enum Halt {
    /// Something was not fetched; it is noted.
    Missing,
    Failed(StoreError),
}

type Result<T> = std::result::Result<T, Halt>;

/// A request for correction, or its answer, or both.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Noted {
    pub(super) request: Option<Asked>,
    pub(super) answer: Option<EntryId>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    pub(super) record: EntryId,
    /// Number of the member that stated the record, where it is here.
    pub(super) owner: Option<i32>,
    pub(super) person: PersonId,
}

/// What a transaction adds.
#[derive(Default, Clone)]
pub(super) struct Overlay<'r> {
    pub(super) entries: Vec<NewEntry<'r>>,
    by_id: HashMap<EntryId, usize>,
    by_person: HashMap<PersonId, Vec<usize>>,
    pub(super) leads: HashMap<Key, Key>,
    links: Links,
    /// The last statement about each pair of persons.
    pub(super) stated: HashMap<(PersonId, PersonId), (bool, EntryId)>,
    pub(super) corrections: HashMap<EntryId, Noted>,
    pub(super) persons: i64,
    /// Numbers given to members.
    pub(super) members: Vec<(i32, MemberId)>,
}

pub(super) struct Fetched<'b, 'r> {
    pub(super) base: &'b Base,
    pub(super) overlay: Overlay<'r>,
    pub(super) origins: Arc<Origins>,
    pub(super) sealer: &'b Sealer,
    pub(super) missing: RefCell<Missing>,
    /// Persons made up in this transaction: there is nothing to fetch of them.
    introduced: RefCell<HashSet<PersonId>>,
}

impl<'b, 'r> Fetched<'b, 'r> {
    pub(super) fn new(base: &'b Base, origins: Arc<Origins>, sealer: &'b Sealer) -> Self {
        Self {
            base,
            overlay: Overlay::default(),
            origins,
            sealer,
            missing: RefCell::default(),
            introduced: RefCell::default(),
        }
    }

    fn note<T, N>(&self, note: impl FnOnce(&mut Missing) -> N) -> Result<T> {
        note(&mut self.missing.borrow_mut());
        Err(Halt::Missing)
    }

    fn is_introduced(&self, person: &PersonId) -> bool {
        self.introduced.borrow().contains(person)
    }

    fn open(&self, raw: &RawEntry) -> Result<Stored> {
        let Some(member) = self.origins.name(raw.member) else {
            return self.note(|missing| missing.members = true);
        };
        let entry = raw.open(self.sealer, member).map_err(Halt::Failed)?;
        Ok(Stored { seq: u64::try_from(raw.seq).unwrap_or(0), entry })
    }
}

/// A new entry as it will be read.
fn stored(new: &NewEntry<'_>) -> Stored {
    let fact = &new.fact.fact;
    Stored {
        seq: 0,
        entry: Entry {
            id: fact.id,
            person: new.person,
            member: new.member.clone(),
            own_id: fact.own_id.clone(),
            region: new.region,
            source: fact.source,
            times: fact.times,
            replaces: fact.replaces,
            fact: fact.fact.clone(),
        },
    }
}

impl<'r> Ground<'r> for Fetched<'_, 'r> {
    type Error = Halt;
    type Place = EntryId;

    fn lead(&self, blind: &Key) -> Result<Option<Key>> {
        if let Some(lead) = self.overlay.leads.get(blind) {
            return Ok(Some(*lead));
        }
        match self.base.leads.get(blind) {
            Some(lead) => Ok(*lead),
            None => self.note(|missing| missing.leads.insert(*blind)),
        }
    }

    fn entry(&self, id: &EntryId) -> Result<Option<Stored>> {
        if let Some(at) = self.overlay.by_id.get(id) {
            return Ok(Some(stored(&self.overlay.entries[*at])));
        }
        match self.base.entries.get(id) {
            Some(raw) => raw.as_ref().map(|raw| self.open(raw)).transpose(),
            None => self.note(|missing| missing.entries.insert(*id)),
        }
    }

    fn person_exists(&self, person: PersonId) -> Result<bool> {
        if self.overlay.by_person.contains_key(&person) {
            return Ok(true);
        }
        match self.base.exist.get(&person) {
            Some(exists) => Ok(*exists),
            None => self.note(|missing| missing.exist.insert(person)),
        }
    }

    fn cluster(&self, person: PersonId) -> Result<Vec<PersonId>> {
        let cluster = self.base.links.cluster_under(&self.overlay.links, person);
        let unknown: Vec<PersonId> = cluster
            .iter()
            .filter(|one| !self.base.linked.contains(*one) && !self.is_introduced(one))
            .copied()
            .collect();
        if unknown.is_empty() {
            return Ok(cluster);
        }
        self.note(|missing| {
            // Whoever asks for a cluster mostly wants to know next who they are.
            let strange = unknown.iter().filter(|one| !self.base.identity.contains_key(*one));
            missing.identity.extend(strange);
            missing.links.extend(unknown.iter());
        })
    }

    fn denied(&self, one: PersonId, other: PersonId) -> Result<bool> {
        // Links lie in both directions: it is enough to know one side.
        let known = |person| self.base.linked.contains(person) || self.is_introduced(person);
        if !known(&one) && !known(&other) {
            return self.note(|missing| missing.links.insert(one));
        }
        let front = &self.overlay.links;
        Ok(self.base.links.denied_under(front, one, other))
    }

    fn identity(&self, person: PersonId) -> Result<Vec<Identity<EntryId>>> {
        let mut found = match self.base.identity.get(&person) {
            Some(found) => found.clone(),
            None if self.is_introduced(&person) => Vec::new(),
            None => return self.note(|missing| missing.identity.insert(person)),
        };
        for at in self.overlay.by_person.get(&person).into_iter().flatten() {
            let new = &self.overlay.entries[*at];
            if IDENTITY.contains(&new.fact.fact.fact.kind()) {
                found.push(Identity { place: new.fact.fact.id, blind: new.blind });
            }
        }
        Ok(found)
    }

    fn fact_at(&self, place: EntryId) -> Result<Option<Fact>> {
        Ok(self.entry(&place)?.map(|stored| stored.entry.fact))
    }

    fn introduce(&self, person: PersonId) {
        self.introduced.borrow_mut().insert(person);
    }

    fn number(&mut self, member: &MemberId) -> Result<i64> {
        if let Some(number) = self.origins.number(member) {
            return Ok(i64::from(number));
        }
        // Whoever is in the database is known: they were asked for before anything was decided.
        let number = self.origins.next();
        Arc::make_mut(&mut self.origins).insert(number, member.clone());
        self.overlay.members.push((number, member.clone()));
        Ok(i64::from(number))
    }

    fn count_person(&mut self) {
        self.overlay.persons += 1;
    }

    fn append(&mut self, entry: NewEntry<'r>) -> Result<()> {
        let overlay = &mut self.overlay;
        let at = overlay.entries.len();
        overlay.by_id.insert(entry.fact.fact.id, at);
        overlay.by_person.entry(entry.person).or_default().push(at);
        overlay.entries.push(entry);
        Ok(())
    }

    fn appended(&self) -> usize {
        self.overlay.entries.len()
    }

    fn set_lead(&mut self, blind: Key, lead: Key) {
        self.overlay.leads.insert(blind, lead);
    }

    fn link(&mut self, a: PersonId, b: PersonId, linked: bool, entry: &EntryId) -> Result<()> {
        self.overlay.links.set(a, b, linked);
        let pair = if a < b { (a, b) } else { (b, a) };
        self.overlay.stated.insert(pair, (linked, *entry));
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
        let asked = Asked { record: request.record, owner, person };
        self.overlay.corrections.entry(*id).or_default().request = Some(asked);
        Ok(())
    }

    fn note_answer(&mut self, id: &EntryId, answer: &CorrectionAnswer) -> Result<()> {
        self.overlay.corrections.entry(answer.request).or_default().answer = Some(*id);
        Ok(())
    }
}

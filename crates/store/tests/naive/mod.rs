//! What a store should do, naively: maps in memory, and random operations on both.

use crate::conformance::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Clone)]
pub enum Op {
    /// Doses by number, each for a document, in one batch.
    Doses(Vec<(u8, u8)>),
    /// Takes a document away from whoever has it.
    Unlink(u8),
    /// Closes and opens the store.
    Reopen,
}

pub fn op() -> impl Strategy<Value = Op> {
    let dose = (0..80_u8, 0..12_u8);
    prop_oneof![
        8 => prop::collection::vec(dose, 1..12).prop_map(Op::Doses),
        2 => (0..12_u8).prop_map(Op::Unlink),
        1 => Just(Op::Reopen),
    ]
}

/// What should be there.
#[derive(Default)]
struct Model {
    entries: BTreeMap<EntryId, PersonId>,
    leads: BTreeMap<u8, PersonId>,
    ever: BTreeSet<u8>,
    persons: BTreeMap<PersonId, usize>,
    rows: u64,
}

impl Model {
    fn write(&mut self, person: PersonId) {
        self.rows += 1;
        *self.persons.entry(person).or_default() += 1;
    }

    fn lead(&mut self, document: u8, person: PersonId) {
        self.leads.insert(document, person);
        self.ever.insert(document);
        self.write(person);
    }

    fn dose(&mut self, id: EntryId, document: u8, outcome: RowOutcome) {
        if let Some(person) = self.entries.get(&id).copied() {
            assert_eq!((outcome.kind, outcome.person), (OutcomeKind::Duplicate, person));
            if !self.ever.contains(&document) {
                self.lead(document, person);
            }
            return;
        }
        assert_eq!(outcome.kind, OutcomeKind::Admitted);
        match self.leads.get(&document) {
            Some(person) => assert_eq!((outcome.person, outcome.person_created), (*person, false)),
            None => {
                assert!(outcome.person_created && !self.persons.contains_key(&outcome.person));
                self.lead(document, outcome.person);
            }
        }
        self.entries.insert(id, outcome.person);
        self.write(outcome.person);
    }

    async fn check(&self, store: &dyn Store) {
        assert_eq!(store.counts().await.expect("read"), (self.persons.len() as u64, self.rows));
        let documents: Vec<_> = (0..12).map(passport).collect();
        let found = store.persons_by_documents(&documents).await.expect("read");
        let expected: Vec<_> = (0..12).map(|n| self.leads.get(&n).copied()).collect();
        assert_eq!(found, expected);
        for (id, person) in &self.entries {
            let stored = store.entry(*id).await.expect("read").expect("there");
            assert_eq!((stored.entry.id, stored.entry.person), (*id, *person));
        }
        for (person, rows) in &self.persons {
            let entries = store.entries_of(&[*person]).await.expect("read");
            assert_eq!(entries.len(), *rows);
            assert!(entries.is_sorted_by(|one, two| one.seq < two.seq));
        }
        let all: Vec<_> = self.persons.keys().copied().collect();
        assert_eq!(store.entries_of(&all).await.expect("read").len() as u64, self.rows);
        let absent = store.entry(EntryId::from_bytes([0xee; 16])).await.expect("read");
        assert_eq!(absent, None);
    }
}

/// Where a store lies, to be opened again and again.
pub trait Home {
    async fn open(&mut self) -> Arc<dyn Store>;
}

/// Does the operations to a store and to the model, and compares.
pub async fn play(mut home: impl Home, ops: Vec<Op>) {
    let clinic = member("clinic");
    let mut store = home.open().await;
    let mut model = Model::default();
    for (at, op) in ops.into_iter().enumerate() {
        match op {
            Op::Doses(doses) => {
                let of = |n: &u8| dose(&clinic, &n.to_string(), "L");
                let rows = doses
                    .iter()
                    .map(|(n, document)| {
                        row(&clinic, &[passport(u32::from(*document))], vec![of(n)])
                    })
                    .collect();
                for ((n, document), outcome) in doses.iter().zip(admit_all(&*store, rows).await) {
                    model.dose(of(n).id, *document, outcome);
                }
            }
            Op::Unlink(document) => {
                let Some(person) = model.leads.remove(&document) else { continue };
                let away = Fact::DocumentUnlinked(passport(u32::from(document)));
                let facts = vec![fact(entry_id(at as u64), away)];
                written(&*store, about(&clinic, person, facts)).await;
                model.write(person);
            }
            Op::Reopen => {
                drop(store);
                store = home.open().await;
            }
        }
        if at % 7 == 0 {
            model.check(&*store).await;
        }
    }
    model.check(&*store).await;
    drop(store);
    model.check(&*home.open().await).await;
}

//! Which persons are linked, as far as it is in memory.

use hutong_model::{PersonId, limits::CLUSTER_MAX};
use std::collections::HashMap;

/// What was stated about pairs of persons, both ways; the last statement about a pair counts.
#[derive(Debug, Default, Clone)]
pub(crate) struct Links {
    pairs: HashMap<PersonId, Vec<(PersonId, bool)>>,
}

impl Links {
    pub(crate) fn set(&mut self, a: PersonId, b: PersonId, linked: bool) {
        for (from, to) in [(a, b), (b, a)] {
            let list = self.pairs.entry(from).or_default();
            match list.iter_mut().find(|(person, _)| *person == to) {
                Some(pair) => pair.1 = linked,
                None => list.push((to, linked)),
            }
        }
    }

    /// Takes over what was stated later.
    pub(crate) fn join(&mut self, later: Links) {
        for (from, list) in later.pairs {
            for (to, linked) in list {
                self.set(from, to, linked);
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    pub(crate) fn of(&self, person: PersonId) -> &[(PersonId, bool)] {
        self.pairs.get(&person).map_or(&[], Vec::as_slice)
    }

    /// The person and all linked with them, the given one first.
    pub(crate) fn cluster(&self, person: PersonId) -> Vec<PersonId> {
        self.cluster_under(&Links::default(), person)
    }

    /// The same, where `front` overrules what is stated here.
    pub(crate) fn cluster_under(&self, front: &Links, person: PersonId) -> Vec<PersonId> {
        let mut cluster = vec![person];
        let mut at = 0;
        while at < cluster.len() && cluster.len() < CLUSTER_MAX {
            let (newer, older) = (front.of(cluster[at]), self.of(cluster[at]));
            let standing = older.iter().filter(|(to, _)| newer.iter().all(|(new, _)| new != to));
            for (next, linked) in newer.iter().chain(standing) {
                if *linked && !cluster.contains(next) && cluster.len() < CLUSTER_MAX {
                    cluster.push(*next);
                }
            }
            at += 1;
        }
        cluster
    }

    /// Whether the last that was stated about two persons, here or in `front`, is that they are
    /// not the same.
    pub(crate) fn denied_under(&self, front: &Links, a: PersonId, b: PersonId) -> bool {
        let stated = |links: &Links| {
            links.of(a).iter().find(|(person, _)| *person == b).map(|(_, linked)| *linked)
        };
        stated(front).or_else(|| stated(self)) == Some(false)
    }
}

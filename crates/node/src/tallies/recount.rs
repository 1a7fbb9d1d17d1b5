//! Counting everything again, to see whether the counters are right.

use super::{PERSONS_AT_ONCE, cells::Counts};
use crate::{Node, NodeError};
use hutong_model::{Date, PersonId};
use hutong_store::{Cell, Facet, Wanted};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Counters of which one is listed at most.
const LISTED_MAX: usize = 1000;
/// Persons held in memory at a time; where there are more, the journal is read again for the next.
const PERSONS_MAX: usize = 4_000_000;

/// A counter that is not what it should be.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Differing {
    /// Which.
    pub cell: Cell,
    /// What it says.
    pub kept: i64,
    /// What counting again gives.
    pub counted: i64,
}

/// What counting again has shown.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recounted {
    /// Counters that are not zero.
    pub counters: u64,
    /// Persons that were counted.
    pub persons: u64,
    /// How many counters differ.
    pub differing: u64,
    /// The first of them.
    pub first: Vec<Differing>,
    /// Whether they were set right.
    pub mended: bool,
}

impl Node {
    /// Counts all persons' entries again, up to the place that the counters have reached, and
    /// compares; with `mend` sets the counters right. `progress` is told how many
    /// entries were read. Refused rows are not kept and cannot be counted again.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read, or another process counted meanwhile.
    pub async fn recount(
        &self,
        mend: bool,
        mut progress: impl FnMut(u64) + Send,
    ) -> Result<Recounted, NodeError> {
        while self.tally_once().await? {}
        let _turn = self.tallying.lock().await;
        let upto = self.store.tallied().await?;
        let (counts, persons) = self.count_all(upto, &mut progress).await?;
        let mut expected = counts.into_map();
        let mut differing = Vec::new();
        let mut counters = 0;
        for facet in [Facet::Doses, Facet::Results, Facet::Uploads, Facet::Delays] {
            for (cell, kept) in self.store.tallies(&everything(facet)).await? {
                counters += 1;
                let counted = expected.remove(&cell).unwrap_or(0);
                if counted != kept {
                    differing.push(Differing { cell, kept, counted });
                }
            }
        }
        let missing = expected.into_iter();
        differing.extend(missing.map(|(cell, counted)| Differing { cell, kept: 0, counted }));
        differing.sort_by(|a, b| a.cell.cmp(&b.cell));
        let changes = differing.iter().map(|d| (d.cell.clone(), d.counted - d.kept)).collect();
        let mended = mend && !differing.is_empty();
        let undisturbed = match mended {
            true => self.store.tally(changes, upto, upto).await?,
            false => self.store.tallied().await? == upto,
        };
        if !undisturbed {
            return Err(NodeError::Conflict("another process counted meanwhile: try again".into()));
        }
        let total = differing.len() as u64;
        differing.truncate(LISTED_MAX);
        Ok(Recounted { counters, persons, differing: total, first: differing, mended })
    }

    /// What all persons count for. Persons are taken in the order of their ids, as many at a time
    /// as fit into memory.
    async fn count_all(
        &self,
        upto: u64,
        progress: &mut (impl FnMut(u64) + Send),
    ) -> Result<(Counts, u64), NodeError> {
        let mut counts = Counts::default();
        let (mut known, mut after, mut read) = (0, None, 0);
        loop {
            let (persons, more) = self.persons_after(after, upto).await?;
            let all: Vec<PersonId> = persons.into_iter().collect();
            for some in all.chunks(PERSONS_AT_ONCE) {
                for entries in self.entries_by_person(some, upto).await?.values() {
                    counts.add(entries, 1);
                    read += entries.len() as u64;
                }
                progress(read);
            }
            known += all.len() as u64;
            after = all.last().copied();
            if !more {
                return Ok((counts, known));
            }
        }
    }

    /// The next persons that the journal names up to a place, and whether there are more.
    async fn persons_after(
        &self,
        after: Option<PersonId>,
        upto: u64,
    ) -> Result<(BTreeSet<PersonId>, bool), NodeError> {
        let (mut persons, mut more, mut at) = (BTreeSet::new(), false, 0);
        while at < upto
            && let Some(run) = self.run_after(at).await?
        {
            at = run.upto;
            let here = run.entries.iter().filter(|s| s.seq <= upto).map(|s| s.entry.person);
            for person in here.filter(|person| after.is_none_or(|after| *person > after)) {
                persons.insert(person);
                if persons.len() > PERSONS_MAX {
                    persons.pop_last();
                    more = true;
                }
            }
        }
        Ok((persons, more))
    }
}

fn everything(facet: Facet) -> Wanted {
    let day = Date::from_epoch_day;
    Wanted { facet, from: day(-1_000_000), to: day(2_000_000) }
}

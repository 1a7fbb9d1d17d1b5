//! Reconciliation: counts and digests per origin and day, compared with the parent; differences
//! are sent again.

use crate::{
    Node, NodeError,
    wire::{AskDay, Day, EntryIds, Numbered, UpBatch, pack},
};
use hutong_model::{Date, EntryId, MemberId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};

/// Entries sent again in one request: few, so that the largest entries fit.
const REPAIR_BATCH: usize = 512;

/// A span of days, inclusive.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Span {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
}

/// One member's day, here and at the parent.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Compared {
    /// The member.
    pub member: MemberId,
    /// The day.
    pub day: Date,
    /// Entries here.
    pub here: u64,
    /// Entries at the parent.
    pub above: u64,
    /// Whether count and digest agree.
    pub agrees: bool,
    /// Entries that were sent again to mend it.
    pub mended: u64,
    /// Entries that the parent has and this node has not. Never deleted; for a human to look at.
    pub only_above: u64,
}

impl Node {
    /// Compares every member's days in the span with the parent and, with `mend`, sends again
    /// what it lacks.
    ///
    /// # Errors
    /// [`NodeError`] where there is no parent, or it does not answer.
    pub async fn reconcile(&self, span: Span, mend: bool) -> Result<Vec<Compared>, NodeError> {
        let parent = self.parent.as_ref().ok_or_else(no_parent)?;
        let above: Vec<Day> = parent.post_json("/v1/node/digests", &span, self.moment()).await?;
        let mut days: BTreeMap<(MemberId, Date), (Option<Day>, Option<Day>)> = BTreeMap::new();
        let region = self.settings.region;
        for day in self.store.day_digests(span.from, span.to).await? {
            if !region.contains(&day.member.region()) {
                continue; // came down from above
            }
            let day = Day::from(day);
            let key = (day.member.clone(), day.day);
            days.entry(key).or_default().0 = Some(day);
        }
        for day in above {
            let key = (day.member.clone(), day.day);
            days.entry(key).or_default().1 = Some(day);
        }
        let mut compared = Vec::with_capacity(days.len());
        for ((member, day), (here, above)) in days {
            let mut row = Compared {
                here: here.as_ref().map_or(0, |d| d.count),
                above: above.as_ref().map_or(0, |d| d.count),
                agrees: here == above,
                mended: 0,
                only_above: 0,
                member,
                day,
            };
            if !row.agrees {
                self.compare_day(&mut row, mend).await?;
            }
            compared.push(row);
        }
        Ok(compared)
    }

    async fn compare_day(&self, row: &mut Compared, mend: bool) -> Result<(), NodeError> {
        let parent = self.parent.as_ref().ok_or_else(no_parent)?;
        let ask = AskDay { member: row.member.clone(), day: row.day };
        let above: EntryIds = parent.post_json("/v1/node/day", &ask, self.moment()).await?;
        let above: HashSet<EntryId> = above.ids.into_iter().collect();
        let here = self.store.entries_of_day(&row.member, row.day).await?;
        let ids: HashSet<EntryId> = here.iter().map(|stored| stored.entry.id).collect();
        row.only_above = above.difference(&ids).count() as u64;
        if !mend {
            return Ok(());
        }
        let missing: Vec<Numbered> = here
            .into_iter()
            .filter(|stored| !above.contains(&stored.entry.id))
            .map(|stored| Numbered { seq: stored.seq, entry: stored.entry })
            .collect();
        row.mended = missing.len() as u64;
        for part in missing.chunks(REPAIR_BATCH) {
            let upto = part.last().map_or(0, |last| last.seq);
            let body = pack(&UpBatch { entries: part.to_vec(), upto, repair: true, after: 0 })?;
            parent
                .post("/v1/node/entries", "application/cbor", body, 60_000, self.moment())
                .await?;
        }
        Ok(())
    }
}

fn no_parent() -> NodeError {
    NodeError::Setup("this node has no parent: there is nothing to reconcile with".into())
}

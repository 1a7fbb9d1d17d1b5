//! What people ordered: restrictions and releases, each by two organisations; and appeals that
//! nobody answered in time. They stand beside the rules of a pack: no pack can make, forbid or
//! lengthen one.

use crate::{Appeal, EventRef, Evidence, Reason, Text, evidence::Finding};
use hutong_model::{
    EntryId, Timestamp,
    evidence::{Effect, Measure},
    limits::CLOCK_SKEW_S_MAX,
};
use std::{collections::HashSet, sync::Arc};

/// Id of the rule of a reason that people ordered.
pub const MEASURE: &str = "measure";
/// The reason as a code.
const CODE: &str = "restriction-filed";

/// The measures of an event that are in force.
pub(crate) struct Ordered<'a> {
    measures: Vec<(EntryId, &'a Measure)>,
    appeals: &'a [Appeal],
    released: HashSet<EntryId>,
    now: Timestamp,
}

impl<'a> Ordered<'a> {
    pub(crate) fn of(evidence: &'a Evidence, event: &EventRef, now: Timestamp) -> Self {
        let horizon = now.plus_s(CLOCK_SKEW_S_MAX);
        let found = evidence.items().iter().filter_map(|item| match &item.finding {
            Finding::Measure(measure) if item.admitted <= horizon => Some((item.entry, &**measure)),
            _ => None,
        });
        let in_force = |(_, m): &(EntryId, &Measure)| m.event() == event.id() && now < m.until();
        let measures: Vec<_> = found.filter(in_force).collect();
        let released = measures.iter().filter_map(|(_, measure)| match measure.effect() {
            Effect::Release { record } => Some(record),
            Effect::Restrict { .. } => None,
        });
        let appeals = evidence.appeals();
        let lapsed = appeals.iter().filter(|appeal| appeal.has_lapsed(now));
        let released = released.chain(lapsed.map(|appeal| appeal.record)).collect();
        Self { measures, appeals, released, now }
    }

    /// Whether what rests on this record is ended.
    pub(crate) fn releases(&self, entry: EntryId) -> bool {
        self.released.contains(&entry)
    }

    /// By when the first open appeal against one of these records must be answered.
    pub(crate) fn appeal_until(&self, records: &[EntryId]) -> Option<Timestamp> {
        let open = self.appeals.iter().filter(|appeal| appeal.is_open(self.now));
        open.filter(|appeal| records.contains(&appeal.record)).map(|appeal| appeal.until).min()
    }

    /// When the first release ends, and what it held back counts again.
    pub(crate) fn first_release_end(&self) -> Option<Timestamp> {
        let releases = self
            .measures
            .iter()
            .filter(|(_, measure)| matches!(measure.effect(), Effect::Release { .. }));
        releases.map(|(_, measure)| measure.until()).min()
    }

    /// The restrictions that are not released, as reasons.
    pub(crate) fn restrictions(&self, event: &EventRef) -> Vec<Reason> {
        let reason = |(entry, measure): &(EntryId, &Measure)| {
            let Effect::Restrict { level } = measure.effect() else { return None };
            if self.releases(*entry) {
                return None;
            }
            let text: Box<str> = measure.reason().into();
            Some(Reason {
                code: Arc::from(CODE),
                rule: Arc::from(MEASURE),
                level,
                text: Arc::new(Text { zh: text.clone(), en: text }),
                evidence: vec![*entry],
                appeal_until: self.appeal_until(&[*entry]),
                clock: None,
                until: Some(measure.until().min(event.sunset())),
                clears: None,
            })
        };
        self.measures.iter().filter_map(reason).collect()
    }
}

//! Badge facts beside a level: whether the primary series is complete, and the last test.

use crate::{
    EventRef, Evidence, Pack,
    evidence::{Dose, Finding},
    pack::Series,
};
use hutong_model::{
    Catalogue, EntryId, TestKind, TestOutcome, Timestamp, limits::CLOCK_SKEW_S_MAX,
};
use serde::Serialize;

/// The last nucleic-acid test that has a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LastTest {
    /// When the sample was taken (the first instant it may have been).
    pub collected: Timestamp,
    /// What was found. A pooled tube that is positive is inconclusive for the person.
    pub outcome: TestOutcome,
    /// The record.
    pub entry: EntryId,
}

/// Badge facts of a person for an event's agent. They are no level and give none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Badges {
    /// Enough doses for a primary series, as the pack counts them.
    pub vaccination_complete: bool,
    /// The last nucleic-acid test.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_test: Option<LastTest>,
}

/// Works out the badge facts.
pub fn badges(
    pack: &Pack,
    event: &EventRef,
    evidence: &Evidence,
    catalogue: &Catalogue,
    now: Timestamp,
) -> Badges {
    let series = pack.series.iter().find(|series| *series.agent == *event.agent());
    Badges {
        vaccination_complete: series.is_some_and(|s| is_complete(s, evidence, catalogue, now)),
        last_test: last_test(event, evidence, now),
    }
}

/// Sixtieths of a series: every count of doses from 1 to 6 divides it.
const WHOLE: u32 = 60;

fn is_complete(
    series: &Series,
    evidence: &Evidence,
    catalogue: &Catalogue,
    now: Timestamp,
) -> bool {
    let mut doses: Vec<(i32, u32)> = evidence
        .items()
        .iter()
        .filter_map(|item| {
            let Finding::Dose(dose) = &item.finding else { return None };
            let at = item.performed.or(item.collected)?.first;
            let fits = dose.families.contains(&series.family) && at <= now.plus_s(CLOCK_SKEW_S_MAX);
            fits.then(|| (at.utc_date().epoch_day(), share(series, dose)))
        })
        .collect();
    doses.sort_unstable();
    // The same dose told twice counts once, as when a history is read.
    let window = i32::from(catalogue.merge_window_days(&series.family));
    let mut counted: Vec<(i32, u32)> = Vec::new();
    for (day, share) in doses {
        match counted.last_mut() {
            // The statement that names the product knows better than the one that does not.
            Some((first, known)) if day - *first <= window => *known = share.max(*known),
            _ => counted.push((day, share)),
        }
    }
    let sum: u32 = counted.into_iter().map(|(_, share)| share).sum();
    sum >= WHOLE
}

/// What a dose adds to its series.
fn share(series: &Series, dose: &Dose) -> u32 {
    let named = series.products.iter().find(|products| {
        dose.codes
            .iter()
            .any(|(system, code)| *system == products.system && products.codes.contains(code))
    });
    WHOLE / u32::from(named.map_or(series.doses, |products| products.doses))
}

fn last_test(event: &EventRef, evidence: &Evidence, now: Timestamp) -> Option<LastTest> {
    let results = evidence.items().iter().filter_map(|item| {
        let Finding::Test(test) = &item.finding else { return None };
        let ours =
            test.kind == TestKind::NucleicAcid && test.agent.as_deref() == Some(event.agent());
        let collected = item.collected.or(item.performed)?.first;
        if !ours || collected > now.plus_s(CLOCK_SKEW_S_MAX) {
            return None;
        }
        let outcome = match test.outcome {
            TestOutcome::Positive if test.pooled => TestOutcome::Inconclusive,
            TestOutcome::Negative | TestOutcome::Positive | TestOutcome::Inconclusive => {
                test.outcome
            }
            _ => return None,
        };
        Some(LastTest { collected, outcome, entry: item.entry })
    });
    results.max_by_key(|test| (test.collected, test.entry))
}

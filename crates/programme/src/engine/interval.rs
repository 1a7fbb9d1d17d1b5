//! Intervals and what they are measured from (CALCDTINT).

use super::{Run, Work};
use crate::assessment::{Evaluation, EvaluationStatus};
use crate::date::Day;
use crate::reason::EvaluationReason;
use crate::supporting::{From, Interval};

/// Outcome of Tables 6-18 and 6-21 over all intervals of a dose.
pub(super) enum Outcome {
    /// No interval is in effect.
    None,
    /// All are satisfied.
    Satisfied,
    /// All are satisfied, one at least within its grace period.
    Grace,
    /// One at least is not satisfied until this day.
    TooSoon(Day),
}

pub(super) fn outcome(
    run: &Run<'_>,
    intervals: &[Interval],
    work: &Work,
    before: &[Evaluation],
    position: usize,
    date: Day,
) -> Outcome {
    let mut found = Outcome::None;
    let upto = run.records[position];
    for interval in intervals.iter().filter(|interval| interval.effect.holds(date)) {
        if !matches!(found, Outcome::TooSoon(_) | Outcome::Grace) {
            found = Outcome::Satisfied;
        }
        let Some(from) = reference(run, &interval.from, work, before, upto) else { continue };
        let absolute = interval.absolute_min.map_or(Day::BEGINNING, |span| from + span);
        if date < absolute {
            found = match found {
                Outcome::TooSoon(until) => Outcome::TooSoon(until.max(absolute)),
                _ => Outcome::TooSoon(absolute),
            };
        } else if interval.min.is_some_and(|span| date < from + span)
            && !matches!(found, Outcome::TooSoon(_))
        {
            found = Outcome::Grace;
        }
    }
    found
}

/// Reference dose date: of what was evaluated `before`, in the history up to a place.
pub(super) fn reference(
    run: &Run<'_>,
    from: &From,
    work: &Work,
    before: &[Evaluation],
    upto: u16,
) -> Option<Day> {
    match from {
        // CALCDTINT-1
        From::Previous => {
            let position = before.iter().rposition(|evaluation| {
                let counts = matches!(
                    evaluation.status,
                    EvaluationStatus::Valid | EvaluationStatus::NotValid
                );
                counts && !evaluation.reasons.has(EvaluationReason::Inadvertent)
            })?;
            Some(run.record(position).dose.date)
        }
        // CALCDTINT-2
        From::Target(number) => {
            let mut satisfied = work.satisfied.iter().rev();
            let found = satisfied.find(|(target, _)| target + 1 == *number)?;
            Some(run.record(usize::from(found.1)).dose.date)
        }
        // CALCDTINT-8
        From::MostRecent(types) => {
            let mut earlier = (0..upto).rev();
            let found = earlier.find(|place| {
                let dose = &run.person.history[usize::from(*place)].dose;
                types.contains(dose.cvx) && !inadvertent(run, before, *place)
            })?;
            Some(run.person.history[usize::from(found)].dose.date)
        }
        // CALCDTINT-9
        From::Observation(code) => {
            let active = run.person.observations();
            let active =
                active.filter(|it| it.code == *code && it.certain && it.active(run.person.on));
            active.filter_map(|observation| observation.date).max()
        }
    }
}

fn inadvertent(run: &Run<'_>, before: &[Evaluation], place: u16) -> bool {
    let position = run.records[..before.len()].binary_search(&place);
    position.is_ok_and(|it| before[it].reasons.has(EvaluationReason::Inadvertent))
}

//! Evaluation of the history against a series (4.4 and chapter 6).

use super::interval::{self, Outcome};
use super::{Run, Work, skip};
use crate::assessment::{Evaluation, EvaluationStatus};
use crate::date::Day;
use crate::patient::Dose;
use crate::reason::{EvaluationReason, Reasons};
use crate::supporting::{Context, Series, SeriesDose};

/// Figure 4-6: walks through records and target doses until one of them is exhausted. Adds one
/// evaluation for each record.
pub(super) fn history(
    run: &Run<'_>,
    series: &Series,
    work: &mut Work,
    all: &mut Vec<Evaluation>,
    start: usize,
) {
    for position in 0..run.records.len() {
        let record = *run.record(position);
        let evaluation = evaluate(run, series, work, &all[start..], position);
        all.push(Evaluation { dose: record.index, ..evaluation });
        if evaluation.status == EvaluationStatus::Valid {
            work.satisfied.push((work.next as u8, position as u16));
            // Step 5: a recurring dose is followed by one like it.
            if !series.doses[work.next].recurring {
                work.next += 1;
            }
        }
    }
}

/// Figure 6-1 for a record, once doses that can be skipped are.
fn evaluate(
    run: &Run<'_>,
    series: &Series,
    work: &mut Work,
    before: &[Evaluation],
    position: usize,
) -> Evaluation {
    let dose = &run.record(position).dose;
    let mut found = Evaluation {
        dose: 0,
        target: None,
        status: EvaluationStatus::SubStandard,
        reasons: Reasons::default(),
        due: None,
    };
    if work.next < series.doses.len() && condition(dose, &mut found) {
        found.target = Some(work.next as u8);
        return found;
    }
    while let Some(target) = series.doses.get(work.next) {
        if !skip::can(run, target, Context::Evaluation, dose.date, before) {
            found.target = Some(work.next as u8);
            against(run, target, work, before, position, &mut found);
            return found;
        }
        work.skipped |= 1 << work.next;
        work.next += 1;
    }
    found.status = EvaluationStatus::Extraneous;
    found.reasons.add(EvaluationReason::SeriesComplete);
    found
}

/// Table 6-3: whether the dose cannot be evaluated.
fn condition(dose: &Dose, found: &mut Evaluation) -> bool {
    let expired = dose.expires.is_some_and(|expires| expires < dose.date);
    if expired {
        found.reasons.add(EvaluationReason::Expired);
    }
    if dose.condition {
        found.reasons.add(EvaluationReason::DoseCondition);
    }
    expired || dose.condition
}

/// 6.3 to 6.10.
fn against(
    run: &Run<'_>,
    target: &SeriesDose,
    work: &Work,
    before: &[Evaluation],
    position: usize,
    found: &mut Evaluation,
) {
    let dose = &run.record(position).dose;
    if target.inadvertent.contains(dose.cvx) {
        found.status = EvaluationStatus::NotValid;
        found.reasons.add(EvaluationReason::Inadvertent);
        return;
    }
    let age = age(run, target, dose, found);
    let intervals = intervals(run, target, work, before, position, found);
    let conflict = conflict(run, before, position, found);
    let vaccine = vaccine(run, target, dose, found);
    // Table 6-31.
    found.status = match age {
        AgeOutcome::TooOld => EvaluationStatus::Extraneous,
        AgeOutcome::Valid if intervals && !conflict && vaccine => EvaluationStatus::Valid,
        _ => EvaluationStatus::NotValid,
    };
}

#[derive(PartialEq)]
enum AgeOutcome {
    Valid,
    TooYoung,
    TooOld,
}

fn put_off(found: &mut Evaluation, until: Day) {
    found.due = Some(found.due.map_or(until, |due| due.max(until)));
}

/// Table 6-15.
fn age(run: &Run<'_>, target: &SeriesDose, dose: &Dose, found: &mut Evaluation) -> AgeOutcome {
    let Some(age) = target.ages.iter().find(|age| age.effect.holds(dose.date)) else {
        return AgeOutcome::Valid;
    };
    let at = |age| run.person.at_or(age, Day::BEGINNING);
    let absolute = at(age.absolute_min);
    if dose.date < absolute {
        found.reasons.add(EvaluationReason::AgeTooYoung);
        put_off(found, absolute);
        return AgeOutcome::TooYoung;
    }
    if dose.date < at(age.min) {
        found.reasons.add(EvaluationReason::AgeGrace);
        return AgeOutcome::Valid;
    }
    if age.max.is_some_and(|max| dose.date >= run.person.at(max)) {
        found.reasons.add(EvaluationReason::AgeTooOld);
        return AgeOutcome::TooOld;
    }
    AgeOutcome::Valid
}

/// 6.5 and 6.6: whether all preferable or all allowable intervals are satisfied.
fn intervals(
    run: &Run<'_>,
    target: &SeriesDose,
    work: &Work,
    before: &[Evaluation],
    position: usize,
    found: &mut Evaluation,
) -> bool {
    let date = run.record(position).dose.date;
    let outcome = |list| interval::outcome(run, list, work, before, position, date);
    match outcome(&target.intervals) {
        Outcome::None | Outcome::Satisfied => true,
        Outcome::Grace => {
            found.reasons.add(EvaluationReason::IntervalGrace);
            true
        }
        Outcome::TooSoon(until) => {
            let allowed = outcome(&target.allowable_intervals);
            let allowed = matches!(allowed, Outcome::Satisfied | Outcome::Grace);
            if allowed {
                found.reasons.add(EvaluationReason::AllowableInterval);
            } else {
                found.reasons.add(EvaluationReason::IntervalTooSoon);
                put_off(found, until);
            }
            allowed
        }
    }
}

/// CONFLICT-3: whether the dose is impacted by a previous one.
fn conflict(run: &Run<'_>, before: &[Evaluation], at: usize, found: &mut Evaluation) -> bool {
    let current = &run.record(at).dose;
    let conflicts = run.person.programme.conflicts_with(current.cvx);
    if conflicts.is_empty() {
        return false;
    }
    let mut impacted = false;
    for previous in 0..run.records[at] {
        let record = &run.person.history[usize::from(previous)];
        if !record.conflicting {
            continue;
        }
        let dose = &record.dose;
        for conflict in conflicts.iter().filter(|it| it.previous == dose.cvx) {
            // CALCDTCONFLICT-2: a dose that this series has not found valid keeps others off for
            // longer than one that it has, or that it does not evaluate.
            let evaluated = run.records[..at].binary_search(&previous).ok();
            let valid = evaluated.is_none_or(|it| before[it].status == EvaluationStatus::Valid);
            let end = dose.date + if valid { conflict.min_end } else { conflict.end };
            if dose.date + conflict.begin <= current.date && current.date < end {
                impacted = true;
                put_off(found, end);
            }
        }
    }
    if impacted {
        found.reasons.add(EvaluationReason::VaccineConflict);
    }
    impacted
}

/// Tables 6-26 and 6-29: whether it is a preferable or an allowable vaccine.
fn vaccine(run: &Run<'_>, target: &SeriesDose, dose: &Dose, found: &mut Evaluation) -> bool {
    let mut why = None;
    for vaccine in target.preferable.iter().filter(|vaccine| vaccine.ages.cvx == dose.cvx) {
        if !run.person.within(vaccine.ages.begin, vaccine.ages.end, dose.date) {
            why = Some(EvaluationReason::VaccineAge);
        } else if vaccine.mvx.is_some() && vaccine.mvx != dose.mvx {
            why = Some(EvaluationReason::OtherProduct);
        } else {
            let less = vaccine.volume.zip(dose.volume).is_some_and(|(full, given)| given < full);
            found.reasons.add(EvaluationReason::PreferableVaccine);
            if less {
                found.reasons.add(EvaluationReason::VolumeLess);
            }
            return true;
        }
    }
    for vaccine in target.allowable.iter().filter(|vaccine| vaccine.cvx == dose.cvx) {
        if run.person.within(vaccine.begin, vaccine.end, dose.date) {
            found.reasons.add(EvaluationReason::AllowableVaccine);
            return true;
        }
        why = Some(EvaluationReason::VaccineAge);
    }
    found.reasons.add(EvaluationReason::NotPreferableOrAllowable);
    if let Some(why) = why {
        found.reasons.add(why);
    }
    false
}

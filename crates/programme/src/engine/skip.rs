//! Conditional skip (6.2, 7.1 and 7.6).

use super::Run;
use crate::assessment::{Evaluation, EvaluationStatus};
use crate::date::Day;
use crate::supporting::{Condition, Context, Count, SeriesDose, Skip, SkipSet};

/// Table 6-11: whether a target dose can be skipped, in a context and as of a reference date
/// (CONDSKIP-2). `before` are the evaluations of the records before.
pub(super) fn can(
    run: &Run<'_>,
    target: &SeriesDose,
    context: Context,
    reference: Day,
    before: &[Evaluation],
) -> bool {
    let relevant = target.skips.iter();
    let mut relevant =
        relevant.filter(|skip| skip.context == Context::Both || skip.context == context);
    relevant.any(|skip| skipped(run, skip, context, reference, before))
}

fn skipped(
    run: &Run<'_>,
    skip: &Skip,
    context: Context,
    reference: Day,
    before: &[Evaluation],
) -> bool {
    // RELEVANT-1 and RELEVANT-2
    let anchor = if context == Context::Evaluation { reference } else { run.person.on };
    let mut sets = skip.sets.iter().filter(|set| set.effect.holds(anchor)).peekable();
    if sets.peek().is_none() {
        return false;
    }
    let mut met = sets.map(|set| set_met(run, set, context, reference, before));
    if skip.all { met.all(|met| met) } else { met.any(|met| met) }
}

/// Table 6-10.
fn set_met(
    run: &Run<'_>,
    set: &SkipSet,
    context: Context,
    reference: Day,
    before: &[Evaluation],
) -> bool {
    let mut met = set.conditions.iter().map(|condition| match condition {
        // Table 6-6
        Condition::Age { begin, end } => run.person.within(*begin, *end, reference),
        // Table 6-7
        Condition::Completed { groups } => {
            groups.iter().any(|group| run.complete & (1 << group) != 0)
        }
        // Table 6-8
        Condition::Interval(span) => {
            let previous = before.len().checked_sub(1);
            previous.is_some_and(|it| reference >= run.record(it).dose.date + *span)
        }
        // Table 6-9
        Condition::Count(count) => {
            let counted = counted(run, count, context, before);
            counted.cmp(&usize::from(count.count)) == count.logic
        }
    });
    if set.all { met.all(|met| met) } else { met.any(|met| met) }
}

/// CONDSKIP-1. Doses with a status are those of the antigen before this one; any status counts
/// doses of the whole history before this one.
fn counted(run: &Run<'_>, count: &Count, context: Context, before: &[Evaluation]) -> usize {
    let fits = |dose: &crate::patient::Dose| {
        (count.vaccines.is_empty() || count.vaccines.contains(dose.cvx))
            && run.person.within(count.begin, count.end, dose.date)
            && count.start.is_none_or(|start| start <= dose.date)
            && count.until.is_none_or(|until| dose.date < until)
    };
    if count.valid || count.vaccines.is_empty() {
        let counted = before.iter().enumerate().filter(|(position, evaluation)| {
            (!count.valid || evaluation.status == EvaluationStatus::Valid)
                && fits(&run.record(*position).dose)
        });
        return counted.count();
    }
    let upto = match (context, run.records.get(before.len())) {
        (Context::Evaluation, Some(place)) => usize::from(*place),
        _ => run.person.history.len(),
    };
    run.person.history[..upto].iter().filter(|record| fits(&record.dose)).count()
}

//! Scores of scorable patient series (8.4 to 8.7).

use super::select::Group;
use crate::assessment::EvaluationStatus;
use crate::date::{Day, Span};

/// Which table awards the points.
#[derive(Clone, Copy)]
pub(super) enum Rules {
    /// Table 8-7
    Complete,
    /// Table 8-9
    InProcess,
    /// Table 8-11
    NoValidDoses,
}

/// SELECTBEST-1 and SELECTBEST-2. Where preferences tie as well, the series that the supporting
/// data list first.
pub(super) fn best(group: &Group<'_>, scored: &[usize], rules: Rules) -> Option<usize> {
    let key = |index: &usize| {
        let preference = group.select(*index).preference.unwrap_or(u8::MAX);
        (-score(group, scored, *index, rules), preference, *index)
    };
    scored.iter().copied().min_by_key(key)
}

fn score(group: &Group<'_>, scored: &[usize], index: usize, rules: Rules) -> i32 {
    let product = group.select(index).product;
    match rules {
        Rules::Complete => shared(scored, index, |it| i64::from(group.all[it].valid)),
        Rules::InProcess => {
            let all_valid = group.evaluations(index).iter();
            let all_valid = all_valid.map(|it| it.status).all(|it| it == EvaluationStatus::Valid);
            let remaining = |it: usize| -i64::from(remaining(group, it));
            let finish = |it| finish(group, it).filter(|_| completable(group, it));
            let earliest = |it| finish(it).map_or(i64::MIN, |day| -i64::from(day.number()));
            sign(product && all_valid) * 2
                + sign(completable(group, index)) * 3
                + shared(scored, index, |it| i64::from(group.all[it].valid)) * 2
                + shared(scored, index, remaining) * 2
                + if finish(index).is_some() { shared(scored, index, earliest) } else { -1 }
        }
        Rules::NoValidDoses => {
            let start = |it: usize| {
                let dates = group.all[it].forecast.dates;
                dates.map_or(i64::MIN, |dates| -i64::from(dates.earliest.number()))
            };
            let starts = group.all[index].forecast.dates.is_some();
            let starts = if starts { shared(scored, index, start) } else { -1 };
            starts + sign(completable(group, index)) - sign(product)
        }
    }
}

fn sign(yes: bool) -> i32 {
    if yes { 1 } else { -1 }
}

/// One point for the only one with the most, none for one of several, and one off for the others.
fn shared(scored: &[usize], index: usize, of: impl Fn(usize) -> i64) -> i32 {
    let mine = of(index);
    let most = scored.iter().map(|it| of(*it)).max().unwrap_or(mine);
    if mine < most {
        return -1;
    }
    let several = scored.iter().filter(|it| of(**it) == most).count() > 1;
    i32::from(!several)
}

/// Number of not satisfied target doses (SELECTB-5).
fn remaining(group: &Group<'_>, index: usize) -> u8 {
    let next = group.all[index].forecast.target.map_or(0, usize::from);
    (group.series(index).doses.len() - next) as u8
}

/// Forecast finish date (SELECTB-12).
fn finish(group: &Group<'_>, index: usize) -> Option<Day> {
    let forecast = &group.all[index].forecast;
    let (dates, next) = (forecast.dates?, forecast.target?);
    let remaining = &group.series(index).doses[usize::from(next) + 1..];
    let intervals = remaining.iter().flat_map(|dose| &dose.intervals);
    let intervals = intervals.filter(|interval| interval.effect.holds(group.run.person.on));
    let longest = intervals.filter_map(|interval| interval.min).max_by_key(|span| span.about());
    Some(dates.earliest + longest.unwrap_or(Span::default()))
}

/// SELECTB-3
fn completable(group: &Group<'_>, index: usize) -> bool {
    let Some(finish) = finish(group, index) else { return false };
    let last = group.series(index).doses.last();
    let ages =
        last.and_then(|dose| dose.ages.iter().find(|it| it.effect.holds(group.run.person.on)));
    let max = ages.and_then(|age| age.max);
    max.is_none_or(|max| finish < group.run.person.at(max))
}

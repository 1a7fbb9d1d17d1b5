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

/// What the tables ask about a scorable patient series.
#[derive(Clone, Copy)]
struct Facts {
    index: usize,
    /// SELECTB-23
    product: bool,
    /// SELECTB-2
    all_valid: bool,
    /// SELECTB-21
    valid: i32,
    /// Target doses that are not satisfied (SELECTB-5).
    remaining: i32,
    /// Earliest date of the forecast (SELECTB-14).
    start: Option<Day>,
    /// Forecast finish date, if the series is completable (SELECTB-3, SELECTB-12).
    finish: Option<Day>,
}

/// SELECTBEST-1 and SELECTBEST-2. Where preferences tie as well, the series that the supporting
/// data list first.
pub(super) fn best(group: &Group<'_>, scored: &[usize], rules: Rules) -> Option<usize> {
    let all: Vec<Facts> = scored.iter().map(|index| facts(group, *index)).collect();
    let key = |one: &&Facts| {
        let preference = group.select(one.index).preference.unwrap_or(u8::MAX);
        (-score(&all, one, rules), preference, one.index)
    };
    all.iter().min_by_key(key).map(|one| one.index)
}

fn facts(group: &Group<'_>, index: usize) -> Facts {
    let forecast = &group.all[index].forecast;
    let doses = &group.series(index).doses;
    let next = forecast.target.map_or(0, usize::from);
    let evaluations = group.evaluations(index);
    Facts {
        index,
        product: group.select(index).product,
        all_valid: evaluations.iter().all(|it| it.status == EvaluationStatus::Valid),
        valid: i32::from(group.all[index].valid),
        remaining: (doses.len() - next) as i32,
        start: forecast.dates.map(|dates| dates.earliest),
        finish: finish(group, index).filter(|finish| completable(group, index, *finish)),
    }
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
fn completable(group: &Group<'_>, index: usize, finish: Day) -> bool {
    let person = group.run.person;
    let last = group.series(index).doses.last();
    let age = last.and_then(|dose| dose.ages.iter().find(|age| age.effect.holds(person.on)));
    age.and_then(|age| age.max).is_none_or(|max| finish < person.at(max))
}

fn score(all: &[Facts], one: &Facts, rules: Rules) -> i32 {
    // Later is less, and none is least.
    let early = |day: Option<Day>| day.map_or(i32::MIN, |day| -day.number());
    let most_valid = || points(all, one, |it| it.valid);
    match rules {
        Rules::Complete => most_valid(),
        Rules::InProcess => {
            let finishes = |it: &Facts| early(it.finish);
            let finishes = one.finish.map_or(-1, |_| points(all, one, finishes));
            2 * sign(one.product && one.all_valid)
                + 3 * sign(one.finish.is_some())
                + 2 * most_valid()
                + 2 * points(all, one, |it| -it.remaining)
                + finishes
        }
        Rules::NoValidDoses => {
            let starts = one.start.map_or(-1, |_| points(all, one, |it| early(it.start)));
            starts + sign(one.finish.is_some()) - sign(one.product)
        }
    }
}

fn sign(yes: bool) -> i32 {
    if yes { 1 } else { -1 }
}

/// One point for the only one with the most, none for one of several, and one off for the others.
fn points(all: &[Facts], one: &Facts, of: impl Fn(&Facts) -> i32) -> i32 {
    let mine = of(one);
    let most = all.iter().map(&of).max().unwrap_or(mine);
    if mine < most {
        return -1;
    }
    let several = all.iter().filter(|it| of(it) == most).count() > 1;
    i32::from(!several)
}

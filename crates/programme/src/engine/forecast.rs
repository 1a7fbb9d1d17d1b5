//! Forecast of a patient series (chapter 7).

use super::{Run, Work, interval, need, skip};
use crate::assessment::{Dates, Evaluation, Forecast, SeriesStatus};
use crate::date::{Day, Span};
use crate::reason::{EvaluationReason, ForecastReason};
use crate::supporting::{Age, Context, Interval, Series, SeriesDose};

/// Figure 7-1. Target doses that can be skipped, today (7.1) or on the earliest date (7.6), are.
pub(super) fn forecast(
    run: &Run<'_>,
    index: u8,
    work: &mut Work,
    before: &[Evaluation],
) -> Forecast {
    let series = &run.antigen.series[usize::from(index)];
    while let Some(target) = series.doses.get(work.next) {
        if !skip::can(run, target, Context::Forecast, run.person.on, before) {
            let conflicts = &run.person.programme.antigens[usize::from(run.number)].conflicts;
            let conflicts = &conflicts[usize::from(index)][work.next];
            let next = Next { run, series, target, work, before, conflicts };
            let found = next.forecast();
            let later = found.dates.map(|dates| dates.earliest);
            let skipped = later.is_some_and(|earliest| {
                skip::can(run, target, Context::Forecast, earliest, before)
            });
            if !skipped {
                return found;
            }
        }
        work.skipped |= 1 << work.next;
        work.next += 1;
    }
    // Table 7-10, second and third rule: no target dose is left.
    if work.satisfied.is_empty() {
        none(SeriesStatus::NotRecommended, ForecastReason::History)
    } else {
        none(SeriesStatus::Complete, ForecastReason::Complete)
    }
}

/// A status without dates.
fn none(status: SeriesStatus, reason: ForecastReason) -> Forecast {
    Forecast { status, reason, target: None, number: 0, dates: None, priority: false, vaccines: 0 }
}

/// The next target dose.
struct Next<'a> {
    run: &'a Run<'a>,
    series: &'a Series,
    target: &'a SeriesDose,
    work: &'a Work,
    before: &'a [Evaluation],
    conflicts: &'a [(crate::codes::Cvx, Span)],
}

impl Next<'_> {
    /// Table 7-10, the other rules, and 7.5.
    fn forecast(&self) -> Forecast {
        let person = self.run.person;
        if self.run.immune {
            return none(SeriesStatus::Immune, ForecastReason::Immunity);
        }
        if self.run.contraindicated {
            return none(SeriesStatus::Contraindicated, ForecastReason::Contraindication);
        }
        if need::all_contraindicated(person, self.run.antigen, self.series) {
            let reason = ForecastReason::VaccineContraindication;
            return none(SeriesStatus::Contraindicated, reason);
        }
        if self.target.season.is_some_and(|season| person.on > season.end) {
            return none(SeriesStatus::NotRecommended, ForecastReason::Season);
        }
        // RELEVANT-2
        let age = self.target.ages.iter().find(|age| age.effect.holds(person.on)).copied();
        let age = age.unwrap_or_default();
        let max = age.max.map(|max| person.at(max));
        if max.is_some_and(|max| person.on >= max) {
            return none(SeriesStatus::AgedOut, ForecastReason::MaximumAge);
        }
        let intervals = self.intervals();
        let (earliest, reason) = self.candidate(&age, &intervals);
        if max.is_some_and(|max| earliest >= max) {
            return none(SeriesStatus::AgedOut, ForecastReason::UnableToFinish);
        }
        let dates = self.dates(&age, &intervals, earliest, max);
        Forecast {
            status: SeriesStatus::NotComplete,
            reason,
            target: Some(self.work.next as u8),
            number: self.number(),
            dates: Some(dates),
            priority: self.priority(),
            vaccines: self.vaccines(&dates),
        }
    }

    fn in_effect(&self) -> impl Iterator<Item = &Interval> {
        let on = self.run.person.on;
        self.target.intervals.iter().filter(move |interval| interval.effect.holds(on))
    }

    /// The latest of each kind of interval date.
    fn intervals(&self) -> Intervals {
        let mut found = Intervals::default();
        let upto = self.run.person.history.len() as u16;
        for interval in self.in_effect() {
            let reference =
                interval::reference(self.run, &interval.from, self.work, self.before, upto);
            let Some(from) = reference else { continue };
            let later = |last: &mut Option<Day>, span: Option<Span>| {
                *last = (*last).max(span.map(|span| from + span));
            };
            later(&mut found.min, interval.min);
            later(&mut found.earliest, interval.earliest);
            later(&mut found.latest, interval.latest);
        }
        found
    }

    /// FORECASTDTCAN-1, and what set it.
    fn candidate(&self, age: &Age, intervals: &Intervals) -> (Day, ForecastReason) {
        let person = self.run.person;
        let by_age = age.min.map(|min| person.at(min)).unwrap_or(person.patient.birth);
        let mut latest = (by_age, ForecastReason::ByAge);
        let mut consider = |day: Option<Day>, reason| {
            if day.is_some_and(|day| day > latest.0) {
                latest = (day.unwrap_or(latest.0), reason);
            }
        };
        consider(intervals.min, ForecastReason::ByInterval);
        consider(self.conflict_end(), ForecastReason::ByConflict);
        consider(self.target.season.map(|season| season.start), ForecastReason::BySeason);
        let last = self.before.iter().rposition(|evaluation| {
            evaluation.target.is_some() || evaluation.reasons.has(EvaluationReason::Inadvertent)
        });
        let last = last.map(|position| self.run.record(position).dose.date);
        consider(last, ForecastReason::ByLastDose);
        latest
    }

    /// CALCDTCONFLICT-3, the latest.
    fn conflict_end(&self) -> Option<Day> {
        if self.conflicts.is_empty() {
            return None;
        }
        let history = self.run.person.history.iter().filter(|record| record.conflicting);
        let ends = history.filter_map(|record| {
            let same = |(previous, _): &&(crate::codes::Cvx, Span)| *previous == record.dose.cvx;
            self.conflicts.iter().find(same).map(|(_, end)| record.dose.date + *end)
        });
        ends.max()
    }

    /// FORECASTDT-1 to FORECASTDT-6.
    fn dates(&self, age: &Age, by: &Intervals, earliest: Day, max: Option<Day>) -> Dates {
        let at = |age: Option<Span>| age.map(|age| self.run.person.at(age));
        let recommended = at(age.earliest).or(by.earliest).unwrap_or(earliest);
        let past_due = at(age.latest).or(by.latest).map(Day::before);
        Dates {
            earliest,
            recommended: recommended.max(earliest),
            past_due: past_due.map(|day| day.max(earliest)),
            latest: max.map(Day::before),
            unadjusted_recommended: recommended,
            unadjusted_past_due: past_due,
        }
    }

    /// FORECASTDN-1
    fn number(&self) -> u16 {
        let counted = self.work.satisfied.iter().filter(|(target, position)| {
            let season = self.series.doses[usize::from(*target)].season;
            let date = self.run.record(usize::from(*position)).dose.date;
            season.is_none_or(|season| date >= season.start)
        });
        counted.count() as u16 + 1
    }

    /// FORECASTPRIORITY-1
    fn priority(&self) -> bool {
        self.in_effect().next().is_some() && self.in_effect().all(|interval| interval.priority)
    }

    /// FORECASTRECVAC-1
    fn vaccines(&self, dates: &Dates) -> u64 {
        let (person, antigen) = (self.run.person, self.run.antigen);
        let mut found = 0;
        for (place, vaccine) in self.target.preferable.iter().enumerate().take(64) {
            let ages = vaccine.ages;
            let fits = |day| person.within(ages.begin, ages.end, day);
            if vaccine.forecast
                && (fits(dates.earliest) || fits(dates.recommended))
                && !need::vaccine_contraindicated(person, antigen, ages.cvx, person.on)
            {
                found |= 1 << place;
            }
        }
        found
    }
}

/// The latest dates of all intervals.
#[derive(Default)]
struct Intervals {
    min: Option<Day>,
    earliest: Option<Day>,
    latest: Option<Day>,
}

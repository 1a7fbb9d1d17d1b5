//! Selection of the best patient series (chapter 8).

use super::{Run, score};
use crate::assessment::{Evaluation, EvaluationStatus, PatientSeries, SeriesStatus, Standing};
use crate::supporting::{Select, Series, SeriesType};

/// SELECTB-6
pub(super) fn complete(series: &PatientSeries) -> bool {
    series.forecast.status == SeriesStatus::Complete
}

/// SELECTB-16
pub(super) fn in_process(series: &PatientSeries) -> bool {
    series.valid > 0 && series.forecast.status == SeriesStatus::NotComplete
}

/// A series group of an antigen.
pub(super) struct Group<'a> {
    pub(super) run: &'a Run<'a>,
    pub(super) all: &'a [PatientSeries],
    pub(super) evaluations: &'a [Evaluation],
}

impl<'a> Group<'a> {
    pub(super) fn series(&self, index: usize) -> &'a Series {
        &self.run.antigen.series[usize::from(self.all[index].series)]
    }

    pub(super) fn select(&self, index: usize) -> &'a Select {
        &self.series(index).select
    }

    pub(super) fn evaluations(&self, index: usize) -> &'a [Evaluation] {
        let range = &self.all[index].evaluations;
        &self.evaluations[range.start as usize..range.end as usize]
    }

    /// SELECTB-24
    fn candidate(&self, index: usize) -> bool {
        let contraindicated =
            |it: &PatientSeries| it.forecast.status == SeriesStatus::Contraindicated;
        !contraindicated(&self.all[index]) || self.all.iter().all(contraindicated)
    }

    /// SELECTSCORE-2
    fn scorable(&self, index: usize) -> bool {
        let series = &self.all[index];
        match series.kind {
            SeriesType::EvaluationOnly => complete(series),
            SeriesType::Risk => {
                let mut priorities = (0..self.all.len()).map(|it| self.select(it).priority);
                let priority = self.select(index).priority;
                priorities.all(|other| priority <= other) && self.candidate(index)
            }
            SeriesType::Standard => {
                let first_valid = self
                    .evaluations(index)
                    .iter()
                    .position(|evaluation| evaluation.status == EvaluationStatus::Valid);
                let started = first_valid.is_some_and(|position| {
                    let date = self.run.record(position).dose.date;
                    let max = self.select(index).max_age;
                    max.is_none_or(|max| date < self.run.person.at(max))
                });
                let nothing_yet = self.all.iter().all(|it| it.valid == 0)
                    && (0..self.all.len()).all(|it| !self.select(it).default);
                (started || nothing_yet) && self.candidate(index)
            }
        }
    }

    /// Tables 8-3 and 8-5: the prioritized patient series of those scorable.
    fn prioritized(&self, scorable: &[usize]) -> Option<usize> {
        // One series is the default; of several (WHO has them) the one that is preferred.
        let defaults = (0..self.all.len()).filter(|it| self.select(*it).default);
        let default = defaults.min_by_key(|it| self.select(*it).preference.unwrap_or(u8::MAX));
        match scorable {
            [] => return default,
            [one] => return Some(*one),
            _ => {}
        }
        let of = |test: fn(&PatientSeries) -> bool| -> Vec<usize> {
            scorable.iter().copied().filter(|it| test(&self.all[*it])).collect()
        };
        let (completes, in_processes) = (of(complete), of(in_process));
        match (&completes[..], &in_processes[..]) {
            ([one], _) | ([], [one]) => Some(*one),
            ([], []) => default.or_else(|| score::best(self, scorable, score::Rules::NoValidDoses)),
            ([], some) => score::best(self, some, score::Rules::InProcess),
            (some, _) => score::best(self, some, score::Rules::Complete),
        }
    }
}

/// 8.1 to 8.7 for the patient series of a series group.
pub(super) fn prioritize(run: &Run<'_>, all: &mut [PatientSeries], evaluations: &[Evaluation]) {
    let group = Group { run, all, evaluations };
    let scorable: Vec<usize> = (0..all.len()).filter(|it| group.scorable(*it)).collect();
    let prioritized = group.prioritized(&scorable);
    for index in scorable {
        all[index].standing = Standing::Scorable;
    }
    if let Some(index) = prioritized {
        all[index].standing = Standing::Prioritized;
    }
}

/// Table 8-14 for the prioritized patient series of an antigen.
pub(super) fn best(run: &Run<'_>, all: &mut [PatientSeries]) {
    let series = |it: &PatientSeries| &run.antigen.series[usize::from(it.series)];
    let mut best = 0u128;
    for (index, one) in all.iter().enumerate() {
        if one.standing != Standing::Prioritized {
            continue;
        }
        let equivalent = |test: &dyn Fn(&PatientSeries) -> bool| {
            all.iter().any(|other| {
                other.standing == Standing::Prioritized
                    && series(one).equivalent.contains(&series(other).select.group)
                    && test(other)
            })
        };
        let is_best = complete(one)
            || !equivalent(&complete)
                && match one.kind {
                    SeriesType::EvaluationOnly => false,
                    SeriesType::Risk => true,
                    SeriesType::Standard => !equivalent(&|it| it.kind == SeriesType::Risk),
                };
        best |= u128::from(is_best) << index;
    }
    for (index, one) in all.iter_mut().enumerate() {
        if best & (1 << index) != 0 {
            one.standing = Standing::Best;
        }
    }
}

//! Vaccine groups (chapter 9).

use super::Person;
use crate::assessment::{
    Assessment, Dates, Forecast, GroupForecast, PatientSeries, SeriesStatus, Standing,
};
use crate::date::Day;
use crate::programme::GroupIndex;
use crate::supporting::SeriesType;

/// FORECASTVG-1: one forecast for each vaccine group and series group with a best patient series.
/// Series of one type only are blended.
pub(super) fn forecasts(person: &Person<'_>, assessment: &Assessment) -> Vec<GroupForecast> {
    let mut found: Vec<GroupForecast> = Vec::with_capacity(person.programme.groups.len());
    let best = assessment.series.iter().enumerate();
    let best: Vec<_> = best.filter(|(_, series)| series.standing == Standing::Best).collect();
    for (number, index) in person.programme.groups.iter().enumerate() {
        let start = found.len();
        for (place, series) in best.iter().copied() {
            if !index.antigens.contains(&series.antigen) {
                continue;
            }
            let antigen = person.programme.antigen(series.antigen);
            let select = &antigen.series[usize::from(series.series)].select;
            let series_group = select.group;
            let begun = series.valid > 0 || person.within(select.min_age, None, person.on);
            let kind = kind(person, series, series_group);
            let same = found[start..].iter_mut();
            let mut same = same.filter(|it| it.series_group == series_group && it.kind == kind);
            match same.next() {
                Some(forecast) => {
                    forecast.begun |= begun;
                    forecast.contained.push(place as u16);
                }
                None => found.push(GroupForecast {
                    group: number as u8,
                    series_group,
                    kind,
                    begun,
                    status: series.forecast.status,
                    number: None,
                    dates: None,
                    contained: vec![place as u16],
                }),
            }
        }
        for forecast in &mut found[start..] {
            fill(person, assessment, index, forecast);
        }
    }
    found
}

/// A series that is for evaluation only is blended with the type that its series group has.
fn kind(person: &Person<'_>, series: &PatientSeries, group: u8) -> SeriesType {
    if series.kind != SeriesType::EvaluationOnly {
        return series.kind;
    }
    let groups = &person.programme.antigens[usize::from(series.antigen)].groups;
    let risk = groups.iter().any(|it| it.number == group && it.has_risk);
    if risk { SeriesType::Risk } else { SeriesType::Standard }
}

fn fill(
    person: &Person<'_>,
    assessment: &Assessment,
    index: &GroupIndex,
    group: &mut GroupForecast,
) {
    let contained = group.contained.iter();
    let contained = contained.map(|place| &assessment.series[usize::from(*place)].forecast);
    let multiple = index.antigens.len() > 1;
    if multiple {
        group.status = status(index, contained.clone().map(|forecast| forecast.status));
    }
    if group.status != SeriesStatus::NotComplete {
        return;
    }
    let dated = contained.filter_map(|forecast| Some((forecast, forecast.dates?)));
    let numbers = dated.clone().map(|(forecast, _)| forecast.number);
    // FORECASTDN-2
    group.number = if index.full { numbers.min() } else { numbers.max() };
    let earliest = if multiple {
        earliest(person, index, dated.clone())
    } else {
        dated.clone().map(|(_, dates)| dates.earliest).min() // SINGLEANTVG-2
    };
    let Some(earliest) = earliest else { return };
    group.dates = blend(earliest, dated.map(|(_, dates)| dates));
}

/// FORECASTVG-2 to FORECASTVG-6
fn blend(earliest: Day, dated: impl Iterator<Item = Dates> + Clone) -> Option<Dates> {
    Some(Dates {
        earliest,
        recommended: dated.clone().map(|dates| dates.recommended).min()?.max(earliest),
        past_due: dated.clone().filter_map(|dates| dates.past_due).min().map(|it| it.max(earliest)),
        latest: dated.clone().filter_map(|dates| dates.latest).min(),
        unadjusted_recommended: dated.clone().map(|dates| dates.unadjusted_recommended).min()?,
        unadjusted_past_due: dated.filter_map(|dates| dates.unadjusted_past_due).min(),
    })
}

/// Table 9-4, but for one thing: where the group need not be administered in full, an antigen that
/// is contraindicated does not keep the others from being recommended (FORECASTVG-8). Who must not
/// have pertussis vaccine still needs tetanus vaccine.
fn status(index: &GroupIndex, all: impl Iterator<Item = SeriesStatus> + Clone) -> SeriesStatus {
    use SeriesStatus::{AgedOut, Complete, Contraindicated, Immune, NotComplete, NotRecommended};
    let any = |status| all.clone().any(|it| it == status);
    if !index.full && any(Contraindicated) && any(NotComplete) {
        return NotComplete;
    }
    let ranked = [Contraindicated, AgedOut, NotRecommended, NotComplete];
    let found = ranked.into_iter().find(|status| any(*status));
    found.unwrap_or_else(|| if all.clone().all(|it| it == Immune) { Immune } else { Complete })
}

/// MULTIANTVG-1
fn earliest<'a>(
    person: &Person<'_>,
    index: &GroupIndex,
    dated: impl Iterator<Item = (&'a Forecast, Dates)> + Clone,
) -> Option<Day> {
    let days = dated.clone().map(|(_, dates)| dates.earliest);
    if !dated.clone().any(|(forecast, _)| forecast.priority) {
        return days.max();
    }
    let of_group = person.history.iter().rev().find(|record| {
        let antigens = person.programme.associations(record.dose.cvx).iter();
        antigens.into_iter().any(|it| index.antigens.contains(&it.antigen))
    });
    let last = of_group.map_or(Day::BEGINNING, |record| record.dose.date);
    Some(days.min()?.max(last))
}

//! Whether supporting data make sense, before anything is computed from them.

use crate::codes::Cvx;
use crate::date::{Day, Span};
use crate::error::LoadError;
use crate::programme::SeriesGroup;
use crate::supporting::{Antigen, Condition, From, Series, SeriesDose, SeriesType, SupportingData};

/// Antigens of a programme.
const MOST_ANTIGENS: usize = 200;
/// Series of an antigen.
const MOST_SERIES: usize = 100;
/// Doses of a series: a bit each.
const MOST_DOSES: usize = 64;
/// Associations and conflicts of vaccine types.
const MOST_PAIRS: usize = 60_000;
/// Antigens of a vaccine type, and series groups.
const MOST_GROUPS: usize = 100;
/// A birth to check ages with.
const BIRTH: (i32, u8, u8) = (2000, 1, 1);

pub(crate) fn check(data: &SupportingData) -> Result<(), LoadError> {
    at_most("programme", "antigens", data.antigens.len(), MOST_ANTIGENS)?;
    at_most("schedule", "vaccine groups", data.schedule.groups.len(), MOST_ANTIGENS)?;
    at_most("schedule", "conflicts", data.schedule.conflicts.len(), MOST_PAIRS)?;
    let associations = data.schedule.vaccines.iter().map(|vaccine| vaccine.antigens.len()).sum();
    at_most("schedule", "associations", associations, MOST_PAIRS)?;
    for (number, antigen) in data.antigens.iter().enumerate() {
        if data.antigens[..number].iter().any(|other| other.name == antigen.name) {
            return Err(LoadError::Twice { antigen: antigen.name.clone() });
        }
        check_antigen(antigen, data)?;
    }
    let known = |name: &str| data.antigens.iter().any(|antigen| antigen.name == name);
    for group in &data.schedule.groups {
        if let Some(antigen) = group.antigens.iter().find(|name| !known(name)) {
            let named_by = "the map of vaccine groups";
            return Err(LoadError::NoAntigen { named_by, antigen: antigen.clone() });
        }
    }
    for vaccine in &data.schedule.vaccines {
        let place = format!("vaccine type {}", vaccine.cvx);
        code(&place, vaccine.cvx)?;
        at_most(&place, "antigens", vaccine.antigens.len(), MOST_GROUPS)?;
        for (antigen, begin, end) in &vaccine.antigens {
            if !known(antigen) {
                let named_by = "the map of vaccine types";
                return Err(LoadError::NoAntigen { named_by, antigen: antigen.clone() });
            }
            ordered(&place, "association ages", &[*begin, *end])?;
        }
    }
    data.schedule.conflicts.iter().try_for_each(|conflict| {
        code("conflict", conflict.current)?;
        let (begin, end) = (Some(conflict.begin), Some(conflict.end));
        ordered("conflict", "conflict intervals", &[begin, Some(conflict.min_end)])?;
        ordered("conflict", "conflict intervals", &[begin, end])
    })
}

fn code(place: &str, cvx: Cvx) -> Result<(), LoadError> {
    let most = usize::from(Cvx::LIMIT);
    at_most(place, "vaccine types", usize::from(cvx.0) + 1, most)
}

fn at_most(place: &str, what: &'static str, count: usize, most: usize) -> Result<(), LoadError> {
    let place = place.to_owned();
    if count > most { Err(LoadError::TooMany { place, what, most }) } else { Ok(()) }
}

fn check_antigen(antigen: &Antigen, data: &SupportingData) -> Result<(), LoadError> {
    let place = &antigen.name;
    if antigen.series.is_empty() {
        return Err(LoadError::Empty { place: place.clone(), what: "series" });
    }
    at_most(place, "series", antigen.series.len(), MOST_SERIES)?;
    for item in &antigen.contraindications {
        ordered(place, "contraindication ages", &[item.begin, item.end])?;
        for vaccine in item.vaccines.iter().flatten() {
            ordered(place, "contraindication ages", &[vaccine.begin, vaccine.end])?;
        }
    }
    for series in &antigen.series {
        let place = format!("{}, {}", antigen.name, series.name);
        at_most(&place, "series groups", usize::from(series.select.group), MOST_GROUPS)?;
        let listed = data.schedule.groups.iter().any(|group| {
            group.name == series.vaccine_group && group.antigens.contains(&antigen.name)
        });
        if !listed {
            return Err(LoadError::NoGroup { place, group: series.vaccine_group.clone() });
        }
        check_series(series, &place)?;
        let known = |group: &u8| antigen.series.iter().any(|it| it.select.group == *group);
        if series.equivalent.iter().any(|group| !known(group)) {
            return Err(LoadError::Empty { place, what: "series of an equivalent series group" });
        }
    }
    Ok(())
}

fn check_series(series: &Series, place: &str) -> Result<(), LoadError> {
    if series.doses.is_empty() {
        return Err(LoadError::Empty { place: place.to_owned(), what: "doses" });
    }
    at_most(place, "doses", series.doses.len(), MOST_DOSES)?;
    ordered(place, "ages to start", &[series.select.min_age, series.select.max_age])?;
    in_order(place, "days of birth", series.born.from, series.born.to)?;
    for indication in &series.indications {
        ordered(place, "indication ages", &[indication.begin, indication.end])?;
    }
    for (number, dose) in series.doses.iter().enumerate() {
        check_dose(dose, series.doses.len(), &format!("{place}, dose {}", number + 1))?;
    }
    Ok(())
}

fn check_dose(dose: &SeriesDose, doses: usize, place: &str) -> Result<(), LoadError> {
    for age in &dose.ages {
        ordered(place, "ages", &[age.absolute_min, age.min, age.max])?;
        ordered(place, "recommended ages", &[age.min, age.earliest, age.max])?;
        ordered(place, "recommended ages", &[age.earliest, age.latest])?;
        in_order(place, "effective dates", age.effect.from, age.effect.to)?;
    }
    for interval in dose.intervals.iter().chain(&dose.allowable_intervals) {
        ordered(place, "intervals", &[interval.absolute_min, interval.min, interval.earliest])?;
        ordered(place, "recommended intervals", &[interval.earliest, interval.latest])?;
        in_order(place, "effective dates", interval.effect.from, interval.effect.to)?;
        if let From::Target(number) = interval.from
            && (number == 0 || usize::from(number) > doses)
        {
            return Err(LoadError::Empty { place: place.to_owned(), what: "dose of an interval" });
        }
    }
    let preferable = dose.preferable.iter().map(|vaccine| vaccine.ages);
    for ages in preferable.chain(dose.allowable.iter().copied()) {
        code(place, ages.cvx)?;
        ordered(place, "vaccine ages", &[ages.begin, ages.end])?;
    }
    if let Some(season) = dose.season {
        in_order(place, "season", Some(season.start), Some(season.end))?;
    }
    let sets = dose.skips.iter().flat_map(|skip| &skip.sets);
    for condition in sets.flat_map(|set| &set.conditions) {
        match condition {
            Condition::Age { begin, end } => ordered(place, "skip ages", &[*begin, *end])?,
            Condition::Count(count) => {
                ordered(place, "skip ages", &[count.begin, count.end])?;
                in_order(place, "skip dates", count.start, count.until)?;
            }
            Condition::Interval(span) => ordered(place, "skip interval", &[Some(*span)])?,
            Condition::Completed { .. } => {}
        }
    }
    Ok(())
}

/// Whether spans that are there come one after the other, none before birth and none absurd.
fn ordered(place: &str, what: &'static str, spans: &[Option<Span>]) -> Result<(), LoadError> {
    let (year, month, day) = BIRTH;
    let birth = crate::date::Civil { year, month, day };
    let mut last = birth.day();
    for span in spans.iter().flatten() {
        let day = if span.is_sane() { birth + *span } else { Day::BEGINNING };
        if day < last {
            let (first, second) = (last.to_string(), day.to_string());
            return Err(LoadError::Impossible { place: place.into(), what, first, second });
        }
        last = day;
    }
    Ok(())
}

/// Whether days that are there come one after the other.
fn in_order(
    place: &str,
    what: &'static str,
    first: Option<Day>,
    second: Option<Day>,
) -> Result<(), LoadError> {
    match (first, second) {
        (Some(first), Some(second)) if second < first => {
            let (first, second) = (first.to_string(), second.to_string());
            Err(LoadError::Impossible { place: place.into(), what, first, second })
        }
        _ => Ok(()),
    }
}

/// Groups of series; one whose skips look at another's completeness comes after it.
pub(crate) fn series_groups(antigen: &Antigen) -> Result<Vec<SeriesGroup>, LoadError> {
    let mut numbers: Vec<u8> = antigen.series.iter().map(|series| series.select.group).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let needs = |number: u8| {
        let of_group = antigen.series.iter().filter(move |it| it.select.group == number);
        let skips = of_group.flat_map(|series| &series.doses).flat_map(|dose| &dose.skips);
        let conditions = skips.flat_map(|skip| &skip.sets).flat_map(|set| &set.conditions);
        let groups = conditions.filter_map(|condition| match condition {
            Condition::Completed { groups } => Some(groups),
            _ => None,
        });
        groups.flatten().copied().collect::<Vec<u8>>()
    };
    let mut done: Vec<u8> = Vec::new();
    let place = || antigen.name.clone();
    while done.len() < numbers.len() {
        let waiting = numbers.iter().copied().filter(|number| !done.contains(number));
        let mut waiting = waiting.map(|number| (number, needs(number)));
        let next = waiting.find(|(_, needs)| needs.iter().all(|need| done.contains(need)));
        let Some((next, _)) = next else {
            let known = |need: &u8| numbers.contains(need);
            let missing = numbers.iter().any(|number| !needs(*number).iter().all(known));
            return Err(if missing {
                LoadError::Empty { place: place(), what: "series of a group that a skip names" }
            } else {
                LoadError::CyclicSkip { place: place() }
            });
        };
        done.push(next);
    }
    let group = |number: u8| {
        let of_group = antigen.series.iter().enumerate();
        let of_group = of_group.filter(|(_, series)| series.select.group == number);
        SeriesGroup {
            number,
            has_risk: of_group.clone().any(|(_, series)| series.kind == SeriesType::Risk),
            series: of_group.map(|(index, _)| index as u8).collect(),
        }
    };
    Ok(done.into_iter().map(group).collect())
}

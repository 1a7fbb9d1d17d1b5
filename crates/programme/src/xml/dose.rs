//! A dose of a series.

use std::cmp::Ordering;

use roxmltree::Node;

use super::antigen::vaccine_ages;
use super::{At, child, children, cvx, small, string, text};
use crate::codes::{CodeSet, Mvx, ObservationCode};
use crate::date::Day;
use crate::error::LoadError;
use crate::supporting::{
    Age, Condition, Context, Count, Effect, From, Interval, Season, SeriesDose, Skip, SkipSet,
    Vaccine,
};

pub(super) fn read(node: Node<'_, '_>, at: &At<'_>) -> Result<SeriesDose, LoadError> {
    let mut dose = SeriesDose {
        id: string(node, "doseNumber"),
        recurring: at.flag(node, "recurringDose")?,
        ..Default::default()
    };
    for node in children(node, "age").filter(|node| filled(*node)) {
        dose.ages.push(age(node, at)?);
    }
    for node in children(node, "interval") {
        dose.intervals.extend(interval(node, at)?);
    }
    for node in children(node, "allowableInterval") {
        dose.allowable_intervals.extend(interval(node, at)?);
    }
    for node in children(node, "preferableVaccine") {
        dose.preferable.extend(vaccine(node, at)?);
    }
    for node in children(node, "allowableVaccine") {
        dose.allowable.extend(vaccine_ages(node, at)?);
    }
    for node in children(node, "inadvertentVaccine") {
        if let Some(code) = at.value(node, "cvx", cvx)? {
            dose.inadvertent.insert(code);
        }
    }
    for node in children(node, "conditionalSkip") {
        dose.skips.extend(skip(node, at)?);
    }
    for node in children(node, "seasonalRecommendation").filter(|node| filled(*node)) {
        let start = at.day(node, "startDate")?.unwrap_or(Day::BEGINNING);
        let end = at.day(node, "endDate")?.unwrap_or(Day::END);
        dose.season = Some(Season { start, end });
    }
    Ok(dose)
}

/// Whether an element has text anywhere inside.
fn filled(node: Node<'_, '_>) -> bool {
    node.descendants().any(|node| node.is_element() && super::own_text(node).is_some())
}

fn effect(node: Node<'_, '_>, at: &At<'_>) -> Result<Effect, LoadError> {
    Ok(Effect { from: at.day(node, "effectiveDate")?, to: at.day(node, "cessationDate")? })
}

fn age(node: Node<'_, '_>, at: &At<'_>) -> Result<Age, LoadError> {
    Ok(Age {
        absolute_min: at.span(node, "absMinAge")?,
        min: at.span(node, "minAge")?,
        earliest: at.span(node, "earliestRecAge")?,
        latest: at.span(node, "latestRecAge")?,
        max: at.span(node, "maxAge")?,
        effect: effect(node, at)?,
    })
}

fn interval(node: Node<'_, '_>, at: &At<'_>) -> Result<Option<Interval>, LoadError> {
    if !filled(node) {
        return Ok(None);
    }
    let most_recent = at.codes(node, "fromMostRecent")?;
    let observation = match child(node, "fromRelevantObs") {
        Some(node) => at.value(node, "code", ObservationCode::parse)?,
        None => None,
    };
    let target = at.value(node, "fromTargetDose", small)?;
    let from = if at.flag(node, "fromPrevious")? {
        From::Previous
    } else if let Some(target) = target {
        From::Target(target)
    } else if !most_recent.is_empty() {
        From::MostRecent(most_recent)
    } else if let Some(code) = observation {
        From::Observation(code)
    } else {
        return Err(at.missing("fromPrevious"));
    };
    let priority = |text: &str| match text.to_ascii_lowercase().as_str() {
        "override" | "y" | "yes" => Some(true),
        "n" | "no" => Some(false),
        _ => None,
    };
    Ok(Some(Interval {
        from,
        absolute_min: at.span(node, "absMinInt")?,
        min: at.span(node, "minInt")?,
        earliest: at.span(node, "earliestRecInt")?,
        latest: at.span(node, "latestRecInt")?,
        priority: at.value(node, "intervalPriority", priority)?.unwrap_or(false),
        effect: effect(node, at)?,
    }))
}

fn vaccine(node: Node<'_, '_>, at: &At<'_>) -> Result<Option<Vaccine>, LoadError> {
    let Some(ages) = vaccine_ages(node, at)? else { return Ok(None) };
    Ok(Some(Vaccine {
        ages,
        trade_name: string(node, "tradeName"),
        mvx: at.value(node, "mvx", Mvx::parse)?,
        volume: at.value(node, "volume", hundredths)?,
        forecast: at.flag(node, "forecastVaccineType")?,
    }))
}

/// "0.25" as 25.
fn hundredths(text: &str) -> Option<u16> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digit = |place: usize| match part.as_bytes().get(place) {
        None => Some(0),
        Some(byte) => byte.is_ascii_digit().then(|| u16::from(byte - b'0')),
    };
    let whole: u16 = whole.parse().ok().filter(|whole| *whole < 600)?;
    Some(whole * 100 + digit(0)? * 10 + digit(1)?)
}

/// "AND" is all; "OR", nothing and "n/a" (a single one) are any.
fn all(node: Node<'_, '_>, element: &'static str, at: &At<'_>) -> Result<bool, LoadError> {
    let logic = |text: &str| match text.to_ascii_lowercase().as_str() {
        "and" => Some(true),
        "or" => Some(false),
        _ => None,
    };
    Ok(at.value(node, element, logic)?.unwrap_or(false))
}

fn skip(node: Node<'_, '_>, at: &At<'_>) -> Result<Option<Skip>, LoadError> {
    let context = |text: &str| match text.to_ascii_lowercase().as_str() {
        "evaluation" => Some(Context::Evaluation),
        "forecast" => Some(Context::Forecast),
        "both" => Some(Context::Both),
        _ => None,
    };
    let Some(context) = at.value(node, "context", context)? else { return Ok(None) };
    let mut sets = Vec::new();
    for node in children(node, "set") {
        let at = at.inside("conditional skip");
        let conditions = children(node, "condition").filter(|node| filled(*node));
        sets.push(SkipSet {
            text: string(node, "setDescription"),
            all: all(node, "conditionLogic", &at)?,
            effect: effect(node, &at)?,
            conditions: conditions.map(|it| condition(it, &at)).collect::<Result<_, _>>()?,
        });
    }
    Ok(Some(Skip { context, all: all(node, "setLogic", at)?, sets }))
}

fn condition(node: Node<'_, '_>, at: &At<'_>) -> Result<Condition, LoadError> {
    let kind = text(node, "conditionType").ok_or_else(|| at.missing("conditionType"))?;
    match kind.to_ascii_lowercase().as_str() {
        "age" => {
            Ok(Condition::Age { begin: at.span(node, "beginAge")?, end: at.span(node, "endAge")? })
        }
        "completed series" => {
            let list = text(node, "seriesGroups").ok_or_else(|| at.missing("seriesGroups"))?;
            let numbers = list.split([';', ',']).map(|number| small(number.trim()));
            let groups: Option<_> = numbers.collect();
            let groups = groups.ok_or_else(|| at.bad("seriesGroups", list))?;
            Ok(Condition::Completed { groups })
        }
        "interval" => {
            let span = at.span(node, "interval")?.ok_or_else(|| at.missing("interval"))?;
            Ok(Condition::Interval(span))
        }
        "vaccine count by age"
        | "vaccine count by date"
        | "vaccine count by date and age"
        | "vaccine count by age and date" => count(node, at).map(Condition::Count),
        _ => Err(at.bad("conditionType", kind)),
    }
}

fn count(node: Node<'_, '_>, at: &At<'_>) -> Result<Count, LoadError> {
    let logic = |text: &str| match text.to_ascii_lowercase().as_str() {
        "greater than" => Some(Ordering::Greater),
        "equal to" | "equal" => Some(Ordering::Equal),
        "less than" => Some(Ordering::Less),
        _ => None,
    };
    let valid = |text: &str| match text.to_ascii_lowercase().as_str() {
        "valid" => Some(true),
        "total" => Some(false),
        _ => None,
    };
    let vaccines: CodeSet = at.codes(node, "vaccineTypes")?;
    Ok(Count {
        begin: at.span(node, "beginAge")?,
        end: at.span(node, "endAge")?,
        start: at.day(node, "startDate")?,
        until: at.day(node, "endDate")?,
        vaccines,
        valid: at.need(node, "doseType", valid)?,
        logic: at.need(node, "doseCountLogic", logic)?,
        count: at.need(node, "doseCount", |text| text.parse().ok())?,
    })
}

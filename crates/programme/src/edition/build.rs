//! A sheet becomes supporting data.

use std::cmp::Ordering;

use super::layer::{repeated, unknown};
use super::text::{
    AgeText, AntigenText, ApartText, BornText, ContextText, ContraindicationText, DoseText,
    IntervalText, KindText, SeriesText, Sheet, SkipText, UseText, VaccineText,
};
use super::{STATES, VACCINES};
use crate::codes::{CodeSet, Cvx, ObservationCode};
use crate::date::{Day, Span};
use crate::error::LoadError;
use crate::patient::Gender;
use crate::supporting::{
    Age, Antigen, CodedObservation, Condition, Conflict, Context, Contraindication, Count, Effect,
    From, Immunity, Indication, Interval, Schedule, Select, Series, SeriesDose, SeriesType, Skip,
    SkipSet, SupportingData, Vaccine, VaccineAges, VaccineAntigens, VaccineGroup,
};

/// Code system of CVX codes.
const CVX: &str = "http://hl7.org/fhir/sid/cvx";

/// Where the reader is: the sheet for what is named, the place for errors.
#[derive(Clone)]
struct At<'a> {
    sheet: &'a Sheet,
    place: String,
}

impl At<'_> {
    fn inside(&self, place: &str) -> Self {
        Self { sheet: self.sheet, place: format!("{}, {place}", self.place) }
    }

    fn span(&self, what: &'static str, text: Option<&str>) -> Result<Option<Span>, LoadError> {
        let Some(text) = text else { return Ok(None) };
        Span::parse(text).map(Some).ok_or_else(|| unreadable(&self.place, what, text))
    }

    fn vaccine(&self, code: &str) -> Result<Cvx, LoadError> {
        let found = self.sheet.vaccine.iter().find(|vaccine| vaccine.code == code);
        found
            .map(|vaccine| Cvx(vaccine.number))
            .ok_or_else(|| unknown(&self.place, "vaccine type", code))
    }

    fn codes(&self, codes: &[String]) -> Result<CodeSet, LoadError> {
        let mut set = CodeSet::default();
        for code in codes {
            set.insert(self.vaccine(code)?);
        }
        Ok(set)
    }

    fn observation(&self, key: &str) -> Result<ObservationCode, LoadError> {
        let found = self.sheet.observation.iter().find(|it| it.key == key);
        found
            .map(|it| ObservationCode(it.code))
            .ok_or_else(|| unknown(&self.place, "observation", key))
    }

    fn source(&self, key: &str) -> Result<(), LoadError> {
        let known = self.sheet.sources.contains_key(key);
        if known { Ok(()) } else { Err(unknown(&self.place, "source", key)) }
    }
}

fn unreadable(place: &str, element: &'static str, value: &str) -> LoadError {
    let value = value.chars().take(60).collect();
    LoadError::Figure { place: place.to_owned(), element, value }
}

fn day(place: &str, text: Option<&str>) -> Result<Option<Day>, LoadError> {
    let Some(text) = text else { return Ok(None) };
    Day::parse(text).map(Some).ok_or_else(|| unreadable(place, "day", text))
}

/// Days from and to.
pub(super) fn effect(
    place: &str,
    from: Option<&str>,
    to: Option<&str>,
) -> Result<Effect, LoadError> {
    let found = Effect { from: day(place, from)?, to: day(place, to)? };
    match (found.from, found.to) {
        (Some(from), Some(to)) if to < from => Err(LoadError::Impossible {
            place: place.to_owned(),
            what: "days",
            first: from.to_string(),
            second: to.to_string(),
        }),
        _ => Ok(found),
    }
}

pub(super) fn data(sheet: &Sheet, version: &str) -> Result<SupportingData, LoadError> {
    let at = At { sheet, place: version.to_owned() };
    for (number, vaccine) in sheet.vaccine.iter().enumerate() {
        let mut before = sheet.vaccine[..number].iter();
        if before.any(|it| it.number == vaccine.number || it.code == vaccine.code) {
            return Err(repeated(version, "vaccine type", &vaccine.code));
        }
    }
    if let Some(source) = sheet.edition.as_ref().and_then(|head| head.source.as_deref()) {
        at.source(source)?;
    }
    let antigens = sheet.antigen.iter().map(|text| antigen(text, &at));
    let mut conflicts = Vec::new();
    for text in &sheet.apart {
        apart(text, &at.inside("kept apart"), &mut conflicts)?;
    }
    let groups = sheet.group.iter();
    let observations = sheet.observation.iter();
    Ok(SupportingData {
        version: version.into(),
        antigens: antigens.collect::<Result<_, _>>()?,
        schedule: Schedule {
            conflicts,
            groups: groups
                .map(|it| VaccineGroup {
                    name: it.name.clone(),
                    full: false,
                    antigens: it.antigens.clone(),
                })
                .collect(),
            vaccines: sheet.vaccine.iter().map(vaccine).collect(),
            observations: observations
                .map(|it| CodedObservation {
                    code: ObservationCode(it.code),
                    title: it.title.clone(),
                    coded: vec![(STATES.to_owned(), it.key.clone())],
                })
                .collect(),
        },
    })
}

fn vaccine(text: &VaccineText) -> VaccineAntigens {
    let mut coded = vec![(VACCINES.to_owned(), text.code.clone())];
    coded.extend(text.cvx.iter().map(|code| (CVX.to_owned(), Cvx(*code).to_string())));
    VaccineAntigens {
        cvx: Cvx(text.number),
        name: text.name.clone(),
        coded,
        antigens: text.antigens.iter().map(|name| (name.clone(), None, None)).collect(),
    }
}

fn apart(text: &ApartText, at: &At<'_>, all: &mut Vec<Conflict>) -> Result<(), LoadError> {
    at.source(&text.source)?;
    let missing = |text: &str| unreadable(&at.place, "interval", text);
    let begin = Span::parse(&text.from).ok_or_else(|| missing(&text.from))?;
    let end = Span::parse(&text.to).ok_or_else(|| missing(&text.to))?;
    for previous in &text.previous {
        for current in &text.current {
            let (previous, current) = (at.vaccine(previous)?, at.vaccine(current)?);
            all.push(Conflict { previous, current, begin, min_end: end, end });
        }
    }
    Ok(())
}

fn antigen(text: &AntigenText, at: &At<'_>) -> Result<Antigen, LoadError> {
    let at = at.inside(&text.name);
    let contraindications = text.contraindication.iter().map(|it| contraindication(it, &at));
    let series = text.series.iter().map(|it| series(it, &at));
    Ok(Antigen {
        name: text.name.clone(),
        immunity: Immunity::default(),
        contraindications: contraindications.collect::<Result<_, _>>()?,
        series: series.collect::<Result<_, _>>()?,
    })
}

fn contraindication(
    text: &ContraindicationText,
    at: &At<'_>,
) -> Result<Contraindication, LoadError> {
    at.source(&text.source)?;
    let of = |codes: &Vec<String>| -> Result<Vec<VaccineAges>, LoadError> {
        let ages =
            |code: &String| Ok(VaccineAges { cvx: at.vaccine(code)?, begin: None, end: None });
        codes.iter().map(ages).collect()
    };
    Ok(Contraindication {
        observation: at.observation(&text.observation)?,
        text: text.text.clone(),
        guidance: String::new(),
        begin: None,
        end: None,
        vaccines: text.vaccines.as_ref().map(of).transpose()?,
        precaution: text.precaution,
    })
}

fn series(text: &SeriesText, at: &At<'_>) -> Result<Series, LoadError> {
    let at = at.inside(&text.name);
    at.source(&text.source)?;
    let doses = text.dose.iter().map(|it| dose(it, text, &at.inside(&it.id)));
    let indication = |key: &String| {
        Ok(Indication {
            observation: at.observation(key)?,
            text: String::new(),
            guidance: String::new(),
            begin: None,
            end: None,
        })
    };
    let BornText { from, to } = &text.born;
    Ok(Series {
        name: text.name.clone(),
        vaccine_group: text.group.clone(),
        kind: match text.kind {
            KindText::Standard => SeriesType::Standard,
            KindText::Risk => SeriesType::Risk,
            KindText::EvaluationOnly => SeriesType::EvaluationOnly,
        },
        genders: genders(text, &at)?,
        born: effect(&at.place, from.as_deref(), to.as_deref())?,
        equivalent: text.equivalent.clone(),
        select: Select {
            default: text.default,
            product: text.product,
            group: text.series_group,
            group_name: String::new(),
            priority: 0,
            preference: text.preference,
            min_age: None,
            max_age: None,
        },
        guidance: text.guidance.clone(),
        indications: text.indications.iter().map(indication).collect::<Result<_, _>>()?,
        doses: doses.collect::<Result<_, _>>()?,
    })
}

fn genders(text: &SeriesText, at: &At<'_>) -> Result<Vec<Gender>, LoadError> {
    let gender = |text: &String| match Gender::parse(text) {
        Gender::Unknown => Err(unreadable(&at.place, "gender", text)),
        gender => Ok(gender),
    };
    text.genders.iter().map(gender).collect()
}

fn dose(text: &DoseText, series: &SeriesText, at: &At<'_>) -> Result<SeriesDose, LoadError> {
    if let Some(source) = &text.source {
        at.source(source)?;
    }
    let plain = AgeText {
        min: text.min.clone(),
        recommended: text.recommended.clone(),
        by: text.by.clone(),
        max: text.max.clone().or_else(|| series.max.clone()),
        ..AgeText::default()
    };
    let ages = if text.ages.is_empty() { std::slice::from_ref(&plain) } else { &text.ages };
    let uses = |own: &Option<Vec<UseText>>, of_series: &[UseText]| -> Result<Vec<_>, LoadError> {
        own.as_deref().unwrap_or(of_series).iter().map(|it| used(it, at)).collect()
    };
    let preferable = uses(&text.vaccines, &series.vaccines)?;
    let vaccine = |ages| {
        let (trade_name, mvx, volume) = (String::new(), None, None);
        Vaccine { ages, trade_name, mvx, volume, forecast: true }
    };
    Ok(SeriesDose {
        id: text.id.clone(),
        ages: ages.iter().map(|it| age(it, at)).collect::<Result<_, _>>()?,
        intervals: intervals(text, series, at)?,
        allowable_intervals: Vec::new(),
        preferable: preferable.into_iter().map(vaccine).collect(),
        allowable: uses(&text.allow, &series.allow)?,
        inadvertent: CodeSet::default(),
        skips: text.skip.iter().map(|it| skip(it, at)).collect::<Result<_, _>>()?,
        recurring: text.recurring,
        season: None,
    })
}

fn used(text: &UseText, at: &At<'_>) -> Result<VaccineAges, LoadError> {
    match text {
        UseText::Code(code) => Ok(VaccineAges { cvx: at.vaccine(code)?, begin: None, end: None }),
        UseText::Ages(ages) => Ok(VaccineAges {
            cvx: at.vaccine(&ages.code)?,
            begin: at.span("from", ages.from.as_deref())?,
            end: at.span("to", ages.to.as_deref())?,
        }),
    }
}

/// There is no grace: the minimum age is the absolute one, and the recommended one unless it says.
fn age(text: &AgeText, at: &At<'_>) -> Result<Age, LoadError> {
    let min = at.span("min", text.min.as_deref())?;
    Ok(Age {
        absolute_min: min,
        min,
        earliest: at.span("recommended", text.recommended.as_deref())?.or(min),
        latest: at.span("by", text.by.as_deref())?,
        max: at.span("max", text.max.as_deref())?,
        effect: effect(&at.place, text.from.as_deref(), text.to.as_deref())?,
    })
}

fn intervals(
    text: &DoseText,
    series: &SeriesText,
    at: &At<'_>,
) -> Result<Vec<Interval>, LoadError> {
    let interval = |from, min: Option<Span>, latest| Interval {
        from,
        absolute_min: min,
        min,
        earliest: min,
        latest,
        priority: false,
        effect: Effect::default(),
    };
    let mut found = Vec::new();
    if text.after.is_some() || text.after_by.is_some() {
        let min = at.span("after", text.after.as_deref())?;
        let latest = at.span("after_by", text.after_by.as_deref())?;
        found.push(interval(From::Previous, min, latest));
    }
    for text in &text.intervals {
        let min = at.span("min", Some(&text.min))?;
        let latest = at.span("by", text.by.as_deref())?;
        found.push(interval(reference(text, series, at)?, min, latest));
    }
    Ok(found)
}

fn reference(text: &IntervalText, series: &SeriesText, at: &At<'_>) -> Result<From, LoadError> {
    match (&text.dose, &text.vaccines, &text.observation) {
        (Some(id), None, None) => {
            let place = series.dose.iter().position(|dose| dose.id == *id);
            let number = place.and_then(|place| u8::try_from(place + 1).ok());
            Ok(From::Target(number.ok_or_else(|| unknown(&at.place, "dose", id))?))
        }
        (None, Some(codes), None) => Ok(From::MostRecent(at.codes(codes)?)),
        (None, None, Some(key)) => Ok(From::Observation(at.observation(key)?)),
        _ => Err(unreadable(&at.place, "interval", "not one of dose, vaccines, observation")),
    }
}

/// A skip is one set of conditions that all hold; a dose is passed over where one of its skips
/// does.
fn skip(text: &SkipText, at: &At<'_>) -> Result<Skip, LoadError> {
    let mut conditions = Vec::new();
    let begin = at.span("from", text.from.as_deref())?;
    let end = at.span("to", text.to.as_deref())?;
    if begin.is_some() || end.is_some() {
        conditions.push(Condition::Age { begin, end });
    }
    let vaccines = at.codes(&text.doses)?;
    let counts = [
        text.at_least.map(|least| (Ordering::Greater, least.checked_sub(1))),
        text.fewer_than.map(|most| (Ordering::Less, Some(most))),
    ];
    for (logic, count) in counts.into_iter().flatten() {
        let count = count.ok_or_else(|| unreadable(&at.place, "at_least", "0"))?;
        conditions.push(Condition::Count(Count {
            begin: None,
            end: None,
            start: None,
            until: None,
            vaccines: vaccines.clone(),
            valid: true,
            logic,
            count,
        }));
    }
    if conditions.is_empty() {
        return Err(unreadable(&at.place, "skip", "no condition"));
    }
    let context = match text.context {
        None => Context::Both,
        Some(ContextText::Evaluation) => Context::Evaluation,
        Some(ContextText::Forecast) => Context::Forecast,
    };
    let set = SkipSet { text: String::new(), all: true, effect: Effect::default(), conditions };
    Ok(Skip { context, all: false, sets: vec![set] })
}

//! A workbook of one antigen: a sheet a series, and one of evidence of immunity.

use super::row::{Row, Sheet};
use crate::date::Day;
use crate::error::LoadError;
use crate::patient::Gender;
use crate::supporting::{
    Age, Antigen, Effect, From, Indication, Interval, Season, Select, Series, SeriesDose,
    SeriesType, Vaccine,
};

pub(super) fn read(file: &str, sheets: &[Sheet]) -> Result<Antigen, LoadError> {
    let mut antigen = Antigen::default();
    for sheet in sheets {
        if sheet.is_series() {
            let series = series(sheet, &mut antigen.name)?;
            antigen.series.push(series);
            continue;
        }
        for row in &sheet.rows {
            match row.label() {
                "Clinical History Immunity" => antigen.immunity.history.extend(row.observation(1)?),
                label => return Err(row.wrong(format!("unknown row {label:?}"))),
            }
        }
    }
    if antigen.name.is_empty() {
        let (place, element) = (String::new(), "Target Disease");
        return Err(LoadError::Missing { file: file.to_owned(), place, element });
    }
    Ok(antigen)
}

fn series(sheet: &Sheet, antigen: &mut String) -> Result<Series, LoadError> {
    let mut found = Series {
        name: String::new(),
        vaccine_group: String::new(),
        kind: SeriesType::Standard,
        genders: Vec::new(),
        born: Effect::default(),
        equivalent: Vec::new(),
        select: Select { group: 1, ..Select::default() },
        guidance: Vec::new(),
        indications: Vec::new(),
        doses: Vec::new(),
    };
    for row in &sheet.rows {
        match (row.label(), found.doses.last_mut()) {
            ("Series Dose", _) => {
                let dose = SeriesDose { id: row.required(1)?.to_owned(), ..Default::default() };
                found.doses.push(dose);
            }
            ("Target Disease", _) => target(row, antigen)?,
            (_, None) => of_series(&mut found, row)?,
            (_, Some(dose)) => of_dose(dose, row)?,
        }
    }
    Ok(found)
}

/// All series of a workbook are of one antigen.
fn target(row: &Row, antigen: &mut String) -> Result<(), LoadError> {
    let disease = row.required(1)?;
    if antigen.is_empty() {
        disease.clone_into(antigen);
    }
    if antigen == disease { Ok(()) } else { Err(row.wrong("another antigen in one workbook")) }
}

/// A row before the first dose.
fn of_series(series: &mut Series, row: &Row) -> Result<(), LoadError> {
    match row.label() {
        "Series Name" => row.required(1)?.clone_into(&mut series.name),
        "Vaccine Group" => row.required(1)?.clone_into(&mut series.vaccine_group),
        "Administrative Guidance" => series.guidance.extend(row.cell(1).map(str::to_owned)),
        "Series Type" => series.kind = kind(row)?,
        "Equivalent Series Groups" => {
            let list = |text: &str| text.split(';').map(|it| it.trim().parse().ok()).collect();
            series.equivalent = row.parsed(1, list)?.unwrap_or_default();
        }
        "Gender" | "Required Gender" => match Gender::parse(row.required(1)?) {
            Gender::Unknown => return Err(row.wrong("not a gender")),
            gender => series.genders.push(gender),
        },
        "Select Patient Series" => series.select = select(row)?,
        "Indication" => {
            let observation = row.observation(1)?.ok_or_else(|| row.wrong("no observation"))?;
            series.indications.push(Indication {
                observation,
                text: row.text(2),
                begin: row.span(3)?,
                end: row.span(4)?,
                guidance: row.text(5),
            });
        }
        label => return Err(row.wrong(format!("unknown row {label:?}"))),
    }
    Ok(())
}

fn kind(row: &Row) -> Result<SeriesType, LoadError> {
    match row.required(1)?.to_ascii_lowercase().as_str() {
        "standard" => Ok(SeriesType::Standard),
        "risk" => Ok(SeriesType::Risk),
        "evaluation only" => Ok(SeriesType::EvaluationOnly),
        _ => Err(row.wrong("not a series type")),
    }
}

fn select(row: &Row) -> Result<Select, LoadError> {
    let letter = |text: &str| match text.as_bytes() {
        [letter] if letter.is_ascii_alphabetic() => Some(letter.to_ascii_uppercase() - b'A'),
        _ => None,
    };
    Ok(Select {
        default: row.flag(1)?,
        product: row.flag(2)?,
        group_name: row.text(3),
        group: row.number(4)?.ok_or_else(|| row.wrong("no series group"))?,
        priority: row.parsed(5, letter)?.unwrap_or(0),
        preference: row.number(6)?,
        min_age: row.span(7)?,
        max_age: row.span(8)?,
    })
}

/// A row of a dose.
fn of_dose(dose: &mut SeriesDose, row: &Row) -> Result<(), LoadError> {
    match row.label() {
        "Age" => dose.ages.push(Age {
            absolute_min: row.span(1)?,
            min: row.span(2)?,
            earliest: row.span(3)?,
            latest: row.span(4)?,
            max: row.span(5)?,
            effect: row.effect(6)?,
        }),
        "Preferable Interval" => dose.intervals.extend(interval(row, true)?),
        "Allowable Interval" => dose.allowable_intervals.extend(interval(row, false)?),
        "Preferable Vaccine" => dose.preferable.push(Vaccine {
            ages: row.vaccine_ages(1)?,
            trade_name: row.text(4),
            mvx: None,
            volume: row.parsed(5, hundredths)?,
            forecast: row.flag(6)?,
        }),
        "Allowable Vaccine" => dose.allowable.push(row.vaccine_ages(1)?),
        "Inadvertent Vaccine" => {
            dose.inadvertent.insert(row.vaccine(1)?);
        }
        "Recurring Dose" => dose.recurring = row.flag(1)?,
        "Seasonal Recommendation" => {
            let (start, end) = (row.parsed(1, Day::parse)?, row.parsed(2, Day::parse)?);
            let season =
                Season { start: start.unwrap_or(Day::BEGINNING), end: end.unwrap_or(Day::END) };
            dose.season = (start.is_some() || end.is_some()).then_some(season);
        }
        label => return Err(row.wrong(format!("unknown row {label:?}"))),
    }
    Ok(())
}

/// Millilitres.
fn hundredths(text: &str) -> Option<u16> {
    let millilitres: f64 = text.parse().ok()?;
    (0.0..=600.0).contains(&millilitres).then(|| (millilitres * 100.0).round() as u16)
}

/// From what an interval is measured; `None` in a row of "n/a" only.
fn reference(row: &Row) -> Result<Option<From>, LoadError> {
    let target =
        |text: &str| text.trim_start_matches(|letter: char| !letter.is_ascii_digit()).parse().ok();
    if row.flag(1)? {
        return Ok(Some(From::Previous));
    }
    if let Some(number) = row.parsed(2, target)? {
        return Ok(Some(From::Target(number)));
    }
    let vaccines = row.vaccines(3)?;
    if !vaccines.is_empty() {
        return Ok(Some(From::MostRecent(vaccines)));
    }
    if let Some(code) = row.observation(4)? {
        return Ok(Some(From::Observation(code)));
    }
    match row.cell(1) {
        Some(_) => Err(row.wrong("it is not said from what the interval is measured")),
        None => Ok(None),
    }
}

/// A preferable interval; an allowable one has an absolute minimum only.
fn interval(row: &Row, preferable: bool) -> Result<Option<Interval>, LoadError> {
    let Some(from) = reference(row)? else { return Ok(None) };
    let span = |place| if preferable { row.span(place) } else { Ok(None) };
    Ok(Some(Interval {
        from,
        absolute_min: row.span(5)?,
        min: span(6)?,
        earliest: span(7)?,
        latest: span(8)?,
        priority: preferable && row.cell(9).is_some(),
        effect: row.effect(if preferable { 10 } else { 6 })?,
    }))
}

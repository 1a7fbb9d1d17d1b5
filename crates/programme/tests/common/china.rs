//! China's programme in tests: days as ages, doses and states as words.
#![allow(dead_code, reason = "each test file uses its own part")]

use hutong_programme::edition::{STATES, VACCINES};
use hutong_programme::{
    Assessment, Cvx, Day, Dose, Edition, Editions, Gender, GroupForecast, Observation, Patient,
    Programme, Span,
};

/// The built-in editions.
pub fn editions() -> Editions {
    Editions::china().expect("the built-in editions load")
}

/// A day: itself ("2025-01-01"), or the age on it, step by step: "18m-1d" is a day before 18 months,
/// "2y+56d+6m" six months after the day that is 56 days after two years.
pub fn day(birth: Day, text: &str) -> Day {
    if let Some(day) = Day::parse(text) {
        return day;
    }
    let mut at = birth;
    let mut rest = text;
    // Years and months without a sign between them ("5y10m") are one step.
    while !rest.is_empty() {
        let sign = if rest.starts_with('-') { -1 } else { 1 };
        rest = rest.trim_start_matches(['+', '-']);
        let end = rest.find(['+', '-']).unwrap_or(rest.len());
        at = at + step(&rest[..end], sign);
        rest = &rest[end..];
    }
    at
}

fn step(text: &str, sign: i16) -> Span {
    let mut span = Span::default();
    let mut number = 0i16;
    for letter in text.chars() {
        match letter {
            '0'..='9' => number = number * 10 + letter as i16 - '0' as i16,
            'y' => span.years = sign * std::mem::take(&mut number),
            'm' => span.months = sign * std::mem::take(&mut number),
            'd' => span.days = i32::from(sign * std::mem::take(&mut number)),
            other => panic!("{other} in {text}"),
        }
    }
    span
}

/// A vaccine type by its code in the catalogue; one that no edition knows where it is not there.
pub fn vaccine(programme: &Programme, code: &str) -> Cvx {
    programme.vaccine_of(VACCINES, code).unwrap_or(Cvx(u16::MAX))
}

/// A person of words: "HEPB@0d HEPB@1m" and "anti-hbs-low@8m".
pub fn patient(
    programme: &Programme,
    birth: &str,
    gender: &str,
    states: &str,
    doses: &str,
) -> Patient {
    let birth = Day::parse(birth).expect("a birth");
    let dose = |text: &str| {
        let (code, at) = text.split_once('@').expect("code@day");
        Dose::new(day(birth, at), vaccine(programme, code))
    };
    let state = |text: &str| {
        let (key, since) = text.split_once('@').unwrap_or((text, ""));
        let code = programme.observations_of(STATES, key).next().expect("a state");
        let date = (!since.is_empty()).then(|| day(birth, since));
        Observation { date, ..Observation::new(code) }
    };
    Patient {
        birth,
        gender: Gender::parse(gender),
        birth_country: None,
        doses: doses.split_whitespace().map(dose).collect(),
        observations: states.split_whitespace().map(state).collect(),
    }
}

/// What was found of a vaccine group, in the words of the table of cases.
#[derive(PartialEq, Eq, Debug)]
pub struct Found {
    /// A letter for each dose: valid, not valid, extraneous; "-" where the group does not look.
    pub evaluated: String,
    pub status: String,
    pub next: String,
    pub earliest: Option<Day>,
    pub overdue: Option<Day>,
}

/// What an edition finds of a vaccine group.
pub fn found(edition: &Edition, patient: &Patient, on: Day, group: &str) -> Found {
    let programme = &edition.programme;
    let assessment = programme.assess(patient, on);
    assert_eq!(*assessment.version, *edition.id, "it says under which version it was made");
    let forecast = programme.group(group).and_then(|group| assessment.primary(group));
    let Some(forecast) = forecast else {
        return Found {
            evaluated: String::new(),
            status: "none".into(),
            next: String::new(),
            earliest: None,
            overdue: None,
        };
    };
    let status = match forecast.status.term() {
        "Not Complete" => "due".to_owned(),
        other => other.to_ascii_lowercase().replace(' ', "-"),
    };
    Found {
        evaluated: evaluated(&assessment, forecast, patient.doses.len()),
        status,
        next: next(programme, &assessment, forecast),
        earliest: forecast.dates.map(|dates| dates.earliest),
        overdue: forecast.dates.and_then(|dates| dates.past_due),
    }
}

/// The best status of each dose in the series of a forecast.
fn evaluated(assessment: &Assessment, forecast: &GroupForecast, doses: usize) -> String {
    let of_dose = |dose: usize| {
        let all = assessment.contained(forecast).flat_map(|it| assessment.evaluations_of(it));
        let own = all.filter(|evaluation| usize::from(evaluation.dose) == dose);
        let letters = own.map(|it| match it.status.term() {
            "Valid" => 'V',
            "Extraneous" => 'E',
            _ => 'N',
        });
        let best = |letter: &char| "VEN".find(*letter);
        letters.min_by_key(best).unwrap_or('-')
    };
    (0..doses).map(of_dose).collect()
}

/// The id of the dose that is next: the furthest, where a group has several antigens.
pub fn next(programme: &Programme, assessment: &Assessment, forecast: &GroupForecast) -> String {
    let series = assessment.contained(forecast);
    let furthest = series.filter_map(|it| Some((it.forecast.target?, it))).max_by_key(|it| it.0);
    let Some((target, series)) = furthest else { return String::new() };
    let all = &programme.antigen(series.antigen).series[usize::from(series.series)];
    all.doses[usize::from(target)].id.clone()
}

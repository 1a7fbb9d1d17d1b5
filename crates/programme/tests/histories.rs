//! Histories that are wrong are assessed all the same, with stated reasons and in bounded time.

mod common;

use std::time::{Duration, Instant};

use common::made_up;
use hutong_programme::{
    Cvx, Day, Dose, EvaluationStatus, Gender, MOST_DOSES, Note, Observation, ObservationCode,
    Patient, Programme, SeriesStatus, Standing,
};
use proptest::prelude::*;

fn day(text: &str) -> Day {
    Day::parse(text).expect("a day")
}

fn person(doses: Vec<Dose>) -> Patient {
    Patient {
        birth: day("2024-01-10"),
        gender: Gender::Unknown,
        birth_country: None,
        doses,
        observations: Vec::new(),
    }
}

#[test]
fn doses_before_birth_in_the_future_and_unknown_are_noted_and_not_evaluated() {
    let doses = vec![
        Dose::new(day("2023-12-31"), Cvx(901)),
        Dose::new(day("2025-06-02"), Cvx(901)),
        Dose::new(day("2024-04-01"), Cvx(999)),
        Dose::new(day("2024-04-01"), Cvx(65_000)),
        Dose::new(day("2024-04-01"), Cvx(901)),
    ];
    let found = made_up().assess(&person(doses), day("2025-06-01"));
    let notes =
        [Note::BeforeBirth(0), Note::Future(1), Note::UnknownVaccine(2), Note::UnknownVaccine(3)];
    assert_eq!(found.notes, notes);
    assert_eq!(found.evaluations.len(), 1);
    assert_eq!(found.evaluations[0].dose, 4);
    assert_eq!(found.evaluations[0].status, EvaluationStatus::Valid);
}

#[test]
fn the_second_dose_of_a_day_is_too_soon() {
    let twice = vec![Dose::new(day("2024-04-01"), Cvx(901)); 2];
    let found = made_up().assess(&person(twice), day("2024-04-02"));
    assert_eq!(found.notes, [Note::SameDay(1)]);
    let status: Vec<_> = found.evaluations.iter().map(|evaluation| evaluation.status).collect();
    assert_eq!(status, [EvaluationStatus::Valid, EvaluationStatus::NotValid]);
}

#[test]
fn nobody_is_assessed_before_birth() {
    let found = made_up().assess(&person(Vec::new()), day("2023-01-01"));
    assert_eq!(found.notes, [Note::NotBorn]);
    assert!(found.groups.is_empty() && found.series.is_empty());
}

#[test]
fn two_hundred_doses_are_evaluated_and_a_hundred_thousand_are_cut() {
    let many = |count: i32| {
        let first = day("2024-01-10").number();
        let dose = |number| Dose::new(Day::from_number(first + number % 400), Cvx(901));
        person((0..count).map(dose).collect())
    };
    let programme = common::programme().unwrap_or_else(made_up);
    let known = Cvx(if programme.group("DTaP/Tdap/Td").is_some() { 20 } else { 901 });
    for (count, cut) in [(200, false), (100_000, true)] {
        let mut patient = many(count);
        patient.doses.iter_mut().for_each(|dose| dose.cvx = known);
        let started = Instant::now();
        let found = programme.assess(&patient, day("2025-06-01"));
        assert!(started.elapsed() < Duration::from_secs(5));
        assert_eq!(found.notes.contains(&Note::TooManyDoses(MOST_DOSES as u16)), cut);
        assert!(found.evaluations.iter().any(|it| it.status == EvaluationStatus::Valid));
    }
}

fn dose() -> impl Strategy<Value = Dose> {
    let codes = prop_oneof![
        8 => prop::sample::select(vec![
            3u16, 8, 10, 20, 21, 33, 43, 45, 48, 49, 52, 62, 83, 94, 110, 113, 114, 115, 116, 119,
            120, 121, 133, 140, 162, 187, 207, 215, 216, 309, 901, 902, 903, 904,
        ]),
        1 => any::<u16>(),
    ];
    let flags = (any::<bool>(), 0u8..20);
    (-400i32..30_000, codes, flags).prop_map(|(age, code, (some, condition))| {
        let birth = day("2010-02-28").number();
        let date = Day::from_number(birth + age);
        let mvx = some.then(|| hutong_programme::Mvx::parse("SKB")).flatten();
        let expires = (condition == 1).then_some(date.before());
        Dose { mvx, expires, condition: condition == 2, ..Dose::new(date, Cvx(code)) }
    })
}

fn observation() -> impl Strategy<Value = Observation> {
    let date = prop::option::of(0i32..30_000);
    (1u16..280, date, any::<bool>()).prop_map(|(code, date, certain)| Observation {
        date: date.map(Day::from_number),
        certain,
        ..Observation::new(ObservationCode(code))
    })
}

fn programmes() -> &'static [Programme] {
    static PROGRAMMES: std::sync::OnceLock<Vec<Programme>> = std::sync::OnceLock::new();
    PROGRAMMES.get_or_init(|| common::programme().into_iter().chain([made_up()]).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever a history, assessments hold together.
    #[test]
    fn any_history_is_assessed(
        doses in prop::collection::vec(dose(), 0..40),
        observations in prop::collection::vec(observation(), 0..6),
        age in -10i32..30_000,
        gender in prop::sample::select(vec![Gender::Female, Gender::Male, Gender::Unknown]),
    ) {
        let birth = day("2010-02-28");
        let on = Day::from_number(birth.number() + age);
        let patient = Patient { birth, gender, doses, observations, ..person(Vec::new()) };
        for programme in programmes() {
            let found = programme.assess(&patient, on);
            prop_assert_eq!(&found, &programme.assess(&patient, on));
            for series in &found.series {
                let mut last = None;
                let valid = found.evaluations_of(series).iter().filter(|evaluation| {
                    evaluation.status == EvaluationStatus::Valid
                });
                prop_assert_eq!(valid.count(), usize::from(series.valid));
                for evaluation in found.evaluations_of(series) {
                    let date = patient.doses[usize::from(evaluation.dose)].date;
                    prop_assert!(birth <= date && date <= on && last <= Some(date));
                    prop_assert!(evaluation.reasons.iter().next().is_some()
                        || evaluation.status == EvaluationStatus::SubStandard);
                    last = Some(date);
                }
                let dated = series.forecast.dates.is_some();
                prop_assert_eq!(dated, series.forecast.status == SeriesStatus::NotComplete);
            }
            for forecast in &found.groups {
                prop_assert!(!forecast.contained.is_empty());
                prop_assert!(found.contained(forecast).all(|it| it.standing == Standing::Best));
                if let Some(dates) = forecast.dates {
                    prop_assert!(dates.earliest <= dates.recommended);
                    prop_assert!(dates.past_due.is_none_or(|due| dates.earliest <= due));
                    prop_assert!(forecast.number.is_some_and(|number| number > 0));
                }
                for language in [
                    hutong_programme::Language::Chinese, hutong_programme::Language::English,
                ] {
                    prop_assert!(!forecast.sentence(language).is_empty());
                }
            }
        }
    }

    /// The order in which doses of different days are given does not matter.
    #[test]
    fn the_order_of_records_does_not_matter(
        mut doses in prop::collection::vec(dose(), 0..20),
    ) {
        doses.sort_by_key(|dose| dose.date);
        doses.dedup_by_key(|dose| dose.date);
        let birth = day("2010-02-28");
        let patient = Patient { birth, ..person(doses) };
        let mut turned = patient.clone();
        turned.doses.reverse();
        for programme in programmes() {
            let on = day("2026-01-01");
            prop_assert_eq!(
                programme.assess(&patient, on).groups,
                programme.assess(&turned, on).groups
            );
        }
    }
}

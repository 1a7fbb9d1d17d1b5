//! Evaluation, forecast and selection on a made-up programme: each outcome with its reason.

mod common;

use common::made_up;
use hutong_programme::{
    Assessment, Cvx, Day, Dose, Evaluation, EvaluationReason as Why, EvaluationStatus as Status,
    ForecastReason, Gender, Language, Note, Observation, ObservationCode, Patient, SeriesStatus,
    SeriesType,
};

fn day(text: &str) -> Day {
    Day::parse(text).expect("a day")
}

/// Somebody born on 2024-01-10: six weeks on 2024-02-21.
fn person(doses: &[(&str, u16)]) -> Patient {
    Patient {
        birth: day("2024-01-10"),
        gender: Gender::Unknown,
        birth_country: None,
        doses: doses.iter().map(|(date, code)| Dose::new(day(date), Cvx(*code))).collect(),
        observations: Vec::new(),
    }
}

fn standard(assessment: &Assessment) -> &[Evaluation] {
    assessment.evaluations_of(&assessment.series[0])
}

fn last(doses: &[(&str, u16)], on: &str) -> Evaluation {
    let assessment = made_up().assess(&person(doses), day(on));
    *standard(&assessment).last().expect("an evaluation")
}

#[test]
fn ages() {
    let on = "2024-06-01";
    let young = last(&[("2024-02-16", 901)], on);
    assert_eq!(young.status, Status::NotValid);
    assert!(young.reasons.has(Why::AgeTooYoung));
    assert_eq!(young.due, Some(day("2024-02-17")));
    // The vaccine's own age does not have the four days of grace.
    let vaccine = last(&[("2024-02-17", 901)], on);
    assert!(vaccine.reasons.has(Why::AgeGrace) && vaccine.reasons.has(Why::VaccineAge));
    let grace = last(&[("2024-02-17", 902)], on);
    assert_eq!(grace.status, Status::Valid);
    assert!(grace.reasons.has(Why::AgeGrace) && grace.reasons.has(Why::AllowableVaccine));
    let valid = last(&[("2024-02-21", 901)], on);
    assert_eq!(valid.status, Status::Valid);
    assert_eq!(valid.reasons.iter().collect::<Vec<_>>(), [Why::PreferableVaccine]);
    let old = last(&[("2029-01-10", 901)], "2029-02-01");
    assert_eq!(old.status, Status::Extraneous);
    assert!(old.reasons.has(Why::AgeTooOld));
}

#[test]
fn intervals_conflicts_and_vaccines() {
    let on = "2024-12-01";
    let soon = last(&[("2024-03-01", 901), ("2024-03-24", 901)], on);
    assert_eq!((soon.status, soon.due), (Status::NotValid, Some(day("2024-03-25"))));
    assert!(soon.reasons.has(Why::IntervalTooSoon));
    let grace = last(&[("2024-03-01", 901), ("2024-03-25", 901)], on);
    assert_eq!(grace.status, Status::Valid);
    assert!(grace.reasons.has(Why::IntervalGrace));
    let wrong = last(&[("2024-03-01", 904)], on);
    assert!(wrong.reasons.has(Why::NotPreferableOrAllowable));
    // 904 was not valid in this series, and keeps 901 off for the whole 28 days.
    let conflict = last(&[("2024-03-01", 904), ("2024-03-28", 901)], on);
    assert_eq!((conflict.status, conflict.due), (Status::NotValid, Some(day("2024-03-29"))));
    assert!(conflict.reasons.has(Why::VaccineConflict));
    assert_eq!(last(&[("2024-03-01", 904), ("2024-03-29", 901)], on).status, Status::Valid);
}

#[test]
fn inadvertent_doses_are_no_reference_for_intervals() {
    let doses = [("2024-03-01", 901), ("2024-04-20", 903), ("2024-05-01", 901)];
    let assessment = made_up().assess(&person(&doses), day("2024-12-01"));
    // The second dose of the series has no inadvertent vaccine: 903 is only not a vaccine for it.
    assert!(standard(&assessment)[1].reasons.has(Why::NotPreferableOrAllowable));
    let doses = [("2024-04-20", 903), ("2024-05-01", 901)];
    let assessment = made_up().assess(&person(&doses), day("2024-12-01"));
    assert!(standard(&assessment)[0].reasons.has(Why::Inadvertent));
    assert_eq!(standard(&assessment)[1].status, Status::Valid);
}

#[test]
fn unfit_doses_are_sub_standard_and_the_rest_extraneous() {
    let mut patient = person(&[("2024-03-01", 901), ("2024-03-02", 901), ("2024-03-03", 901)]);
    patient.doses[0].condition = true;
    patient.doses[1].expires = Some(day("2024-03-01"));
    let assessment = made_up().assess(&patient, day("2024-12-01"));
    let found: Vec<_> = standard(&assessment).iter().map(|it| it.status).collect();
    assert_eq!(found, [Status::SubStandard, Status::SubStandard, Status::Valid]);
    let three =
        last(&[("2024-03-01", 901), ("2024-05-01", 901), ("2024-08-01", 901)], "2024-12-01");
    assert_eq!((three.status, three.target), (Status::Extraneous, None));
    assert!(three.reasons.has(Why::SeriesComplete));
}

#[test]
fn volumes_are_a_reason_and_no_fault() {
    let mut patient = person(&[("2024-03-01", 901)]);
    patient.doses[0].volume = Some(25);
    let assessment = made_up().assess(&patient, day("2024-12-01"));
    assert_eq!(standard(&assessment)[0].status, Status::Valid);
    assert!(standard(&assessment)[0].reasons.has(Why::VolumeLess));
}

#[test]
fn dates_of_a_forecast() {
    let programme = made_up();
    let assessment = programme.assess(&person(&[]), day("2024-02-01"));
    let forecast = assessment.primary(0).expect("a forecast");
    let dates = forecast.dates.expect("dates");
    assert_eq!(forecast.number, Some(1));
    assert_eq!(dates.earliest, day("2024-02-21"));
    assert_eq!(dates.recommended, day("2024-03-10"));
    assert_eq!(dates.past_due, Some(day("2024-04-09")));
    assert_eq!(dates.latest, Some(day("2029-01-09")));
    let series = &assessment.series[usize::from(forecast.contained[0])];
    assert_eq!(series.forecast.reason, ForecastReason::ByAge);
    assert_eq!(programme.recommended(series).count(), 1);

    let assessment = programme.assess(&person(&[("2024-03-01", 901)]), day("2024-03-02"));
    let dates = assessment.primary(0).and_then(|it| it.dates).expect("dates");
    assert_eq!(dates.earliest, day("2024-03-29"));
    assert_eq!(dates.recommended, day("2024-04-26"));
    assert_eq!(dates.past_due, Some(day("2024-05-23")));
}

#[test]
fn statuses_without_dates() {
    let programme = made_up();
    let status = |patient: &Patient, on: &str| {
        let assessment = programme.assess(patient, day(on));
        let forecast = assessment.primary(0).expect("a forecast");
        assert!(forecast.dates.is_none());
        forecast.status
    };
    let complete = person(&[("2024-03-01", 901), ("2024-05-01", 901)]);
    assert_eq!(status(&complete, "2024-06-01"), SeriesStatus::Complete);
    // After four years the second dose is skipped (7.1).
    let skipped = person(&[("2024-03-01", 901)]);
    assert_eq!(status(&skipped, "2028-01-10"), SeriesStatus::Complete);
    assert_eq!(status(&person(&[]), "2029-01-10"), SeriesStatus::AgedOut);
    let with = |code| {
        let observations = vec![Observation::new(ObservationCode(code))];
        Patient { observations, ..person(&[]) }
    };
    assert_eq!(status(&with(18), "2024-06-01"), SeriesStatus::Immune);
    assert_eq!(status(&with(80), "2024-06-01"), SeriesStatus::Contraindicated);
    assert_eq!(status(&with(81), "2024-06-01"), SeriesStatus::Contraindicated);
    let old = Patient { birth: day("1956-01-01"), ..person(&[]) };
    assert_eq!(status(&old, "2024-06-01"), SeriesStatus::AgedOut);
    let born_here = Patient { birth_country: Some("here".into()), ..old };
    assert_eq!(status(&born_here, "1957-06-01"), SeriesStatus::Immune);
}

#[test]
fn a_dose_that_will_be_skipped_when_it_is_due_is_not_forecast() {
    // Four weeks after the first dose the child is four years old: 7.6 skips the second.
    let assessment = made_up().assess(&person(&[("2027-12-20", 901)]), day("2027-12-21"));
    assert_eq!(assessment.primary(0).map(|it| it.status), Some(SeriesStatus::Complete));
}

#[test]
fn risk_series_need_an_indication_and_an_age() {
    let programme = made_up();
    let mut patient = person(&[]);
    patient.observations.push(Observation::new(ObservationCode(7)));
    let kinds = |patient: &Patient, on: &str| {
        let assessment = programme.assess(patient, day(on));
        assessment.groups.iter().map(|it| it.kind).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&patient, "2025-01-09"), [SeriesType::Standard]);
    assert_eq!(kinds(&patient, "2025-01-10"), [SeriesType::Standard, SeriesType::Risk]);
    patient.observations[0].date = Some(day("2025-03-01"));
    assert_eq!(kinds(&patient, "2025-02-01"), [SeriesType::Standard]);
    patient.observations[0] =
        Observation { certain: false, ..Observation::new(ObservationCode(7)) };
    let assessment = programme.assess(&patient, day("2025-02-01"));
    assert_eq!(assessment.notes, [Note::PossibleIndication(0, ObservationCode(7))]);
    assert_eq!(assessment.groups.len(), 1);
}

#[test]
fn sentences_and_guidance() {
    let programme = made_up();
    let young = last(&[("2024-02-16", 901)], "2024-06-01");
    assert!(young.sentence(Language::English).contains("before the minimum age"));
    assert!(young.sentence(Language::English).ends_with("It could be given from 2024-02-17 on."));
    assert!(young.sentence(Language::Chinese).contains("接种时未达最小年龄"));
    let mut patient = person(&[]);
    patient.observations.push(Observation::new(ObservationCode(7)));
    let assessment = programme.assess(&patient, day("2025-02-01"));
    let risk = assessment.groups.iter().find(|it| it.kind == SeriesType::Risk).expect("risk");
    let guidance = programme.guidance(&patient, &assessment, risk);
    assert_eq!(guidance.len(), 2, "{guidance:?}");
    assert!(risk.sentence(Language::Chinese).starts_with("第 1 剂"));
    let said = assessment.sentence(risk, Language::English);
    assert!(said.ends_with("(because of a risk) – recommended by age."), "{said}");
    let series = &assessment.series[usize::from(risk.contained[0])];
    assert!(series.forecast.sentence(Language::Chinese).ends_with("：按年龄推荐。"));
    assert_eq!(Note::NotBorn.words(Language::Chinese), "评估日期早于出生日期");
    for why in Why::ALL {
        assert_ne!(why.words(Language::Chinese), why.words(Language::English));
    }
}

//! Selection of best series (chapter 8) and vaccine groups (chapter 9), on data given as a model.

use hutong_programme::supporting::{
    Age, Antigen, Condition, Context, Contraindication, Effect, From, Indication, Interval,
    Schedule, Select, Series, SeriesDose, Skip, SkipSet, Vaccine, VaccineAges, VaccineAntigens,
    VaccineGroup,
};
use hutong_programme::{
    Assessment, Cvx, Day, Dose, Gender, Observation, ObservationCode, Patient, Programme,
    SeriesStatus, SeriesType, Span, Standing, SupportingData,
};

fn day(text: &str) -> Day {
    Day::parse(text).expect("a day")
}

fn span(text: &str) -> Option<Span> {
    Some(Span::parse(text).expect("a span"))
}

/// A dose of one vaccine from an age on, with an interval from the dose before.
fn dose(cvx: u16, min: &str, interval: Option<&str>, priority: bool) -> SeriesDose {
    let ages = VaccineAges { cvx: Cvx(cvx), begin: None, end: None };
    let vaccine =
        Vaccine { ages, trade_name: String::new(), mvx: None, volume: None, forecast: true };
    let interval = interval.map(|text| Interval {
        from: From::Previous,
        absolute_min: span(text),
        min: span(text),
        earliest: None,
        latest: None,
        priority,
        effect: Effect::default(),
    });
    SeriesDose {
        ages: vec![Age { absolute_min: span(min), min: span(min), ..Age::default() }],
        intervals: interval.into_iter().collect(),
        preferable: vec![vaccine],
        ..SeriesDose::default()
    }
}

fn series(name: &str, group: u8, preference: u8, doses: Vec<SeriesDose>) -> Series {
    Series {
        name: name.into(),
        vaccine_group: "G".into(),
        kind: SeriesType::Standard,
        genders: Vec::new(),
        born: Effect::default(),
        equivalent: Vec::new(),
        select: Select {
            group,
            default: preference == 1,
            preference: Some(preference),
            ..Select::default()
        },
        guidance: Vec::new(),
        indications: Vec::new(),
        doses,
    }
}

fn risk(code: u16, of: Series) -> Series {
    let indication = Indication {
        observation: ObservationCode(code),
        text: String::new(),
        guidance: String::new(),
        begin: None,
        end: None,
    };
    let select = Select { default: false, ..of.select };
    Series { kind: SeriesType::Risk, indications: vec![indication], select, ..of }
}

/// Vaccine types 1 to 3 have all antigens; 4 has the first only.
fn programme(antigens: Vec<(&str, Vec<Series>)>, full: bool) -> Programme {
    let names: Vec<String> = antigens.iter().map(|(name, _)| (*name).to_owned()).collect();
    let vaccine = |cvx: u16, names: &[String]| VaccineAntigens {
        cvx: Cvx(cvx),
        name: String::new(),
        coded: Vec::new(),
        antigens: names.iter().map(|name| (name.clone(), None, None)).collect(),
    };
    let antigen = |(name, series): (&str, Vec<Series>)| Antigen {
        name: name.into(),
        contraindications: vec![Contraindication {
            observation: ObservationCode(if name == "A" { 81 } else { 82 }),
            text: String::new(),
            guidance: String::new(),
            begin: None,
            end: None,
            vaccines: None,
            precaution: false,
        }],
        series,
        ..Antigen::default()
    };
    let vaccines =
        vec![vaccine(1, &names), vaccine(2, &names), vaccine(3, &names), vaccine(4, &names[..1])];
    let groups = vec![VaccineGroup { name: "G".into(), full, antigens: names }];
    let schedule = Schedule { groups, vaccines, ..Schedule::default() };
    let antigens = antigens.into_iter().map(antigen).collect();
    Programme::new(SupportingData { antigens, schedule, ..SupportingData::default() })
        .expect("a programme")
}

/// Somebody born on 2024-01-01, with doses and observations.
fn assess(programme: &Programme, doses: &[(&str, u16)], seen: &[u16], on: &str) -> Assessment {
    let patient = Patient {
        birth: day("2024-01-01"),
        gender: Gender::Female,
        birth_country: None,
        doses: doses.iter().map(|(date, code)| Dose::new(day(date), Cvx(*code))).collect(),
        observations: seen.iter().map(|it| Observation::new(ObservationCode(*it))).collect(),
    };
    programme.assess(&patient, day(on))
}

fn best(programme: &Programme, assessment: &Assessment) -> Vec<String> {
    let all = assessment.series.iter().filter(|series| series.standing == Standing::Best);
    let name = |antigen: u8, series: u8| {
        programme.antigen(antigen).series[usize::from(series)].name.clone()
    };
    all.map(|series| name(series.antigen, series.series)).collect()
}

/// Two doses of vaccine 1, three of 2, or two of 3 by a product path.
fn paths() -> Vec<Series> {
    let first = |cvx| dose(cvx, "1 month", None, false);
    let next = |cvx| dose(cvx, "2 months", Some("1 month"), false);
    let mut product = series("product", 1, 3, vec![first(3), next(3)]);
    product.select.product = true;
    vec![
        series("two", 1, 1, vec![first(1), next(1)]),
        series("three", 1, 2, vec![first(2), next(2), next(2)]),
        product,
    ]
}

#[test]
fn without_doses_the_default_series_is_best() {
    let programme = programme(vec![("A", paths())], false);
    let found = assess(&programme, &[], &[], "2024-02-01");
    assert_eq!(best(&programme, &found), ["two"]);
}

#[test]
fn what_was_begun_or_completed_is_best() {
    let programme = programme(vec![("A", paths())], false);
    let begun = assess(&programme, &[("2024-03-01", 2)], &[], "2024-03-02");
    assert_eq!(best(&programme, &begun), ["three"]);
    let product = assess(&programme, &[("2024-03-01", 3)], &[], "2024-03-02");
    assert_eq!(best(&programme, &product), ["product"]);
    let doses = [("2024-03-01", 1), ("2024-03-02", 2), ("2024-04-10", 1), ("2024-05-12", 2)];
    let complete = assess(&programme, &doses, &[], "2024-06-01");
    assert_eq!(best(&programme, &complete), ["two"]);
    assert_eq!(complete.primary(0).map(|it| it.status), Some(SeriesStatus::Complete));
}

#[test]
fn in_process_series_are_scored() {
    // Vaccine 1 begins two series alike: the shorter one is closer to completion.
    let first = || dose(1, "1 month", None, false);
    let next = || dose(1, "2 months", Some("1 month"), false);
    let long = series("long", 1, 1, vec![first(), next(), next()]);
    let short = series("short", 1, 2, vec![first(), next()]);
    let programme = programme(vec![("A", vec![long, short])], false);
    let found = assess(&programme, &[("2024-03-01", 1)], &[], "2024-03-02");
    assert_eq!(best(&programme, &found), ["short"]);
}

#[test]
fn risk_series_replace_equivalent_groups_and_stand_beside_others() {
    let one = || vec![dose(1, "1 month", None, false)];
    let with = |equivalent: &[u8]| {
        let mut standard = series("standard", 1, 1, one());
        standard.equivalent = equivalent.to_vec();
        let urgent = risk(7, series("urgent", 2, 1, one()));
        let mut later = risk(7, series("later", 2, 2, one()));
        later.select.priority = 1;
        programme(vec![("A", vec![standard, urgent, later])], false)
    };
    for (equivalent, wanted) in [(&[2u8][..], &["urgent"][..]), (&[], &["standard", "urgent"])] {
        let programme = with(equivalent);
        let found = assess(&programme, &[], &[7], "2024-02-01");
        assert_eq!(best(&programme, &found), wanted);
        assert_eq!(found.groups.len(), wanted.len());
        let none = assess(&programme, &[], &[], "2024-02-01");
        assert_eq!(best(&programme, &none), ["standard"]);
    }
}

#[test]
fn evaluation_only_series_count_when_complete() {
    let mut proof = series("proof", 1, 2, vec![dose(2, "1 month", None, false)]);
    proof.kind = SeriesType::EvaluationOnly;
    let two = paths().swap_remove(0);
    let programme = programme(vec![("A", vec![two, proof])], false);
    assert_eq!(best(&programme, &assess(&programme, &[], &[], "2024-02-01")), ["two"]);
    let found = assess(&programme, &[("2024-03-01", 2)], &[], "2024-03-02");
    assert_eq!(best(&programme, &found), ["proof"]);
    assert_eq!(found.groups[0].kind, SeriesType::Standard);
}

#[test]
fn a_series_is_skipped_once_another_group_is_complete() {
    let mut again = dose(1, "1 month", None, false);
    let conditions = vec![Condition::Completed { groups: vec![1] }];
    let effect = Effect::default();
    let set = SkipSet { text: String::new(), all: false, effect, conditions };
    again.skips = vec![Skip { context: Context::Both, all: false, sets: vec![set] }];
    let extra = risk(7, series("extra", 2, 1, vec![again, dose(2, "2 months", None, false)]));
    let basic = series("basic", 1, 1, vec![dose(1, "1 month", None, false)]);
    let programme = programme(vec![("A", vec![extra, basic])], false);
    let target = |doses: &[(&str, u16)]| {
        let found = assess(&programme, doses, &[7], "2024-06-01");
        let extra = found.series.iter().find(|it| it.kind == SeriesType::Risk).expect("relevant");
        extra.forecast.target
    };
    assert_eq!(target(&[]), Some(0));
    assert_eq!(target(&[("2024-03-01", 1)]), Some(1));
}

/// Antigens A and B, two doses each of vaccine 1 (A also of 4); A's interval is shorter.
fn pair(full: bool, priority: bool) -> Programme {
    let doses = |interval: &'static str, also: bool| {
        let mut first = dose(1, "1 month", None, false);
        if also {
            first.allowable = vec![VaccineAges { cvx: Cvx(4), begin: None, end: None }];
        }
        vec![first, dose(1, "1 month", Some(interval), priority)]
    };
    let of = |interval, also| vec![series("s", 1, 1, doses(interval, also))];
    programme(vec![("A", of("1 month", true)), ("B", of("2 months", false))], full)
}

#[test]
fn antigens_of_a_group_are_blended() {
    let doses = [("2024-03-01", 1)];
    let both = |priority| {
        let found = assess(&pair(true, priority), &doses, &[], "2024-03-02");
        found.primary(0).and_then(|it| it.dates).map(|dates| dates.earliest)
    };
    // MULTIANTVG-1: the latest, or with priority the earliest.
    assert_eq!(both(false), Some(day("2024-05-01")));
    assert_eq!(both(true), Some(day("2024-04-01")));
}

#[test]
fn dose_numbers_follow_the_full_group_flag() {
    let number = |full| {
        let found = assess(&pair(full, false), &[("2024-03-01", 4)], &[], "2024-03-02");
        found.primary(0).and_then(|it| it.number)
    };
    assert_eq!(number(true), Some(1));
    assert_eq!(number(false), Some(2));
}

#[test]
fn contraindications_of_one_antigen() {
    let status = |full, seen: &[u16]| {
        let found = assess(&pair(full, false), &[], seen, "2024-03-02");
        found.primary(0).map(|it| (it.status, it.dates.is_some()))
    };
    let contraindicated = Some((SeriesStatus::Contraindicated, false));
    assert_eq!(status(true, &[81]), contraindicated);
    assert_eq!(status(false, &[81]), Some((SeriesStatus::NotComplete, true)));
    assert_eq!(status(false, &[81, 82]), contraindicated);
}

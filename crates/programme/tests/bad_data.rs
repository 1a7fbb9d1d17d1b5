//! Supporting data that are wrong are refused, with their place, and never bring the reader down.

mod common;

use common::fixture::{FIRST_DOSE, SECOND_DOSE, alpha, antigen, schedule, series, skipping};
use common::load;
use hutong_programme::{
    Cvx, Day, Dose, Gender, LoadError, Observation, ObservationCode, Patient, Programme,
};
use proptest::prelude::*;

fn refused(antigen: &str) -> LoadError {
    let error = load(antigen).expect_err("wrong supporting data");
    assert!(!error.to_string().is_empty());
    error
}

fn dose_with(from: &str, to: &str) -> String {
    assert!(FIRST_DOSE.contains(from), "{from}");
    antigen(&series("S", "Standard", 1, "Yes", &FIRST_DOSE.replace(from, to)))
}

#[test]
fn what_is_not_xml_is_refused() {
    for text in ["", "not xml", "<antigenSupportingData>", "<a></b>", "\u{feff}<a", "<a>&x;</a>"] {
        assert!(matches!(refused(text), LoadError::Malformed { .. }), "{text}");
    }
    assert!(matches!(refused("<other/>"), LoadError::UnknownFile { .. }));
}

#[test]
fn deep_and_growing_xml_is_refused() {
    let deep = "<a>".repeat(200_000);
    assert!(matches!(refused(&deep), LoadError::Malformed { .. }));
    let bomb = "<!DOCTYPE a [<!ENTITY b 'bb'><!ENTITY c '&b;&b;'>]><a>&c;</a>";
    assert!(matches!(refused(bomb), LoadError::Malformed { .. }));
}

#[test]
fn one_schedule_is_needed() {
    let (alpha, schedule) = (alpha(), schedule());
    let none = Programme::parse([("a", alpha.as_str())]).expect_err("no schedule");
    assert_eq!(none, LoadError::Schedule { count: 0 });
    let two = [("a", alpha.as_str()), ("s", schedule.as_str()), ("t", schedule.as_str())];
    assert_eq!(Programme::parse(two).expect_err("two"), LoadError::Schedule { count: 2 });
    let twice = [("a", alpha.as_str()), ("b", alpha.as_str()), ("s", schedule.as_str())];
    let twice = Programme::parse(twice).expect_err("an antigen twice");
    assert!(matches!(twice, LoadError::Twice { .. }));
}

#[test]
fn missing_antigens_series_and_doses_are_named() {
    let schedule = schedule();
    let none = Programme::parse([("s", schedule.as_str())]).expect_err("no antigen");
    assert!(matches!(none, LoadError::NoAntigen { .. }), "{none}");
    assert!(matches!(refused(&antigen("")), LoadError::Missing { element: "series", .. }));
    let empty = antigen(&series("S", "Standard", 1, "Yes", ""));
    assert!(matches!(refused(&empty), LoadError::Empty { what: "doses", .. }));
    let group = alpha().replace("<vaccineGroup>Alpha<", "<vaccineGroup>Beta<");
    assert!(matches!(refused(&group), LoadError::NoGroup { .. }));
    let equivalent = "<equivalentSeriesGroups>9</equivalentSeriesGroups>";
    let equivalent = alpha().replace("<equivalentSeriesGroups/>", equivalent);
    assert!(matches!(refused(&equivalent), LoadError::Empty { .. }));
    let target = SECOND_DOSE.replace(
        "<fromPrevious>Y</fromPrevious><fromTargetDose/>",
        "<fromTargetDose>7</fromTargetDose>",
    );
    let target = antigen(&series("S", "Standard", 1, "Yes", &target));
    assert!(matches!(refused(&target), LoadError::Empty { .. }));
}

#[test]
fn skips_that_wait_for_each_other_are_refused() {
    let own = antigen(&series("S", "Standard", 1, "Yes", &skipping(1)));
    assert!(matches!(refused(&own), LoadError::CyclicSkip { .. }));
    let one = series("S", "Standard", 1, "Yes", &skipping(2));
    let two = series("T", "Standard", 2, "Yes", &skipping(1));
    assert!(matches!(refused(&antigen(&(one + &two))), LoadError::CyclicSkip { .. }));
    let nowhere = antigen(&series("S", "Standard", 1, "Yes", &skipping(3)));
    assert!(matches!(refused(&nowhere), LoadError::Empty { .. }));
    let one = series("S", "Standard", 1, "Yes", &skipping(2));
    let two = series("T", "Standard", 2, "Yes", FIRST_DOSE);
    load(&antigen(&(one + &two))).expect("a chain without a circle");
}

#[test]
fn impossible_ages_and_values_are_refused() {
    let after_max = dose_with("<minAge>6 weeks<", "<minAge>6 years<");
    assert!(matches!(refused(&after_max), LoadError::Impossible { .. }));
    let before_birth = dose_with("6 weeks - 4 days", "1 week - 8 days");
    assert!(matches!(refused(&before_birth), LoadError::Impossible { .. }));
    let vaccine = dose_with("<endAge>4 years</endAge>", "<endAge>1 day - 2 days</endAge>");
    assert!(matches!(refused(&vaccine), LoadError::Impossible { .. }));
    let late = dose_with("<latestRecAge>3 months<", "<latestRecAge>1 month<");
    assert!(matches!(refused(&late), LoadError::Impossible { .. }));
    let dates = "<effectiveDate>20250102</effectiveDate><cessationDate>20250101</cessationDate>";
    let dates = dose_with("<effectiveDate/><cessationDate/>", dates);
    assert!(matches!(refused(&dates), LoadError::Impossible { .. }));
    for (from, to) in [
        ("<minAge>6 weeks<", "<minAge>six weeks<"),
        ("<minAge>6 weeks<", "<minAge>6 weeks -<"),
        ("<minAge>6 weeks<", "<minAge>99999 years<"),
        ("<minAge>6 weeks<", "<minAge>9999 years<"),
        ("<cvx>901<", "<cvx>90000<"),
        ("<cvx>901<", "<cvx>1024<"),
        ("<volume>0.5<", "<volume>much<"),
        ("<recurringDose>No<", "<recurringDose>Perhaps<"),
        ("<effectiveDate/>", "<effectiveDate>20250230</effectiveDate>"),
    ] {
        let error = refused(&dose_with(from, to));
        assert!(matches!(error, LoadError::Value { .. }), "{to}: {error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// A file with bytes lost or changed loads or is refused.
    #[test]
    fn damaged_files_do_not_bring_the_reader_down(
        at in 0usize..6000, lost in 0usize..40, put in "[<>/a-zA-Z0-9 -]{0,6}",
    ) {
        let text = alpha();
        let at = at % text.len();
        let end = (at + lost).min(text.len());
        let damaged = format!("{}{put}{}", &text[..at], &text[end..]);
        if let Err(error) = load(&damaged) {
            prop_assert!(error.to_string().len() < 1000);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// CDC's data with a line lost, twice there or with other digits load or are refused; what
    /// loads assesses a history.
    #[test]
    fn damaged_published_data_do_not_bring_the_engine_down(
        file in any::<prop::sample::Index>(), line in any::<prop::sample::Index>(),
        kind in 0u8..4, digit in 0u8..10,
    ) {
        let Some(mut files) = common::files() else { return Ok(()) };
        let text = &mut file.get_mut(&mut files).1;
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let place = line.index(lines.len());
        match kind {
            0 => drop(lines.remove(place)),
            1 => lines.insert(place, lines[place].clone()),
            _ => {
                let digit = char::from(b'0' + digit);
                let other = |letter: char| if letter.is_ascii_digit() { digit } else { letter };
                for line in lines.iter_mut().skip(place).take(40) {
                    *line = line.chars().map(other).collect();
                }
            }
        }
        *text = lines.join("\n");
        let files = files.iter().map(|(name, text)| (name, text.as_str()));
        let Ok(programme) = Programme::parse(files) else { return Ok(()) };
        let codes = [8, 110, 20, 48, 133, 119, 3, 21, 83, 115, 33, 162, 165, 207, 94, 52, 113];
        for (birth, step) in [("2010-02-28", 60), ("1950-12-31", 900)] {
            let birth = Day::parse(birth).expect("a day");
            let dose = |place: usize| {
                let date = Day::from_number(birth.number() + step * place as i32);
                Dose::new(date, Cvx(codes[place % codes.len()]))
            };
            let patient = Patient {
                birth,
                gender: Gender::Female,
                birth_country: None,
                doses: (0..30).map(dose).collect(),
                observations: (1..250).map(ObservationCode).map(Observation::new).collect(),
            };
            let on = Day::from_number(birth.number() + step * 40);
            prop_assert!(!programme.assess(&patient, on).series.is_empty());
        }
    }
}

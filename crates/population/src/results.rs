//! The tests of a person's life.

use crate::clock::{age, day, instant};
use crate::config::Config;
use crate::dice::Dice;
use crate::identity::Identity;
use hutong_model::{Coding, Date, Quantity, TestKind, TestOutcome, TestResult, Times, When};

const LOINC: &str = "http://loinc.org";

/// A test and its times.
pub(crate) struct Tested {
    pub(crate) times: Times,
    pub(crate) fact: TestResult,
}

/// All tests of a person, in no order: those of 2022, and those of the month before the story's
/// end.
pub(crate) fn results(config: &Config, identity: &Identity, dice: &mut Dice) -> Vec<Tested> {
    let mut results = Vec::new();
    let mut window = |dice: &mut Dice, from: Date, to: Date, most: u64, positive: f64| {
        if to <= from || to > config.as_of || age(identity.born, from) < 1 {
            return;
        }
        let days = to.days_since(from);
        // Many have none, few have many.
        let first = dice.below(most + 1);
        for _ in 0..dice.below(first + 1) {
            let on = from.plus_days(dice.between(0, days));
            results.push(nucleic_acid(config, dice, on, positive));
        }
    };
    window(dice, day(2022, 3, 1), day(2022, 12, 1), 5, 0.002);
    window(dice, config.as_of.plus_days(-30), config.as_of, 2, 0.004);
    if config.as_of >= day(2023, 2, 1) && age(identity.born, day(2022, 12, 1)) >= 3 {
        if dice.chance(0.06) {
            let on = day(2022, 12, 8).plus_days(dice.between(0, 45));
            results.push(antigen(dice, on));
        }
        if dice.chance(0.02) {
            let on = day(2021, 6, 1).plus_days(dice.between(0, 500));
            results.push(antibody(dice, on));
        }
    }
    results
}

fn nucleic_acid(config: &Config, dice: &mut Dice, on: Date, positive: f64) -> Tested {
    let minute = dice.between(7 * 60, 20 * 60);
    let at = |dice: &mut Dice, after: i32, low: i32, high: i32| {
        let minute = after + dice.between(low, high);
        (minute, instant(on, minute))
    };
    let (received_min, received) = at(dice, minute, 40, 240);
    let (performed_min, performed) = at(dice, received_min, 30, 240);
    let (reported_min, reported) = at(dice, performed_min, 60, 360);
    let over = |minute: i32| on.plus_days(minute.div_euclid(24 * 60)) > config.as_of;
    let pooled = dice.chance(0.7);
    let pool_size = if pooled { *dice.pick(&[5, 10, 10, 10, 20]) } else { 1 };
    let drawn = dice.chance(positive);
    // A pooled tube that is not negative is taken again one by one.
    let outcome = match (over(reported_min), drawn, pooled) {
        (true, ..) => TestOutcome::Pending,
        (_, true, false) => TestOutcome::Positive,
        (_, true, true) => TestOutcome::Inconclusive,
        _ => TestOutcome::Negative,
    };
    let tube = format!("T{:06}{:07}", on.epoch_day(), dice.below(10_000_000));
    let times = Times {
        collected: Some(instant(on, minute)),
        received: (!over(received_min)).then_some(received),
        performed: (!over(performed_min)).then_some(performed),
        reported: (!over(reported_min)).then_some(reported),
        ..Times::default()
    };
    let specimen = if dice.chance(0.8) { "咽拭子" } else { "鼻咽拭子" };
    let fact = TestResult {
        tube: Some(tube.into()),
        pool_size: Some(pool_size),
        specimen: Some(Coding::text(specimen)),
        ..blank(TestKind::NucleicAcid, "94500-6", outcome)
    };
    Tested { times, fact }
}

fn antigen(dice: &mut Dice, on: Date) -> Tested {
    let when = instant(on, dice.between(6 * 60, 22 * 60));
    let positive = dice.chance(0.35);
    let outcome = if positive { TestOutcome::Positive } else { TestOutcome::Negative };
    Tested { times: at_once(when), fact: blank(TestKind::Antigen, "94558-4", outcome) }
}

fn antibody(dice: &mut Dice, on: Date) -> Tested {
    let when = instant(on, dice.between(8 * 60, 17 * 60));
    let value = format!("{}.{}", dice.between(0, 400), dice.between(0, 9));
    let unit = Some("[AU]/mL".into());
    let fact = TestResult {
        value: Some(Quantity { value: value.into(), unit }),
        ..blank(TestKind::Antibody, "94563-4", TestOutcome::Measured)
    };
    Tested { times: at_once(when), fact }
}

/// Taken, tested and reported within the hour.
fn at_once(when: When) -> Times {
    let later = When::instant(when.start().plus_s(1200), when.offset_min());
    Times {
        collected: Some(when),
        performed: Some(later),
        reported: Some(later),
        ..Times::default()
    }
}

fn blank(kind: TestKind, loinc: &str, outcome: TestOutcome) -> TestResult {
    TestResult {
        kind,
        code: vec![Coding::new(LOINC, loinc)],
        outcome,
        value: None,
        agent: Some("sars-cov-2".into()),
        specimen: None,
        tube: None,
        pool_size: None,
        method: None,
        performer: None,
        place: None,
        note: None,
    }
}

//! The doses of a person's life.

use crate::clock::{age, day, plus_months};
use crate::config::Config;
use crate::dice::Dice;
use crate::identity::Identity;
use crate::schedule::{CHILDHOOD, COVID, Covid, Due, covid_from};
use hutong_model::{Coding, Date, Sex, Vaccination, catalogue::CN_VACCINE};

/// A dose and its day.
pub(crate) struct Dose {
    pub(crate) on: Date,
    pub(crate) fact: Vaccination,
}

/// All doses of a person, in no order.
pub(crate) fn doses(config: &Config, identity: &Identity, dice: &mut Dice) -> Vec<Dose> {
    let mut doses = Vec::with_capacity(8);
    if identity.nationality == "CHN" {
        childhood(config, identity, dice, &mut doses);
    }
    covid(config, identity, dice, &mut doses);
    influenza(config, identity, dice, &mut doses);
    hpv(config, identity, dice, &mut doses);
    doses
}

struct Kind {
    vaccine: &'static str,
    dose: u16,
    maker: (&'static str, &'static str),
    way: (&'static str, &'static str),
}

fn dose(dice: &mut Dice, on: Date, kind: &Kind) -> Dose {
    // Made in one of the ten months before, good for two years.
    let made = on.plus_days(-dice.between(30, 300)).civil();
    let lot =
        format!("{}{:04}{:02}{:02}", kind.maker.1, made.year(), made.month(), dice.between(1, 12));
    let expires = Date::new(made.year() + 2, made.month(), 1).ok();
    let fact = Vaccination {
        vaccine: vec![Coding::new(CN_VACCINE, kind.vaccine)],
        dose_number: Some(kind.dose),
        series_doses: None,
        lot: Some(lot.into()),
        lot_expires: expires,
        manufacturer: Some(Coding::text(kind.maker.0)),
        site: Some(Coding::text(kind.way.0)),
        route: Some(Coding::text(kind.way.1)),
        amount: None,
        trace_code: None,
        performer: None,
        vaccinator: None,
        place: None,
        not_done: false,
        not_done_reason: None,
        note: None,
        subpotent: false,
    };
    Dose { on, fact }
}

/// Clinics keep records in a form that is passed on since about then.
fn registered_since() -> Date {
    day(2005, 1, 1)
}

fn childhood(config: &Config, identity: &Identity, dice: &mut Dice, doses: &mut Vec<Dose>) {
    // One child in a hundred was never brought.
    if dice.chance(0.01) {
        return;
    }
    let year = identity.born.civil().year();
    let mut last: Option<(&str, Date)> = None;
    for due in CHILDHOOD {
        if !(due.born.0..=due.born.1).contains(&year) {
            continue;
        }
        let missed = dice.chance(0.02);
        let late = match dice.below(100) {
            0..=79 => dice.between(0, 14),
            80..=94 => dice.between(15, 60),
            _ => dice.between(61, 300),
        };
        // The first doses of life are given in the maternity ward.
        let late = if due.months == 0 { late / 8 } else { late };
        let mut on = plus_months(identity.born, due.months).plus_days(late);
        if let Some((vaccine, before)) = last
            && vaccine == due.vaccine
            && on.days_since(before) < 28
        {
            on = before.plus_days(28);
        }
        if missed || on > config.as_of {
            continue;
        }
        last = Some((due.vaccine, on));
        if on >= registered_since() {
            let Due { vaccine, dose: number, maker, way, .. } = *due;
            doses.push(dose(dice, on, &Kind { vaccine, dose: number, maker, way }));
        }
    }
}

fn covid(config: &Config, identity: &Identity, dice: &mut Dice, doses: &mut Vec<Dose>) {
    let Some(from) = covid_from(age(identity.born, day(2021, 12, 1))) else { return };
    if !dice.chance(0.91) {
        return;
    }
    let Covid { vaccine, maker, course, .. } =
        COVID[dice.weighted(COVID.iter().map(|product| product.weight))];
    let way = ("左上臂三角肌", "肌内注射");
    let mut on = from.plus_days(dice.between(0, 150));
    let mut number = 0;
    for _ in 0..course.0 {
        if on > config.as_of || (number > 0 && dice.chance(0.03)) {
            return;
        }
        number += 1;
        doses.push(dose(dice, on, &Kind { vaccine, dose: number, maker, way }));
        on = on.plus_days(course.1 + dice.between(0, 20));
    }
    // A further dose at least six months later.
    let on = on.plus_days(180 + dice.between(0, 90));
    if age(identity.born, on) >= 18 && on <= config.as_of && dice.chance(0.66) {
        let number = number + 1;
        doses.push(dose(dice, on, &Kind { vaccine, dose: number, maker, way }));
    }
}

fn influenza(config: &Config, identity: &Identity, dice: &mut Dice, doses: &mut Vec<Dose>) {
    let year = config.as_of.civil().year();
    for season in year.saturating_sub(5)..=year {
        let on = day(season, 9, 20).plus_days(dice.between(0, 85));
        let years = age(identity.born, on);
        let share = match years {
            ..=0 => 0.0,
            1..=17 => 0.12,
            65.. => 0.14,
            _ => 0.02,
        };
        if dice.chance(share) && on <= config.as_of {
            let kind = Kind {
                vaccine: if dice.chance(0.7) { "IIV4" } else { "IIV3" },
                dose: 1,
                maker: ("华兰生物", "H"),
                way: ("左上臂三角肌", "肌内注射"),
            };
            doses.push(dose(dice, on, &kind));
        }
    }
}

fn hpv(config: &Config, identity: &Identity, dice: &mut Dice, doses: &mut Vec<Dose>) {
    let born = identity.born;
    if identity.sex != Sex::Female {
        return;
    }
    // In the national programme for girls born from 2011-11-10, two doses from 13 years on.
    let national = born >= day(2011, 11, 10);
    let (share, count, from, kind) = if national {
        let since = day(2025, 11, 10).max(plus_months(born, 156));
        (0.85, 2, since, ("HPV2", ("万泰沧海", "HP")))
    } else if born >= day(1977, 1, 1) {
        let since = day(2018, 1, 1).max(plus_months(born, 16 * 12));
        (0.18, 3, since, ("HPV9", ("默沙东", "R0")))
    } else {
        return;
    };
    let mut on = from.plus_days(dice.between(0, if national { 300 } else { 2400 }));
    if !dice.chance(share) {
        return;
    }
    for number in 1..=count {
        if on > config.as_of {
            return;
        }
        let (vaccine, maker) = kind;
        let way = ("左上臂三角肌", "肌内注射");
        doses.push(dose(dice, on, &Kind { vaccine, dose: number, maker, way }));
        on = on.plus_days(if national { 180 } else { 75 } + dice.between(0, 30));
    }
}

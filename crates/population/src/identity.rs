//! Who a person is: born when and where, with which document and name.

use crate::clock::age;
use crate::config::Config;
use crate::dice::Dice;
use crate::divisions::{Division, divisions};
use crate::names;
use hutong_model::{Date, Document, DocumentKind, Sex};

/// Purposes that a person's dice are thrown for.
pub(crate) const DICE_IDENTITY: u64 = 1;
pub(crate) const DICE_LIFE: u64 = 2;

/// Orders of birth within one division and day (digits 15 to 17 of a resident ID), for each sex.
pub(crate) const ORDERS: u64 = 499;
/// One person in so many has a residence permit of Hong Kong, Macao or Taiwan.
const PERMIT_EVERY: u64 = 500;

/// People of five years of age each, from 0, in tenths of a percent.
const PYRAMID: [u32; 20] =
    [45, 62, 61, 54, 52, 62, 86, 72, 66, 78, 86, 74, 53, 53, 38, 24, 16, 9, 3, 1];

/// Who a person is.
pub(crate) struct Identity {
    pub(crate) index: u64,
    pub(crate) sex: Sex,
    pub(crate) born: Date,
    /// Where the family comes from.
    pub(crate) native: &'static Division,
    pub(crate) name: String,
    /// None for a newborn without one.
    pub(crate) document: Option<Document>,
    /// ISO 3166-1 alpha-3.
    pub(crate) nationality: &'static str,
}

/// Makes a person again, the same each time.
pub(crate) fn identity(config: &Config, index: u64) -> Identity {
    let mut dice = Dice::new(config.seed, index, DICE_IDENTITY);
    let dice = &mut dice;
    let list = divisions();
    let native = &list[usize::try_from(index % list.len() as u64).unwrap_or(0)];
    // Slightly more boys are born than girls.
    let sex = if dice.chance(0.512) { Sex::Male } else { Sex::Female };
    let born = birth(config, index, dice);
    let year = born.civil().year();
    let mut nationality = "CHN";
    let (document, name) = match dice.below(1000) {
        _ if index % PERMIT_EVERY == PERMIT_EVERY / 2 => {
            let place = *dice.pick(&["810000", "820000", "830000"]);
            let number = resident_number(place, born, index / PERMIT_EVERY, sex);
            let kind = DocumentKind::HkMacaoTaiwanResidencePermit;
            (document(kind, "", &number), names::chinese(dice, sex, year))
        }
        0..=3 => {
            let letter = if dice.chance(0.9) { 'H' } else { 'M' };
            let number = format!("{letter}{:08}", scatter(index));
            (document(DocumentKind::HkMacaoPermit, "", &number), names::chinese(dice, sex, year))
        }
        4..=5 => {
            let number = format!("{:08}", scatter(index));
            (document(DocumentKind::TaiwanPermit, "", &number), names::chinese(dice, sex, year))
        }
        6..=10 => {
            let country = names::country(dice);
            nationality = country.code;
            let letter = char::from(b'A' + u8::try_from(dice.below(26)).unwrap_or(0));
            let number = format!("{letter}{:08}", scatter(index));
            let name = names::foreign(dice, sex, country);
            (document(DocumentKind::Passport, country.code, &number), name)
        }
        // Of babies in their first months, many are in no household register yet.
        _ if config.as_of.days_since(born) < 120 && dice.chance(0.5) => {
            (None, names::chinese(dice, sex, year))
        }
        _ => {
            let order = index / list.len() as u64;
            let number = resident_number(native.code.as_str(), born, order, sex);
            let name = names::chinese(dice, sex, year);
            (document(DocumentKind::ResidentId, "", &number), name)
        }
    };
    Identity { index, sex, born, native, name, document, nationality }
}

/// A day of birth. Of persons whose numbers could otherwise be the same, no two have the same.
fn birth(config: &Config, index: u64, dice: &mut Dice) -> Date {
    let group = dice.weighted(PYRAMID.iter().copied());
    let group = i32::try_from(group).unwrap_or(0);
    let days = dice.between(group * 1826, group * 1826 + 1825);
    let day = config.as_of.epoch_day() - days;
    let blocks = i32::try_from(config.persons / config.block() + 1).unwrap_or(1);
    let block = i32::try_from(index / config.block()).unwrap_or(0);
    Date::from_epoch_day(day - (day - block).rem_euclid(blocks))
}

fn document(kind: DocumentKind, scope: &str, number: &str) -> Option<Document> {
    // INVARIANT: the numbers made here have the form of their kind; the tests parse a hundred
    // thousand of them.
    Document::parse(kind, scope, number).ok()
}

/// Eight digits, different for different persons below 100 million.
fn scatter(index: u64) -> u64 {
    // Odd, and not divisible by 5: a permutation of the numbers below 10^8.
    (index + 17).wrapping_mul(61_803_399) % 100_000_000
}

/// 17 digits and the check character of GB 11643 (ISO 7064 MOD 11-2).
fn resident_number(place: &str, born: Date, order: u64, sex: Sex) -> String {
    let civil = born.civil();
    let order = 2 * (order % ORDERS) + if sex == Sex::Male { 1 } else { 2 };
    let mut number =
        format!("{place}{:04}{:02}{:02}{order:03}", civil.year(), civil.month(), civil.day());
    // Each digit is weighted by 2 to the power of its distance from the end, modulo 11.
    let sum = number.bytes().fold(0_u32, |sum, digit| (sum + u32::from(digit - b'0')) * 2 % 11);
    number.push(char::from(b"10X98765432"[(sum % 11) as usize]));
    number
}

/// A woman of the population who may be the mother of someone born on a day: the first that is
/// found, looking from the child's own number on.
pub(crate) fn mother(config: &Config, child: &Identity) -> Option<Identity> {
    (1..=200_u64)
        .filter(|_| config.persons > 1)
        .map(|step| (child.index + step * 7919) % config.persons)
        .map(|index| identity(config, index))
        .find(|other| {
            let resident =
                other.document.as_ref().is_some_and(|d| d.kind() == DocumentKind::ResidentId);
            resident && other.sex == Sex::Female && (21..=38).contains(&age(other.born, child.born))
        })
}

//! What must hold for any history under China's programme.

mod common;

use std::collections::BTreeMap;

use common::china::{editions, vaccine};
use hutong_programme::supporting::{From, SeriesDose};
use hutong_programme::{
    Assessment, Day, Dose, Edition, Editions, EvaluationStatus, Gender, Patient, Programme,
    SeriesStatus,
};
use proptest::prelude::*;

const CODES: [&str; 31] = [
    "IG",
    "BCG",
    "HEPB",
    "HEPB",
    "IPV",
    "IPV",
    "BOPV",
    "TOPV",
    "DTAP",
    "DTAP",
    "DT",
    "MR",
    "MMR",
    "MMR",
    "MV",
    "JE-L",
    "JE-I",
    "JE-I",
    "MPSV-A",
    "MPSV-AC",
    "MPCV-AC",
    "MPSV-ACYW",
    "HEPA-L",
    "HEPA-I",
    "HEPAB",
    "HPV2",
    "HPV9",
    "DTAP-HIB",
    "DTAP-IPV-HIB",
    "VAR",
    "COVID",
];
/// Ages at which the programme has something, in months.
const MONTHS: [i32; 16] = [0, 1, 2, 3, 4, 5, 6, 8, 9, 12, 18, 24, 36, 48, 72, 156];

/// A dose: which vaccine, and days since birth (about an age of the programme, or any).
fn given() -> impl Strategy<Value = (usize, i32)> {
    let about = (0..MONTHS.len(), -5..40i32).prop_map(|(it, more)| MONTHS[it] * 61 / 2 + more);
    (0..CODES.len(), prop_oneof![3 => about, 1 => 0..6000i32])
}

prop_compose! {
    /// Day of birth, doses, and days from the last dose to the assessment.
    fn histories()(
        birth in 14_500..20_800i32,
        doses in prop::collection::vec(given(), 0..24),
        later in 0..1500i32,
    ) -> (i32, Vec<(usize, i32)>, i32) {
        (birth, doses, later)
    }
}

fn person(programme: &Programme, birth: i32, doses: &[(usize, i32)]) -> Patient {
    let dose = |(code, age): &(usize, i32)| {
        let date = Day::from_number(birth + age.max(&0));
        Dose::new(date, vaccine(programme, CODES[*code]))
    };
    Patient {
        birth: Day::from_number(birth),
        gender: Gender::Female,
        birth_country: None,
        doses: doses.iter().map(dose).collect(),
        observations: Vec::new(),
    }
}

fn last(person: &Patient) -> i32 {
    person.doses.iter().map(|dose| dose.date.number()).max().unwrap_or(person.birth.number())
}

/// What each series made of each dose, by names, so that numbers do not matter.
type Evaluated = BTreeMap<(String, String, Day, u16), Vec<String>>;

fn evaluated(programme: &Programme, person: &Patient, found: &Assessment) -> Evaluated {
    let mut all = Evaluated::new();
    for series in &found.series {
        let antigen = programme.antigen(series.antigen);
        let name = &antigen.series[usize::from(series.series)].name;
        for it in found.evaluations_of(series) {
            let dose = person.doses[usize::from(it.dose)];
            let key = (antigen.name.clone(), name.clone(), dose.date, dose.cvx.0);
            let said = format!("{:?} {:?} {:?} {:?}", it.status, it.target, it.reasons, it.due);
            all.entry(key).or_default().push(said);
        }
    }
    all.values_mut().for_each(|said| said.sort());
    all
}

/// What is due, by name of the vaccine group.
fn due(programme: &Programme, found: &Assessment) -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for group in &found.groups {
        let said = format!("{:?} {:?} {:?}", group.status, group.number, group.dates);
        all.entry(programme.group_name(group.group).to_owned()).or_default().push(said);
    }
    all
}

fn target<'a>(
    programme: &'a Programme,
    series: &hutong_programme::PatientSeries,
) -> Option<&'a SeriesDose> {
    let of_antigen = &programme.antigen(series.antigen).series[usize::from(series.series)];
    of_antigen.doses.get(usize::from(series.forecast.target?))
}

/// Antigens that are described alike in two editions.
fn alike<'a>(one: &'a Edition, other: &Edition) -> Vec<&'a str> {
    let same = |name: &str, text: String| {
        let found = other.data().antigens.iter().find(|antigen| antigen.name == name);
        found.is_some_and(|antigen| format!("{antigen:?}") == text)
    };
    let all = one.data().antigens.iter();
    all.filter(|it| same(&it.name, format!("{it:?}"))).map(|it| it.name.as_str()).collect()
}

fn each(editions: &Editions) -> impl Iterator<Item = &Edition> {
    editions.iter()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// However long somebody stays away, what counted counts: the next dose is the next.
    #[test]
    fn a_series_is_never_restarted((birth, doses, later) in histories()) {
        let editions = editions();
        for edition in each(&editions) {
            let programme = &edition.programme;
            let person = person(programme, birth, &doses);
            let on = last(&person);
            let now = programme.assess(&person, Day::from_number(on));
            let then = programme.assess(&person, Day::from_number(on + later));
            prop_assert_eq!(evaluated(programme, &person, &now), evaluated(programme, &person, &then));
            for (before, after) in now.series.iter().zip(&then.series) {
                prop_assert_eq!(before.valid, after.valid);
                if after.forecast.dates.is_some() {
                    prop_assert_eq!(after.forecast.number, after.valid + 1);
                }
                let complete = SeriesStatus::Complete;
                prop_assert!(before.forecast.status != complete || after.forecast.status == complete);
            }
        }
    }

    /// A dose is never due before its minimum age, nor before the minimum interval to the dose
    /// before, whatever is added.
    #[test]
    fn nothing_is_due_before_its_minimum_interval(
        (birth, mut doses, later) in histories(),
        code in 0..CODES.len(),
    ) {
        let editions = editions();
        doses.push((code, last(&person(&editions.get("cn-2026").expect("it").programme, birth, &doses)) - birth + later));
        for edition in each(&editions) {
            let programme = &edition.programme;
            let person = person(programme, birth, &doses);
            let found = programme.assess(&person, Day::from_number(last(&person)));
            for series in &found.series {
                let (Some(next), Some(dates)) = (target(programme, series), series.forecast.dates)
                else { continue };
                let counted = found.evaluations_of(series).iter().rev().find(|it| {
                    matches!(it.status, EvaluationStatus::Valid | EvaluationStatus::NotValid)
                });
                let previous = next.intervals.iter().filter(|it| matches!(it.from, From::Previous));
                for min in previous.filter_map(|interval| interval.min) {
                    let Some(before) = counted else { continue };
                    let before = person.doses[usize::from(before.dose)].date;
                    prop_assert!(dates.earliest >= before + min, "{} {}", edition.id, next.id);
                }
                let age = next.ages.iter().find(|age| age.effect.holds(found.on));
                if let Some(min) = age.and_then(|age| age.min) {
                    prop_assert!(dates.earliest >= person.birth + min, "{} {}", edition.id, next.id);
                }
                prop_assert!(dates.recommended >= dates.earliest);
            }
        }
    }

    /// Records come from many provinces in any order.
    #[test]
    fn the_order_of_arrival_does_not_matter(
        (birth, doses, later) in histories(),
        shuffled in any::<prop::sample::Index>(),
    ) {
        let editions = editions();
        for edition in each(&editions) {
            let programme = &edition.programme;
            let ordered = person(programme, birth, &doses);
            let mut other = ordered.clone();
            other.doses.reverse();
            if !doses.is_empty() {
                other.doses.rotate_left(shuffled.index(doses.len()));
            }
            let on = Day::from_number(last(&ordered) + later);
            let (one, two) = (programme.assess(&ordered, on), programme.assess(&other, on));
            prop_assert_eq!(&one.groups, &two.groups);
            prop_assert_eq!(evaluated(programme, &ordered, &one), evaluated(programme, &other, &two));
        }
    }

    /// Where two editions say the same, they find the same.
    #[test]
    fn editions_differ_only_where_their_texts_do((birth, doses, later) in histories()) {
        let editions = editions();
        let all: Vec<&Edition> = each(&editions).collect();
        for pair in all.windows(2) {
            let (one, other) = (pair[0], pair[1]);
            let same = alike(one, other);
            prop_assert!(same.len() >= 8, "{} and {}: {same:?}", one.id, other.id);
            let assess = |edition: &Edition| {
                let person = person(&edition.programme, birth, &doses);
                let on = Day::from_number(last(&person) + later);
                let found = edition.programme.assess(&person, on);
                let mut evaluated = evaluated(&edition.programme, &person, &found);
                evaluated.retain(|(antigen, ..), _| same.contains(&antigen.as_str()));
                let mut due = due(&edition.programme, &found);
                due.retain(|name, _| {
                    let groups = &one.data().schedule.groups;
                    let group = groups.iter().find(|group| group.name == *name);
                    group.is_some_and(|it| it.antigens.iter().all(|it| same.contains(&it.as_str())))
                });
                (evaluated, due)
            };
            prop_assert_eq!(assess(one), assess(other));
        }
    }
}

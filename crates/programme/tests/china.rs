//! China's programme: a table of cases written from the rules, each with its source.

mod common;

use common::china::{day, editions, found, patient};
use hutong_programme::{Day, Edition, Editions, Language};

/// A row of the table.
struct Case<'a>(std::collections::HashMap<&'a str, String>);

impl Case<'_> {
    fn get(&self, column: &str) -> &str {
        self.0.get(column).map_or("", String::as_str)
    }

    fn edition<'e>(&self, editions: &'e Editions, on: Day) -> &'e Edition {
        let named = self.get("edition");
        let edition = if named.is_empty() { editions.on(on) } else { editions.get(named) };
        edition.unwrap_or_else(|| panic!("{}: no edition", self.get("id")))
    }

    /// What is wrong, if something is.
    fn run(&self, editions: &Editions) -> Option<String> {
        let birth = Day::parse(self.get("birth")).expect("a birth");
        let on = day(birth, self.get("on"));
        let edition = self.edition(editions, on);
        let of = |column| self.get(column);
        let person =
            patient(&edition.programme, of("birth"), of("gender"), of("states"), of("doses"));
        let found = found(edition, &person, on, of("group"));
        let dated =
            |column| Some(of(column)).filter(|text| !text.is_empty()).map(|text| day(birth, text));
        let expected = common::china::Found {
            evaluated: of("evaluated").into(),
            status: of("status").into(),
            next: of("next").into(),
            earliest: dated("earliest"),
            overdue: dated("overdue"),
        };
        (found != expected).then(|| {
            let (id, about) = (of("id"), of("about"));
            format!("{id} ({about})\n  expected {expected:?}\n  found    {found:?}")
        })
    }
}

#[test]
fn every_case_of_the_table_is_as_the_rules_have_it() {
    let text = include_str!("data/china.csv");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headings = reader.headers().expect("headings").clone();
    let editions = editions();
    let (mut wrong, mut count, mut ids) = (Vec::new(), 0, std::collections::BTreeSet::new());
    for row in reader.records() {
        let row = row.expect("a row");
        let case = Case(headings.iter().zip(row.iter().map(str::to_owned)).collect());
        assert!(ids.insert(case.get("id").to_owned()), "{} twice", case.get("id"));
        assert!(!case.get("source").is_empty(), "{}: no source", case.get("id"));
        wrong.extend(case.run(&editions));
        count += 1;
    }
    println!("{count} cases");
    assert!(count >= 150);
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn an_edition_holds_on_each_day() {
    let editions = editions();
    let on = |text| editions.on(Day::parse(text).expect("a day")).map(|it| it.id.as_str());
    assert_eq!(on("2021-02-22"), None);
    assert_eq!(on("2021-02-23"), Some("cn-2021"));
    assert_eq!(on("2024-12-31"), Some("cn-2021"));
    assert_eq!(on("2025-01-01"), Some("cn-2025"));
    assert_eq!(on("2025-11-09"), Some("cn-2025"));
    assert_eq!(on("2025-11-10"), Some("cn-2025-hpv"));
    assert_eq!(on("2026-06-16"), Some("cn-2025-hpv"));
    assert_eq!(on("2026-06-17"), Some("cn-2026"));
    assert_eq!(on("2040-01-01"), Some("cn-2026"));
    assert!(editions.get("cn").is_none(), "what editions share is none itself");
}

#[test]
fn what_nobody_has_checked_is_listed_with_its_source() {
    let editions = editions();
    let all: Vec<_> = editions.iter().flat_map(|edition| &edition.unverified).collect();
    assert!(all.iter().all(|it| !it.place.is_empty() && !it.source.is_empty()), "{all:?}");
    let four_months = |it: &&&hutong_programme::Unverified| it.figure == "4 months after HepB-1";
    let four_months = all.iter().find(four_months).expect("the interval from the first dose");
    assert_eq!(four_months.edition, "cn-2021");
    assert_eq!(four_months.place, "HepB, HepB, HepB-3");
    assert_eq!(four_months.mark.words(Language::Chinese), "凭记忆");
    let day_of_effect = all.iter().any(|it| it.edition == "cn-2026" && it.place == "edition");
    assert!(day_of_effect, "the 2026 edition does not say from when it is in force");
}

/// An id that was given out stays: a record that names it means the same dose in every edition.
#[test]
fn ids_of_doses_are_stable() {
    let editions = editions();
    let of = |id: &str| -> std::collections::BTreeSet<String> {
        let antigens = &editions.get(id).expect("an edition").data().antigens;
        let series = antigens.iter().flat_map(|antigen| &antigen.series);
        series.flat_map(|series| &series.doses).map(|dose| dose.id.clone()).collect()
    };
    let ids: Vec<String> = of("cn-2026").into_iter().collect();
    let expected = "BCG DT DT-C1 DT-C2 DT-C3 DTaP-1 DTaP-2 DTaP-3 DTaP-4 DTaP-5 HPV-1 HPV-2 HepA-I-1 \
        HepA-I-2 HepA-L HepB-1 HepB-2 HepB-3 HepB-again-1 HepB-again-2 HepB-again-3 HepB-birth IPV-1 \
        IPV-2 IPV-3 IPV-4 IPV-5 IPV-6 JE-I-1 JE-I-2 JE-I-3 JE-I-4 JE-L-1 JE-L-2 MMR-1 MMR-2 MPCV-3 \
        MPSV-A-1 MPSV-A-2 MPSV-AC-1 MPSV-AC-2 bOPV-3 bOPV-4";
    assert_eq!(ids, expected.split_whitespace().collect::<Vec<_>>());
    for edition in editions.iter() {
        let known = of("cn-2026");
        assert!(of(&edition.id).is_subset(&known), "{}: an id that went away", edition.id);
    }
}

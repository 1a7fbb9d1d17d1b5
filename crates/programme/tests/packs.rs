//! What regions add to the national programme, and children who move between them.

mod common;

use common::china::{day, editions, found, next, patient};
use hutong_programme::{Day, Editions, LoadError, Pack, SeriesStatus, differences};

const SHANGHAI: &str = include_str!("data/pack-310000.toml");

fn shanghai() -> Editions {
    let pack = Pack::parse("pack-310000.toml", SHANGHAI).expect("a pack");
    assert_eq!(pack.region, "310000");
    assert_eq!(pack.unverified.len(), 1);
    editions().with(&pack).expect("it only adds")
}

fn on(editions: &Editions, day: &str) -> String {
    editions.on(Day::parse(day).expect("a day")).expect("an edition").id.clone()
}

#[test]
fn a_pack_holds_from_its_first_day() {
    let editions = shanghai();
    assert_eq!(on(&editions, "2024-01-01"), "cn-2021");
    assert_eq!(on(&editions, "2026-08-31"), "cn-2026");
    assert_eq!(on(&editions, "2026-09-01"), "cn-2026+310000");
    let until =
        SHANGHAI.replace("from = \"2026-09-01\"", "from = \"2025-05-01\"\nto = \"2025-12-31\"");
    let pack = Pack::parse("until", &until).expect("a pack");
    let editions = common::china::editions().with(&pack).expect("it only adds");
    let expected = [
        ("2025-04-30", "cn-2025"),
        ("2025-05-01", "cn-2025+310000"),
        ("2025-11-10", "cn-2025-hpv+310000"),
        ("2026-01-01", "cn-2025-hpv"),
        ("2026-07-01", "cn-2026"),
    ];
    for (day, id) in expected {
        assert_eq!(on(&editions, day), id, "{day}");
    }
}

#[test]
fn what_a_pack_adds_is_listed_and_nothing_else_differs() {
    let (national, editions) = (editions(), shanghai());
    let before = national.get("cn-2026").expect("national").data();
    let after = editions.get("cn-2026+310000").expect("with the pack").data();
    let all = differences(before, after);
    assert!(all.iter().all(|it| it.before.is_none()), "a pack only adds: {all:?}");
    let has = |place: &str, figure: &str, value: &str| {
        let found = all.iter().find(|it| it.place == place && it.figure == figure);
        let found = found.unwrap_or_else(|| panic!("{place}: {figure} is not listed"));
        assert_eq!(found.after.as_deref(), Some(value));
    };
    has("EV71, EV71, EV71-1", "min", "6 months");
    has("EV71, EV71, EV71-2", "min after the dose before", "1 month");
    has("Mumps, A third dose at six years, MMR-3", "by", "7 years");
    has("vaccine type EV71", "antigens", "EV71");
    assert!(differences(before, before).is_empty());
}

#[test]
fn differences_of_national_editions_are_those_of_their_texts() {
    let editions = editions();
    let data = |id: &str| editions.get(id).expect("an edition").data();
    let all = differences(data("cn-2025-hpv"), data("cn-2026"));
    assert!(all.iter().all(|it| it.place.starts_with("Polio") || it.place.starts_with("Meningo")));
    let later = all.iter().find(|it| it.place.ends_with("MPSV-A and MPSV-AC, MPSV-A-2"));
    let later = later.expect("MPSV-A-2 by 24 months");
    assert_eq!(later.figure, "by");
    assert_eq!(later.before.as_deref(), Some("18 months"));
    assert_eq!(later.after.as_deref(), Some("24 months"));
    let added = differences(data("cn-2025"), data("cn-2025-hpv"));
    assert!(!added.is_empty() && added.iter().all(|it| it.before.is_none()));
}

#[test]
fn national_comes_first() {
    let refused = |from: &str, to: &str| {
        assert!(SHANGHAI.contains(from), "{from}");
        let pack = Pack::parse("pack", &SHANGHAI.replace(from, to)).expect("a pack");
        editions().with(&pack).expect_err("it changes what the nation says")
    };
    let national = |error: LoadError, said: &str| {
        assert!(matches!(error, LoadError::National { .. }), "{error}");
        assert!(error.to_string().contains(said), "{error}");
    };
    national(refused("code = \"EV71\"\nnumber = 102", "code = \"MMR\"\nnumber = 102"), "MMR");
    national(refused("number = 102", "number = 19"), "EV71");
    national(refused("series_group = 50", "series_group = 1"), "A third dose");
    national(refused("name = \"EV71\"\nantigens", "name = \"MMR\"\nantigens"), "MMR");
    let name = "name = \"Mumps, born since October 2019\"";
    national(refused("name = \"A third dose at six years\"", name), "born since October 2019");
}

#[test]
fn a_child_who_moves_is_assessed_by_the_destination_with_all_doses() {
    let (national, shanghai) = (editions(), shanghai());
    let on = |at: &str| day(Day::parse("2026-09-10").expect("a day"), at);
    let assess = |editions: &Editions, at: &str, doses: &str, group: &str| {
        let edition = editions.on(on(at)).expect("an edition");
        let child = patient(&edition.programme, "2026-09-10", "F", "", doses);
        found(edition, &child, on(at), group)
    };
    // Elsewhere EV71 vaccine was bought; in Shanghai it is of the programme, and the dose counts.
    let bought = "HEPB@0d HEPB@1m EV71@8m";
    assert_eq!(assess(&national, "9m", bought, "EV71").status, "none");
    let here = assess(&shanghai, "9m", bought, "EV71");
    assert_eq!((here.evaluated.as_str(), here.next.as_str()), ("--V", "EV71-2"));
    assert_eq!(here.earliest, Some(on("9m")));
    // What is national is the same in both.
    for group in ["HepB", "BCG", "Polio", "DTP", "JE", "MenPS", "HepA"] {
        let doses = "HEPB@0d IPV@2m DTAP@2m DTAP@4m JE-I@8m JE-I@8m+7d MPCV-AC@6m";
        let (there, here) =
            (assess(&national, "20m", doses, group), assess(&shanghai, "20m", doses, group));
        assert_eq!(there, here, "{group}");
    }
    // And away again: the dose stays in the history and is no longer asked for.
    assert_eq!(assess(&national, "5y", "EV71@8m EV71@9m", "EV71").status, "none");
}

#[test]
fn a_further_dose_of_a_region_stands_beside_the_national_series() {
    let shanghai = shanghai();
    let edition = shanghai.get("cn-2026+310000").expect("an edition");
    let programme = &edition.programme;
    let child = patient(programme, "2026-09-10", "", "", "MMR@8m MMR@18m");
    let on = day(child.birth, "2y");
    let found = programme.assess(&child, on);
    let group = programme.group("MMR").expect("MMR");
    let statuses: Vec<SeriesStatus> = found.of_group(group).map(|it| it.status).collect();
    assert_eq!(statuses, [SeriesStatus::Complete, SeriesStatus::NotComplete]);
    let primary = found.primary(group).expect("a forecast");
    assert_eq!(next(programme, &found, primary), "MMR-3");
    let dates = primary.dates.expect("dates");
    assert_eq!(dates.earliest, day(child.birth, "6y"));
}

#[test]
fn wrong_packs_and_editions_are_refused_with_their_place() {
    let text = |from: &str, to: &str| {
        assert!(SHANGHAI.contains(from), "{from}");
        SHANGHAI.replace(from, to)
    };
    let unread = [
        String::new(),
        "not toml".into(),
        text("region = \"310000\"", "region = \"31\""),
        text("id = \"EV71-1\"", "id = \"EV71-1\"\nsurprise = 1"),
        text("from = \"2026-09-01\"", "from = \"soon\""),
        text("\"reading\"", "\"hearsay\""),
    ];
    for text in &unread {
        let error = Pack::parse("pack", text).expect_err("no pack");
        assert!(!error.to_string().is_empty());
    }
    let added = |text: String| {
        let pack = Pack::parse("pack", &text).expect("it reads");
        editions().with(&pack).expect_err("it makes no sense").to_string()
    };
    let wrong = [
        (text("min = \"7 months\"", "min = \"7 moons\""), "EV71-2"),
        (
            text("min = \"6 years\"\nby = \"7 years\"", "min = \"9 years\"\nby = \"7 years\""),
            "dose 3",
        ),
        (text("vaccines = [\"EV71\"]", "vaccines = [\"EV72\"]"), "EV72"),
        (
            text(
                "source = \"example\"\n\n[[antigen.series.dose]]\nid = \"EV71-1\"",
                "source = \"hearsay\"\n\n[[antigen.series.dose]]\nid = \"EV71-1\"",
            ),
            "hearsay",
        ),
        (
            text(
                "antigens = [\"Influenza\"]\n\n[[vaccine]]",
                "antigens = [\"Grippe\"]\n\n[[vaccine]]",
            ),
            "Grippe",
        ),
        (text("number = 102", "number = 2000"), "1024"),
        (
            text("after = \"1 month\"", "intervals = [{ dose = \"EV71-9\", min = \"1 month\" }]"),
            "EV71-9",
        ),
    ];
    for (text, said) in wrong {
        let error = added(text);
        assert!(error.contains(said), "{error} does not name {said}");
    }
    let circle = [
        ("a", "[edition]\nid=\"a\"\nbase=\"b\"\nname=\"\"\nname_en=\"\"\nfrom=\"2020-01-01\""),
        ("b", "[edition]\nid=\"b\"\nbase=\"a\"\nname=\"\"\nname_en=\"\""),
    ];
    let error = Editions::parse(circle).expect_err("a circle");
    assert!(matches!(error, LoadError::CyclicBase { .. }), "{error}");
    let orphan = Editions::parse([("part", "part_of = \"nowhere\"")]).expect_err("no edition");
    assert!(matches!(orphan, LoadError::Unknown { .. }), "{orphan}");
}

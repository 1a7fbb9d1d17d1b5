//! What a population must be.

use hutong_fhir::read::{ReadContext, RowResult, read_line};
use hutong_model::{
    Catalogue, Date, Document, DocumentKind, EntryId, Fact, RegionCode, Source, TestOutcome,
    Timestamp,
};
use hutong_population::{
    Config, ConfigError, Mistake, Rates, Reporter, ReporterKind, Totals, divisions, person,
    persons, write_ndjson,
};
use std::collections::{BTreeMap, HashMap, HashSet};

fn config(persons: u64) -> Config {
    let regions = ["330000", "440000", "520000"]
        .into_iter()
        .map(|code| RegionCode::parse(code).expect("a region"))
        .collect();
    Config::new(7, persons, Date::new(2026, 11, 20).expect("a day"), regions)
}

fn written(config: &Config) -> (BTreeMap<Reporter, Vec<u8>>, Totals) {
    use std::{cell::RefCell, rc::Rc};
    #[derive(Clone, Default)]
    struct Sink(Rc<RefCell<Vec<u8>>>);
    impl std::io::Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.borrow_mut().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut sinks: Vec<(Reporter, Sink)> = Vec::new();
    let totals = write_ndjson(config, |reporter| {
        let sink = Sink::default();
        sinks.push((*reporter, sink.clone()));
        Ok(sink)
    })
    .expect("in memory");
    (sinks.into_iter().map(|(r, sink)| (r, sink.0.borrow().clone())).collect(), totals)
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let (first, totals) = written(&config(800));
    assert_eq!((first.clone(), totals.clone()), written(&config(800)));
    let other = Config { seed: 8, ..config(800) };
    assert_ne!(first, written(&other).0);
    // A change of the generator is a change of every demonstration and measurement: on purpose.
    let all: Vec<u8> = first.into_values().flatten().collect();
    assert_eq!(totals.bytes, all.len() as u64);
    let digest = EntryId::derive("population", &[&all]).to_string();
    assert_eq!(digest, include_str!("seed-7.digest").trim());
}

#[test]
fn a_person_is_the_same_alone() {
    let config = config(300);
    for (index, one) in (0..).zip(persons(&config)) {
        assert_eq!(one, person(&config, index));
    }
}

#[test]
fn documents_are_valid_and_differ() {
    let config = config(120_000);
    let mut seen = HashSet::new();
    let mut kinds: HashMap<DocumentKind, u64> = HashMap::new();
    for person in persons(&config) {
        assert_eq!(person.subject.documents.len(), 1);
        let document = &person.subject.documents[0];
        let (kind, scope, number) = (document.kind(), document.scope(), document.number());
        assert_eq!(Document::parse(kind, scope, number).as_ref(), Ok(document));
        assert!(seen.insert(document.key()), "person {}", person.index);
        let who = &person.subject.demographics;
        if let Some(born) = document.birth_date() {
            assert_eq!(Some(born), who.birth_date);
            assert_eq!(document.sex(), who.sex);
        }
        if person.newborn {
            assert!(!person.subject.guardians.is_empty());
        }
        *kinds.entry(kind).or_default() += 1;
    }
    let share = |kind: DocumentKind| *kinds.get(&kind).unwrap_or(&0) as f64 / config.persons as f64;
    assert!((0.970..0.990).contains(&share(DocumentKind::ResidentId)), "{kinds:?}");
    assert!((0.003..0.007).contains(&share(DocumentKind::Passport)), "{kinds:?}");
    for kind in [
        DocumentKind::HkMacaoPermit,
        DocumentKind::TaiwanPermit,
        DocumentKind::HkMacaoTaiwanResidencePermit,
        DocumentKind::Other,
    ] {
        assert!(share(kind) > 0.0005, "{kinds:?}");
    }
}

#[test]
fn nothing_happens_before_birth_or_after_the_end() {
    let config = config(20_000);
    let mut ids = HashSet::new();
    for person in persons(&config) {
        let born = person.subject.demographics.birth_date.expect("a birth date");
        assert!(born <= config.as_of);
        for record in &person.records {
            assert!(ids.insert((record.reporter, record.own_id.clone())));
            let on = record.times.occurred().expect("a time").date();
            let before = record.mistake == Some(Mistake::DoseBeforeBirth);
            assert_eq!(on < born, before, "{record:?}");
            assert!(on <= config.as_of, "{record:?}");
            let times = record.times;
            let order = [times.collected, times.received, times.performed, times.reported];
            let order: Vec<_> = order.into_iter().flatten().map(|when| when.start()).collect();
            assert!(order.is_sorted(), "{record:?}");
        }
    }
}

#[test]
fn vaccines_are_in_the_catalogue() {
    for person in persons(&config(5_000)) {
        for record in &person.records {
            if let Fact::Vaccination(dose) = &record.fact {
                let known =
                    Catalogue::builtin().vaccine(&dose.vaccine[0].system, &dose.vaccine[0].code);
                let unknown = record.mistake == Some(Mistake::UnknownVaccine);
                assert_eq!(known.is_none(), unknown, "{:?}", dose.vaccine);
            }
        }
    }
}

#[test]
fn rates_are_as_asked() {
    let mut config = config(20_000);
    config.mistakes = Rates {
        duplicate: 0.05,
        wrong_check_digit: 0.02,
        dose_before_birth: 0.01,
        impossible_date: 0.015,
        unknown_vaccine: 0.008,
    };
    let (_, totals) = written(&config);
    let of_doses = |count: u64| count as f64 / totals.doses as f64;
    let near = |found: f64, asked: f64| {
        assert!((found / asked - 1.0).abs() < 0.15, "{found} for {asked}");
    };
    near(of_doses(totals.duplicates), 0.05);
    let count = |mistake| *totals.mistakes.get(&mistake).unwrap_or(&0);
    near(count(Mistake::WrongCheckDigit) as f64 / (totals.doses + totals.tests) as f64, 0.02);
    near(of_doses(count(Mistake::DoseBeforeBirth)), 0.01);
    near(of_doses(count(Mistake::ImpossibleDate)), 0.015);
    near(of_doses(count(Mistake::UnknownVaccine)), 0.008);
    let moved = persons(&config).filter(|person| person.moved.is_some()).count();
    near(moved as f64 / config.persons as f64, config.moved);
    config.mistakes = Rates::NONE;
    assert!(written(&config).1.mistakes.is_empty());
}

#[test]
fn the_admission_of_fhir_agrees_on_what_is_wrong() {
    let mut config = config(3_000);
    config.mistakes.wrong_check_digit = 0.01;
    config.mistakes.impossible_date = 0.01;
    let (files, totals) = written(&config);
    let now = Timestamp::parse("2026-11-21T12:00:00Z").expect("a time");
    let mut rejected = 0;
    let mut found = BTreeMap::new();
    for (reporter, bytes) in &files {
        let ctx = ReadContext::new(reporter.member().expect("a member"), now);
        for (number, line) in (1..).zip(bytes.split(|b| *b == b'\n')) {
            for row in read_line(line, number, &ctx) {
                match &row.result {
                    RowResult::Rejected(issues) => {
                        rejected += 1;
                        *found.entry(format!("{:?}", issues[0].field)).or_insert(0) += 1;
                    }
                    RowResult::NotKept(issue) => panic!("{issue:?}"),
                    _ => {}
                }
            }
        }
    }
    assert_eq!(rejected, totals.mistakes.values().sum::<u64>(), "{found:?} {:?}", totals.mistakes);
}

#[test]
fn people_move_and_doses_are_reported_twice() {
    let config = config(5_000);
    let mut in_two_regions = 0;
    let (mut pooled, mut single, mut pending) = (0, 0, 0);
    for person in persons(&config) {
        let regions: HashSet<_> = person.records.iter().map(|r| r.reporter.region).collect();
        in_two_regions += u32::from(regions.len() > 1);
        for record in &person.records {
            if record.source == Source::Historical {
                assert_eq!(record.reporter.kind, ReporterKind::Clinic);
            }
            if let Fact::TestResult(result) = &record.fact {
                pooled += u32::from(result.is_pooled());
                single += u32::from(result.pool_size == Some(1));
                pending += u32::from(result.outcome == TestOutcome::Pending);
            }
        }
    }
    assert!(in_two_regions > 150, "{in_two_regions}");
    assert!(pooled > single && single > 100, "{pooled} {single}");
    assert!(pending > 0);
}

#[test]
fn what_cannot_be_is_said() {
    let mut bad = config(1);
    bad.regions.clear();
    assert_eq!(bad.check(), Err(ConfigError::NoRegion));
    let bad = Config { persons: Config::PERSONS_MAX + 1, ..config(1) };
    assert!(matches!(bad.check(), Err(ConfigError::TooMany(_))));
    let bad = Config { moved: 1.5, ..config(1) };
    assert_eq!(bad.check(), Err(ConfigError::Rate("moved")));
    assert!((70..100).contains(&divisions().len()));
}

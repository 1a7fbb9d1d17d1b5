//! Published business rules of several countries, with their tests, through the rule book: read as
//! they are, chosen by country and time, judged with their value sets bound. Third-party material,
//! looked for under `HUTONG_TESTDATA`.

mod common;

use common::{files, material, read};
use hutong_model::Timestamp;
use hutong_rules::{
    acceptance::{BusinessRule, Certificate, CertificateType, Outcome, Place, RuleBook},
    certlogic::{Bump, Value, ValueSets},
};
use serde_json::{Value as Json, json};
use std::path::Path;

/// Tests that are wrong themselves, by file, with the reason and the clause that shows it. Whoever
/// adds one shows why; one that passes after all fails the test below.
const WRONG: [(&str, &str); 0] = [];

/// Published rules whose logic is not `CertLogic`, and why; they are read, and stay open.
const NO_LOGIC: [(&str, &str); 1] = [("VR-MT-0005", "if")];

/// Tests that ask for a rule at a time outside of its validity: judged by the rule alone.
const OUTSIDE_VALIDITY: [&str; 0] = [];

struct Test {
    rule: Json,
    name: String,
    body: Json,
}

fn tests(folder: &Path) -> Vec<Test> {
    let rules = files(folder).into_iter().filter(|path| path.ends_with("rule.json"));
    let of_rule = |path: std::path::PathBuf| {
        let rule = read(&path);
        files(&path.with_file_name("tests")).into_iter().map(move |path| {
            let file = path.file_name().and_then(|name| name.to_str()).expect("a name");
            let name = format!("{}/{file}", rule["Identifier"].as_str().expect("an identifier"));
            Test { rule: rule.clone(), name, body: read(&path) }
        })
    };
    rules.flat_map(of_rule).collect()
}

impl Test {
    fn sets(&self) -> ValueSets {
        let mut sets = ValueSets::default();
        if self.body["external"]["valueSets"].is_object() {
            sets.add(&self.body["external"]["valueSets"]).expect("value sets");
        }
        sets
    }

    fn expected(&self) -> Outcome {
        if self.body["expected"] == json!(true) { Outcome::Passed } else { Outcome::Failed }
    }

    /// What the rule alone makes of it, with its data as they are.
    fn alone(&self) -> Outcome {
        let arena = Bump::new();
        let rules = BusinessRule::read(&self.rule, &self.sets()).expect("a rule");
        let data = json!({"payload": self.body["payload"], "external": self.body["external"]});
        let data = Value::from_json(&data.to_string(), &arena).expect("JSON");
        rules[0].verdict(data, None, &arena).outcome
    }

    /// What it comes to among all rules of its book; None where it does not apply.
    fn selected(&self) -> Option<Outcome> {
        let arena = Bump::new();
        let sets = self.sets();
        let rules = BusinessRule::read(&self.rule, &sets).expect("a rule");
        let book = RuleBook::new(rules, sets);
        let clock = self.body["external"]["validationClock"].as_str();
        // Tests of rules that look at no time name none.
        let clock = clock.or(self.rule["ValidFrom"].as_str()).expect("a time");
        let place = Place {
            country: self.rule["Country"].as_str().expect("a country"),
            region: None,
            at: Timestamp::parse(clock).expect("a time"),
        };
        let payload = Value::from_json(&self.body["payload"].to_string(), &arena).expect("JSON");
        let verdict = book
            .select(&place, &arena)
            .judge(&Certificate { payload, issuers: &[place.country] }, &arena);
        verdict.rules.first().map(|rule| rule.outcome)
    }

    /// Whether the certificate is of the rule's type.
    fn is_of_type(&self) -> bool {
        let rules = BusinessRule::read(&self.rule, &ValueSets::default()).expect("a rule");
        let filled =
            |field: &str| self.body["payload"][field].as_array().is_some_and(|a| !a.is_empty());
        rules[0].certificate_type() == CertificateType::General
            || rules[0].certificate_type().field().is_some_and(filled)
    }
}

#[test]
fn every_rule_gives_what_its_tests_expect() {
    let Some(folder) = material("certlogic/rules") else { return };
    let tests = tests(&folder);
    let wrong = |test: &&Test| test.alone() != test.expected();
    let found: Vec<&str> = tests.iter().filter(wrong).map(|test| &*test.name).collect();
    println!("{} tests passed, {} are wrong themselves", tests.len() - found.len(), found.len());
    assert_eq!(found, WRONG.map(|(name, _)| name), "the list of wrong tests is stale");
    assert!(tests.len() >= 715, "{} tests", tests.len());
}

#[test]
fn the_rule_book_chooses_and_judges_the_same() {
    let Some(folder) = material("certlogic/rules") else { return };
    let (mut chosen, mut of_another_type, mut outside) = (0, 0, Vec::new());
    for test in tests(&folder) {
        match test.selected() {
            Some(outcome) => {
                assert_eq!(outcome, test.alone(), "{}", test.name);
                chosen += 1;
            }
            None if !test.is_of_type() => of_another_type += 1,
            None => outside.push(test.name),
        }
    }
    println!("{chosen} chosen by the book, {of_another_type} are of another type of certificate");
    assert_eq!(outside, OUTSIDE_VALIDITY, "the list of tests outside of validity is stale");
}

#[test]
fn all_countries_load_together() {
    let Some(folder) = material("certlogic/rules") else { return };
    let mut sets = ValueSets::default();
    sets.add(&read(&folder.join("valuesets/valueSets.json"))).expect("value sets");
    let rules = files(&folder).into_iter().filter_map(|path| {
        // One published file is no JSON (`MT/RR-MT-0001/TR-MT-0001.json`: a comma too many).
        let text = std::fs::read_to_string(path).expect("a file");
        let document: Json = serde_json::from_str(&text).ok()?;
        document.get("Identifier")?;
        Some(BusinessRule::read(&document, &sets).expect("rules"))
    });
    let book = RuleBook::new(rules.flatten().collect(), sets.clone());
    let problem =
        |rule: &BusinessRule| Some((rule.identifier().to_owned(), rule.problem()?.to_owned()));
    let problems: Vec<(String, String)> = book.rules().filter_map(problem).collect();
    assert_eq!(problems.len(), NO_LOGIC.len(), "the list is stale: {problems:?}");
    for ((rule, why), (name, part)) in problems.iter().zip(NO_LOGIC) {
        assert!(rule == name && why.contains(part), "{rule}: {why}");
    }
    assert!(book.rules().count() >= 100, "{} rules", book.rules().count());
    let at = Timestamp::parse("2022-01-01T00:00:00Z").expect("a time");
    let arena = Bump::new();
    let place = Place { country: "EU", region: None, at };
    assert!(!book.select(&place, &arena).acceptance().is_empty());
}

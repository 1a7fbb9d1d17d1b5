//! `bench rules`: `CertLogic` evaluations, rules compiled and data parsed, beside plain
//! datalogic-rs and certlogic-js; and whole verdicts. Over published rules and their tests, which
//! lie outside of the project (`HUTONG_TESTDATA`).

use crate::{figures::Report, rates::rates};
use datalogic_rs::{DataValue, Engine, Logic};
use hutong_model::Timestamp;
use hutong_rules::{
    acceptance::{BusinessRule, Certificate, Place, RuleBook},
    certlogic::{Bump, Expression, Value, ValueSets},
};
use serde_json::{Value as Json, json};
use std::{
    hint::black_box,
    path::{Path, PathBuf},
    process::Command,
};

/// Arenas are given back after so many evaluations.
const RESET_EVERY: usize = 256;

/// One test of a rule.
struct Case {
    rule: Json,
    data: Json,
}

/// Runs the benchmark.
pub fn run() -> Report {
    let mut report = Report::new("rules");
    let root = std::env::var_os("HUTONG_TESTDATA").unwrap_or_else(|| "../shared/data".into());
    let folder = Path::new(&root).join("certlogic/rules");
    let cases = cases(&folder);
    if cases.is_empty() {
        eprintln!("left out: no published rules in {} (set HUTONG_TESTDATA)", folder.display());
        return report;
    }
    beside_datalogic(&cases, &mut report);
    let ours = evaluations(&cases);
    match certlogic_js(&cases) {
        Ok(theirs) => {
            let what = format!("CertLogic evaluations, all {} tests, one core", cases.len());
            report.add(&what, ours, "/s", "certlogic-js in Node.js", theirs);
        }
        Err(why) => eprintln!("certlogic-js is left out: {why}"),
    }
    verdicts(&folder, &cases, ours, &mut report);
    report
}

/// Those that both engines answer alike: the others need `CertLogic`'s own operations.
fn beside_datalogic(cases: &[Case], report: &mut Report) {
    let (engine, arena) = (Engine::new(), Bump::new());
    let mut both: Vec<(Expression, Value<'_>, Logic, &DataValue<'_>)> = Vec::new();
    for case in cases {
        let expression = Expression::compile(&case.rule).expect("CertLogic");
        let Ok(logic) = engine.compile(case.rule.to_string().as_str()) else { continue };
        let text = arena.alloc_str(&case.data.to_string());
        let data = Value::from_json(text, &arena).expect("JSON");
        let theirs = &*arena.alloc(DataValue::from_str(text, &arena).expect("JSON"));
        let answer = engine.evaluate(&logic, theirs, &arena).ok().map(|v| v.to_json_string());
        let scratch = Bump::new();
        let own = expression.value(data, &scratch).and_then(Value::to_json).ok();
        if answer.is_some() && own.map(|value| value.to_string()) == answer {
            both.push((expression, data, logic, theirs));
        }
    }
    let (mut scratch, mut at) = (Bump::new(), 0);
    let (mut other_scratch, mut other_at) = (Bump::new(), 0);
    let [ours, theirs] = rates([
        &mut || {
            let (expression, data, ..) = &both[at % both.len()];
            black_box(expression.holds(*data, &scratch).is_ok());
            next(&mut at, &mut scratch);
        },
        &mut || {
            let (.., logic, data) = &both[other_at % both.len()];
            black_box(engine.evaluate(logic, *data, &other_scratch).is_ok());
            next(&mut other_at, &mut other_scratch);
        },
    ]);
    let what = format!("CertLogic evaluations, {} tests that both know, one core", both.len());
    report.add(&what, ours, "/s", "plain datalogic-rs", theirs);
}

fn next(at: &mut usize, scratch: &mut Bump) {
    *at += 1;
    if at.is_multiple_of(RESET_EVERY) {
        scratch.reset();
    }
}

/// Ours per second over all cases.
fn evaluations(cases: &[Case]) -> f64 {
    let arena = Bump::new();
    let read = |case: &Case| {
        let expression = Expression::compile(&case.rule).expect("CertLogic");
        (expression, Value::from_json(&case.data.to_string(), &arena).expect("JSON"))
    };
    let all: Vec<(Expression, Value<'_>)> = cases.iter().map(read).collect();
    let (mut scratch, mut at) = (Bump::new(), 0);
    let [ours] = rates([&mut || {
        let (expression, data) = &all[at % all.len()];
        black_box(expression.holds(*data, &scratch).is_ok());
        next(&mut at, &mut scratch);
    }]);
    ours
}

/// Evaluations per second of certlogic-js; `HUTONG_CERTLOGIC_JS` names a folder where it was
/// installed with npm.
fn certlogic_js(cases: &[Case]) -> Result<f64, String> {
    let folder = std::env::var_os("HUTONG_CERTLOGIC_JS");
    let folder =
        folder.ok_or("npm install certlogic-js, and name the folder: HUTONG_CERTLOGIC_JS")?;
    let file = tempfile::NamedTempFile::new().map_err(|error| error.to_string())?;
    let all: Vec<Json> =
        cases.iter().map(|case| json!({"logic": case.rule, "data": case.data})).collect();
    std::fs::write(file.path(), json!(all).to_string()).map_err(|error| error.to_string())?;
    let mut node = Command::new("node");
    node.args(["-e", include_str!("rules/certlogic.js")]).arg(file.path()).current_dir(folder);
    let output = node.output().map_err(|error| format!("node: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    said.trim().parse().map_err(|_| String::from_utf8_lossy(&output.stderr).into_owned())
}

/// All rules of a place over a certificate, beside the bare evaluation of as many of all rules.
fn verdicts(folder: &Path, cases: &[Case], bare: f64, report: &mut Report) {
    let mut sets = ValueSets::default();
    sets.add(&read(&folder.join("valuesets/valueSets.json"))).expect("value sets");
    let rules = files(folder).into_iter().filter(|path| path.ends_with("rule.json"));
    let rules = rules.flat_map(|path| BusinessRule::read(&read(&path), &sets).expect("rules"));
    let book = RuleBook::new(rules.collect(), sets);
    let shared = Bump::new();
    let at = Timestamp::parse("2022-06-01T00:00:00Z").expect("a time");
    let place = Place { country: "AT", region: None, at };
    let selection = book.select(&place, &shared);
    let arena = Bump::new();
    let read =
        |case: &Case| Value::from_json(&case.data["payload"].to_string(), &arena).expect("JSON");
    let payloads: Vec<Value<'_>> = cases.iter().map(read).collect();
    let count = |payload: &Value<'_>, scratch: &Bump| {
        let certificate = Certificate { payload: *payload, issuers: &["AT"] };
        selection.judge(&certificate, scratch).rules.len()
    };
    let judged: usize = payloads.iter().map(|payload| count(payload, &Bump::new())).sum();
    let each = judged as f64 / payloads.len() as f64;
    let (mut scratch, mut at) = (Bump::new(), 0);
    let [verdicts] = rates([&mut || {
        black_box(count(&payloads[at % payloads.len()], &scratch));
        next(&mut at, &mut scratch);
    }]);
    let what = format!("verdicts of a country's rules, {each:.1} a certificate, one core");
    report.add(&what, verdicts, "/s", "as many bare evaluations", bare / each);
}

fn cases(folder: &Path) -> Vec<Case> {
    let mut cases = Vec::new();
    for path in files(folder).iter().filter(|path| path.ends_with("rule.json")) {
        let rule = read(path)["Logic"].take();
        for test in files(&path.with_file_name("tests")) {
            let test = read(&test);
            let data = json!({"payload": test["payload"], "external": test["external"]});
            cases.push(Case { rule: rule.clone(), data });
        }
    }
    cases
}

fn read(path: &Path) -> Json {
    serde_json::from_slice(&std::fs::read(path).expect("a file")).expect("JSON")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "json") {
            found.push(path);
        }
    }
    found.sort();
    found
}

//! Measures `CertLogic` evaluations per second on one core beside plain `datalogic-rs`, over the
//! published rules and their tests: `cargo run --release -p hutong-rules --example evaluations
//! [FOLDER]`. Rules are compiled and data parsed before; only tests whose answer both engines give
//! alike are counted, which leaves out those that need `CertLogic`'s own operations.

use datalogic_rs::{DataValue, Engine};
use hutong_rules::certlogic::{Bump, Expression, Value};
use serde_json::{Value as Json, json};
use std::{
    path::{Path, PathBuf},
    time::Instant,
};

/// One test: the rule compiled by both, and the data as text.
struct Case {
    ours: Expression,
    theirs: datalogic_rs::Logic,
    data: String,
}

fn main() {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "../shared/data/certlogic/rules".into());
    let engine = Engine::new();
    let (mut both, mut dates) = (Vec::new(), 0);
    for path in files(Path::new(&folder)).iter().filter(|path| path.ends_with("rule.json")) {
        let rule = read(path)["Logic"].take();
        for test in files(&path.with_file_name("tests")) {
            let test = read(&test);
            let data = json!({"payload": test["payload"], "external": test["external"]});
            let ours = Expression::compile(&rule).expect("CertLogic");
            let Ok(theirs) = engine.compile(rule.to_string().as_str()) else { continue };
            let case = Case { ours, theirs, data: data.to_string() };
            if case.agrees(&engine) {
                both.push(case);
            } else {
                dates += 1;
            }
        }
    }
    println!("{} tests in both, {dates} that need CertLogic's own operations", both.len());
    let arena = Bump::new();
    let ours: Vec<Value<'_>> =
        both.iter().map(|case| Value::from_json(&case.data, &arena).expect("JSON")).collect();
    let theirs: Vec<&DataValue<'_>> = both
        .iter()
        .map(|case| &*arena.alloc(DataValue::from_str(&case.data, &arena).expect("JSON")))
        .collect();
    for _ in 0..3 {
        let mut scratch = Bump::with_capacity(1 << 16);
        let a = rate(both.len(), || {
            for (case, data) in both.iter().zip(&ours) {
                std::hint::black_box(case.ours.holds(*data, &scratch).is_ok());
            }
            // What was allocated is given back after each round.
            scratch.reset();
        });
        let mut scratch = Bump::with_capacity(1 << 16);
        let b = rate(both.len(), || {
            for (case, data) in both.iter().zip(&theirs) {
                let value = engine.evaluate(&case.theirs, *data, &scratch);
                std::hint::black_box(value.is_ok());
            }
            scratch.reset();
        });
        println!("ours {a:.0}/s, datalogic-rs {b:.0}/s, ratio {:.2}", a / b);
    }
}

fn rate(count: usize, mut round: impl FnMut()) -> f64 {
    let (begun, mut rounds) = (Instant::now(), 0_u32);
    while begun.elapsed().as_millis() < 700 {
        round();
        rounds += 1;
    }
    f64::from(rounds) * count as f64 / begun.elapsed().as_secs_f64()
}

impl Case {
    fn agrees(&self, engine: &Engine) -> bool {
        let arena = Bump::new();
        let data = Value::from_json(&self.data, &arena).expect("JSON");
        let ours = self.ours.value(data, &arena).and_then(Value::to_json).ok();
        let data = DataValue::from_str(&self.data, &arena).expect("JSON");
        let theirs = engine.evaluate(&self.theirs, *arena.alloc(data), &arena).ok();
        let theirs = theirs.map(|value| value.to_json_string());
        ours.is_some() && ours.map(|value| value.to_string()) == theirs
    }
}

fn read(path: &Path) -> Json {
    serde_json::from_str(&std::fs::read_to_string(path).expect("a file")).expect("JSON")
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
    found
}

//! CDC's published test cases, healthy people and underlying conditions.

mod common;

use std::collections::BTreeSet;

use hutong_programme::cases::{self, Report};

fn report(file: &str, without: &BTreeSet<String>) -> Option<Report> {
    let programme = common::programme()?;
    let sheet = std::fs::read(common::material("cdsi")?.join(file)).expect("a sheet of cases");
    let mut cases = cases::parse(sheet.as_slice()).expect("headings of a workbook");
    cases.retain(|case| case.as_ref().is_ok_and(|case| !without.contains(&case.id)));
    Some(cases::run(&programme, &cases))
}

fn disputed() -> BTreeSet<String> {
    let Some(folder) = common::material("cdsi") else { return BTreeSet::new() };
    let list = std::fs::read_to_string(folder.join("disputed.csv")).expect("the disputed rows");
    list.lines().skip(1).filter_map(|line| line.split(',').next()).map(str::to_owned).collect()
}

/// Asserts the share of each field, of all rows and of those that are not disputed.
fn assert_rates(file: &str, least_of_all: f64, least_undisputed: f64) {
    for (without, least) in [(BTreeSet::new(), least_of_all), (disputed(), least_undisputed)] {
        let Some(report) = report(file, &without) else { return };
        assert!(report.unread.is_empty(), "{:?}", report.unread);
        println!("{file}, {} rows:", report.cases.len());
        for (field, tally) in &report.totals {
            println!("  {field:?}: {} of {}", tally.matching, tally.of);
        }
        for case in &report.cases {
            for (field, value) in case.fields.iter().filter(|(_, value)| !value.matching) {
                let (id, group) = (&case.id, &case.group);
                println!("    {id} {group} {field:?}: {} but {}", value.expected, value.found);
            }
        }
        for (field, tally) in &report.totals {
            let share = tally.share();
            assert!(share >= least, "{file}: {field:?}: {share:.4}, and {least} is wanted");
        }
    }
}

#[test]
fn healthy_people_are_evaluated_and_forecast_as_published() {
    assert_rates("healthy-v4.45.csv", 0.995, 0.995);
}

/// Of the disputed rows most expect what the supporting data no longer say (docs/programme.md).
#[test]
fn people_with_conditions_are_evaluated_and_forecast_as_published() {
    assert_rates("underlying-v4.6.csv", 0.93, 0.98);
}

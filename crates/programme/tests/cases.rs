//! The report on test cases.

mod common;

use hutong_programme::cases::{self, CaseError, Field};
use serde_json::json;

const HEADINGS: &str = "CDC_Test_ID,DOB,gender,Series_Status,Date_Administered_1,CVX_1,MVX_1,\
    Evaluation_Status_1,Forecast_#,Earliest_Date,Recommended_Date,Past_Due_Date,Vaccine_Group,\
    Assessment_Date\n";

fn report(rows: &str) -> cases::Report {
    let sheet = format!("{HEADINGS}{rows}");
    let cases = cases::parse(sheet.as_bytes()).expect("headings");
    cases::run(&common::made_up(), &cases)
}

#[test]
fn a_report_has_totals_groups_and_cases() {
    let found = report(
        "1,2024-01-10,F,Not complete,2024-03-01,901,,Valid,2,2024-03-29,2024-04-26,2024-05-23,\
         ALPHA,2024-03-02\n\
         2,2024-01-10,F,Complete,2024-03-01,901,SKB,Not Valid,-,,,,alpha,2024-03-02\n\
         ,,,,,,,,,,,,,\n",
    );
    let found = serde_json::to_value(&found).expect("JSON");
    assert_eq!(found["totals"]["evaluation_status"], json!({"match": 1, "of": 2}));
    assert_eq!(found["totals"]["series_status"], json!({"match": 1, "of": 2}));
    assert_eq!(found["by_group"]["ALPHA"]["past_due"], json!({"match": 1, "of": 1}));
    assert_eq!(found["by_group"]["alpha"]["series_status"], json!({"match": 0, "of": 1}));
    let fields = &found["cases"][0]["fields"];
    let evaluated = json!({"expected": ["Valid"], "found": ["Valid"], "match": true});
    assert_eq!(fields["evaluation_status"], evaluated);
    let earliest = json!({"expected": "2024-03-29", "found": "2024-03-29", "match": true});
    assert_eq!(fields["earliest"], earliest);
    let number = &found["cases"][1]["fields"]["forecast_number"];
    assert_eq!(*number, json!({"expected": null, "found": "2", "match": false}));
    assert_eq!(found["cases"].as_array().map(Vec::len), Some(2));
    assert!(found.get("unread").is_none());
}

#[test]
fn spreadsheets_are_read_as_they_come() {
    let row = "\u{feff}".to_owned() + HEADINGS;
    let row = row
        + "caf?,2024-01-10 00:00:00,F,Not complete,3/1/2024,901.0,,Valid,2.0,\
        2024-03-29T00:00:00,2024-04-26,05/23/2024, alpha ,20240302\n";
    let mut sheet = row.into_bytes();
    let place = sheet.iter().position(|byte| *byte == b'?').expect("the mark");
    sheet[place] = 0xe9;
    let cases = cases::parse(sheet.as_slice()).expect("headings");
    let found = cases::run(&common::made_up(), &cases);
    assert!(found.unread.is_empty(), "{:?}", found.unread);
    assert!(found.cases[0].fields.values().all(|field| field.matching), "{:?}", found.cases);
}

#[test]
fn rows_that_cannot_be_read_are_said() {
    let found = report(
        "1,2024-01-10,F,Complete,2024-13-01,901,,Valid,-,,,,ALPHA,2024-03-02\n\
         2,,F,Complete,,,,,-,,,,ALPHA,2024-03-02\n\
         3,2024-01-10,F,Complete,2024-03-01,,,Valid,-,,,,ALPHA,2024-03-02\n\
         4,2024-01-10,F,Complete,,,,,-,,,,No such group,2024-03-02\n",
    );
    assert_eq!(found.unread.len(), 3, "{:?}", found.unread);
    assert_eq!(found.cases.len(), 1);
    assert!(!found.cases[0].fields[&Field::SeriesStatus].matching);
    let none = cases::parse("a,b\n1,2\n".as_bytes()).expect_err("no headings");
    assert_eq!(none, CaseError::NoColumn("CDC_Test_ID"));
}

//! Counters on the command line: of a synthetic population with its mistakes, while the node runs
//! and while it does not.

mod common;

use common::{Place, run, said, text, well};
use serde_json::Value;

fn json(place: &Place, arguments: &[&str]) -> Value {
    let arguments = [arguments, &["--json"]].concat();
    serde_json::from_str(&well(&place.run(&arguments))).expect("JSON")
}

/// The sum of a facet over all days.
fn sum(place: &Place, facet: &str) -> (i64, u64) {
    let counts = json(place, &["counts", facet, "--from", "1900-01-01", "--to", "2100-01-01"]);
    let groups = counts["groups"].as_array().expect("groups").iter();
    let sum = groups.map(|group| group["count"].as_i64().expect("a number")).sum();
    (sum, counts["uncounted"].as_u64().expect("a number"))
}

#[test]
fn what_is_counted_agrees_with_counting_again() {
    let place = Place::init(&["--region", "330000", "--name", "east"]);
    place.admit("330000.clinic-1", "clinic");
    let folder = text(&place.path("people"));
    well(&run(["simulate", "--persons", "300", "--out", &folder, "--region", "330000"]));
    let files = std::fs::read_dir(&folder).expect("the folder");
    let files: Vec<String> = files.map(|file| text(&file.expect("a file").path())).collect();
    let mut arguments = vec!["import", "--as", "330000.clinic-1", "--json"];
    arguments.extend(files.iter().map(String::as_str));
    let imported = place.run(&arguments);
    let (code, report, _) = said(&imported);
    assert_eq!(code, 1, "some rows are wrong: {report}");
    let report: Value = serde_json::from_str(&report).expect("JSON");
    let rejected = report["total"]["rejected"].as_i64().expect("a number");
    assert!(rejected > 0, "{report}");
    assert!(sum(&place, "doses").1 > 0, "counted while the node runs");
    assert_eq!(sum(&place, "rejections").0, rejected);

    let running = place.serve();
    let mut tries = 0;
    while sum(&place, "doses").1 > 0 {
        tries += 1;
        assert!(tries < 400, "counting does not come to an end");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let (doses, results) = (sum(&place, "doses").0, sum(&place, "results").0);
    assert!(doses > 300, "{doses}");
    assert!(sum(&place, "uploads").0 >= doses + results);
    assert_eq!(sum(&place, "delays").0, sum(&place, "uploads").0);
    let recounted = json(&place, &["recount"]);
    assert_eq!((&recounted["differing"], &recounted["mended"]), (&0.into(), &false.into()));
    assert_eq!(running.stop(), 0);
    assert_eq!(json(&place, &["recount", "--mend"])["differing"], 0);
    let table = well(&place.run(&["counts", "doses", "--from", "1900-01-01", "--by", "sex,age"]));
    assert!(table.contains("female"), "{table}");
}

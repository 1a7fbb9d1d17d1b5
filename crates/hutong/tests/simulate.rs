//! Invented populations: into files and into stores; and out of them again.

mod common;
#[allow(dead_code, reason = "a part of it is for the tests of the store")]
#[path = "../../store/tests/server/mod.rs"]
mod server;

use common::{Place, hutong, said, text, well};
use serde_json::Value;

fn json(output: &std::process::Output) -> Value {
    serde_json::from_str(&well(output)).expect("JSON")
}

#[test]
fn rates_are_as_stated_and_the_same_seed_gives_the_same_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = |name: &str, more: &[&str]| {
        let out = folder.path().join(name);
        let mut command = hutong();
        command.args(["simulate", "--persons", "300", "--as-of", "2026-11-20", "--json", "--out"]);
        let totals = json(&command.arg(&out).args(more).output().expect("it starts"));
        let first = std::fs::read(out.join("330000.clinic-1.ndjson")).expect("a file");
        (totals, first)
    };
    let (usual, first) = made("a", &[]);
    assert_eq!((usual, first), made("b", &[]));
    let (clean, _) = made("c", &["--clean", "--clinics", "2"]);
    assert_eq!(clean["mistakes"], 0);
    assert_eq!(clean["reporters"].as_array().map(Vec::len), Some(6));
    let (bad, _) = made("d", &["--clean", "--unknown-vaccines", "0.5"]);
    let share = bad["mistakes"].as_f64().expect("a number") / bad["doses"].as_f64().expect("one");
    assert!((0.45..0.55).contains(&share), "{share}");
    let (code, _, stderr) = said(
        &hutong().args(["simulate", "--out", "x", "--moved", "2"]).output().expect("it starts"),
    );
    assert!(code == 2 && stderr.contains("moved"), "{code} {stderr}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_population_goes_into_stores_and_out_as_a_table() {
    let place = Place::init(&["--region", "330000", "--name", "east"]);
    let ask = ["simulate", "--persons", "300", "--json", "--into"];
    let into = |store: &str| place.run(&[&ask[..], &[store]].concat());
    let here = json(&into("config"));
    assert!(here["admitted"].as_u64() > Some(500) && here["rejected"].as_u64() < Some(100));
    let (code, _, stderr) = said(&into("config"));
    assert!(code == 1 && stderr.contains("persons already"), "{code} {stderr}");
    let database = server::Database::new().await;
    assert_eq!(json(&into(&database.url))["admitted"], here["admitted"]);

    let out = place.path("records.parquet");
    let why = ["--reason", "Law 1 article 2", "--json", "--format"];
    let export =
        |out: &str, form: &str| json(&place.run(&[&["export", out][..], &why, &[form]].concat()));
    let table = export(&text(&out), "parquet");
    let lines = text(&place.path("records.ndjson"));
    assert_eq!(export(&lines, "ndjson"), table);
    let lines = std::fs::read_to_string(lines).expect("a file").lines().count();
    assert_eq!(table["records"], lines);
    let bytes = std::fs::read(&out).expect("a file");
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
    let file = std::fs::File::open(&out).expect("a file");
    let rows = read(file);
    assert_eq!(rows.len(), lines);
    assert!(rows.iter().all(|(kind, member)| {
        ["Immunization", "Observation"].contains(&kind.as_str()) && member.starts_with("330000.")
    }));
}

/// Kind and member of each row.
fn read(file: std::fs::File) -> Vec<(String, String)> {
    use parquet::{
        file::reader::{FileReader, SerializedFileReader},
        record::RowAccessor,
    };
    let reader = SerializedFileReader::new(file).expect("a table");
    let rows = reader.get_row_iter(None).expect("rows");
    rows.map(|row| {
        let row = row.expect("a row");
        let text = |at| row.get_string(at).expect("text").clone();
        assert!(row.get_timestamp_millis(9).expect("a moment") > 0);
        (text(2), text(3))
    })
    .collect()
}

//! WHO's schedules, from their workbooks: they load as published, and a child is assessed by them.

mod common;

use std::path::Path;

use hutong_programme::{
    Cvx, Day, Dose, Gender, GroupForecast, LoadError, Patient, Programme, SeriesStatus, workbook,
};

/// Names and bytes of the workbooks.
fn files() -> Option<Vec<(String, Vec<u8>)>> {
    let folder = common::material("cdsi")?.join("who");
    let mut files = Vec::new();
    let mut add = |folder: &Path| {
        for entry in std::fs::read_dir(folder).expect("a folder of workbooks") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            files.push((name, std::fs::read(&path).expect("a workbook")));
        }
    };
    add(&folder.join("antigen"));
    add(&folder.join("schedule"));
    files.sort();
    Some(files)
}

fn load(files: &[(String, Vec<u8>)]) -> Result<Programme, LoadError> {
    let pairs = files.iter().map(|(name, bytes)| (name, bytes.as_slice()));
    Programme::new(workbook::read(pairs)?)
}

fn day(text: &str) -> Day {
    Day::parse(text).expect("a day")
}

/// Somebody born on 2024-01-15.
fn forecast(programme: &Programme, doses: &[(&str, u16)], on: &str, group: &str) -> GroupForecast {
    let patient = Patient {
        birth: day("2024-01-15"),
        gender: Gender::Female,
        birth_country: None,
        doses: doses.iter().map(|(date, code)| Dose::new(day(date), Cvx(*code))).collect(),
        observations: Vec::new(),
    };
    let group = programme.group(group).expect("a vaccine group");
    programme.assess(&patient, day(on)).primary(group).expect("a forecast").clone()
}

fn dates(found: &GroupForecast) -> (String, String) {
    let dates = found.dates.expect("dates");
    (dates.earliest.to_string(), dates.recommended.to_string())
}

#[test]
fn every_workbook_loads() {
    let Some(files) = files() else { return };
    let programme = load(&files).expect("WHO's workbooks load as published");
    let data = programme.data();
    assert_eq!(files.len(), 27);
    assert_eq!(data.antigens.len(), 22);
    assert_eq!(data.antigens.iter().map(|it| it.series.len()).sum::<usize>(), 32);
    let series = data.antigens.iter().flat_map(|antigen| &antigen.series);
    assert_eq!(series.map(|series| series.doses.len()).sum::<usize>(), 77);
    assert_eq!(data.schedule.conflicts.len(), 14);
    assert_eq!(data.schedule.observations.len(), 16);
}

#[test]
fn a_newborn_and_a_child_are_assessed() {
    let Some(files) = files() else { return };
    let programme = load(&files).expect("workbooks");
    let newborn = |group| dates(&forecast(&programme, &[], "2024-01-15", group));
    assert_eq!(newborn("BCG").0, "2024-01-15");
    assert_eq!(newborn("DTP").0, "2024-02-26", "six weeks");
    assert_eq!(newborn("Polio").1, "2024-02-26");
    let first = [("2024-10-20", 4)];
    let second = forecast(&programme, &first, "2024-10-20", "MR");
    assert_eq!(dates(&second), ("2025-04-15".into(), "2025-04-15".into()), "15 months");
    let both = [("2024-10-20", 4), ("2025-04-20", 4)];
    let done = forecast(&programme, &both, "2025-05-01", "MR");
    assert_eq!(done.status, SeriesStatus::Complete);
    let early = forecast(&programme, &[("2024-06-20", 4)], "2024-06-20", "MR");
    assert_eq!(early.number, Some(1), "before six months nothing counts");
}

#[test]
fn what_is_no_workbook_is_named() {
    let text = b"no workbook".as_slice();
    let error = workbook::read([("no.xlsx", text)]).expect_err("an error");
    assert!(matches!(error, LoadError::Unreadable { .. }), "{error}");
    assert!(error.to_string().contains("no.xlsx"));
    let none: [(&str, &[u8]); 0] = [];
    assert_eq!(workbook::read(none).expect_err("nothing"), LoadError::Schedule { count: 0 });
    let large = vec![0; 2 << 20];
    let error = workbook::read([("large.xlsx", large.as_slice())]).expect_err("too large");
    assert!(matches!(error, LoadError::TooMany { .. }), "{error}");
}

#[test]
fn damaged_workbooks_never_bring_the_reader_down() {
    let Some(files) = files() else { return };
    let (name, whole) = &files[files.len() / 2];
    for cut in (0..whole.len()).step_by(97) {
        let _ = workbook::read([(name, &whole[..cut])]);
        let mut changed = whole.clone();
        changed[cut] ^= 0x55;
        let _ = workbook::read([(name, changed.as_slice())]);
    }
    for left_out in 0..files.len() {
        let mut fewer = files.clone();
        let (name, _) = fewer.remove(left_out);
        let schedule = ["WHO CVX to Antigen Map.xlsx", "WHO Vaccine Group to Antigen Map.xlsx"];
        let antigen = !name.starts_with("WHO ");
        if antigen || schedule.contains(&name.as_str()) {
            // What it describes is missing, and the error says what names it.
            let loaded = load(&fewer);
            let empty = loaded.as_ref().is_ok_and(|it| it.data().schedule.vaccines.is_empty());
            assert!(loaded.is_err() || empty, "{name}");
        }
    }
}

//! The cross-recognition matrix: only filed exceptions in force make a cell other than yes.

use crate::{NOW, World, exceptions::exception, region};
use hutong_code::trust::{
    Adapter, Charset, ExceptionScope, Matrix, Recognised, RecognitionException, RegionService, Text,
};
use hutong_code::{Algorithm, TrustList};

fn matrix(filed: Vec<RecognitionException>) -> Matrix {
    let mut world = World::new(Algorithm::EdDsa, Algorithm::Es256);
    let service =
        |of: &str, issuer: &str| RegionService { region: region(of), issuer: region(issuer) };
    world.body.regions =
        vec![service("330000", "330000"), service("440000", "440000"), service("350000", "000000")];
    world.body.adapters = vec![Adapter {
        id: "old-qr".into(),
        prefix: "QR-".into(),
        charset: Charset::Digits,
        length_min: 4,
        length_max: 9,
        name: Text { zh: "旧码".into(), en: "Old codes".into() },
        region: region("520000"),
    }];
    world.body.exceptions = filed;
    TrustList::of_body(world.body).expect("a trust list").matrix(NOW)
}

fn cell(matrix: &Matrix, origin: &str, shown_in: &str) -> (Recognised, usize) {
    let of = |cell: &&hutong_code::trust::Cell| {
        cell.origin.region == region(origin) && cell.shown_in == region(shown_in)
    };
    let cell = matrix.cells.iter().find(of).expect("a cell");
    assert_eq!(cell.recognised == Recognised::Yes, cell.refusals.is_empty());
    (cell.recognised, cell.refusals.len())
}

#[test]
fn without_exceptions_all_is_recognised() {
    let mut over = exception();
    over.expires_at = NOW;
    let mut not_begun = exception();
    not_begun.effective_from = NOW.plus_s(1);
    for matrix in [matrix(vec![]), matrix(vec![over, not_begun])] {
        // The root, three regions, a foreign system; shown in each of their regions.
        assert_eq!(matrix.cells.len(), 25);
        assert!(matrix.cells.iter().all(|cell| cell.recognised == Recognised::Yes));
        assert!(matrix.cells.iter().all(|cell| cell.refusals.is_empty()));
    }
}

#[test]
fn an_exception_makes_its_own_cell_no() {
    let matrix = matrix(vec![exception()]);
    assert_eq!(cell(&matrix, "330000", "440000"), (Recognised::No, 1));
    // In the nation as a whole it is recognised but for that region.
    assert_eq!(cell(&matrix, "330000", "000000"), (Recognised::Partly, 1));
    let others = matrix.cells.iter().filter(|cell| cell.recognised != Recognised::Yes);
    assert_eq!(others.count(), 2);
    let json = serde_json::to_value(&matrix).expect("JSON");
    let found = json["cells"].as_array().expect("cells").iter().find(|c| c["recognised"] == "no");
    let found = found.expect("a cell");
    assert_eq!(found["refusals"][0]["id"], "2025-0017");
    assert_eq!((&found["region"], &found["shown_in"]), (&"330000".into(), &"440000".into()));
}

#[test]
fn what_is_refused_in_part_is_partly_recognised() {
    let change = |change: &dyn Fn(&mut RecognitionException)| {
        let mut exception = exception();
        change(&mut exception);
        matrix(vec![exception])
    };
    let paper = change(&|e| e.scope = ExceptionScope::Paper);
    assert_eq!(cell(&paper, "330000", "440000"), (Recognised::Partly, 1));
    let city_refuses = change(&|e| e.region = region("440100"));
    assert_eq!(cell(&city_refuses, "330000", "440000"), (Recognised::Partly, 1));
    assert_eq!(cell(&city_refuses, "330000", "440100"), (Recognised::No, 1));
    let city_is_refused = change(&|e| e.refused = region("330100"));
    assert_eq!(cell(&city_is_refused, "330000", "440000"), (Recognised::Partly, 1));
    assert_eq!(cell(&city_is_refused, "330100", "440000"), (Recognised::No, 1));
    let foreign = change(&|e| (e.refused, e.scope) = (region("520000"), ExceptionScope::Foreign));
    let cells = foreign.cells.iter().filter(|cell| cell.recognised == Recognised::No);
    let adapters: Vec<_> = cells.map(|cell| cell.origin.adapter.as_deref()).collect();
    assert_eq!(adapters, [Some("old-qr")]);
}

#[test]
fn all_kinds_refused_one_by_one_are_no() {
    let of = |scope| RecognitionException { scope, ..exception() };
    let scopes = [ExceptionScope::Paper, ExceptionScope::Level, ExceptionScope::Plain];
    let matrix = matrix(scopes.map(of).to_vec());
    assert_eq!(cell(&matrix, "330000", "440000"), (Recognised::No, 3));
}

#[test]
fn the_roots_codes_are_refused_by_the_roots_name_or_by_where_people_live() {
    let mut by_name = exception();
    by_name.refused = region("000000");
    let matrix_by_name = matrix(vec![by_name]);
    assert_eq!(cell(&matrix_by_name, "350000", "440000"), (Recognised::No, 1));
    assert_eq!(cell(&matrix_by_name, "000000", "440000"), (Recognised::No, 1));
    assert_eq!(cell(&matrix_by_name, "330000", "440000"), (Recognised::Yes, 0));
    let mut by_residence = exception();
    by_residence.refused = region("350000");
    let matrix = matrix(vec![by_residence]);
    assert_eq!(cell(&matrix, "350000", "440000"), (Recognised::No, 1));
    assert_eq!(cell(&matrix, "000000", "440000"), (Recognised::Partly, 1));
}

#[test]
fn an_issuer_without_a_key_is_said() {
    let matrix = matrix(vec![]);
    assert!(matrix.without_key.contains(&region("440000")));
    assert!(!matrix.without_key.contains(&region("330000")));
}

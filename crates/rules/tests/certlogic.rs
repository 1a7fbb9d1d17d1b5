//! `CertLogic`, operation by operation, against the text of its specification (1.3.3).

mod common;

use common::eval;
use hutong_rules::certlogic::{Bump, Expression, Value, ValueSets};
use serde_json::{Value as Json, json};

/// The value over no data.
fn of(expression: Json) -> Result<Json, String> {
    eval(&expression, &json!({})).map_err(|error| error.to_string())
}

fn plus(text: &str, amount: i64, unit: &str) -> Result<Json, String> {
    of(json!({"plusTime": [text, amount, unit]}))
}

fn day(text: &str) -> Json {
    json!({"plusTime": [text, 0, "day"]})
}

#[test]
fn dates_are_moved_as_ecmascript_does() {
    for (text, amount, unit, moved) in [
        ("2021-06-01", 40, "hour", "2021-06-02T16:00:00.000Z"),
        ("2020-02-29", 1, "day", "2020-03-01T00:00:00.000Z"),
        ("2020-02-29", 1, "month", "2020-03-29T00:00:00.000Z"),
        ("2020-02-29", 1, "year", "2021-03-01T00:00:00.000Z"),
        ("2020-02-29", 4, "year", "2024-02-29T00:00:00.000Z"),
        ("2021-01-31", 1, "month", "2021-03-03T00:00:00.000Z"),
        ("2021-03-31", -1, "month", "2021-03-03T00:00:00.000Z"),
        ("2021-12-31", 2, "month", "2022-03-03T00:00:00.000Z"),
        ("2021-01-15", -13, "month", "2019-12-15T00:00:00.000Z"),
        ("2021-03-28T01:30:00+01:00", 24, "hour", "2021-03-29T00:30:00.000Z"),
        ("2021-03-27T23:59:59.999+14:00", -1, "day", "2021-03-26T09:59:59.999Z"),
        ("1969-12-31T23:59:59.999Z", -1, "hour", "1969-12-31T22:59:59.999Z"),
        ("9999-12-31", 1, "day", "+010000-01-01T00:00:00.000Z"),
        ("0000-01-01", -1, "hour", "-000001-12-31T23:00:00.000Z"),
        ("1970-01-01", 100_000_000, "day", "+275760-09-13T00:00:00.000Z"),
    ] {
        assert_eq!(plus(text, amount, unit), Ok(json!(moved)), "{text} {amount} {unit}");
    }
    for (amount, unit) in [(100_000_001, "day"), (i64::MAX, "year"), (i64::MIN, "hour")] {
        assert!(plus("1970-01-01", amount, unit).is_err(), "{amount} {unit}");
    }
}

#[test]
fn every_form_of_date_is_read() {
    for (text, read) in [
        ("2021", "2021-12-31T00:00:00.000Z"),
        ("2021-02", "2021-02-28T00:00:00.000Z"),
        ("2024-02", "2024-02-29T00:00:00.000Z"),
        ("2100-02", "2100-02-28T00:00:00.000Z"),
        ("2021-06-01", "2021-06-01T00:00:00.000Z"),
        ("2021-06-01T08:30:00", "2021-06-01T08:30:00.000Z"),
        ("2021-06-01T08:30:00.1239999", "2021-06-01T08:30:00.123Z"),
        ("2021-06-01T08:30:00.0009Z", "2021-06-01T08:30:00.000Z"),
        ("2021-06-01T24:00:00Z", "2021-06-02T00:00:00.000Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"),
        ("2021-06-01T00:00:00-0:30", "2021-06-01T00:30:00.000Z"),
        ("2021-06-01T00:00:00.5-330", "2021-06-01T03:30:00.500Z"),
    ] {
        assert_eq!(plus(text, 0, "hour"), Ok(json!(read)), "{text}");
    }
    for offset in ["+8", "+08", "+800", "+0800", "+8:00", "+08:00"] {
        for fraction in ["", ".5"] {
            let text = format!("2021-06-01T08:00:00{fraction}{offset}");
            let millis = if fraction.is_empty() { "000" } else { "500" };
            assert_eq!(plus(&text, 0, "day"), Ok(json!(format!("2021-06-01T00:00:00.{millis}Z"))));
        }
    }
    for text in [
        "",
        "tomorrow",
        "21",
        "20211",
        "2021-13",
        "2021-00",
        "2021-02-29",
        "2021-09-99",
        "2021-6-1",
        "2021/06/01",
        "2021-06-01T",
        "2021-06-01T08:30",
        "2021-06-01T08:30Z",
        "2021-06-01T25:00:00Z",
        "2021-06-01T24:00:01Z",
        "2021-06-01T08:60:00Z",
        "2021-06-01 08:30:00Z",
        "2021-06-01t08:30:00Z",
        "2021-06-01T08:30:00z",
        "2021-06-01T08:30:00.Z",
        "2021-06-01T08:30:00+",
        "2021-06-01T08:30:00+8:0",
        "2021-06-01T08:30:00+08:000",
        "2021-06-01T08:30:00+24:00",
        "2021-06-01T08:30:00+08:60",
        "2021-06-01T08:30:00+a",
        "２０２１-06-01",
        "+2021-06-01",
    ] {
        assert!(plus(text, 0, "day").is_err(), "{text}");
    }
}

#[test]
fn a_date_time_is_a_type_of_its_own() {
    let text = "2021-06-01T00:00:00.000Z";
    for wrong in [
        json!({"after": [text, text]}),
        json!({"before": [day(text), text]}),
        json!({"not-after": [day(text), day(text), 3]}),
        json!({"plusTime": [day(text), 0, "day"]}),
        json!({"dccDateOfBirth": [day(text)]}),
        json!({"extractFromUVCI": [day(text), 0]}),
        json!({"!": [day(text)]}),
        json!({"if": [day(text), 1, 2]}),
        json!({"and": [true, day(text)]}),
        json!({"<": [day(text), day(text)]}),
        json!({"+": [day(text), 1]}),
    ] {
        assert!(of(wrong.clone()).is_err(), "{wrong}");
    }
    assert_eq!(of(json!({"===": [day(text), text]})), Ok(json!(false)));
    assert_eq!(of(json!({"===": [day(text), day("2021-06-01")]})), Ok(json!(true)));
    assert_eq!(of(json!([day("2021-06-01")])), Ok(json!([text])));
}

#[test]
fn date_times_are_compared() {
    let (early, late) = (day("2021-01-01"), day("2021-01-02"));
    for (name, results) in [
        ("after", [false, false, true]),
        ("before", [true, false, false]),
        ("not-after", [true, true, false]),
        ("not-before", [false, true, true]),
    ] {
        let pairs = [(&early, &late), (&early, &early), (&late, &early)];
        for ((a, b), holds) in pairs.into_iter().zip(results) {
            assert_eq!(of(json!({name: [a, b]})), Ok(json!(holds)), "{name}");
        }
    }
    assert_eq!(of(json!({"not-after": [early, early, late]})), Ok(json!(true)));
    assert_eq!(of(json!({"not-after": [early, late, early]})), Ok(json!(false)));
    // An operand of the wrong type is an error, also where the first pair decides.
    assert!(of(json!({"before": [late, early, 1]})).is_err());
}

#[test]
fn births_are_the_last_day_that_fits() {
    let born = |text: Json| of(json!({"dccDateOfBirth": [text]}));
    assert_eq!(born(json!("2004")), Ok(json!("2004-12-31T00:00:00.000Z")));
    assert_eq!(born(json!("2004-02")), Ok(json!("2004-02-29T00:00:00.000Z")));
    assert_eq!(born(json!("2004-02-03")), Ok(json!("2004-02-03T00:00:00.000Z")));
    for wrong in [json!(""), json!("2004-02-03T00:00:00Z"), json!(2004), json!({"var": "x"})] {
        assert!(born(wrong.clone()).is_err(), "{wrong}");
    }
}

#[test]
fn truth_is_narrow() {
    let not = |value: Json| eval(&json!({"!": [{"var": "x"}]}), &json!({"x": value}));
    for falsy in [json!(false), json!(null), json!(""), json!(0), json!([]), json!({})] {
        assert_eq!(not(falsy.clone()).ok(), Some(json!(true)), "{falsy}");
    }
    for truthy in [json!(true), json!("0"), json!(-1), json!(2.0), json!([0]), json!({"a": null})] {
        assert_eq!(not(truthy.clone()).ok(), Some(json!(false)), "{truthy}");
    }
    for neither in [json!(0.5), json!(1e300)] {
        assert!(not(neither.clone()).is_err(), "{neither}");
    }
}

#[test]
fn only_what_is_needed_is_evaluated() {
    let wrong = json!({"+": ["a", 1]});
    assert_eq!(of(json!({"if": [true, 1, wrong]})), Ok(json!(1)));
    assert_eq!(of(json!({"if": [false, wrong, 2]})), Ok(json!(2)));
    assert_eq!(of(json!({"and": [0, wrong]})), Ok(json!(0)));
    assert!(of(json!({"and": [1, wrong]})).is_err());
    // What cannot be CertLogic is refused, evaluated or not.
    assert!(of(json!({"if": [true, 1, {"xor": [1, 2]}]})).is_err());
}

#[test]
fn numbers_are_integers() {
    assert_eq!(of(json!({"+": [40, 2.0]})), Ok(json!(42)));
    assert!(of(json!({"+": [i64::MAX, 1]})).is_err());
    assert!(of(json!({"+": ["1", "2"]})).is_err());
    assert!(of(json!({"<": ["1", "2"]})).is_err());
    assert!(eval(&json!({"<": [{"var": ""}, 2]}), &json!(1.5)).is_err());
    assert_eq!(of(json!({">": [3, 2, 1]})), Ok(json!(true)));
    assert_eq!(eval(&json!({"var": ""}), &json!(1.5)).ok(), Some(json!(1.5)));
}

#[test]
fn numbers_come_out_as_they_went_in() {
    let arena = Bump::new();
    for text in ["3.3333333333333333e39", "0.1", "1.7976931348623157e308", "-2.5"] {
        let whole = Expression::compile(&json!({"var": ""})).expect("CertLogic");
        let data = Value::from_json(text, &arena).expect("JSON");
        let value = whole.value(data, &arena).and_then(Value::to_json).expect("a value");
        let exact: f64 = text.parse().expect("a number");
        assert_eq!(value.as_f64(), Some(exact), "{text}");
        let again = Value::from_json(&value.to_string(), &arena).and_then(Value::to_json);
        assert_eq!(again.ok(), Some(value), "{text}");
    }
}

#[test]
fn membership_takes_an_array() {
    let within = |member: Json, list: Json| {
        eval(&json!({"in": [{"var": "m"}, {"var": "l"}]}), &json!({"m": member, "l": list})).ok()
    };
    assert_eq!(within(json!(1), json!([1, "1"])), Some(json!(true)));
    assert_eq!(within(json!("1"), json!([1, 2])), Some(json!(false)));
    assert_eq!(within(json!([1]), json!([[1]])), Some(json!(true)));
    assert_eq!(within(json!({"a": 1}), json!([{"a": 1}])), Some(json!(true)));
    assert_eq!(within(json!(null), json!([null])), Some(json!(true)));
    for wrong in [json!(null), json!("abc"), json!({"a": 1}), json!(5)] {
        assert_eq!(within(json!("a"), wrong.clone()), None, "{wrong}");
    }
    assert_eq!(of(json!({"in": ["b", ["c", "b", "a", "b"]]})), Ok(json!(true)));
    assert_eq!(of(json!({"in": [1, ["1"]]})), Ok(json!(false)));
    assert_eq!(of(json!({"in": [1, ["1", 1]]})), Ok(json!(true)));
}

#[test]
fn data_are_reached_by_path() {
    let data = json!({"a": [{"b": 1}, {"0": "zero"}], "t": "text", "n": 3});
    for (path, found) in [
        ("a.0.b", json!(1)),
        ("a.1.0", json!("zero")),
        ("a.2", json!(null)),
        ("a.-1", json!(null)),
        ("a.length", json!(null)),
        ("a.99999999999999999999", json!(null)),
        ("t.0", json!(null)),
        ("n.x", json!(null)),
        ("x.y.z", json!(null)),
    ] {
        assert_eq!(eval(&json!({"var": path}), &data).ok(), Some(found), "{path}");
    }
    let twice = Bump::new();
    let twice = Value::from_json(r#"{"a": 1, "a": 2}"#, &twice).expect("JSON");
    assert!(matches!(twice.field("a"), Value::Integer(2)));
}

#[test]
fn a_reduction_sees_only_its_own() {
    let sum =
        json!({"reduce": [{"var": "x"}, {"+": [{"var": "accumulator"}, {"var": "current"}]}, 1]});
    assert_eq!(eval(&sum, &json!({"x": [1, 2]})).ok(), Some(json!(4)));
    assert_eq!(eval(&sum, &json!({"x": []})).ok(), Some(json!(1)));
    assert_eq!(eval(&sum, &json!({})).ok(), Some(json!(1)));
    assert!(eval(&sum, &json!({"x": "12"})).is_err());
    assert!(eval(&sum, &json!({"x": ["1"]})).is_err());
    let outside = json!({"reduce": [[1], {"var": "x"}, 0]});
    assert_eq!(eval(&outside, &json!({"x": 5})).ok(), Some(json!(null)));
    let scope = json!({"reduce": [[1], {"var": ""}, 0]});
    let found = eval(&scope, &json!({})).ok();
    assert_eq!(found, Some(json!({"accumulator": 0, "current": 1})));
}

#[test]
fn parts_of_identifiers() {
    let part = |text: Json, index: i64| of(json!({"extractFromUVCI": [text, index]}));
    assert_eq!(part(json!("URN:UVCI:01:NL:187/375#2"), 4), Ok(json!("2")));
    assert_eq!(part(json!("urn:uvci:01"), 0), Ok(json!("urn")));
    assert_eq!(part(json!("01:NL"), i64::MAX), Ok(json!(null)));
    assert_eq!(part(json!("01:NL"), -1), Ok(json!(null)));
    assert!(part(json!(1), 0).is_err());
    assert!(of(json!({"extractFromUVCI": ["a", "0"]})).is_err());
}

#[test]
fn what_is_not_certlogic_is_refused() {
    for wrong in [
        json!({"==": [1, 1]}),
        json!({"===": [1]}),
        json!({"===": [1, 1, 1]}),
        json!({"!": [true, true]}),
        json!({"!": true}),
        json!({"and": [true]}),
        json!({"<": [1]}),
        json!({"<": [1, 2, 3, 4]}),
        json!({"if": [true, 1]}),
        json!({"if": [true, 1, 2, 3]}),
        json!({"in": ["a"]}),
        json!({"or": [true, false]}),
        json!({"var": ["a"]}),
        json!({"var": 0}),
        json!({"var": "a..b"}),
        json!({"var": "a."}),
        json!({"var": "."}),
        json!({"now": []}),
        json!({"and": [true, true], "!": [true]}),
        json!({"reduce": [[], 0]}),
        json!({"plusTime": ["2021-01-01", 1, "week"]}),
        json!({"plusTime": ["2021-01-01", "1", "day"]}),
        json!({"plusTime": ["2021-01-01", {"+": [1, 1]}, "day"]}),
        json!({"dccDateOfBirth": []}),
        json!([null]),
        json!(null),
        json!(1.5),
        json!({}),
    ] {
        assert!(Expression::compile(&wrong).is_err(), "{wrong}");
    }
    let mut deep = json!(true);
    for _ in 0..200 {
        deep = json!({"!": [deep]});
    }
    assert!(Expression::compile(&deep).is_err());
}

#[test]
fn work_and_size_are_bounded() {
    // Each round doubles what would be written, or looked through.
    let double =
        json!({"reduce": [{"var": ""}, [{"var": "accumulator"}, {"var": "accumulator"}], 0]});
    assert!(eval(&double, &json!(vec![0; 60])).is_err());
    assert!(eval(&json!({"===": [double, double]}), &json!(vec![0; 60])).is_err());
    // Each round nests one deeper.
    let nest = json!({"reduce": [{"var": ""}, [{"var": "accumulator"}], 0]});
    assert!(eval(&nest, &json!(vec![0; 100_000])).is_err());
    // Rounds within rounds.
    let mut rounds = json!(0);
    for _ in 0..8 {
        let lists = json!([[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]]);
        rounds = json!({"reduce": [lists[0], rounds, 0]});
    }
    assert!(of(rounds).is_err());
}

#[test]
fn value_sets_are_bound() {
    let mut sets = ValueSets::default();
    let published = json!({"valueSetId": "v", "valueSetDate": "2021-01-02", "valueSetValues":
        {"a": {"display": "A", "active": true}, "b": {"active": false}}});
    assert_eq!(sets.add(&json!([published])).ok(), Some(1));
    let older =
        json!({"valueSetId": "v", "valueSetDate": "2020-01-02", "valueSetValues": {"z": 1}});
    assert_eq!(sets.add(&older).ok(), Some(1));
    assert_eq!(sets.add(&json!({"w": ["c"]})).ok(), Some(1));
    assert_eq!(sets.codes("v").map(<[_]>::len), Some(2));
    for (wrong, field) in [
        (json!({"w": "c"}), "w"),
        (json!([{"valueSetId": "v"}]), "[0].valueSetValues"),
        (json!({"valueSetId": 1}), "valueSetId"),
    ] {
        let error = sets.add(&wrong).expect_err("a malformed document").to_string();
        assert!(error.contains(field), "{error}");
    }
    let check = |logic: Json, data: &str| {
        let (arena, rule) = (Bump::new(), Expression::bind(&logic, &sets).expect("CertLogic"));
        let data = Value::from_json(data, &arena).expect("JSON");
        rule.holds(data, &arena).ok()
    };
    let within =
        |set: &str| json!({"in": [{"var": "x"}, {"var": format!("external.valueSets.{set}")}]});
    assert_eq!(check(within("v"), r#"{"x": "b"}"#), Some(true));
    assert_eq!(check(within("v"), r#"{"x": "z"}"#), Some(false));
    assert_eq!(check(within("v"), r#"{}"#), Some(false));
    assert_eq!(check(within("unknown"), r#"{"x": "b"}"#), None);
    let inside = json!({"reduce": [[1], within("v"), 0]});
    assert_eq!(check(inside, r#"{"x": "b"}"#), None, "a lambda has no external data");
}

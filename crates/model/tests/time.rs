//! Dates and times: whatever is read is written back, and nothing panics.

use hutong_model::{Date, Precision, Timestamp, When};
use proptest::prelude::*;

#[test]
fn the_forms_of_fhir_are_read() {
    let cases = [
        ("2021", Precision::Year),
        ("2021-05", Precision::Month),
        ("2021-05-26", Precision::Day),
        ("2021-05-26T09:30:00+08:00", Precision::Instant),
        ("2021-05-26T09:30:00.120-03:30", Precision::Instant),
        ("0000-01-01", Precision::Day),
        ("9999-12-31", Precision::Day),
    ];
    for (text, precision) in cases {
        let when = When::parse(text).expect("a form of FHIR");
        assert_eq!(when.precision(), precision, "{text}");
        assert_eq!(when.to_string(), text);
    }
    let utc = When::parse("2021-05-26T01:30:00Z").expect("a form of FHIR");
    assert_eq!(utc.to_string(), "2021-05-26T01:30:00+00:00");
    let same = When::parse("2021-05-26T09:30:00+08:00").expect("a form of FHIR");
    assert_eq!(utc.start(), same.start());
    assert_eq!(same.date().to_string(), "2021-05-26");
    let leap = Timestamp::parse("2016-12-31T23:59:60Z").expect("a leap second");
    assert_eq!(leap.to_string(), "2017-01-01T00:00:00.000Z");
}

#[test]
fn other_forms_are_refused() {
    let wrong = [
        "",
        "21",
        "2021-1-5",
        "2021-05-26T09:30:00",
        "2021-05-26 09:30:00Z",
        "20210526",
        "2021-05-26T09:30Z",
        "2021-05-26T24:00:00Z",
        "2021-05-26T09:30:00.Z",
        "+021-05-26",
        "2021-05-26T09:30:00+15:00",
        "2021-05-26T09:30:00+0800",
        "2021-05-26T09:30:00Z[UTC]",
        "2021-02-30",
        "2021-13",
        "2021-00-10",
        "2021-05-26T-9:30:00Z",
        "9999-12-31T23:00:00-14:00",
        "二〇二一年五月",
        "2021-05-2六T09:30:00Z",
    ];
    for text in wrong {
        assert!(When::parse(text).is_err(), "{text}");
        assert!(Timestamp::parse(text).is_err(), "{text}");
    }
}

#[test]
fn extreme_values_do_not_panic() {
    for ms in [i64::MIN, i64::MAX, 0, -1] {
        let at = Timestamp::from_unix_ms(ms);
        assert_eq!(at.to_string().len(), 24);
        let _ = (at.utc_date(), at.plus_s(i64::MAX), at.since_s(Timestamp::from_unix_ms(i64::MAX)));
        for offset in [i16::MIN, -1, 0, i16::MAX] {
            let when = When::instant(at, offset);
            let _ = (when.to_string(), when.date());
        }
    }
    for day in [i32::MIN, i32::MAX] {
        let date = Date::from_epoch_day(day);
        assert_eq!(date.plus_days(day), date);
        assert_eq!(Date::parse(&date.to_string()), Ok(date));
    }
}

fn day() -> impl Strategy<Value = Date> {
    (-719_528..=2_932_896).prop_map(Date::from_epoch_day)
}

proptest! {
    #[test]
    fn a_day_agrees_with_its_number(days in -719_528..=2_932_896_i32) {
        let date = Date::from_epoch_day(days);
        prop_assert_eq!(date.epoch_day(), days);
        let next = date.civil().tomorrow();
        if let Ok(next) = next {
            prop_assert_eq!(Date::from_civil(next).epoch_day(), days + 1);
        }
        prop_assert_eq!(Date::parse(&date.to_string()), Ok(date));
        prop_assert_eq!(date.utc_start().utc_date(), date);
    }

    #[test]
    fn an_instant_comes_back(ms in -62_167_000_000_000..253_402_000_000_000_i64) {
        let at = Timestamp::from_unix_ms(ms);
        prop_assert_eq!(Timestamp::parse(&at.to_string()), Ok(at));
        let json = serde_json::to_string(&at).expect("a string");
        prop_assert_eq!(serde_json::from_str::<Timestamp>(&json).expect("the same"), at);
        let oracle = jiff::Timestamp::from_millisecond(ms).expect("in range");
        prop_assert_eq!(at.to_string(), format!("{oracle:.3}"));
    }

    #[test]
    fn a_when_comes_back(
        ms in -61_000_000_000_000..253_000_000_000_000_i64,
        offset in -840..=840_i16,
    ) {
        let when = When::instant(Timestamp::from_unix_ms(ms), offset);
        prop_assert_eq!(When::parse(&when.to_string()), Ok(when));
        let bytes = minicbor::to_vec(when).expect("encodes");
        prop_assert_eq!(minicbor::decode::<When>(&bytes).expect("decodes"), when);
        let json = serde_json::to_string(&when).expect("a string");
        prop_assert_eq!(serde_json::from_str::<When>(&json).expect("the same"), when);
    }

    #[test]
    fn partial_dates_come_back(date in day(), length in prop::sample::select(vec![4_usize, 7, 10])) {
        let text = date.to_string();
        let when = When::parse(&text[..length]).expect("a partial date");
        prop_assert_eq!(when.to_string(), &text[..length]);
        prop_assert!(when.date() <= date);
    }

    #[test]
    fn days_add_up(date in day(), days in -100_000..100_000_i32) {
        let moved = date.plus_days(days);
        let edge = moved == Date::from_epoch_day(i32::MIN) || moved == Date::from_epoch_day(i32::MAX);
        prop_assert!(edge || moved.days_since(date) == days);
    }

    #[test]
    fn nothing_panics(text in "\\PC*", near in "[0-9]{0,5}[-T:.+Zz0-9]{0,25}") {
        for text in [text.as_str(), near.as_str()] {
            let _ = (When::parse(text), Timestamp::parse(text), Date::parse(text));
        }
    }

    #[test]
    fn bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..24)) {
        if let Ok(when) = minicbor::decode::<When>(&bytes) {
            let _ = (when.to_string(), when.date());
        }
        if let Ok(date) = minicbor::decode::<Date>(&bytes) {
            let _ = (date.to_string(), date.days_since(Date::from_epoch_day(0)));
        }
    }
}

/// CBOR of a time: milliseconds, precision, minutes east of UTC.
fn when_of(ms: i64, precision: u8, offset_min: i16) -> Result<When, minicbor::decode::Error> {
    let mut bytes = Vec::new();
    let mut e = minicbor::Encoder::new(&mut bytes);
    let parts = e.array(3).and_then(|e| e.i64(ms)?.u8(precision)?.i16(offset_min));
    parts.expect("a vector takes everything");
    minicbor::decode(&bytes)
}

#[test]
fn what_another_node_sends_is_checked() {
    let sound = when_of(1_622_000_000_000, 3, 480).expect("an instant");
    assert_eq!(When::parse(&sound.to_string()), Ok(sound));
    // Offsets of no clock, years of no calendar, and partial dates that begin within themselves.
    for (ms, precision, offset_min) in [
        (1_622_000_000_000, 3, 841),
        (1_622_000_000_000, 3, i16::MIN),
        (253_402_300_799_000, 3, 60),
        (i64::MAX, 3, 0),
        (i64::MIN, 2, 0),
        (1_622_000_000_000, 2, 0),
        (1_621_987_200_000, 2, 60),
        (1_621_987_200_000, 1, 0),
        (1_621_987_200_000, 0, 0),
    ] {
        assert!(when_of(ms, precision, offset_min).is_err(), "{ms} {precision} {offset_min}");
    }
    for ms in [i64::MAX, i64::MIN, 253_402_300_800_000, -62_167_219_200_001] {
        let bytes = minicbor::to_vec(ms).expect("encodes");
        assert!(minicbor::decode::<Timestamp>(&bytes).is_err(), "{ms}");
    }
}

proptest! {
    #[test]
    fn every_time_survives_cbor(
        ms in -62_167_219_200_000_i64..253_402_300_800_000,
        text in "[0-9]{4}(-[01][0-9](-[0-3][0-9])?)?",
    ) {
        let instant = When::instant(Timestamp::from_unix_ms(ms), 0);
        for when in When::parse(&text).into_iter().chain([instant]) {
            let bytes = minicbor::to_vec(when).expect("encodes");
            prop_assert_eq!(minicbor::decode::<When>(&bytes).expect("decodes"), when);
        }
    }
}

//! The specification's date arithmetic (Table 3-6).

use hutong_programme::{Day, Span};
use proptest::prelude::*;

fn day(text: &str) -> Day {
    Day::parse(text).expect("a day")
}

fn span(text: &str) -> Span {
    Span::parse(text).expect("a span")
}

#[test]
fn the_examples_of_the_specification() {
    for (from, add, to) in [
        ("2000-01-01", "3 years", "2003-01-01"),
        ("2000-01-01", "6 months", "2000-07-01"),
        ("2000-11-01", "6 months", "2001-05-01"),
        ("2000-01-01", "3 days", "2000-01-04"),
        ("2000-01-01", "3 weeks", "2000-01-22"),
        ("2000-02-01", "5 weeks", "2000-03-07"),
        ("2001-02-01", "5 weeks", "2001-03-08"),
        ("2000-03-31", "6 months", "2000-10-01"),
        ("2000-08-31", "6 months", "2001-03-01"),
        ("2000-01-31", "6 months - 4 days", "2000-07-27"),
        ("2004-02-29", "1 year", "2005-03-01"),
        ("2004-02-29", "1 year - 4 days", "2005-02-25"),
        ("2010-05-31", "16 years - 4 months", "2026-01-31"),
        ("2000-12-31", "2 months", "2001-03-01"),
        ("2010-02-28", "5 months + 4 weeks", "2010-08-25"),
    ] {
        assert_eq!(day(from) + span(add), day(to), "{from} + {add}");
    }
    assert_eq!(day("2000-01-15") + Span::days(-4), day("2000-01-11"));
}

#[test]
fn assumed_values() {
    assert_eq!(Day::BEGINNING, day("1900-01-01"));
    assert_eq!(Day::END, day("12/31/2999"));
    assert_eq!(day("19570101"), day("01/01/1957"));
}

#[test]
fn what_is_no_day_or_span() {
    for text in ["", "2025-02-29", "2025-13-01", "20250230", "1/2", "99/99/9999", "2025-1-é", "天"]
    {
        assert_eq!(Day::parse(text), None, "{text}");
    }
    for text in ["", "weeks", "4", "4 fortnights", "4 weeks -", "4 weeks 4 days", "-4 days"] {
        assert_eq!(Span::parse(text), None, "{text}");
    }
}

proptest! {
    #[test]
    fn days_and_their_civil_form_agree(number in -62_091i32..376_199) {
        let day = Day::from_number(number);
        let civil = day.civil();
        prop_assert_eq!(civil.day(), day);
        prop_assert_eq!(Day::new(civil.year, civil.month, civil.day), Some(day));
        prop_assert_eq!(Day::parse(&day.to_string()), Some(day));
        let next = Day::from_number(number + 1).civil();
        prop_assert!((civil.year, civil.month, civil.day) < (next.year, next.month, next.day));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,30}") {
        let _ = (Day::parse(&text), Span::parse(&text));
    }
}

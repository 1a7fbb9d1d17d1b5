//! The operations that `CertLogic` adds to `JsonLogic`.

use datalogic_rs::{
    ArenaExt, CustomOperator, DataValue, EngineBuilder, Error, Result, bumpalo::Bump,
    operator::EvalContext,
};
use hutong_model::{Date, Timestamp};

/// Registers all of them.
pub(super) fn register(builder: EngineBuilder) -> EngineBuilder {
    builder
        .add_operator("plusTime", PlusTime)
        .add_operator("dccDateOfBirth", DateOfBirth)
        .add_operator("after", Compare(|a, b| a > b))
        .add_operator("before", Compare(|a, b| a < b))
        .add_operator("not-after", Compare(|a, b| a <= b))
        .add_operator("not-before", Compare(|a, b| a >= b))
        .add_operator("extractFromUVCI", ExtractFromUvci)
}

fn wrong(what: &'static str) -> Error {
    Error::type_error(what)
}

fn date_time<'a>(arena: &'a Bump, at: Timestamp) -> &'a DataValue<'a> {
    // INVARIANT: only ASCII is written.
    arena.string(std::str::from_utf8(&at.to_rfc3339()).unwrap_or_default())
}

/// `plusTime`: a date or date-time, moved by an amount of a unit.
struct PlusTime;
impl CustomOperator for PlusTime {
    fn evaluate<'a>(
        &self,
        args: &[&'a DataValue<'a>],
        _: &mut EvalContext<'_, 'a>,
        arena: &'a Bump,
    ) -> Result<&'a DataValue<'a>> {
        let [text, amount, unit] = args else { return Err(wrong("plusTime takes 3 operands")) };
        let at = text.as_str().and_then(read_date_time);
        let at = at.ok_or_else(|| wrong("plusTime takes a date or date-time as text"))?;
        let amount = amount.as_i64().ok_or_else(|| wrong("an amount is an integer"))?;
        let moved = match unit.as_str() {
            Some("hour") => Some(at.plus_s(amount.saturating_mul(3600))),
            Some("day") => Some(at.plus_s(amount.saturating_mul(86_400))),
            Some("month") => plus_months(at, amount),
            Some("year") => plus_months(at, amount.saturating_mul(12)),
            _ => None,
        };
        moved.map(|at| date_time(arena, at)).ok_or_else(|| wrong("no such unit or date"))
    }
}

/// Moves by whole months; a day that the month lacks runs over into the next one.
fn plus_months(at: Timestamp, months: i64) -> Option<Timestamp> {
    let date = at.utc_date();
    let civil = date.civil();
    let month = i64::from(civil.year()) * 12 + i64::from(civil.month()) - 1;
    let month = month.checked_add(months)?;
    let (year, month) = (i16::try_from(month.div_euclid(12)).ok()?, month.rem_euclid(12) as i8 + 1);
    let moved = Date::new(year, month, 1).ok()?.plus_days(i32::from(civil.day()) - 1);
    let in_day = at.unix_ms() - date.utc_start().unix_ms();
    Some(Timestamp::from_unix_ms(moved.utc_start().unix_ms() + in_day))
}

/// `dccDateOfBirth`: the last day that fits what is known of a birth date.
struct DateOfBirth;
impl CustomOperator for DateOfBirth {
    fn evaluate<'a>(
        &self,
        args: &[&'a DataValue<'a>],
        _: &mut EvalContext<'_, 'a>,
        arena: &'a Bump,
    ) -> Result<&'a DataValue<'a>> {
        let born = args.first().and_then(|text| text.as_str()).and_then(last_day);
        let born = born.ok_or_else(|| wrong("dccDateOfBirth takes a date as text"))?;
        Ok(date_time(arena, born.utc_start()))
    }
}

/// The date comparisons, of two or three operands.
struct Compare(fn(Timestamp, Timestamp) -> bool);
impl CustomOperator for Compare {
    fn evaluate<'a>(
        &self,
        args: &[&'a DataValue<'a>],
        _: &mut EvalContext<'_, 'a>,
        arena: &'a Bump,
    ) -> Result<&'a DataValue<'a>> {
        let read = |value: &DataValue<'a>| {
            let at = value.as_str().and_then(|text| Timestamp::parse(text).ok());
            at.ok_or_else(|| wrong("expected a date-time"))
        };
        let mut holds = true;
        for pair in args.windows(2) {
            holds &= (self.0)(read(pair[0])?, read(pair[1])?);
        }
        Ok(arena.bool(holds))
    }
}

/// `extractFromUVCI`: a part of a certificate identifier, cut at `/`, `#` and `:`.
struct ExtractFromUvci;
impl CustomOperator for ExtractFromUvci {
    fn evaluate<'a>(
        &self,
        args: &[&'a DataValue<'a>],
        _: &mut EvalContext<'_, 'a>,
        arena: &'a Bump,
    ) -> Result<&'a DataValue<'a>> {
        let [identifier, index] = args else { return Err(wrong("takes 2 operands")) };
        if identifier.is_null() {
            return Ok(arena.null());
        }
        let text = identifier.as_str().ok_or_else(|| wrong("an identifier is a text"))?;
        let index = index.as_i64().ok_or_else(|| wrong("an index is an integer"))?;
        let text = text.strip_prefix("URN:UVCI:").unwrap_or(text);
        let part = usize::try_from(index).ok().and_then(|at| text.split(['/', '#', ':']).nth(at));
        Ok(part.map_or_else(|| arena.null(), |part| arena.string(part)))
    }
}

/// `YYYY`, `YYYY-MM` (the last day of it), `YYYY-MM-DD`.
fn last_day(text: &str) -> Option<Date> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<i16>().ok();
    match text.len() {
        4 => Date::new(number(0..4)?, 12, 31).ok(),
        7 if text.as_bytes()[4] == b'-' => {
            let first = Date::new(number(0..4)?, i8::try_from(number(5..7)?).ok()?, 1).ok()?;
            Some(Date::from_civil(first.civil().last_of_month()))
        }
        _ => Date::parse(text).ok(),
    }
}

/// Reads the date and date-time forms of the specification.
fn read_date_time(text: &str) -> Option<Timestamp> {
    let Some((date, clock)) = text.split_once('T') else {
        return last_day(text).map(Date::utc_start);
    };
    if let Ok(at) = Timestamp::parse(text) {
        return Some(at);
    }
    // No offset, or a short one: `+8`, `+08`, `+800`, `+0800`, `+8:00`.
    let cut = clock.find(['+', '-', 'Z']).unwrap_or(clock.len());
    let (clock, offset) = clock.split_at(cut);
    let (sign, digits) = match offset.split_at_checked(1) {
        None | Some(("Z", "")) => ("+", String::from("0000")),
        Some((sign, rest)) => (sign, rest.replace(':', "")),
    };
    let digits = match digits.len() {
        1 | 2 => format!("{digits:0>2}00"),
        3 | 4 => format!("{digits:0>4}"),
        _ => return None,
    };
    let (hours, minutes) = digits.split_at_checked(2)?;
    Timestamp::parse(&format!("{date}T{clock}{sign}{hours}:{minutes}")).ok()
}

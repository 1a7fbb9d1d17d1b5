//! Dates and times as people write them, and as spreadsheet programs store them.

use hutong_model::time::{Date, TimeError, Timestamp, When};

/// How to read times that do not say it themselves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dates {
    /// Minutes east of UTC of times without an offset.
    pub(crate) offset_min: i16,
    /// Day numbers count from 1904 instead of 1900.
    pub(crate) from_1904: bool,
}

impl Dates {
    /// Reads a date or time: `2021-05-26`, `2021/5/26`, `2021年5月26日`, `20210526`, each with a
    /// time of day or without; `2021-05` and `2021`; a day number of a spreadsheet (`44342.5`); an
    /// instant with its offset.
    pub(crate) fn when(self, text: &str) -> Result<When, TimeError> {
        let text = half_width(text);
        if let Some(when) = self.serial(&text) {
            return when;
        }
        if text.len() > 19 && text.is_ascii() {
            let with_t = text.replacen(' ', "T", 1);
            if let Ok(when) = When::parse(&with_t) {
                return Ok(when);
            }
        }
        self.local(&text)
    }

    /// Reads a day.
    pub(crate) fn date(self, text: &str) -> Result<Date, TimeError> {
        let when = self.when(text)?;
        match when.precision() {
            hutong_model::Precision::Day | hutong_model::Precision::Instant => Ok(when.date()),
            _ => Err(TimeError::Malformed),
        }
    }

    /// How a day number of a spreadsheet is written for people; None for any other text.
    pub(crate) fn readable(self, text: &str) -> Option<String> {
        let when = self.serial(&half_width(text))?.ok()?;
        if when.precision() == hutong_model::Precision::Day {
            return Some(when.to_string());
        }
        let text = when.to_string();
        text.get(..19).map(|local| local.replacen('T', " ", 1))
    }

    /// A day number of a spreadsheet program: 25569 is 1970-01-01 (ECMA-376 part 1 §18.17.4.1).
    /// Numbers from 1900 to 2199 are years.
    fn serial(self, text: &str) -> Option<Result<When, TimeError>> {
        let (days, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if !(1..=5).contains(&days.len()) || !digits(days) || !digits(fraction) {
            return None;
        }
        let days: i32 = days.parse().ok()?;
        if fraction.is_empty() && (1900..2200).contains(&days) {
            return Some(When::parse(&days.to_string()));
        }
        // Below 61 the count is off by one for a 29 February 1900 that never was.
        if days < 61 {
            return Some(Err(TimeError::Malformed));
        }
        let days = if self.from_1904 { days + 1462 } else { days };
        let date = Date::from_epoch_day(days - 25_569);
        let part: f64 = format!("0.{fraction}0").parse().unwrap_or(0.0);
        // Rounded to the second: a day number holds no more.
        let seconds = (part * 86_400.0).round() as i64;
        if seconds == 0 {
            return Some(Ok(When::day(date)));
        }
        Some(Ok(self.instant(date, seconds)))
    }

    fn instant(self, date: Date, seconds: i64) -> When {
        let offset_s = i64::from(self.offset_min) * 60;
        let at = Timestamp::from_unix_s(date.utc_start().unix_s() + seconds - offset_s);
        When::instant(at, self.offset_min)
    }

    fn local(self, text: &str) -> Result<When, TimeError> {
        let (date, time) = split(text)?;
        let when = read_date(&date)?;
        if time.is_empty() {
            return Ok(when);
        }
        if when.precision() != hutong_model::Precision::Day {
            return Err(TimeError::Malformed);
        }
        let seconds = read_time(&time)?;
        // What a program exports for a day without a time.
        if seconds == 0 && time.starts_with("0") && time.matches(':').count() == 2 {
            return Ok(when);
        }
        Ok(self.instant(when.date(), seconds))
    }
}

/// Half width, trimmed, Chinese date words as punctuation.
fn half_width(text: &str) -> String {
    let text = text.trim();
    if text.is_ascii() {
        return text.to_owned();
    }
    text.chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
            '\u{3000}' => ' ',
            '年' | '月' => '-',
            '日' | '号' => ' ',
            '时' | '点' | '分' => ':',
            '秒' => ' ',
            c => c,
        })
        .collect::<String>()
        .trim()
        .trim_end_matches(['-', ':'])
        .to_owned()
}

/// Splits into date and time of day.
fn split(text: &str) -> Result<(String, String), TimeError> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    if digits && matches!(text.len(), 12 | 14) {
        let mut time = format!("{}:{}", &text[8..10], &text[10..12]);
        if text.len() == 14 {
            time = format!("{time}:{}", &text[12..14]);
        }
        return Ok((text[..8].to_owned(), time));
    }
    let (date, time) = text.split_once([' ', 'T', 't']).unwrap_or((text, ""));
    Ok((date.to_owned(), time.trim().to_owned()))
}

fn read_date(text: &str) -> Result<When, TimeError> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if digits(text) {
        let text = match text.len() {
            8 => format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]),
            6 => format!("{}-{}", &text[..4], &text[4..]),
            4 => text.to_owned(),
            _ => return Err(TimeError::Malformed),
        };
        return When::parse(&text);
    }
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    let right = (2..=3).contains(&parts.len())
        && parts[0].len() == 4
        && parts[1..].iter().all(|part| part.len() <= 2)
        && parts.iter().all(|part| digits(part));
    if !right {
        return Err(TimeError::Malformed);
    }
    let mut padded = parts[0].to_owned();
    for part in &parts[1..] {
        padded.push_str(&format!("-{part:0>2}"));
    }
    When::parse(&padded)
}

/// Seconds since midnight of `9:30`, `09:30:15.250`, `下午3:05`, `3:05 PM`.
fn read_time(text: &str) -> Result<i64, TimeError> {
    let lower = text.to_lowercase();
    let (mut clock, mut half) = (lower.as_str(), None);
    for (word, add) in [("上午", 0), ("下午", 12), ("am", 0), ("pm", 12)] {
        if let Some(rest) = clock.strip_prefix(word).or_else(|| clock.strip_suffix(word)) {
            (clock, half) = (rest.trim(), Some(add));
            break;
        }
    }
    let mut parts = clock.split(':');
    let mut next = |max: i64| -> Result<Option<i64>, TimeError> {
        let Some(part) = parts.next() else { return Ok(None) };
        let whole = part.split_once('.').map_or(part, |(whole, _)| whole);
        if !(1..=2).contains(&whole.len()) || !whole.bytes().all(|b| b.is_ascii_digit()) {
            return Err(TimeError::Malformed);
        }
        let number: i64 = whole.parse().map_err(|_| TimeError::Malformed)?;
        if number > max { Err(TimeError::Impossible) } else { Ok(Some(number)) }
    };
    let mut hour = next(24)?.ok_or(TimeError::Malformed)?;
    let minute = next(59)?.ok_or(TimeError::Malformed)?;
    let second = next(60)?.unwrap_or(0);
    if parts.next().is_some() {
        return Err(TimeError::Malformed);
    }
    if let Some(add) = half {
        hour = hour % 12 + add;
    }
    if hour == 24 && (minute, second) != (0, 0) {
        return Err(TimeError::Impossible);
    }
    Ok(hour * 3600 + minute * 60 + second)
}

//! The cells of one row, read as texts, words, dates and numbers.

use crate::columns::Headings;
use crate::dates::Dates;
use crate::fields::Field;
use crate::numbers::lost_digits;
use crate::reader::ReadContext;
use crate::words::{Group, Words};
use hutong_model::{
    Coding, Date, Issue, IssueCode, Quantity, RegionCode, When, limits::TEXT_BYTES_MAX,
    time::TimeError,
};

/// Clocks of senders may be ahead by as much, in seconds.
const FUTURE_S_MAX: i64 = 24 * 3600;

/// A row being read: its cells by field, and what was found wrong so far.
pub(crate) struct Row<'a> {
    pub(crate) ctx: &'a ReadContext<'a>,
    pub(crate) dates: Dates,
    pub(crate) headings: &'a Headings,
    pub(crate) cells: &'a [String],
    pub(crate) issues: Vec<Issue>,
}

impl<'a> Row<'a> {
    /// The cell of a field, trimmed; None where it is empty or says that there is nothing.
    pub(crate) fn get(&self, field: Field) -> Option<&'a str> {
        let cell = self.cells.get(self.headings.column(field)?)?.trim();
        let nothing = match cell {
            "" => true,
            "/" | "无" | "NULL" | "null" | "N/A" | "n/a" | "NA" => {
                !matches!(field, Field::Result | Field::Name | Field::OwnId | Field::RecordType)
            }
            _ => false,
        };
        (!nothing).then_some(cell)
    }

    pub(crate) fn error(
        &mut self,
        field: Field,
        code: IssueCode,
        reason: impl Into<String>,
        remedy: &'static str,
    ) {
        self.issues.push(Issue::error(code, self.headings.name(field), reason.into(), remedy));
    }

    pub(crate) fn warning(&mut self, field: Field, reason: &'static str, remedy: &'static str) {
        let heading = self.headings.name(field);
        self.issues.push(Issue::warning(IssueCode::BusinessRule, heading, reason, remedy));
    }

    /// A text within the limit.
    pub(crate) fn text(&mut self, field: Field) -> Option<Box<str>> {
        self.limited(field, TEXT_BYTES_MAX)
    }

    pub(crate) fn limited(&mut self, field: Field, max: usize) -> Option<Box<str>> {
        let text = self.get(field)?;
        if text.len() > max {
            let reason = format!("the text is longer than {max} bytes");
            self.error(field, IssueCode::TooLong, reason, "shorten it");
            return None;
        }
        Some(text.into())
    }

    /// The code that a word stands for.
    pub(crate) fn word(&mut self, field: Field, group: Group) -> Option<&'static str> {
        let text = self.get(field)?;
        let code = Words::get().code(group, text);
        if code.is_none() {
            self.error(
                field,
                IssueCode::CodeInvalid,
                "the word is not one of those known for this column",
                "choose one of the words in the template",
            );
        }
        code
    }

    pub(crate) fn date(&mut self, field: Field) -> Option<Date> {
        let result = self.dates.date(self.get(field)?);
        result.map_err(|error| self.time_error(field, error)).ok()
    }

    pub(crate) fn when(&mut self, field: Field) -> Option<When> {
        let result = self.dates.when(self.get(field)?);
        let when = result.map_err(|error| self.time_error(field, error)).ok()?;
        let ahead = self.ctx.now.is_some_and(|now| when.start().since_s(now) > FUTURE_S_MAX);
        if ahead {
            self.error(
                field,
                IssueCode::BusinessRule,
                "the time lies in the future",
                "correct the date",
            );
        }
        Some(when)
    }

    fn time_error(&mut self, field: Field, error: TimeError) {
        let (reason, remedy) = match error {
            TimeError::Impossible => ("no such date or time exists", "correct the date"),
            TimeError::Malformed => (
                "this is not read as a date: year, month and day, in this order, are needed",
                "write it as 2021-05-26 or 2021-05-26 09:30",
            ),
        };
        self.error(field, IssueCode::Value, reason, remedy);
    }

    pub(crate) fn region(&mut self, field: Field) -> Option<RegionCode> {
        let text = self.get(field)?;
        let code = RegionCode::parse(text);
        if code.is_err() {
            self.error(
                field,
                IssueCode::Value,
                "a division code has 6, 9 or 12 digits",
                "write the code of GB/T 2260, such as 330106",
            );
        }
        code.ok()
    }

    /// A small whole number, with or without words around it (`第2剂`, `2`, `二`, `10合1`).
    pub(crate) fn count(&mut self, field: Field) -> Option<u16> {
        let number = count(self.get(field)?);
        if number.is_none() {
            self.error(field, IssueCode::Value, "this is not a number", "write it as 1, 2, 3 …");
        }
        number
    }

    /// What is wrong with cells whatever they mean.
    pub(crate) fn check_cells(&mut self) {
        let beyond = self.cells.get(self.headings.texts().len()..).unwrap_or_default();
        if beyond.iter().any(|cell| !cell.trim().is_empty()) {
            self.issues.push(Issue::error(
                IssueCode::Structure,
                "",
                "the row has more cells than there are headings",
                "look for a separator within a text, and put that text into quotation marks",
            ));
        }
        for (column, cell) in self.cells.iter().enumerate() {
            let Some(field) = self.headings.field(column) else { continue };
            let cell = cell.trim();
            if field != Field::Value && lost_digits(cell) {
                self.error(
                    field,
                    IssueCode::Value,
                    "the spreadsheet program has shortened a long number, and digits are lost",
                    "format the column as text, then enter the number again",
                );
            }
            let broken = ["#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!"];
            if cell.starts_with('#') && broken.contains(&cell) {
                self.error(
                    field,
                    IssueCode::Value,
                    "the cell holds an error of the spreadsheet program",
                    "mend the formula, or replace it by its value",
                );
            }
        }
    }

    pub(crate) fn coded(&mut self, field: Field) -> Option<Coding> {
        self.text(field).map(|text| Coding::text(&text))
    }

    /// A number with its unit, in one cell or two.
    pub(crate) fn quantity(&mut self, field: Field, unit: Option<Field>) -> Option<Quantity> {
        let text = self.text(field)?;
        let signs = ['<', '>', '≤', '≥', '='];
        let number = text.trim_start_matches(signs).trim_start();
        let end = number.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(number.len());
        let (digits, rest) = number.split_at(end);
        if digits.parse::<f64>().is_err() {
            self.error(
                field,
                IssueCode::Value,
                "this is not a number with its unit",
                "write it as 0.5 ml",
            );
            return None;
        }
        let sign = &text[..text.len() - number.len()];
        let stated = unit.and_then(|unit| self.text(unit));
        let own = Some(rest.trim()).filter(|unit| !unit.is_empty()).map(Box::from);
        Some(Quantity { value: format!("{}{digits}", sign.trim()).into(), unit: stated.or(own) })
    }
}

/// The number at the beginning of a text, before words that say what is counted.
fn count(text: &str) -> Option<u16> {
    let text = text.trim_start_matches('第').trim_end_matches(".0");
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, words) = text.split_at(end);
    let (number, words) = if digits.is_empty() {
        let first = words.chars().next()?;
        let place = "一二三四五六七八九十".chars().position(|numeral| numeral == first)?;
        (u16::try_from(place + 1).ok()?, &words[first.len_utf8()..])
    } else {
        (digits.parse().ok()?, words)
    };
    let only_words = words.chars().all(|c| "剂针次人份混合采检样一1:：".contains(c));
    (only_words && number <= 9999).then_some(number)
}

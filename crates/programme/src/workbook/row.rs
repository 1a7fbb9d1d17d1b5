//! Values out of the cells of a row.

use crate::codes::{CodeSet, Cvx, ObservationCode};
use crate::date::{Day, Span};
use crate::error::LoadError;
use crate::supporting::{Effect, VaccineAges};

/// A sheet without its empty rows.
pub(super) struct Sheet {
    pub(super) rows: Vec<Row>,
}

impl Sheet {
    /// Whether it describes a series.
    pub(super) fn is_series(&self) -> bool {
        self.rows.iter().any(|row| row.label() == "Series Name")
    }
}

/// A row: a logical component in the first cell, its elements in the others.
pub(super) struct Row {
    file: String,
    sheet: String,
    /// From 1.
    pub(super) number: u32,
    cells: Vec<String>,
}

impl Row {
    pub(super) fn new(file: &str, sheet: &str, number: u32) -> Row {
        Row { file: file.to_owned(), sheet: sheet.to_owned(), number, cells: Vec::new() }
    }

    pub(super) fn put(&mut self, column: usize, text: &str) {
        if self.cells.len() <= column {
            self.cells.resize(column + 1, String::new());
        }
        text.clone_into(&mut self.cells[column]);
    }

    /// What the row is.
    pub(super) fn label(&self) -> &str {
        self.cell(0).unwrap_or_default()
    }

    pub(super) fn wrong(&self, what: impl Into<String>) -> LoadError {
        let (file, sheet) = (self.file.clone(), self.sheet.clone());
        LoadError::Row { file, sheet, row: self.number, what: what.into() }
    }

    /// Text of a cell, if there is any.
    pub(super) fn cell(&self, place: usize) -> Option<&str> {
        let text = self.cells.get(place)?;
        (!text.is_empty() && !text.eq_ignore_ascii_case("n/a")).then_some(text)
    }

    pub(super) fn text(&self, place: usize) -> String {
        self.cell(place).unwrap_or_default().to_owned()
    }

    pub(super) fn required(&self, place: usize) -> Result<&str, LoadError> {
        self.cell(place).ok_or_else(|| self.wrong(format!("nothing in column {}", place + 1)))
    }

    pub(super) fn parsed<T>(
        &self,
        place: usize,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, LoadError> {
        let Some(text) = self.cell(place) else { return Ok(None) };
        let shown: String = text.chars().take(60).collect();
        parse(text).map(Some).ok_or_else(|| self.wrong(format!("cannot be read: {shown:?}")))
    }

    pub(super) fn number<T: std::str::FromStr>(
        &self,
        place: usize,
    ) -> Result<Option<T>, LoadError> {
        self.parsed(place, |text| text.parse().ok())
    }

    /// An age or interval. Hours are days begun.
    pub(super) fn span(&self, place: usize) -> Result<Option<Span>, LoadError> {
        self.parsed(place, |text| {
            let hours = text.strip_suffix("hours").or_else(|| text.strip_suffix("hour"));
            match hours {
                Some(hours) => {
                    let hours: u16 = hours.trim().parse().ok()?;
                    Some(Span::days(i32::from(hours.div_ceil(24))))
                }
                None => Span::parse(text),
            }
        })
    }

    /// "Yes" or "Y"; "No", "N" and nothing are false.
    pub(super) fn flag(&self, place: usize) -> Result<bool, LoadError> {
        let flag = |text: &str| match text.to_ascii_lowercase().as_str() {
            "yes" | "y" => Some(true),
            "no" | "n" => Some(false),
            _ => None,
        };
        Ok(self.parsed(place, flag)?.unwrap_or_default())
    }

    /// A vaccine type: "Name (03)", or the code alone.
    pub(super) fn vaccine(&self, place: usize) -> Result<Cvx, LoadError> {
        self.required(place)?;
        Ok(self.parsed(place, vaccine)?.unwrap_or(Cvx(0)))
    }

    /// Vaccine types with ";" between them.
    pub(super) fn vaccines(&self, place: usize) -> Result<CodeSet, LoadError> {
        let set = |text: &str| {
            let mut set = CodeSet::default();
            let all = text.split(';').all(|code| vaccine(code).is_some_and(|it| set.insert(it)));
            all.then_some(set)
        };
        Ok(self.parsed(place, set)?.unwrap_or_default())
    }

    /// A coded observation: "Title (1010)", or the code alone.
    pub(super) fn observation(&self, place: usize) -> Result<Option<ObservationCode>, LoadError> {
        self.parsed(place, |text| ObservationCode::parse(code(text)))
    }

    /// A vaccine type and the ages in the two cells after it.
    pub(super) fn vaccine_ages(&self, place: usize) -> Result<VaccineAges, LoadError> {
        let (begin, end) = (self.span(place + 1)?, self.span(place + 2)?);
        Ok(VaccineAges { cvx: self.vaccine(place)?, begin, end })
    }

    /// Effective and cessation date in two cells.
    pub(super) fn effect(&self, place: usize) -> Result<Effect, LoadError> {
        let from = self.parsed(place, Day::parse)?;
        Ok(Effect { from, to: self.parsed(place + 1, Day::parse)? })
    }
}

/// The code at the end of a text, in brackets; the text itself where it has none.
fn code(text: &str) -> &str {
    let inner = text.trim().strip_suffix(')').and_then(|text| text.rsplit_once('('));
    inner.map_or(text, |(_, code)| code)
}

fn vaccine(text: &str) -> Option<Cvx> {
    Cvx::parse(code(text)).filter(|code| code.0 < Cvx::LIMIT)
}

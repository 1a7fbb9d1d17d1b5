//! Headings: which column means which field, by the words of `data/columns.json`.

use crate::error::SheetError;
use crate::fields::Field;
use hutong_model::{Issue, IssueCode, limits::SHEET_COLUMNS_MAX};
use serde::Deserialize;
use std::{collections::HashMap, sync::OnceLock};

/// A language of headings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lang {
    /// Simplified Chinese.
    Zh,
    /// English.
    En,
}

/// Which sheet of the template a column belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Part {
    Both,
    Vaccination,
    Test,
}

/// One column of the data.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Column {
    name: String,
    pub(crate) zh: String,
    pub(crate) en: String,
    #[serde(default)]
    zh_also: Vec<String>,
    #[serde(default)]
    en_also: Vec<String>,
    #[serde(default)]
    pub(crate) note_zh: String,
    #[serde(default)]
    pub(crate) note_en: String,
    pub(crate) sheet: Part,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnsData {
    version: String,
    ignored: Vec<String>,
    columns: Vec<Column>,
}

/// The known headings.
pub(crate) struct Known {
    data: ColumnsData,
    fields: HashMap<String, Field>,
    ignored: Vec<String>,
}

impl Known {
    /// The headings that come with this release.
    pub(crate) fn get() -> &'static Known {
        static KNOWN: OnceLock<Known> = OnceLock::new();
        KNOWN.get_or_init(|| {
            // INVARIANT: the embedded file is read by the tests of every build.
            let data: ColumnsData =
                serde_json::from_str(include_str!("../data/columns.json")).unwrap_or_default();
            let mut fields = HashMap::new();
            for column in &data.columns {
                let Some(field) = Field::parse(&column.name) else { continue };
                let own = [&column.name, &column.zh, &column.en];
                for heading in own.into_iter().chain(&column.zh_also).chain(&column.en_also) {
                    fields.insert(plain(heading), field);
                }
            }
            let ignored = data.ignored.iter().map(|heading| plain(heading)).collect();
            Known { data, fields, ignored }
        })
    }

    /// All columns with their fields, in the order of the template.
    pub(crate) fn columns(&self) -> impl Iterator<Item = (Field, &Column)> {
        let field = |column: &Column| Field::parse(&column.name);
        self.data.columns.iter().filter_map(move |column| Some((field(column)?, column)))
    }

    fn heading(&self, field: Field) -> String {
        let column = self.columns().find(|(other, _)| *other == field);
        column.map_or(String::new(), |(_, column)| format!("{} ({})", column.zh, column.en))
    }

    /// The known heading that is spelt most like the given one, if one is near.
    fn nearest(&self, heading: &str) -> Option<String> {
        let wanted: Vec<char> = plain(heading).chars().take(64).collect();
        let limit = wanted.len().max(2) / 2;
        let near = |known: &str| distance(&wanted, &known.chars().collect::<Vec<_>>());
        let (best, field) = self
            .fields
            .iter()
            // The distance is no less than the difference in length.
            .filter(|(known, _)| known.chars().count().abs_diff(wanted.len()) <= limit)
            .map(|(known, field)| ((near(known), known.as_str()), *field))
            .min_by(|(a, _), (b, _)| a.cmp(b))?;
        (best.0 <= limit).then(|| self.heading(field))
    }
}

/// The version of the headings, and of the words in cells, that this release knows.
pub fn columns_version() -> &'static str {
    &Known::get().data.version
}

/// A heading as it is compared: half width, lower case, without blanks, punctuation, and what
/// stands in brackets.
fn plain(heading: &str) -> String {
    let mut depth = 0_u32;
    let mut out = String::with_capacity(heading.len());
    for c in heading.chars() {
        let c = match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
            c => c,
        };
        match c {
            '(' | '[' | '【' => depth += 1,
            ')' | ']' | '】' => depth = depth.saturating_sub(1),
            c if depth == 0 && c.is_alphanumeric() => out.extend(c.to_lowercase()),
            _ => {}
        }
    }
    out
}

/// Edits between two words (Levenshtein).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let next = (diagonal + usize::from(x != y)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = row[j + 1];
            row[j + 1] = next;
        }
    }
    row.last().copied().unwrap_or(0)
}

/// The headings of one spreadsheet.
#[derive(Debug)]
pub(crate) struct Headings {
    texts: Vec<String>,
    fields: Vec<Option<Field>>,
    at: [Option<usize>; Field::ALL.len()],
}

impl Headings {
    /// How many cells of a row are known headings, so that a row of headings is told from titles.
    pub(crate) fn known_in(cells: &[String]) -> usize {
        let known = Known::get();
        cells.iter().filter(|cell| known.fields.contains_key(&plain(cell))).count()
    }

    /// Reads the row of headings; warnings name the headings that are not known.
    pub(crate) fn read(mut texts: Vec<String>) -> Result<(Self, Vec<Issue>), SheetError> {
        while texts.last().is_some_and(|text| text.trim().is_empty()) {
            texts.pop();
        }
        if texts.len() > SHEET_COLUMNS_MAX {
            return Err(SheetError::TooManyColumns { max: SHEET_COLUMNS_MAX });
        }
        let known = Known::get();
        let mut headings = Self { fields: Vec::new(), at: [None; Field::ALL.len()], texts };
        let mut strange = Vec::new();
        for (column, text) in headings.texts.iter().enumerate() {
            let word = plain(text);
            let field = known.fields.get(&word).copied();
            headings.fields.push(field);
            let Some(field) = field else {
                if !word.is_empty() && !known.ignored.contains(&word) {
                    strange.push(column);
                }
                continue;
            };
            if let Some(other) = headings.at[field as usize].replace(column) {
                return Err(SheetError::DuplicateHeading {
                    field: field.as_str(),
                    first: shown(&headings.texts[other]),
                    second: shown(text),
                });
            }
        }
        if headings.at[Field::OwnId as usize].is_none() {
            return Err(SheetError::MissingHeadings {
                missing: known.heading(Field::OwnId),
                found: shown(&headings.texts.join(", ")),
            });
        }
        let warnings =
            strange.into_iter().map(|column| unknown(known, &headings.texts[column])).collect();
        Ok((headings, warnings))
    }

    /// The headings as written.
    pub(crate) fn texts(&self) -> &[String] {
        &self.texts
    }
    /// The column of a field.
    pub(crate) fn column(&self, field: Field) -> Option<usize> {
        self.at[field as usize]
    }
    /// The field of a column.
    pub(crate) fn field(&self, column: usize) -> Option<Field> {
        self.fields.get(column).copied().flatten()
    }
    /// The heading of a field as the sender wrote it; where there is no such column, ours.
    pub(crate) fn name(&self, field: Field) -> String {
        match self.column(field) {
            Some(column) => self.texts[column].trim().to_owned(),
            None => Known::get().heading(field),
        }
    }
    /// Whether a column is one of those that a file of rejects adds.
    pub(crate) fn is_ignored(&self, column: usize) -> bool {
        let text = self.texts.get(column).map(|text| plain(text)).unwrap_or_default();
        text.is_empty() || Known::get().ignored.contains(&text)
    }
    /// The language that most headings are in.
    pub(crate) fn lang(&self) -> Lang {
        let chinese = self.texts.iter().filter(|text| !text.is_ascii()).count();
        if chinese * 2 >= self.texts.len() { Lang::Zh } else { Lang::En }
    }
}

fn unknown(known: &Known, heading: &str) -> Issue {
    let reason = "no field has this heading; the column is not read";
    let remedy = match known.nearest(heading) {
        Some(near) => format!("if you mean {near}, name the column so"),
        None => "if it matters, name the column as in the template".to_owned(),
    };
    Issue::warning(IssueCode::NotSupported, shown(heading), reason, remedy)
}

/// A text of the sender's, cut where it is long.
fn shown(text: &str) -> String {
    let mut short: String = text.trim().chars().take(120).collect();
    if text.trim().chars().nth(120).is_some() {
        short.push('…');
    }
    short
}

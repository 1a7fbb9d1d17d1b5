//! Rows of a workbook as cases.

use std::collections::HashMap;
use std::io::Read;

use crate::codes::{Cvx, Mvx, ObservationCode};
use crate::date::Day;
use crate::patient::{Dose, Gender, Observation, Patient};
use crate::supporting::SeriesType;

/// Doses and observations of a row.
const MOST_COLUMNS: usize = 60;

/// Why a row is no case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaseError {
    /// The text is no CSV.
    #[error("row {row}: not readable as CSV")]
    Csv {
        /// Row, counted from 1 with the headings.
        row: usize,
    },
    /// A column is missing.
    #[error("no column {0:?}")]
    NoColumn(&'static str),
    /// A value cannot be read.
    #[error("row {row}: {column}: cannot be read")]
    Value {
        /// Row, counted from 1 with the headings.
        row: usize,
        /// Heading of the column.
        column: String,
    },
}

/// What a case expects of a dose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedDose {
    /// Evaluation status, as written.
    pub status: String,
    /// Evaluation reason, as written.
    pub reason: String,
    /// Series type, where the layout has it.
    pub kind: Option<SeriesType>,
}

/// A case: a person, a day, and what is expected of a vaccine group.
#[derive(Debug, Clone)]
pub struct Case {
    /// `CDC_Test_ID`
    pub id: String,
    /// `Vaccine_Group`, as written.
    pub group: String,
    /// The person.
    pub patient: Patient,
    /// Codes of `Med_History_Code` with their system, to look up in the schedule.
    pub history: Vec<(String, String)>,
    /// `Assessment_Date`
    pub on: Day,
    /// Expected of each dose, in the order of the patient's doses.
    pub doses: Vec<ExpectedDose>,
    /// `Series_Status`, as written.
    pub status: String,
    /// `Forecast_#`, if there is one.
    pub number: Option<String>,
    /// `Earliest_Date`
    pub earliest: Option<Day>,
    /// `Recommended_Date`
    pub recommended: Option<Day>,
    /// `Past_Due_Date`
    pub past_due: Option<Day>,
}

/// Reads a sheet. Rows that cannot be read come back as errors in their place; empty rows do not
/// come back.
///
/// # Errors
///
/// If the headings cannot be read, or one that is needed is missing.
pub fn parse(sheet: impl Read) -> Result<Vec<Result<Case, CaseError>>, CaseError> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(sheet);
    let headings = reader.byte_headers().map_err(|_| CaseError::Csv { row: 1 })?.clone();
    let headings = csv::StringRecord::from_byte_record_lossy(headings);
    let mut columns = HashMap::new();
    for (place, heading) in headings.iter().enumerate() {
        let heading = heading.trim_start_matches('\u{feff}').trim().to_ascii_lowercase();
        columns.entry(heading).or_insert(place);
    }
    for needed in ["CDC_Test_ID", "DOB", "Vaccine_Group", "Assessment_Date", "Series_Status"] {
        if !columns.contains_key(&needed.to_ascii_lowercase()) {
            return Err(CaseError::NoColumn(needed));
        }
    }
    let mut cases = Vec::new();
    for (row, record) in reader.byte_records().enumerate() {
        let row = row + 2;
        // Texts in another encoding than UTF-8 are in columns that are not looked at.
        match record.map(csv::StringRecord::from_byte_record_lossy) {
            Err(_) => cases.push(Err(CaseError::Csv { row })),
            Ok(record) if record.iter().all(|value| value.trim().is_empty()) => {}
            Ok(record) => cases.push(case(&Row { row, record: &record, columns: &columns })),
        }
    }
    Ok(cases)
}

struct Row<'a> {
    row: usize,
    record: &'a csv::StringRecord,
    columns: &'a HashMap<String, usize>,
}

impl Row<'_> {
    /// A value, trimmed; empty for "-", "n/a" and a missing column.
    fn text(&self, column: &str) -> &str {
        let place = self.columns.get(&column.to_ascii_lowercase());
        let text = place.and_then(|place| self.record.get(*place)).unwrap_or_default().trim();
        if text == "-" || text.eq_ignore_ascii_case("n/a") { "" } else { text }
    }

    fn bad(&self, column: &str) -> CaseError {
        CaseError::Value { row: self.row, column: column.to_owned() }
    }

    fn read<T>(
        &self,
        column: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, CaseError> {
        // Numbers of a spreadsheet can come out as "20.0".
        match self.text(column).trim_end_matches(".0") {
            "" => Ok(None),
            text => parse(text).map(Some).ok_or_else(|| self.bad(column)),
        }
    }

    fn day(&self, column: &str) -> Result<Option<Day>, CaseError> {
        self.read(column, |text| Day::parse(text.split_whitespace().next()?))
    }

    fn need(&self, column: &str) -> Result<Day, CaseError> {
        self.day(column)?.ok_or_else(|| self.bad(column))
    }
}

fn case(row: &Row<'_>) -> Result<Case, CaseError> {
    let (doses, expected) = doses(row)?;
    let (observations, history) = observations(row)?;
    let number = row.text("Forecast_#").trim_end_matches(".0");
    Ok(Case {
        id: row.text("CDC_Test_ID").to_owned(),
        group: row.text("Vaccine_Group").to_owned(),
        patient: Patient {
            birth: row.need("DOB")?,
            gender: Gender::parse(row.text("Gender")),
            birth_country: Some("U.S.".into()),
            doses,
            observations,
        },
        history,
        on: row.need("Assessment_Date")?,
        doses: expected,
        status: row.text("Series_Status").to_owned(),
        number: (!number.is_empty()).then(|| number.to_owned()),
        earliest: row.day("Earliest_Date")?,
        recommended: row.day("Recommended_Date")?,
        past_due: row.day("Past_Due_Date")?,
    })
}

fn doses(row: &Row<'_>) -> Result<(Vec<Dose>, Vec<ExpectedDose>), CaseError> {
    let (mut doses, mut expected) = (Vec::new(), Vec::new());
    for number in 1..MOST_COLUMNS {
        let column = format!("Date_Administered_{number}");
        let Some(date) = row.day(&column)? else { continue };
        let cvx = format!("CVX_{number}");
        let code = row.read(&cvx, Cvx::parse)?.ok_or_else(|| row.bad(&cvx))?;
        let mvx = row.read(&format!("MVX_{number}"), Mvx::parse)?;
        doses.push(Dose { mvx, ..Dose::new(date, code) });
        let kind = row.text(&format!("Series_Type_{number}"));
        expected.push(ExpectedDose {
            status: row.text(&format!("Evaluation_Status_{number}")).to_owned(),
            reason: row.text(&format!("Evaluation_Reason_{number}")).to_owned(),
            kind: match kind.to_ascii_lowercase().as_str() {
                "risk" => Some(SeriesType::Risk),
                "standard" => Some(SeriesType::Standard),
                "evaluation only" => Some(SeriesType::EvaluationOnly),
                _ => None,
            },
        });
    }
    Ok((doses, expected))
}

type History = Vec<(String, String)>;

fn observations(row: &Row<'_>) -> Result<(Vec<Observation>, History), CaseError> {
    let mut observations = Vec::new();
    for number in 1..MOST_COLUMNS {
        let column = format!("Observation_Code_{number}");
        let Some(code) = row.read(&column, ObservationCode::parse)? else { continue };
        let date = row.day(&format!("Observation_Date_{number}"))?;
        observations.push(Observation { date, ..Observation::new(code) });
    }
    let code = row.text("Med_History_Code");
    let system = row.text("Med_History_Code_Sys");
    let history =
        if code.is_empty() { Vec::new() } else { vec![(system.to_owned(), code.to_owned())] };
    Ok((observations, history))
}

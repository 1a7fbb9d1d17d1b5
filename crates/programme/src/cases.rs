//! Test cases with the columns of CDC's published workbooks, and a report of how a programme does
//! on them.
//!
//! Both layouts are read: healthy children and adults (`CDC_Test_ID`, `DOB`, `gender`,
//! `Date_Administered_1` …), and underlying conditions (`Observation_Code_1`, `Series_Type_1` …).
//! The sheet is exported as it is, with dates as `YYYY-MM-DD`; letter case of headings does not
//! matter, and columns that are not known are passed over.

mod read;
mod report;

pub use read::{Case, CaseError, ExpectedDose, parse};
pub use report::{CaseReport, Field, FieldReport, Report, Tally, Unread, run};

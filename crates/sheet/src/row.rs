//! Rows as they come out of a file, before their cells mean anything.

use crate::error::SheetError;
use hutong_model::{Issue, IssueCode};

/// What kind of record a row states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecordKind {
    /// A dose.
    Vaccination,
    /// A nucleic-acid result.
    NucleicAcid,
    /// An antigen result.
    Antigen,
    /// An antibody result.
    Antibody,
    /// Nothing but who somebody is.
    Person,
}

/// A row of a file.
pub(crate) struct RawRow {
    /// Its number, from 1, as the spreadsheet program shows it.
    pub(crate) row: u64,
    /// Its cells as written, the last ones missing where they are empty.
    pub(crate) cells: Vec<String>,
    /// What is wrong with the row as a whole.
    pub(crate) trouble: Option<Trouble>,
}

impl RawRow {
    pub(crate) fn is_blank(&self) -> bool {
        self.trouble.is_none() && self.cells.iter().all(|cell| cell.trim().is_empty())
    }
}

/// What is wrong with a row as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    TooLong,
    Columns,
    Quote,
    Nul,
    Encoding,
}

impl Trouble {
    pub(crate) fn issue(self) -> Issue {
        let (code, reason, remedy) = match self {
            Self::TooLong => (
                IssueCode::TooLong,
                "the row is longer than 4 MiB",
                "remove what does not belong into the row, then send the row again",
            ),
            Self::Columns => (
                IssueCode::TooLong,
                "the row has more columns than a spreadsheet here may have (512)",
                "remove what does not belong into the row, then send the row again",
            ),
            Self::Quote => (
                IssueCode::Structure,
                "a quotation mark in the row has no proper partner",
                "write a cell that holds a quotation mark as \"a \"\"word\"\" in it\", or remove \
                 the mark",
            ),
            Self::Nul => (
                IssueCode::Structure,
                "the row holds NUL bytes, which are no text",
                "export the file again from the program it comes from",
            ),
            Self::Encoding => (
                IssueCode::Structure,
                "the row holds bytes that are not text in the file's encoding",
                "save the file as CSV UTF-8 (or GB18030) and send the row again",
            ),
        };
        Issue::error(code, "", reason, remedy)
    }
}

/// Where rows come from, one after the other.
pub(crate) trait RowSource: Send {
    /// The next row, blank ones included; None after the last.
    fn next_row(&mut self) -> Result<Option<RawRow>, SheetError>;

    /// Whether day numbers count from 1904 (a workbook made on an old Macintosh).
    fn counts_from_1904(&self) -> bool {
        false
    }
}

//! What stops a whole spreadsheet. What is wrong with one row is an [`hutong_model::Issue`].

/// Why a spreadsheet cannot be read, or cannot be read further.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SheetError {
    /// The bytes stopped coming.
    #[error("reading failed: {0}")]
    Io(#[from] std::io::Error),
    /// There is no row at all.
    #[error("the spreadsheet is empty: it needs a row of headings and the rows below it")]
    Empty,
    /// No row of headings was found, or one lacks what every spreadsheet needs.
    #[error(
        "no column is headed {missing}; the headings found are: {found}. Name the columns as in \
         the template"
    )]
    MissingHeadings {
        /// The headings looked for, in Chinese and English.
        missing: String,
        /// The headings of the first row.
        found: String,
    },
    /// Two columns have headings that mean the same.
    #[error(
        "the columns {first:?} and {second:?} mean the same ({field}); keep one of them and \
         rename or remove the other"
    )]
    DuplicateHeading {
        /// The field both mean.
        field: &'static str,
        /// One heading.
        first: String,
        /// The other heading.
        second: String,
    },
    /// More columns than a row may have.
    #[error("the spreadsheet has more than {max} columns")]
    TooManyColumns {
        /// The limit.
        max: usize,
    },
    /// Not text in an encoding that is read here.
    #[error("{0}")]
    Encoding(&'static str),
    /// An old binary workbook, or one that is locked with a password.
    #[error(
        "this is a workbook in the old .xls form, or locked with a password; save it without \
         password as .xlsx or as CSV"
    )]
    OldWorkbook,
    /// Not a workbook, or a damaged one.
    #[error("the workbook cannot be read: {0}; open it, save it again as .xlsx and send that")]
    Workbook(&'static str),
    /// It unpacks to more than is permitted.
    #[error("the workbook unpacks to more than {0}; split it into several files or send CSV")]
    TooLarge(&'static str),
}

impl SheetError {
    /// What it is, as one of the kinds of issue.
    pub fn code(&self) -> hutong_model::IssueCode {
        use hutong_model::IssueCode;
        match self {
            Self::Io(_) => IssueCode::Transient,
            Self::MissingHeadings { .. } => IssueCode::Required,
            Self::DuplicateHeading { .. } => IssueCode::BusinessRule,
            Self::TooManyColumns { .. } | Self::TooLarge(_) => IssueCode::TooLong,
            Self::Empty | Self::Encoding(_) | Self::OldWorkbook | Self::Workbook(_) => {
                IssueCode::Structure
            }
        }
    }
}

//! What can be wrong with supporting data.

/// Why supporting data was not loaded. Names files, series and doses of the published data only.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// The file is not well-formed XML.
    #[error("{file}: not well-formed XML: {why}")]
    Malformed {
        /// Name of the file.
        file: String,
        /// Where and what.
        why: String,
    },
    /// The root element is neither antigen nor schedule supporting data.
    #[error("{file}: root element <{root}> is no supporting data")]
    UnknownFile {
        /// Name of the file.
        file: String,
        /// Its root element.
        root: String,
    },
    /// An element that must be there is not, or is empty.
    #[error("{file}: {place}: no <{element}>")]
    Missing {
        /// Name of the file.
        file: String,
        /// Series and dose.
        place: String,
        /// The element.
        element: &'static str,
    },
    /// A text is no edition of a programme.
    #[error("{file}: {why}")]
    Unreadable {
        /// Name of the file.
        file: String,
        /// Where and what.
        why: String,
    },
    /// A row of a workbook cannot be read.
    #[error("{file}, sheet {sheet:?}, row {row}: {what}")]
    Row {
        /// Name of the file.
        file: String,
        /// Name of the sheet.
        sheet: String,
        /// Number of the row, from 1.
        row: u32,
        /// What is wrong.
        what: String,
    },
    /// A figure of an edition cannot be read.
    #[error("{place}: {element} cannot be read: {value:?}")]
    Figure {
        /// Edition, series and dose.
        place: String,
        /// What it should be.
        element: &'static str,
        /// Its beginning.
        value: String,
    },
    /// Something is named that is nowhere described.
    #[error("{place}: no {what} {name:?}")]
    Unknown {
        /// Edition, series and dose.
        place: String,
        /// What should be there.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// Something is described twice.
    #[error("{place}: {what} {name:?} twice")]
    Repeated {
        /// Edition.
        place: String,
        /// What.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// Editions are based on each other.
    #[error("edition {edition:?} is based on itself")]
    CyclicBase {
        /// The edition.
        edition: String,
    },
    /// A region's pack would change what the national programme says.
    #[error("the pack of {region} changes the national {what} {name:?}; it may only add")]
    National {
        /// The region.
        region: String,
        /// What.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// A value cannot be read.
    #[error("{file}: {place}: <{element}> cannot be read: {value:?}")]
    Value {
        /// Name of the file.
        file: String,
        /// Series and dose.
        place: String,
        /// The element.
        element: &'static str,
        /// Its beginning.
        value: String,
    },
    /// No file with the schedule's supporting data, or more than one.
    #[error("{count} files of schedule supporting data; one is needed")]
    Schedule {
        /// How many there are.
        count: usize,
    },
    /// Two files are about one antigen.
    #[error("antigen {antigen:?} is described twice")]
    Twice {
        /// The antigen.
        antigen: String,
    },
    /// An antigen is named that no file describes.
    #[error("{named_by} names antigen {antigen:?}, which no file describes")]
    NoAntigen {
        /// What names it.
        named_by: &'static str,
        /// The antigen.
        antigen: String,
    },
    /// A series names a vaccine group that the schedule does not list with its antigen.
    #[error("{place}: vaccine group {group:?} does not list this antigen")]
    NoGroup {
        /// Antigen and series.
        place: String,
        /// The vaccine group.
        group: String,
    },
    /// An antigen without series, a series without doses, or a group of series that is named and
    /// has none.
    #[error("{place}: no {what}")]
    Empty {
        /// Antigen, series or dose.
        place: String,
        /// What is missing.
        what: &'static str,
    },
    /// Doses of groups of series wait for each other to be complete (Table 6-7).
    #[error("{place}: completed-series conditions go round in a circle")]
    CyclicSkip {
        /// The antigen.
        place: String,
    },
    /// An age or interval that ends before it begins, or lies before birth.
    #[error("{place}: impossible {what}: {first} after {second}")]
    Impossible {
        /// Antigen, series and dose.
        place: String,
        /// Which pair.
        what: &'static str,
        /// What should come first.
        first: String,
        /// What should come second.
        second: String,
    },
    /// More than the engine has room for.
    #[error("{place}: more than {most} {what}")]
    TooMany {
        /// Antigen, series or dose.
        place: String,
        /// Of what.
        what: &'static str,
        /// The limit.
        most: usize,
    },
}

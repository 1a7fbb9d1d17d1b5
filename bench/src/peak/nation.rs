//! What the nation asks of its nodes on its heaviest day, per second, and the part of it that is
//! rehearsed.

/// Codes fetched anew: the heaviest minute that a region has seen (60,000/s), each taken as a new
/// assertion, though a phone shows the one that it holds for a day without asking anybody.
const CODES: f64 = 60_000.0;
/// Codes verified online.
const VERIFICATIONS: f64 = 25_000.0;
/// Rows of 20 million doses and 60 million tubes, in ten hours.
const ROWS: f64 = 80e6 / 36_000.0;
/// Histories: the national base answered 1.289 billion calls in a month; six times the mean.
const HISTORIES: f64 = 6.0 * 1.289e9 / (30.0 * 86_400.0);

/// Rows of one request.
pub const ROWS_OF_A_REQUEST: u64 = 10;

/// What is asked, per second.
pub struct Rates {
    /// Codes made.
    pub codes: f64,
    /// Codes verified, one a request.
    pub verifications: f64,
    /// Requests of admission, of [`ROWS_OF_A_REQUEST`] rows each.
    pub admissions: f64,
    /// Histories read.
    pub histories: f64,
}

impl Rates {
    /// One part in so many of the nation's.
    pub fn one_in(share: f64) -> Self {
        Self {
            codes: CODES / share,
            verifications: VERIFICATIONS / share,
            admissions: ROWS / ROWS_OF_A_REQUEST as f64 / share,
            histories: HISTORIES / share,
        }
    }
}

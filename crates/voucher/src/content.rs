//! What a voucher says.

use std::fmt;

/// A text in both languages. Where one is missing, the other stands in for it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Text {
    /// Chinese, in simplified characters.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Text {
    /// A text in both languages.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }
}

/// Whose voucher it is.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// The name as it is written at home.
    pub name: String,
    /// The name in Latin letters, as in the passport; may be empty.
    pub latin_name: String,
    /// The date of birth, or as much as is known of it, in ISO 8601.
    pub birth_date: String,
    /// The number of the document shown with the voucher, masked already.
    pub document: String,
}

/// What came of it.
#[derive(Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A dose of a vaccine.
    Dose {
        /// Which dose, from 1.
        number: u32,
        /// How many doses the series has, where that is known.
        of: Option<u32>,
    },
    /// The result of a test.
    Result(Text),
}

/// One record: a dose or a test.
#[derive(Clone, PartialEq, Eq)]
pub struct Line {
    /// The day, in ISO 8601: cards show the newest records by it.
    pub date: String,
    /// The vaccine or the test.
    pub what: Text,
    /// The product and its maker; may be empty.
    pub product: Text,
    /// Which dose, or the result.
    pub outcome: Outcome,
    /// The lot of the vaccine; may be empty.
    pub lot: String,
    /// The institution, or the place.
    pub place: Text,
}

/// One code to be printed as a QR symbol.
#[derive(Clone, PartialEq, Eq)]
pub struct Code {
    /// What the symbol holds, to the letter.
    pub text: String,
    /// What kind of code it is, such as "EU Digital COVID Certificate".
    pub caption: Text,
}

/// All that a voucher says. Texts are printed as they are: what they claim is proven by the codes.
#[derive(Clone, PartialEq, Eq)]
pub struct Voucher {
    /// Whose it is.
    pub person: Person,
    /// The records, in the order in which A4 shows them.
    pub records: Vec<Line>,
    /// The codes, in order.
    pub codes: Vec<Code>,
    /// Who made it.
    pub issuer: Text,
    /// When it was made, as printed.
    pub issued_at: String,
    /// Until when its codes hold, as printed; may be empty.
    pub expires_at: String,
    /// The number by which its issuer finds it again.
    pub reference: String,
    /// How a reader verifies it.
    pub how_to_verify: Text,
    /// When it was made, for the properties of the document.
    pub made_at: jiff::Timestamp,
}

/// A voucher is personal data: it does not get into logs by way of `{:?}`.
impl fmt::Debug for Voucher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Voucher({} records, {} codes)", self.records.len(), self.codes.len())
    }
}

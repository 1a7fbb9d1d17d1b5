//! The conformance kit: codes of every kind that is issued here, right ones and wrong ones, with
//! what a verifier must answer and the clause that says so. Keys are made anew for each kit; they
//! are worth nothing, and trusted by nobody who did not ask for it.
//!
//! [`Kit::make`] makes it, [`check`] compares a verifier's answers with it.

mod answers;
mod cards;
mod envelope;
mod hcert;
mod issuers;
mod own;
mod people;

pub use answers::{Checked, Difference, check};

use hutong_code::verify::{Format, Step};
use hutong_model::{Timestamp, Verdict};
use serde::{Deserialize, Serialize};

/// A kit was not made: the cryptographic library failed, or a rule of ours refuses a vector.
#[derive(Debug, thiserror::Error)]
#[error("the vector {vector}: {why}")]
pub struct KitError {
    /// Which.
    pub vector: &'static str,
    /// Why.
    pub why: String,
}

impl KitError {
    fn of(vector: &'static str) -> impl Fn(&dyn std::fmt::Display) -> Self {
        move |why| Self { vector, why: why.to_string() }
    }
}

/// One code, and what must be answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vector {
    /// Its name.
    pub id: Box<str>,
    /// What it claims to be.
    pub format: Format,
    /// The text of the code.
    pub text: String,
    /// The answer.
    pub result: Verdict,
    /// The step that must be named where it ended otherwise than well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Step>,
    /// What is right or wrong with it.
    pub about: Box<str>,
    /// The clause that decides.
    pub clause: Box<str>,
}

/// A file of whom to trust, or of what was taken back.
#[derive(Debug, Clone)]
pub struct TrustFile {
    /// Its name.
    pub name: &'static str,
    /// Its content.
    pub content: Vec<u8>,
}

/// Vectors and everything needed to verify them.
#[derive(Debug, Clone)]
pub struct Kit {
    /// The time at which they are to be verified.
    pub at: Timestamp,
    /// Who signs the trust list in `trust`: base64url of a `COSE_Key`.
    pub anchor: String,
    /// Whom to trust.
    pub trust: Vec<TrustFile>,
    /// The vectors.
    pub vectors: Vec<Vector>,
}

impl Kit {
    /// Makes a kit to be verified at a time.
    ///
    /// # Errors
    /// [`KitError`] where the cryptographic library fails.
    pub fn make(at: Timestamp) -> Result<Self, KitError> {
        let issuers = issuers::Issuers::make(at)?;
        let mut vectors = hcert::vectors(&issuers, at)?;
        let eu_revoked = hcert::taken_back(&issuers, at, &mut vectors)?;
        vectors.extend(cards::vectors(&issuers, at)?);
        vectors.extend(own::vectors(&issuers, at)?);
        let mut trust = issuers.trust(at)?;
        trust.push(TrustFile { name: "eu-revoked.json", content: eu_revoked });
        trust.push(TrustFile { name: "cards-revoked.json", content: cards::revoked(&issuers)? });
        Ok(Self { at, anchor: issuers.anchor(), trust, vectors })
    }
}

/// A vector that must be accepted.
fn right(id: &str, format: Format, text: String, about: &str, clause: &str) -> Vector {
    let result = Verdict::Valid;
    let (id, about, clause) = (id.into(), about.into(), clause.into());
    Vector { id, format, text, result, step: None, about, clause }
}

/// A vector that must not be.
fn wrong(
    id: &str,
    (format, text): (Format, String),
    (result, step): (Verdict, Step),
    about: &str,
    clause: &str,
) -> Vector {
    let (id, about, clause) = (id.into(), about.into(), clause.into());
    Vector { id, format, text, result, step: Some(step), about, clause }
}

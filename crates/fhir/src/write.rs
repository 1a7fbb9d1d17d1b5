//! Records out as FHIR JSON. Everything is appended to a byte buffer that the caller owns.
//!
//! A record is shown with where it comes from: the member in `meta.source`, origin, times,
//! corrections and other reports of the same event in extensions (see [`crate::urls`]).

mod bundle;
mod capability;
mod immds;
mod immunization;
mod json;
mod observation;
mod outcome;
mod patient;
mod provenance;

pub use bundle::{
    Answer, EverythingPage, SearchsetPage, answer_bundle, everything, patient_searchset, searchset,
};
pub use capability::{CapabilityInfo, capability_statement};
pub use immds::{
    Assessed, DueRow, Evaluated, Target, evaluation_searchset, forecast_answer,
    recommendation_searchset,
};
pub use outcome::operation_outcome;
pub use patient::{Disclosure, ShownPatient, patient};

use hutong_model::{Entry, EntryId, Fact, Issue, claim::PresentedCertificate};
use json::Json;

/// Stands in `occurrenceString` where nothing is known of when a dose was given.
pub(crate) const UNKNOWN_TIME: &str = "unknown";

/// What a record was brought in by, where nobody here gave the dose or did the test.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Voucher {
    /// The claim by which it was presented.
    pub claim: EntryId,
    /// The certificate; none where it was paper.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<PresentedCertificate>,
    /// What paper it was, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<Box<str>>,
}

/// A record as it is shown: corrections applied, other reports of the same event put with it.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownRecord {
    /// The form that counts: the newest correction, or the record itself.
    pub entry: Entry,
    /// Its earlier forms, and its withdrawal if there is one.
    pub corrections: Vec<Entry>,
    /// Entries by which others reported the same event.
    pub also: Vec<Entry>,
    /// What deserves attention.
    pub notes: Vec<Issue>,
    /// Withdrawn: shown, but it does not count.
    pub superseded: bool,
    /// The certificate or paper that it was brought in by.
    pub voucher: Option<Box<Voucher>>,
}

impl ShownRecord {
    /// A record with nothing to add to it.
    pub const fn plain(entry: Entry) -> Self {
        Self {
            entry,
            corrections: Vec::new(),
            also: Vec::new(),
            notes: Vec::new(),
            superseded: false,
            voucher: None,
        }
    }

    /// The FHIR resource type that it is written as. None for entries that have none.
    pub const fn resource_type(&self) -> Option<&'static str> {
        match self.entry.fact {
            Fact::Vaccination(_) => Some("Immunization"),
            Fact::TestResult(_) => Some("Observation"),
            _ => None,
        }
    }
}

/// Appends a record as `Immunization` or `Observation`. False, and nothing appended, where the
/// entry is neither.
pub fn record(shown: &ShownRecord, out: &mut Vec<u8>) -> bool {
    write_record(&mut Json::new(out), shown)
}

fn write_record(json: &mut Json<'_>, shown: &ShownRecord) -> bool {
    match &shown.entry.fact {
        Fact::Vaccination(vaccination) => immunization::write(json, shown, vaccination),
        Fact::TestResult(result) => observation::write(json, shown, result),
        _ => return false,
    }
    true
}

//! Certificates of other systems, read and verified to their own specifications: EU Digital COVID
//! Certificate and WHO's certificates in the same envelope (`HC1:`), SMART Health Cards and Links,
//! DIVOC, and ICAO visible digital seals (VDS-NC). All become the same records.
//!
//! Pure, as the rest of the crate. [`ForeignVerifier::verify`] is the one way in: a text, a time,
//! and trusted keys ([`keys::ForeignKeys`]) lead to a [`Reading`], which names the step that
//! failed where one did.
//!
//! What an untrusted text claims is shown only while nothing proves it wrong: an answer that is
//! `invalid` carries no records, one that is `unverified` does, and says so.

mod cbor;
mod cose;
mod cwt;
mod dcc;
mod detect;
mod divoc;
mod fhir_bundle;
mod hcert;
mod inflate;
mod json;
mod jws;
pub mod keys;
mod own;
mod reading;
mod record;
mod refusal;
mod revoked;
mod shc;
mod shlink;
mod times;
pub mod value_sets;
mod vds_nc;
mod verifier;
mod who;
pub(crate) mod wire_time;

pub use detect::detect;
pub use hcert::dcc_payload;
pub use own::OwnCode;
pub use reading::{LinkShown, Reading, Why};
pub use record::{
    CatalogueCode, Coded, Name, PersonDocument, PersonShown, Provenance, Record, Recovery,
    TestResult, Vaccination,
};
pub use shlink::ShLink;
pub use verifier::{ForeignContext, ForeignVerifier};

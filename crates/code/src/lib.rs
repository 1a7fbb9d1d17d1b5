//! The health code: the assertion a node signs, the presentation a phone shows, the trust list
//! that says whose keys count, and the verification that needs nothing else.
//!
//! Pure: no I/O, no clock. The time is an argument; so is randomness, save that key generation
//! and ECDSA draw from the system's generator through `aws-lc-rs`.
//!
//! One code's way: [`assertion::issue`] → [`presentation::present`] → [`verify::Verifier::verify`].
//! Certificates for other systems, and on paper, are made in the module [`mod@issue`].

pub mod assertion;
pub mod base45;
mod cbor;
pub mod cose_key;
pub mod foreign;
pub mod issue;
pub mod place;
pub mod presentation;
pub mod published;
pub mod qr;
pub mod reason;
pub mod revocation;
pub mod scan;
mod sign1;
pub mod suite;
pub mod trust;
pub mod verify;

pub use assertion::{
    Assertion, AssertionClaims, AssertionError, Badges, Holder, Label, LastTest, LeafRef, Masked,
    PackRef, Standing, issue,
};
pub use cbor::CborError;
pub use cose_key::CoseKey;
pub use place::{PlaceClaims, PlaceError, PlaceKind};
pub use presentation::{PresentationError, PresentationText, present, present_to, print};
pub use published::{Published, PublishedError};
pub use qr::{Qr, QrError};
pub use reason::{ReasonCode, ReasonText};
pub use revocation::{Identifiers, RevocationError, Revocations, Revoked};
pub use scan::Scanner;
pub use sign1::Sign1Error;
pub use suite::{Algorithm, KeyId, Sign, SigningKey, SuiteError, VerifyingKey};
pub use trust::{Freshness, TrustError, TrustList, TrustListBody};
pub use verify::{Answer, Verifier, VerifyContext};

//! Acceptance rules: whether a place accepts what a person shows, by the business rules that
//! countries publish (EU DCC validation rules: JSON with `Identifier`, `Type`, `Country`, `Logic`
//! in `CertLogic`, …), over certificates in the form of the DCC payload.
//!
//! A [`RuleBook`] is read once: logic compiled, value sets bound. [`RuleBook::select`] picks the
//! rules of a place and a time; a [`Selection`] judges any number of certificates.
//!
//! # Which rules apply
//! - `Acceptance` rules of the destination: those of the country as a whole, and where a region is
//!   named those of it too. A rule of the region takes the place of one of the country that has the
//!   same identifier.
//! - `Invalidation` rules of the issuer, whatever the destination.
//! - Of either those in force (`ValidFrom` and `ValidTo` both included), of several versions in
//!   force the highest, that are general or for a type that the certificate has (`v`, `t`, `r`).
//!
//! # What comes of them
//! A rule passes, fails, or stays open: another engine or a later version of it, logic that is
//! not `CertLogic`, a schema that the certificate is older than, or an evaluation that ends in an
//! error. A certificate fails with any
//! rule that fails, else is open with any that is open or where no rule applies, else passes. A
//! person passes with any certificate that does: a new one never spoils an older one that is valid.

mod document;
mod select;
mod verdict;

pub use document::{BusinessRule, CertificateType, Description, RuleType, Version};
pub use select::{Place, RuleBook, Selection};
pub use verdict::{Certificate, OpenReason, Outcome, Over, RuleVerdict, Verdict, over_all};

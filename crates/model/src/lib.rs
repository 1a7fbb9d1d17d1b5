//! The words of Hutong as types. No I/O, no async, no clock, no randomness of its own.
//!
//! Everything that crosses a boundary (a file, a request, another node) is parsed once into one of
//! these types and is valid from then on: private fields, `parse`, getters.

pub mod catalogue;
mod cbor;
pub mod claim;
pub mod document;
pub mod entropy;
pub mod entry;
pub mod evidence;
pub mod ids;
pub mod issue;
pub mod level;
pub mod limits;
pub mod member;
pub mod person;
pub mod purpose;
pub mod record;
pub mod region;
pub mod submission;
pub mod task;
pub mod time;

pub use catalogue::Catalogue;
pub use document::{Document, DocumentError, DocumentKind};
pub use entropy::Entropy;
pub use entry::{Entry, Fact, Source, Times};
pub use ids::{EntryId, IdError, MemberId, OperatorId, OriginId, PersonId};
pub use issue::{Issue, IssueCode, Severity};
pub use level::{Level, Verdict};
pub use member::{Member, MemberKind, MemberStatus};
pub use person::{Demographics, Guardian, Sex, Subject};
pub use purpose::Purpose;
pub use record::{Coding, Quantity, TestKind, TestOutcome, TestResult, Vaccination};
pub use region::RegionCode;
pub use submission::{Action, Submission};
pub use time::{Clock, Date, Precision, TimeError, Timestamp, When};

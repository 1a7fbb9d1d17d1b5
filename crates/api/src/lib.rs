//! HTTP for a node: one file an endpoint, one extractor for member, purpose and policy.
//!
//! A request passes [`finish`](mod@finish) (id, span, form of errors), the gate of its class
//! ([`load`]), and one of the doors of [`access`], which is the only way to the node.

pub mod access;
mod admissions;
mod alarms;
mod body;
mod certificates;
mod claims;
mod corrections;
mod counts;
mod evidence;
mod fhir;
mod finish;
mod grants;
pub mod load;
mod measures;
mod oauth;
mod options;
mod outcome;
mod paging;
mod persons;
mod places;
pub mod problem;
mod programme;
mod query;
mod rate;
mod residents;
mod routes;
mod rulebook;
mod schema;
mod system;
mod tasks;
mod tree;
mod tubes;
mod verifications;
mod watermark;

pub use options::ApiOptions;
pub use routes::{PUBLIC, openapi, router};

//! The interface of a node from outside: a real server, a real store, a test clock.

mod alarms;
mod auth;
mod bulk;
mod certificates;
mod claims;
mod common;
mod counts;
mod decisions;
mod export;
mod failures;
mod failures_of_records;
mod fhir;
mod histories;
mod openapi;
mod places;
mod policies;
mod programme;
mod programme_packs;
mod residents;
mod rulebook;
mod seven;
mod speed;
mod system;
mod task_tree;
mod tasks;
mod tree;

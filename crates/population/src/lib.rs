//! A synthetic population: persons who do not exist, with names, documents, homes, moves, doses
//! and tests that look as if they did. The same [`Config`] gives the same bytes, on any machine.
//!
//! Every person is made from the seed and their own number alone, so that a million of them are
//! made one after the other (or in parallel) without any being held, and one can be made again
//! without the others.
//!
//! Numbers of documents have the right form and check digits, and no two persons share one. They
//! are drawn without looking at any real person's; that a number exists proves nothing.

mod clock;
mod config;
mod dice;
mod divisions;
mod doses;
mod identity;
mod mistakes;
mod names;
mod ndjson;
mod person;
mod results;
mod schedule;

pub use config::{Config, ConfigError, Rates};
pub use divisions::{Division, divisions};
pub use mistakes::Mistake;
pub use ndjson::{Totals, write_ndjson, write_ndjson_telling, write_person};
pub use person::{Person, Record, Reporter, ReporterKind, person, persons};

//! The small aggregates.

mod grants;
mod registry;
mod residents;
mod standing;
mod tally;

//! The small aggregates of the embedded store.

mod access;
mod feed;
mod registry;
mod residents;

//! The small aggregates of the embedded store.

mod access;
mod feed;
mod registry;
mod residents;
mod standing;
mod tally;

/// A value could not be sealed: as an error of the statement that was to write it.
pub(super) fn unsealed(error: crate::StoreError) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}

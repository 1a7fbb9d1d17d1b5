//! Where the sealed values of the small tables belong, the same in every back end.

use super::{Place, Table};
use hutong_model::PersonId;

pub(crate) fn access_place(person: &PersonId) -> Place<'_> {
    Place { table: Table::Access, row: person.as_bytes(), column: "body" }
}

pub(crate) fn feed_place(number: &[u8; 8]) -> Place<'_> {
    Place { table: Table::Feed, row: number, column: "body" }
}

/// The row id of one version of a document.
pub(crate) fn document_row(collection: &str, key: &str, version: i64) -> Vec<u8> {
    format!("{key}\u{0}{collection}\u{0}{version}").into_bytes()
}

pub(crate) const fn document_place(row: &[u8]) -> Place<'_> {
    Place { table: Table::Document, row, column: "body" }
}

pub(crate) const fn setting_place(name: &str) -> Place<'_> {
    Place { table: Table::Setting, row: name.as_bytes(), column: "value" }
}

/// The row id of what a person was told in an event.
pub(crate) fn standing_row(person: &PersonId, event: &str) -> Vec<u8> {
    [person.as_bytes(), event.as_bytes()].concat()
}

pub(crate) const fn standing_place(row: &[u8]) -> Place<'_> {
    Place { table: Table::Standing, row, column: "body" }
}

/// The word that is sealed into a new store, to know its keys again by.
pub(crate) const SEAL_CHECK: Place<'_> =
    Place { table: Table::Meta, row: b"seal-check", column: "value" };

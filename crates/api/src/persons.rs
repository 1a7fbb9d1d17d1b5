//! Persons in plain JSON: histories, documents, links.

pub(crate) mod documents;
pub(crate) mod history;
pub(crate) mod links;
pub(crate) mod records;

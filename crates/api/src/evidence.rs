//! Evidence of departments and hospitals: cases, contacts, stays, entries from abroad.

pub(crate) mod post;
mod statement;

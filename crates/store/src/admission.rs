//! Admission: what is there already, what is new, to whom a row belongs, what follows. Decided the
//! same way over every back end, which says as a [`Ground`] what is there.

mod batch;
pub(crate) mod body;
mod ground;
mod links;
mod packing;
pub(crate) mod prepare;
mod resolve;
mod row;
mod targets;

pub(crate) use batch::{Admit, Admitted, send};
pub(crate) use ground::{Ground, Identity, NewEntry};
pub(crate) use links::Links;
pub(crate) use row::{Admission, none_written};

/// Entry, person, or keyed hash of a document: 16 bytes.
pub(crate) type Key = [u8; 16];
/// What a document leads to that was taken away from everyone; also the id of nobody.
pub(crate) const NIL: Key = [0; 16];

//! Requests for correction, at the member that stated the record.

pub(crate) mod answer;
pub(crate) mod list;

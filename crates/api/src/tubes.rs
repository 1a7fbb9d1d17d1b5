//! Tubes, for those who filled them.

pub(crate) mod read;

//! Verifying codes.

pub(crate) mod post;

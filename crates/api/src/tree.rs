//! What nodes below send and ask.

pub(crate) mod asks;
pub(crate) mod entries;
pub(crate) mod feed;
pub(crate) mod reconcile;
pub(crate) mod tasks;
pub(crate) mod trust;

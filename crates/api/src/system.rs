//! What operators and anybody may ask.

pub(crate) mod docs;
pub(crate) mod health;
pub(crate) mod ledger;
pub(crate) mod metrics;
pub(crate) mod openapi;
pub(crate) mod trust_list;

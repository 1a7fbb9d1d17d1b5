//! Records in bulk: a stream in, a stream of receipts out, the same memory whatever the length.

mod batches;
mod lines;
mod pipeline;
pub(crate) mod post;
mod receipts;
mod sheets;

//! The ledger through its public surface.

mod audits;
mod checkpoints;
mod common;
mod crashes;
mod hostile;
mod leaves;
mod oracles;
mod plain;
mod promises;
mod proofs;
mod trees;
mod witnesses;
mod writers;

//! Certificates of other systems, through the public surface: published vectors where they are at
//! hand, and certificates made here.

mod common;
mod dcc_vectors;
mod dcc_wrong;
mod shc_vectors;
mod who_icao_vectors;

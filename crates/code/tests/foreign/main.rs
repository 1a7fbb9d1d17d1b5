//! Certificates of other systems, through the public surface: published vectors where they are at
//! hand, and certificates made here.

mod common;
mod dcc_vectors;
mod dcc_wrong;
mod hostile_cards;
mod hostile_hc1;
mod hostile_seals;
mod made;
mod scanner;
mod shc_vectors;
mod who_icao_vectors;

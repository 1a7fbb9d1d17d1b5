//! How results are shown: tables for people, JSON for programs.

use crate::failure::Failure;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets::UTF8_BORDERS_ONLY};
use std::io::{IsTerminal, Write};

/// A table with these headings.
pub fn table<const N: usize>(headings: [&str; N]) -> Table {
    let mut table = Table::new();
    table
        .load_style(UTF8_BORDERS_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(headings);
    if !std::io::stdout().is_terminal() {
        table.set_width(160);
    }
    table
}

/// A cell with a number.
pub fn number(value: u64) -> Cell {
    Cell::new(value).set_alignment(CellAlignment::Right)
}

/// Prints a line on standard output. Whoever reads it may be gone: then there is nothing to say.
pub fn line(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Prints one JSON object on one line.
///
/// # Errors
/// [`Failure`] where the value cannot be written as JSON.
pub fn json(value: &impl serde::Serialize) -> Result<(), Failure> {
    line(serde_json::to_string(value)?);
    Ok(())
}

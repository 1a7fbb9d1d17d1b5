//! The list of those whom somebody has to see to, as a spreadsheet.

use super::HEADINGS;
use crate::{failure::Failure, lang::Lang};
use hutong_model::Date;
use hutong_sheet::guarded;
use std::{
    fs::File,
    io::{self, Write},
    path::Path,
};

/// By which spreadsheet programs tell that a file is UTF-8.
const BOM: &[u8] = "\u{feff}".as_bytes();

/// Writes the list: student number, result, what is missing, and by when all were checked and are
/// checked again.
///
/// # Errors
/// [`Failure`] where the file cannot be written.
pub(super) fn write(
    path: &Path,
    open: &[[String; 3]],
    days: (Date, Date),
    lang: Lang,
) -> Result<(), Failure> {
    let written = File::create(path).and_then(|file| rows(file, open, days, lang));
    written.map_err(|error| Failure::file(path, &error))
}

fn rows(mut file: File, open: &[[String; 3]], days: (Date, Date), lang: Lang) -> io::Result<()> {
    file.write_all(BOM)?;
    let mut writer = csv::Writer::from_writer(file);
    let ends = lang.pick(["查验截止", "复验截止"], ["check by", "check again by"]);
    writer.write_record(lang.pick(HEADINGS.0, HEADINGS.1).into_iter().chain(ends))?;
    let days = [days.0.to_string(), days.1.to_string()];
    for row in open {
        writer.write_record(row.iter().chain(&days).map(|cell| guarded(cell)))?;
    }
    writer.flush()
}

//! `hutong template`.

use crate::{
    failure::{Exit, Failure},
    lang::Lang,
    show,
};
use clap::Args;
use std::path::PathBuf;

/// Write an empty workbook (XLSX) whose columns `hutong import` reads, with notes on each.
#[derive(Debug, Args)]
pub struct Template {
    /// Where to; it must not exist
    file: PathBuf,
}

impl Template {
    /// Writes it.
    ///
    /// # Errors
    /// [`Failure`] where the file cannot be written.
    pub fn run(self, lang: Lang) -> Result<Exit, Failure> {
        let headings = lang.pick(hutong_sheet::Lang::Zh, hutong_sheet::Lang::En);
        let bytes = hutong_sheet::template_xlsx(headings)
            .map_err(|error| Failure::setup(format!("the workbook: {error}"), ""))?;
        let failed = |error: std::io::Error| Failure::file(&self.file, &error);
        let mut file = std::fs::File::create_new(&self.file).map_err(failed)?;
        std::io::Write::write_all(&mut file, &bytes).map_err(failed)?;
        show::line(self.file.display());
        Ok(Exit::Ok)
    }
}

//! Pictures and PDF documents instead of lines.

use crate::failure::Failure;
use serde::Serialize;
use std::path::Path;

/// Where a code was.
#[derive(Serialize)]
pub(super) struct Place<'f> {
    /// The file.
    file: String,
    /// The page of a document, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<usize>,
    /// Why no code could be read from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip)]
    path: &'f Path,
}

impl Place<'_> {
    /// For people: the file, the page, and what was wrong.
    pub(super) fn shown(&self) -> String {
        let page = self.page.map(|page| format!(" [{page}]")).unwrap_or_default();
        let error = self.error.as_ref().map(|error| format!(" ({error})")).unwrap_or_default();
        format!("{}{page}{error}", self.path.display())
    }
}

/// The codes of a file, each with its place; where there is none, an empty code and the reason.
///
/// # Errors
/// [`Failure`] where the file cannot be opened.
pub(super) fn codes(path: &Path) -> Result<Vec<(Place<'_>, String)>, Failure> {
    let bytes = std::fs::read(path).map_err(|error| Failure::file(path, &error))?;
    let place = |page, error| Place { file: path.display().to_string(), page, error, path };
    Ok(match hutong_picture::read(&bytes) {
        Ok(found) => found
            .into_iter()
            .map(|code| (place(Some(code.page()), None), code.into_string()))
            .collect(),
        Err(error) => vec![(place(None, Some(error.to_string())), String::new())],
    })
}

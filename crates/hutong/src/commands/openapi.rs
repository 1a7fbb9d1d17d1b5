//! `hutong openapi`: the document that the code describes itself with.

use crate::{
    failure::{Exit, Failure},
    show,
};

/// Prints it.
///
/// # Errors
/// [`Failure`] where it cannot be written as JSON.
pub fn run() -> Result<Exit, Failure> {
    show::line(serde_json::to_string_pretty(&hutong_api::openapi())?);
    Ok(Exit::Ok)
}

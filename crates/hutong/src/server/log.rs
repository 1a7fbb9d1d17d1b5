//! What is written about the work: structured lines on standard error, without person data.

use crate::{
    config::{Log, LogFormat},
    failure::Failure,
};
use tracing_subscriber::EnvFilter;

/// Starts writing.
///
/// # Errors
/// [`Failure`] where the filter is malformed.
pub fn start(log: &Log) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(&log.level).map_err(|error| {
        Failure::setup(
            format!("[log] level = {:?}: {error}", log.level),
            "write a level (error, warn, info, debug) or a filter such as hutong_node=debug,info",
        )
    })?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match log.format {
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
        LogFormat::Text => lines.with_ansi(false).try_init(),
    };
    started.map_err(|error| Failure::setup(format!("the log cannot be started: {error}"), ""))
}

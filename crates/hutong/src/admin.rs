//! Commands to a node, whether it runs or not. A running node takes them on a socket in its data
//! folder, which only its owner may enter; otherwise the command opens the store itself.

pub mod backup;
pub mod command;
pub mod export;
pub mod socket;
pub mod trust;

pub use command::AdminCommand;
pub use trust::{TrustOrder, TrustReport};

use crate::{config::Config, deployment, failure::Failure};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{path::Path, sync::Arc};

/// How far a long command has come.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// Bytes of input read.
    pub bytes: u64,
    /// Bytes of input altogether; 0 where it is not known.
    pub bytes_total: u64,
    /// Rows decided.
    pub rows: u64,
}

/// Where progress is told.
pub type OnProgress = Arc<dyn Fn(Progress) + Send + Sync>;

/// Nobody is told.
pub fn silent() -> OnProgress {
    Arc::new(|_| {})
}

/// Has a command done by the running node, or by this process where none runs.
///
/// # Errors
/// [`Failure`] where the command failed, or the node can be neither reached nor opened.
pub async fn run(
    path: &Path,
    command: AdminCommand,
    on_progress: OnProgress,
) -> Result<Value, Failure> {
    let config = Config::read(path)?;
    run_with(&config, command, on_progress).await
}

/// As [`run`], with a configuration that was read already.
///
/// # Errors
/// As [`run`].
pub async fn run_with(
    config: &Config,
    command: AdminCommand,
    on_progress: OnProgress,
) -> Result<Value, Failure> {
    if let Some(stream) = socket::connect(&config.admin_socket()).await? {
        return socket::ask(stream, &command, &on_progress).await;
    }
    let node = deployment::node_for_command(config).await?;
    command.run(&node, on_progress).await
}

/// Reads the answer of a command as the type that it is.
///
/// # Errors
/// [`Failure`] where it is of another form: the node is of another version.
pub fn answer<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, Failure> {
    serde_json::from_value(value).map_err(|error| {
        Failure::setup(
            format!("the running node answered something else than expected: {error}"),
            "restart the node with this version of hutong",
        )
    })
}

//! The socket: one JSON line with the command, then lines of progress, then one with the result.

use super::{AdminCommand, OnProgress, Progress};
use crate::failure::Failure;
use hutong_node::Node;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{path::Path, sync::Arc};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream},
    sync::mpsc,
};

/// Longest command, in bytes: a list of files, an adapter.
const COMMAND_BYTES_MAX: u64 = 1024 * 1024;
/// Lines of progress that may wait for the reader; more are left out.
const PROGRESS_QUEUE: usize = 16;

/// A line to the command line tool.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Line {
    Progress(Progress),
    Done(Value),
    Failed(Failure),
}

/// Listens. A socket that an earlier run left behind is removed: the store's lock has shown that
/// no other node runs here.
///
/// # Errors
/// [`Failure`] where the socket cannot be made.
pub fn listen(path: &Path) -> Result<UnixListener, Failure> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(Failure::file(path, &error));
        }
        _ => {}
    }
    UnixListener::bind(path).map_err(|error| {
        let mut failure = Failure::file(path, &error);
        if path.as_os_str().len() > 100 {
            failure.remedy = "choose a data_dir with a shorter path".into();
        }
        failure
    })
}

/// Takes commands until the future is dropped.
pub async fn serve(listener: UnixListener, node: Arc<Node>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let node = node.clone();
                tokio::spawn(async move {
                    if let Err(error) = answer(stream, &node).await {
                        tracing::warn!(error = %error, "an administrator's connection broke");
                    }
                });
            }
            Err(error) => {
                tracing::warn!(error = %error, "the admin socket does not accept");
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        }
    }
}

async fn answer(stream: UnixStream, node: &Arc<Node>) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut text = String::new();
    BufReader::new(read.take(COMMAND_BYTES_MAX)).read_line(&mut text).await?;
    if text.is_empty() {
        return Ok(()); // somebody looked whether a node runs
    }
    let command: AdminCommand = match serde_json::from_str(&text) {
        Ok(command) => command,
        Err(error) => {
            let failure = Failure::usage(
                format!("the running node does not know this command: {error}"),
                "restart the node with this version of hutong",
            );
            return send(&mut write, &Line::Failed(failure)).await;
        }
    };
    tracing::info!(command = command.name(), "administrator's command");
    let (progress, mut waiting) = mpsc::channel(PROGRESS_QUEUE);
    let on_progress: OnProgress = Arc::new(move |step| {
        let _ = progress.try_send(step);
    });
    let mut work = std::pin::pin!(command.run(node, on_progress));
    loop {
        tokio::select! {
            Some(step) = waiting.recv() => send(&mut write, &Line::Progress(step)).await?,
            done = &mut work => {
                let line = done.map_or_else(Line::Failed, Line::Done);
                return send(&mut write, &line).await;
            }
        }
    }
}

async fn send(write: &mut (impl AsyncWriteExt + Unpin), line: &Line) -> std::io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    write.write_all(&text).await
}

/// The connection to a running node; None where none runs.
///
/// # Errors
/// [`Failure`] where there is a socket that this user may not use.
pub async fn connect(path: &Path) -> Result<Option<UnixStream>, Failure> {
    use std::io::ErrorKind::{ConnectionRefused, NotFound};
    match UnixStream::connect(path).await {
        Ok(stream) => Ok(Some(stream)),
        Err(error) if matches!(error.kind(), NotFound | ConnectionRefused) => Ok(None),
        Err(error) => {
            let mut failure = Failure::file(path, &error);
            failure.remedy = "run the command as the user that the node runs as".into();
            Err(failure)
        }
    }
}

/// Sends a command and waits for its result.
///
/// # Errors
/// [`Failure`] of the command, or where the node went away.
pub async fn ask(
    stream: UnixStream,
    command: &AdminCommand,
    on_progress: &OnProgress,
) -> Result<Value, Failure> {
    let broken = |error: std::io::Error| {
        Failure::setup(
            format!("the running node broke off: {error}"),
            "see its log; the command may have been done: look before you repeat it",
        )
    };
    let (read, mut write) = stream.into_split();
    let mut text = serde_json::to_vec(command)?;
    text.push(b'\n');
    write.write_all(&text).await.map_err(broken)?;
    let mut lines = BufReader::new(read).lines();
    while let Some(line) = lines.next_line().await.map_err(broken)? {
        match serde_json::from_str(&line)? {
            Line::Progress(step) => on_progress(step),
            Line::Done(value) => return Ok(value),
            Line::Failed(failure) => return Err(failure),
        }
    }
    Err(broken(std::io::ErrorKind::UnexpectedEof.into()))
}

//! A process of the demonstration. It ends when its standard input does, so it cannot outlive the
//! demonstration, however that ends.

use crate::failure::Failure;
use serde_json::Value;
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child as Process, ChildStdin, Command},
    sync::mpsc,
};

/// How long a process may take to get ready.
const READY: Duration = Duration::from_secs(20);
/// How long it may take to say something that is waited for.
const SAYS: Duration = Duration::from_secs(10);
/// How long it may take to end.
const ENDS: Duration = Duration::from_secs(20);

/// A running process.
pub struct Child {
    name: String,
    process: Process,
    stdin: Option<ChildStdin>,
    events: mpsc::UnboundedReceiver<Value>,
    log: PathBuf,
    /// What it said when it was ready.
    pub ready: Value,
}

impl Child {
    /// Starts an executable and waits until it says, as a JSON line, that it is ready. What it
    /// writes on standard error goes into `log`.
    ///
    /// # Errors
    /// [`Failure`] where it cannot be started, or ends, or does not get ready in time.
    pub async fn start(
        name: &str,
        executable: &Path,
        arguments: Vec<OsString>,
        log: &Path,
    ) -> Result<Self, Failure> {
        let file = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(log)
            .map_err(|error| Failure::file(log, &error))?;
        let mut process = Command::new(executable)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(file)
            // Ctrl-C at the terminal goes to the demonstration, which then stops them in order.
            .process_group(0)
            .spawn()
            .map_err(|error| Failure::file(executable, &error))?;
        let stdin = process.stdin.take();
        let (send, events) = mpsc::unbounded_channel();
        if let Some(stdout) = process.stdout.take() {
            tokio::spawn(async move {
                let mut lines = BufReader::new(stdout).lines();
                while let Ok(Some(line)) = lines.next_line().await {
                    if let Ok(event) = serde_json::from_str(&line)
                        && send.send(event).is_err()
                    {
                        return;
                    }
                }
            });
        }
        let (name, log) = (name.to_owned(), log.to_path_buf());
        let mut child = Self { name, process, stdin, events, log, ready: Value::Null };
        child.ready = child.wait_for("ready", READY).await?;
        Ok(child)
    }

    /// Waits for an event that the process says.
    ///
    /// # Errors
    /// [`Failure`] where it does not come in time, or the process ends.
    pub async fn event(&mut self, event: &str) -> Result<Value, Failure> {
        self.wait_for(event, SAYS).await
    }

    async fn wait_for(&mut self, event: &str, within: Duration) -> Result<Value, Failure> {
        let wait = async {
            while let Some(said) = self.events.recv().await {
                // A program that is not ours says nothing but where it listens.
                let is_ready = event == "ready" && said["listening"].is_string();
                if said["event"] == event || is_ready {
                    return Some(said);
                }
            }
            None
        };
        match tokio::time::timeout(within, wait).await {
            Ok(Some(said)) => Ok(said),
            _ => Err(Failure::setup(
                format!("{} did not say {event:?}: {}", self.name, self.last_lines()),
                format!("its log is {}", self.log.display()),
            )),
        }
    }

    /// The end of its log.
    fn last_lines(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().rev().take(3).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join(" | ")
    }

    /// Kills it without warning (SIGKILL), as a power cut would.
    ///
    /// # Errors
    /// [`Failure`] where it cannot be killed.
    pub async fn kill(&mut self) -> Result<(), Failure> {
        self.process
            .kill()
            .await
            .map_err(|error| Failure::setup(format!("{}: {error}", self.name), ""))
    }

    /// Lets it end by itself.
    pub async fn stop(&mut self) {
        self.stdin.take();
        if tokio::time::timeout(ENDS, self.process.wait()).await.is_err() {
            let _ = self.process.kill().await;
        }
    }
}

//! Nodes as real processes, as their operators run them: `hutong init`, `hutong serve`, commands.
#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod hostile;
pub mod journal;
pub mod link;
pub mod office;
pub mod people;

use hutong_model::Timestamp;
use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

/// How long a node may take to be ready.
const READY: Duration = Duration::from_secs(30);
/// How long it may take to end when it is told to.
const ENDS: Duration = Duration::from_secs(60);

/// The command line tool, untouched by the settings of whoever runs the tests.
pub fn hutong() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hutong"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("HUTONG_") {
            command.env_remove(name);
        }
    }
    command.env("HUTONG_LANG", "en");
    command
}

/// A setting of a test from the environment.
pub fn setting<T: std::str::FromStr>(name: &str, usual: T) -> T {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name}: not understood: {text}")),
        Err(_) => usual,
    }
}

/// The present.
#[allow(clippy::disallowed_methods, reason = "the processes go by the real clock")]
pub fn now() -> Timestamp {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("a clock after 1970");
    Timestamp::from_unix_ms(i64::try_from(since.as_millis()).expect("a clock before the year 3000"))
}

/// Reproducible choices (`SplitMix64`).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }
    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end.max(1)
    }
    /// A number from a span.
    pub fn within(&mut self, span: std::ops::Range<u64>) -> u64 {
        span.start + self.below(span.end - span.start)
    }
}

/// A node: its folder and, while it runs, its process.
pub struct Node {
    /// Its region.
    pub region: String,
    /// Folder of the configuration.
    pub folder: PathBuf,
    /// Where it is reached now.
    pub url: String,
    /// Audience of those who sign in.
    pub audience: String,
    process: Option<Child>,
}

/// The node above, as it is named to `hutong init`.
pub struct Above<'a> {
    pub url: &'a str,
    pub anchor: &'a str,
}

impl Node {
    /// Makes a node's files with `hutong init`. Without a public URL it is the address that it
    /// listens on, which is another at each start.
    pub fn init(
        at: &Path,
        region: &str,
        public_url: Option<&str>,
        above: Option<Above<'_>>,
    ) -> Self {
        let folder = at.join(region);
        let mut command = hutong();
        command
            .args([
                "init",
                "--region",
                region,
                "--name",
                region,
                "--listen",
                "127.0.0.1:0",
                "--dir",
            ])
            .arg(&folder);
        if let Some(url) = public_url {
            command.args(["--public-url", url]);
        }
        if let Some(above) = above {
            command.args(["--parent", above.url, "--trust-anchor", above.anchor]);
        }
        succeeded(command.output().expect("hutong init"));
        Self {
            region: region.into(),
            folder,
            url: String::new(),
            audience: public_url.unwrap_or_default().into(),
            process: None,
        }
    }

    /// A root of its own, running.
    pub fn root(at: &Path) -> Self {
        let mut node = Self::init(at, "000000", None, None);
        node.start();
        node
    }

    /// Starts the process and waits until it is ready.
    pub fn start(&mut self) {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.log())
            .expect("a log file");
        let mut process = hutong()
            .args(["serve", "--exit-with-stdin", "--config"])
            .arg(self.config())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("hutong serve");
        let stdout = BufReader::new(process.stdout.take().expect("its output"));
        self.process = Some(process);
        let (say, said) = mpsc::channel();
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let Ok(event) = serde_json::from_str::<Value>(&line) else { continue };
                let _ = say.send(event);
            }
        });
        let until = Instant::now() + READY;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let Ok(event) = said.recv_timeout(left) else {
                panic!("node {} is not ready: {}", self.region, self.log_end());
            };
            if event["event"] == "ready" {
                self.url = text(&event["listening"]);
                if self.audience.is_empty() {
                    self.audience = text(&event["public_url"]);
                }
                return;
            }
        }
    }

    /// Kills the process without warning (SIGKILL).
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("killed");
            process.wait().expect("gone");
        }
    }

    /// Has the process end in order.
    pub fn stop(&mut self) {
        let Some(mut process) = self.process.take() else { return };
        drop(process.stdin.take());
        let until = Instant::now() + ENDS;
        while process.try_wait().expect("its state").is_none() {
            assert!(Instant::now() < until, "node {} does not end", self.region);
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Whether the process still runs.
    pub fn is_running(&mut self) -> bool {
        self.process.as_mut().is_some_and(|p| p.try_wait().expect("its state").is_none())
    }

    /// Does a command of the operator.
    pub fn command<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Output {
        let mut command = hutong();
        command.env("HUTONG_CONFIG", self.config()).args(arguments);
        command.output().expect("a command")
    }

    /// Does a command that succeeds; what it printed.
    pub fn does<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> String {
        succeeded(self.command(arguments))
    }

    /// How the node stands.
    pub fn standing(&self) -> Value {
        serde_json::from_str(&self.does(["status", "--json"])).expect("JSON")
    }

    /// Waits until everything is passed up.
    pub fn wait_passed_up(&self, within: Duration) {
        let until = Instant::now() + within;
        loop {
            let lag = self.standing()["outboxLag"].as_u64().expect("a number");
            if lag == 0 {
                return;
            }
            assert!(Instant::now() < until, "{lag} entries still wait: {}", self.log_end());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// The configuration.
    pub fn config(&self) -> PathBuf {
        self.folder.join("node.toml")
    }

    /// What the process wrote about its work.
    pub fn log(&self) -> PathBuf {
        self.folder.join("log.json")
    }

    fn log_end(&self) -> String {
        let text = std::fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(5)..].join("\n")
    }

    /// Memory that the process held at most since it began, or since this was last forgotten, in
    /// bytes.
    pub fn memory_max(&self) -> u64 {
        let id = self.process.as_ref().expect("it runs").id();
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("its status");
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("VmHWM");
        let kib = line.split_whitespace().nth(1).and_then(|number| number.parse::<u64>().ok());
        kib.expect("a number") * 1024
    }

    /// Forgets how much memory the process held before.
    pub fn forget_memory(&self) {
        let id = self.process.as_ref().expect("it runs").id();
        std::fs::write(format!("/proc/{id}/clear_refs"), "5").expect("forgotten");
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// What a command printed, which must have succeeded.
#[track_caller]
pub fn succeeded(output: Output) -> String {
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {error}", output.status);
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// A JSON text.
#[track_caller]
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("text expected: {value}")).to_owned()
}

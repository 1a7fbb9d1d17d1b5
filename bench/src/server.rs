//! The program under measurement: the executable `hutong` that lies beside this one, as a child
//! process on a store of its own, reached over HTTP as anybody reaches it.

use crate::{cpu, stores::Store};
use std::{
    io::{BufRead, BufReader, Lines, Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::Mutex,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How far whatever follows the journal is behind.
const FOLLOWERS: [&str; 2] = ["hutong_tally_lag_entries", "hutong_task_lag_entries"];
/// Within what they must have caught up.
const CAUGHT_UP: Duration = Duration::from_secs(3_600);
/// Between two looks, and between two lines of progress.
const LOOK: Duration = Duration::from_millis(500);
const TELL: Duration = Duration::from_secs(30);

/// Region of a root, which needs nothing else.
pub const ROOT: &str = "000000";

/// A running node.
pub struct Server {
    folder: TempDir,
    /// Where its store lies, where that is not a file.
    url: Option<String>,
    process: Child,
    stdin: Option<ChildStdin>,
    /// What it says after it was ready: one-time codes, where it signs people in.
    said: Lines<BufReader<ChildStdout>>,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Server {
    /// Makes a root in a new folder and starts it.
    pub fn start(store: &Store) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        init(folder.path());
        Self::serve(folder, store)
    }

    /// Starts the node of a folder that `hutong init` has made.
    pub fn serve(folder: TempDir, store: &Store) -> Self {
        let url = store.url().map(str::to_owned);
        let mut process = hutong(url.as_deref())
            .args(["serve", "--exit-with-stdin", "--config"])
            .arg(folder.path().join("node.toml"))
            .env("HUTONG_LOG__LEVEL", "warn")
            // Readers of benchmarks read more persons than anybody at work.
            .env("HUTONG_NODE__PERSONS_PER_OPERATOR_DAY", "4000000000")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("hutong serve");
        let mut said = BufReader::new(process.stdout.take().expect("stdout")).lines();
        let ready = said.next().expect("what the node says").expect("a line");
        let ready: serde_json::Value = serde_json::from_str(&ready).expect("the node is ready");
        let listening = ready["listening"].as_str().expect("an address");
        let address = listening.trim_start_matches("http://").parse().expect("an address");
        let stdin = process.stdin.take();
        Self { folder, url, process, stdin, said, address }
    }

    /// What it says next, as JSON.
    pub fn says(&mut self) -> serde_json::Value {
        let line = self.said.next().expect("what the node says").expect("a line");
        serde_json::from_str(&line).expect("JSON")
    }

    /// What a command about it prints: `hutong COMMAND --config …`.
    pub fn command(&self, command: &[&str]) -> String {
        let mut about = hutong(self.url.as_deref());
        output(about.args(command).arg("--config").arg(self.file("node.toml")))
    }

    /// Admits a member of a kind, where it is not there yet, and signs it in: an access token.
    pub fn token(&self, id: &str, kind: &str) -> String {
        let (key, set) = (self.folder.path().join(format!("{id}.pem")), self.file("jwks.json"));
        if !key.exists() {
            let keys = output(hutong(None).arg("key").arg(&key));
            std::fs::write(&set, keys).expect("key set");
            let mut admit = hutong(self.url.as_deref());
            admit.args(["member", "--config"]).arg(self.file("node.toml"));
            admit.args(["admit", id, "--kind", kind, "--name", id, "--jwks"]).arg(&set);
            output(&mut admit);
        }
        let mut token = hutong(None);
        token.args(["token", "--server", &format!("http://{}", self.address)]);
        token.args(["--client-id", id, "--key"]).arg(&key);
        output(&mut token).trim().to_owned()
    }

    /// A token of a member that is asked for again before it runs out, for long measurements.
    pub fn lasting_token(&self, id: &str, kind: &str) -> LastingToken {
        let first = self.token(id, kind);
        let key = self.folder.path().join(format!("{id}.pem"));
        LastingToken {
            url: format!("http://{}", self.address),
            id: id.to_owned(),
            key,
            held: Mutex::new((first, Instant::now())),
        }
    }

    /// One of its figures; none where it has none of this name.
    pub fn metric(&self, name: &str) -> Option<f64> {
        let text = String::from_utf8(get(self.address, "/metrics")).expect("text");
        text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
    }

    /// Waits until it has done what follows from what was admitted: counters and tasks. The CPU
    /// that each entry of the journal cost that was not counted yet, in microseconds.
    pub fn catch_up(&self) -> f64 {
        let (begun, spent) = (Instant::now(), self.cpu());
        let entries = self.metric(FOLLOWERS[0]).unwrap_or_default();
        let behind = |name: &&str| self.metric(name).is_none_or(|lag| lag > 0.0);
        let mut told = begun;
        while FOLLOWERS.iter().any(&behind) {
            assert!(begun.elapsed() < CAUGHT_UP, "the node does not catch up");
            if told.elapsed() > TELL {
                told = Instant::now();
                eprintln!("counting what was admitted: {:.0} s", begun.elapsed().as_secs_f64());
            }
            std::thread::sleep(LOOK);
        }
        (self.cpu() - spent).as_secs_f64() * 1e6 / entries.max(1.0)
    }

    /// CPU time it has spent.
    pub fn cpu(&self) -> Duration {
        cpu::of(&self.process.id().to_string())
    }

    /// The most memory that it has used (`VmHWM` of `/proc/PID/status`), in bytes.
    pub fn memory(&self) -> f64 {
        let path = format!("/proc/{}/status", self.process.id());
        let status = std::fs::read_to_string(path).expect("the node runs");
        let kib = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = kib.and_then(|text| text.trim().trim_end_matches(" kB").parse::<f64>().ok());
        kib.expect("VmHWM") * 1024.0
    }

    /// Its store, where that is a file.
    pub fn store(&self) -> PathBuf {
        self.file("data/hutong.sqlite")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Stops it; the store is closed. The folder goes when the answer is dropped.
    pub fn stop(mut self) -> TempDir {
        self.stdin.take();
        let ended = self.process.wait().expect("the node");
        assert!(ended.success(), "the node ended with {ended}");
        self.folder
    }
}

/// Makes configuration and keys of a root.
pub fn init(folder: &Path) {
    init_node(folder, ROOT, &[]);
}

/// Makes configuration and keys of a node; what is printed is the key set that its parent admits.
pub fn init_node(folder: &Path, region: &str, more: &[&str]) -> String {
    let mut init = hutong(None);
    init.args(["init", "--region", region, "--name", "bench", "--listen", "127.0.0.1:0"]);
    output(init.args(more).arg("--dir").arg(folder))
}

/// The executable beside this one.
fn executable() -> PathBuf {
    let own = std::env::current_exe().expect("this executable");
    let path = own.with_file_name("hutong");
    assert!(path.exists(), "{} is missing: cargo build --profile dist -p hutong", path.display());
    path
}

/// The program, with another store than the one in its configuration where one is named.
fn hutong(store: Option<&str>) -> Command {
    let mut command = Command::new(executable());
    command.envs(store.map(|url| ("HUTONG_STORE", url)));
    command
}

/// What a command prints; it must succeed.
fn output(command: &mut Command) -> String {
    let output = command.stderr(Stdio::inherit()).output().expect("hutong");
    assert!(output.status.success(), "{command:?} ended with {}", output.status);
    String::from_utf8(output.stdout).expect("text")
}

/// Everything that is answered to a `GET`.
pub fn get(address: SocketAddr, path: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).expect("connection");
    let ask = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(ask.as_bytes()).expect("send");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("answer");
    let body = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer");
    answer.split_off(body + 4)
}

/// Sends NDJSON in chunks on a connection of its own, reading the receipts while it is sent: one
/// line for each line and the summary, or the summary alone.
pub fn admit<T: AsRef<[u8]>>(
    address: SocketAddr,
    token: &str,
    receipts: bool,
    chunks: impl Iterator<Item = T> + Send,
) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).expect("connection");
    stream.set_nodelay(true).expect("connection");
    let sending = stream.try_clone().expect("connection");
    let receipts = if receipts { "all" } else { "rejects" };
    let head = format!(
        "POST /v1/admissions?receipts={receipts} HTTP/1.1\r\nhost: {address}\r\nauthorization: \
         Bearer {token}\r\nhutong-purpose: REPORT\r\ncontent-type: application/fhir+ndjson\r\n\
         transfer-encoding: chunked\r\nconnection: close\r\n\r\n"
    );
    std::thread::scope(|scope| {
        scope.spawn(move || send(sending, &head, chunks).expect("send"));
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("receipts");
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
        answer
    })
}

fn send<T: AsRef<[u8]>>(
    mut stream: TcpStream,
    head: &str,
    chunks: impl Iterator<Item = T>,
) -> std::io::Result<()> {
    stream.write_all(head.as_bytes())?;
    for chunk in chunks {
        let chunk = chunk.as_ref();
        stream.write_all(format!("{:x}\r\n", chunk.len()).as_bytes())?;
        stream.write_all(chunk)?;
        stream.write_all(b"\r\n")?;
    }
    stream.write_all(b"0\r\n\r\n")
}

/// Every line must have been admitted.
pub fn check(answer: &[u8], lines: u64) {
    let from = answer.len().saturating_sub(400);
    let end = String::from_utf8_lossy(&answer[from..]);
    let expected = format!("\"admitted\":{lines},");
    assert!(end.contains(&expected), "not all {lines} were admitted: {end}");
}

/// How long a token is used: tokens live for five minutes.
const TOKEN_USED: Duration = Duration::from_secs(200);

/// A token of a member that renews itself.
pub struct LastingToken {
    url: String,
    id: String,
    key: std::path::PathBuf,
    held: Mutex<(String, Instant)>,
}

impl LastingToken {
    /// The token.
    pub fn text(&self) -> String {
        let mut held = self.held.lock().expect("nobody panicked");
        if held.1.elapsed() > TOKEN_USED {
            let mut token = hutong(None);
            token.args(["token", "--server", &self.url, "--client-id", &self.id, "--key"]);
            *held = (output(token.arg(&self.key)).trim().to_owned(), Instant::now());
        }
        held.0.clone()
    }
}

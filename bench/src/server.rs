//! The program under measurement: the executable `hutong` that lies beside this one, as a child
//! process on a store of its own, reached over HTTP as anybody reaches it.

use crate::cpu;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;

/// Region of the node: a root, which needs nothing else.
const REGION: &str = "000000";

/// A running node.
pub struct Server {
    folder: TempDir,
    process: Child,
    stdin: Option<ChildStdin>,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Server {
    /// Makes a node in a new folder and starts it.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        init(folder.path());
        let mut process = Command::new(executable())
            .args(["serve", "--exit-with-stdin", "--config"])
            .arg(folder.path().join("node.toml"))
            .env("HUTONG_LOG__LEVEL", "warn")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("hutong serve");
        let mut said = String::new();
        let mut lines = BufReader::new(process.stdout.take().expect("stdout"));
        lines.read_line(&mut said).expect("what the node says");
        let ready: serde_json::Value = serde_json::from_str(&said).expect("the node is ready");
        let url = ready["listening"].as_str().expect("an address");
        let address = url.trim_start_matches("http://").parse().expect("an address");
        let stdin = process.stdin.take();
        Self { folder, process, stdin, address }
    }

    /// Admits a member of a kind, where it is not there yet, and signs it in: an access token.
    pub fn token(&self, id: &str, kind: &str) -> String {
        let (key, set) = (self.folder.path().join(format!("{id}.pem")), self.file("jwks.json"));
        if !key.exists() {
            let keys = output(Command::new(executable()).arg("key").arg(&key));
            std::fs::write(&set, keys).expect("key set");
            let mut admit = Command::new(executable());
            admit.args(["member", "--config"]).arg(self.file("node.toml"));
            admit.args(["admit", id, "--kind", kind, "--name", id, "--jwks"]).arg(&set);
            output(&mut admit);
        }
        let mut token = Command::new(executable());
        token.args(["token", "--server", &format!("http://{}", self.address)]);
        token.args(["--client-id", id, "--key"]).arg(&key);
        output(&mut token).trim().to_owned()
    }

    /// CPU time it has spent.
    pub fn cpu(&self) -> Duration {
        cpu::of(&self.process.id().to_string())
    }

    /// Its store.
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

/// Makes configuration and keys of a node.
pub fn init(folder: &Path) {
    let mut init = Command::new(executable());
    init.args(["init", "--region", REGION, "--name", "bench", "--listen", "127.0.0.1:0", "--dir"]);
    output(init.arg(folder));
}

/// The executable beside this one.
fn executable() -> PathBuf {
    let own = std::env::current_exe().expect("this executable");
    let path = own.with_file_name("hutong");
    assert!(path.exists(), "{} is missing: cargo build --profile dist -p hutong", path.display());
    path
}

/// What a command prints; it must succeed.
fn output(command: &mut Command) -> String {
    let output = command.stderr(Stdio::inherit()).output().expect("hutong");
    assert!(output.status.success(), "{command:?} ended with {}", output.status);
    String::from_utf8(output.stdout).expect("text")
}

/// Sends a body of NDJSON on a connection of its own, reading the receipts while it is sent; the
/// receipts, one line for each line and the summary.
pub fn admit(address: SocketAddr, token: &str, body: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).expect("connection");
    stream.set_nodelay(true).expect("connection");
    let mut sending = stream.try_clone().expect("connection");
    let head = format!(
        "POST /v1/admissions?receipts=all HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer \
         {token}\r\nhutong-purpose: REPORT\r\ncontent-type: application/fhir+ndjson\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    std::thread::scope(|scope| {
        scope.spawn(move || {
            sending
                .write_all(head.as_bytes())
                .and_then(|()| sending.write_all(body))
                .expect("send");
        });
        let mut answer = Vec::with_capacity(body.len() / 3);
        stream.read_to_end(&mut answer).expect("receipts");
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
        answer
    })
}

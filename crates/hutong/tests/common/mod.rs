//! Deployments in temporary folders, driven through the executable as anybody would.
#![allow(dead_code, reason = "each test file uses its own part")]

use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Output, Stdio},
};

/// The executable, in English, without settings of this machine.
pub fn hutong() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hutong"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("HUTONG_")) {
        command.env_remove(name);
    }
    command.env("HUTONG_LANG", "en");
    command
}

/// Runs to the end.
pub fn run<const N: usize>(arguments: [&str; N]) -> Output {
    hutong().args(arguments).output().expect("the executable starts")
}

/// Runs with standard input.
pub fn run_with_input(command: &mut Command, input: &str) -> Output {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().expect("the executable starts");
    process.stdin.take().expect("stdin").write_all(input.as_bytes()).expect("stdin is read");
    process.wait_with_output().expect("the executable ends")
}

/// What was printed, and the exit code.
pub fn said(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

/// Fails the test unless the command ended well; what it printed.
pub fn well(output: &Output) -> String {
    let (code, stdout, stderr) = said(output);
    assert_eq!(code, 0, "stdout: {stdout}\nstderr: {stderr}");
    stdout
}

/// A deployment.
pub struct Place {
    /// Its folder.
    pub folder: tempfile::TempDir,
}

impl Place {
    /// A root, made by `hutong init`, which listens to any free port.
    pub fn root() -> Self {
        Self::init(&["--region", "000000", "--name", "root"])
    }

    /// A node, made by `hutong init` with these arguments.
    pub fn init(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut command = hutong();
        command.args(["init", "--listen", "127.0.0.1:0", "--dir"]).arg(folder.path());
        well(&command.args(arguments).output().expect("the executable starts"));
        Self { folder }
    }

    /// A file of it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The configuration.
    pub fn config(&self) -> PathBuf {
        self.path("node.toml")
    }

    /// Writes a file into it.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).expect("the folder can be written");
        path
    }

    /// Replaces a text of the configuration.
    pub fn configure(&self, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.config()).expect("the configuration");
        assert!(text.contains(from), "{text}");
        std::fs::write(self.config(), text.replacen(from, to, 1)).expect("the configuration");
    }

    /// A command about it.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = hutong();
        command.args(arguments).arg("--config").arg(self.config());
        command
    }

    /// Runs a command about it to the end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the executable starts")
    }

    /// Makes a key and admits its member.
    pub fn admit(&self, id: &str, kind: &str) -> PathBuf {
        let key = self.path(&format!("{id}.pem"));
        let jwks = well(&hutong().arg("key").arg(&key).output().expect("the executable starts"));
        let file = self.write(&format!("{id}.jwks"), jwks);
        let file = file.to_string_lossy().into_owned();
        well(&self.run(&["member", "admit", id, "--kind", kind, "--name", id, "--jwks", &file]));
        key
    }

    /// Starts the node.
    pub fn serve(&self) -> Running {
        Running::start(self.command(&["serve", "--exit-with-stdin"]), Stdio::null())
    }

    /// Starts the node; what it says of its work goes to the file `log`.
    pub fn serve_logging(&self) -> Running {
        let log = std::fs::File::create(self.path("log")).expect("the folder can be written");
        Running::start(self.command(&["serve", "--exit-with-stdin"]), log.into())
    }
}

/// A running node. It ends with this value.
pub struct Running {
    process: Child,
    stdin: Option<ChildStdin>,
    /// What it said when it was ready.
    pub ready: Value,
}

impl Running {
    fn start(mut command: Command, log: Stdio) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log);
        let mut process = command.spawn().expect("the executable starts");
        let stdin = process.stdin.take();
        let mut line = String::new();
        let mut stdout = BufReader::new(process.stdout.take().expect("stdout"));
        stdout.read_line(&mut line).expect("it says that it is ready");
        // What it says later must not fill the pipe.
        std::thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
        let ready = serde_json::from_str(&line).expect("one JSON line");
        Self { process, stdin, ready }
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        self.ready["listening"].as_str().expect("an address").to_owned()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: &str) {
        let id = self.process.id().to_string();
        let status = Command::new("kill").args([signal, &id]).status().expect("kill");
        assert!(status.success());
    }

    /// Waits until it has ended by itself; its exit code.
    pub fn wait(mut self) -> i32 {
        self.process.wait().expect("it ends").code().unwrap_or(-1)
    }

    /// Lets it end.
    pub fn stop(mut self) -> i32 {
        self.stdin.take();
        self.wait()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stdin.take();
        let _ = self.process.wait();
    }
}

/// A path as text.
pub fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// A folder of third-party material; prints why a test is skipped where it is absent.
pub fn material(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("HUTONG_TESTDATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let folder = root.join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no third-party material here (set HUTONG_TESTDATA)");
    None
}

/// The JSON files of a folder and its folders, sorted.
pub fn json_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in std::fs::read_dir(folder).expect("a folder").map(|e| e.expect("an entry").path()) {
        if path.is_dir() {
            found.extend(json_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "json") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// What a JSON file holds.
pub fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).expect("a file")).expect("JSON")
}

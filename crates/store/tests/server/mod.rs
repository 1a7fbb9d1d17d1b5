//! A PostgreSQL server for tests. One for each process that tests, in a folder of its own, ended and
//! removed when the process ends, however it ends. Where `HUTONG_TEST_POSTGRES` holds the URL of a
//! server (of a role that may make databases), that one is used.

#[allow(dead_code, reason = "not every test file has standbys")]
mod standby;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

const MISSING: &str = "the tests of the PostgreSQL back end need a server: install the package \
    `postgresql` (15 or later), or set HUTONG_TEST_POSTGRES to the URL of one";
/// Who runs the server where we are root, which it refuses to be.
const USER: &str = "postgres";

/// A database of its own on the server that tests share.
pub struct Database {
    pub url: String,
}

impl Database {
    pub async fn new() -> Self {
        static SHARED: OnceLock<Option<Server>> = OnceLock::new();
        let foreign = std::env::var("HUTONG_TEST_POSTGRES").ok();
        let own = SHARED.get_or_init(|| foreign.is_none().then(Server::start));
        match (own, foreign) {
            (Some(server), _) => server.database().await,
            (None, foreign) => Self::on(&foreign.expect("a URL")).await,
        }
    }

    /// A new database on the server of a URL.
    pub async fn on(server: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("hutong_test_{}_{number}", std::process::id());
        let client = connect(server).await;
        for sql in [format!("DROP DATABASE IF EXISTS {name}"), format!("CREATE DATABASE {name}")] {
            client.batch_execute(&sql).await.expect("a database");
        }
        let (before, parameters) = server.split_once('?').unwrap_or((server, ""));
        let (host, _) = before.rsplit_once('/').expect("a URL with a database");
        Self { url: format!("{host}/{name}?{parameters}") }
    }

    /// A session beside the store.
    pub async fn connect(&self) -> tokio_postgres::Client {
        connect(&self.url).await
    }
}

async fn connect(url: &str) -> tokio_postgres::Client {
    let (client, wire) =
        tokio_postgres::connect(url, tokio_postgres::NoTls).await.expect("connected");
    tokio::spawn(async move { drop(wire.await) });
    client
}

/// A server of our own.
pub struct Server {
    folder: PathBuf,
    /// Part of the name of its socket, and where it listens for TLS.
    port: u16,
    /// It ends the server and removes the folder when its standard input is closed: also where we
    /// are killed.
    keeper: Option<Child>,
    options: Vec<String>,
}

impl Server {
    pub fn start() -> Self {
        Self::start_with(5432, Vec::new())
    }

    /// Starts a server with settings of its own (`name=value`).
    #[allow(dead_code, reason = "not every test file sets something")]
    pub fn start_set(settings: &[&str]) -> Self {
        Self::start_with(5432, settings.iter().map(|setting| format!("-c{setting}")).collect())
    }

    /// Starts a server that takes connections over TLS, on `localhost`, with the certificate and
    /// the key (`server.pem`, `server.key`) of a folder.
    pub fn start_tls(certificate: &Path) -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("a port").port();
        drop(free);
        give_away(certificate);
        let of = |name: &str| certificate.join(name).display().to_string();
        let options = [
            "listen_addresses=127.0.0.1".to_owned(),
            "ssl=on".to_owned(),
            format!("ssl_cert_file={}", of("server.pem")),
            format!("ssl_key_file={}", of("server.key")),
        ];
        Self::start_with(port, options.map(|option| format!("-c{option}")).to_vec())
    }

    fn start_with(port: u16, options: Vec<String>) -> Self {
        let folder = tempfile::Builder::new().prefix("hutong-pg-").tempdir().expect("a folder");
        let folder = folder.keep();
        let data = folder.join("data");
        let copied = Command::new("cp").arg("-a").arg(template()).arg(&data).status();
        assert!(copied.expect("cp").success(), "the template was not copied");
        Self::start_in(folder, port, options)
    }

    /// Starts a server over the data that a folder holds.
    fn start_in(folder: PathBuf, port: u16, options: Vec<String>) -> Self {
        give_away(&folder);
        let mut server = Self { folder, port, keeper: None, options };
        server.keeper = Some(server.spawn());
        server.await_ready();
        server
    }

    pub async fn database(&self) -> Database {
        Database::on(&self.url()).await
    }

    /// The folder of its socket.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The socket where it listens.
    pub fn socket(&self) -> String {
        format!("{}/.s.PGSQL.{}", self.folder.display(), self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    fn url(&self) -> String {
        let (folder, port) = (self.folder.display(), self.port);
        format!("postgresql://{USER}@/postgres?host={folder}&port={port}&sslmode=disable")
    }

    /// The keeper of a server that runs.
    fn spawn(&self) -> Child {
        // The server stands the crash of itself, which is tested, without waiting for the disk.
        let script = "program=$1; folder=$2; shift 2
            \"$program\" -D \"$folder/data\" -k \"$folder\" -c listen_addresses= -c fsync=off \
                -c max_connections=200 -c shared_buffers=64MB \"$@\" >> \"$folder/log\" 2>&1 &
            server=$!
            read -r what
            [ \"$what\" = leave ] && exit
            kill -QUIT $server 2> /dev/null
            kill -CONT $server 2> /dev/null
            wait $server
            rm -rf \"$folder\"";
        let mut shell = as_user(Path::new("/bin/sh"));
        shell.args(["-c", script, "sh"]).arg(program("postgres")).arg(&self.folder);
        shell.arg(format!("-cport={}", self.port)).args(&self.options).current_dir(&self.folder);
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("a server")
    }

    fn await_ready(&self) {
        let begun = Instant::now();
        let ready = |text: String| text.lines().any(|line| line.trim() == "ready");
        while !std::fs::read_to_string(self.pid_file()).is_ok_and(ready) {
            let log = || std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            assert!(begun.elapsed() < Duration::from_secs(30), "no server:\n{}", log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn pid_file(&self) -> PathBuf {
        self.folder.join("data/postmaster.pid")
    }

    /// Kills every process of the server at once, as a machine does that loses its power.
    #[allow(dead_code, reason = "not every test file kills servers")]
    pub fn kill(&mut self) {
        let text = std::fs::read_to_string(self.pid_file()).expect("a server");
        let pid = text.lines().next().expect("a process id").to_owned();
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
        let children = children.unwrap_or_default();
        let mut kill = Command::new("kill");
        kill.arg("-KILL").arg(&pid).args(children.split_whitespace());
        // A child that has ended meanwhile is no harm.
        let _ = kill.stderr(Stdio::null()).status();
        let mut keeper = self.keeper.take().expect("a server");
        keeper.stdin.take().expect("a pipe").write_all(b"leave\n").expect("the keeper");
        keeper.wait().expect("the keeper");
    }

    /// Starts it again after it was killed.
    #[allow(dead_code, reason = "not every test file kills servers")]
    pub fn start_again(&mut self) {
        let begun = Instant::now();
        let alive = |pid: &str| Path::new("/proc").join(pid).exists();
        let text = std::fs::read_to_string(self.pid_file()).unwrap_or_default();
        while text.lines().next().is_some_and(alive) && begun.elapsed() < Duration::from_secs(5) {
            std::thread::sleep(Duration::from_millis(5));
        }
        let _ = std::fs::remove_file(self.pid_file());
        self.keeper = Some(self.spawn());
        self.await_ready();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut keeper) = self.keeper.take() {
            drop(keeper.stdin.take());
            let _ = keeper.wait();
        } else {
            // It was killed, and nobody started it again.
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

/// A command that runs as somebody the server accepts.
fn as_user(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", USER, "--regid", USER, "--init-groups"]).arg(program);
    command
}

pub fn give_away(folder: &Path) {
    if is_root() {
        let owner = format!("{USER}:{USER}");
        let given = Command::new("chown").arg("-R").arg(owner).arg(folder).status();
        assert!(given.expect("chown").success(), "the folder was not given to {USER}");
    }
}

/// A program of the server: of the newest version that is installed, or on the path.
fn program(name: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(|version| {
            let number = version.file_name().to_str()?.parse().ok()?;
            Some((number, version.path().join("bin").join(name)))
        })
        .filter(|(_, path)| path.exists())
        .collect();
    found.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|folder| folder.join(name));
    let found = found.pop().map(|(_, path)| path);
    found.or_else(|| on_path.into_iter().find(|path| path.exists())).expect(MISSING)
}

/// The data of a new server, made once for each version and user and copied from then on.
fn template() -> PathBuf {
    let initdb = program("initdb");
    let version = Command::new(&initdb).arg("--version").output().expect(MISSING).stdout;
    let version = String::from_utf8_lossy(&version);
    let version = version.split_whitespace().nth(2).unwrap_or("unknown").to_owned();
    let root = if is_root() { "-root" } else { "" };
    let user = std::env::var("USER").unwrap_or_default();
    let ready = std::env::temp_dir().join(format!("hutong-pg-template-{version}-{user}{root}"));
    if ready.join("PG_VERSION").exists() {
        return ready;
    }
    let new = tempfile::Builder::new().prefix("hutong-pg-new-").tempdir().expect("a folder");
    give_away(new.path());
    let data = new.path().join("data");
    let mut make = as_user(&initdb);
    make.arg("-D").arg(&data).current_dir(new.path());
    make.args(["-U", USER, "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"]);
    let made = make.args(["--wal-segsize=4"]).stdout(Stdio::null()).output().expect(MISSING);
    assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
    // Whoever comes second uses what the first has put there.
    if std::fs::rename(&data, &ready).is_err() {
        assert!(ready.join("PG_VERSION").exists(), "no template in {}", ready.display());
    }
    ready
}

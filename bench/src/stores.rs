//! Where the store under measurement lies: in a file, on a PostgreSQL server that is given, or on
//! one that is started for the measurement.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

/// Who runs a PostgreSQL server where we are root, which it refuses to be.
const USER: &str = "postgres";

/// Settings of a server that is started here: durable, as it comes from Debian, but for memory and
/// for the length of its log between checkpoints, which whoever runs one sets first.
const SETTINGS: [&str; 5] = [
    "shared_buffers=2GB",
    "effective_cache_size=8GB",
    "max_wal_size=8GB",
    "checkpoint_timeout=15min",
    "listen_addresses=",
];

/// Where the store lies.
pub enum Store {
    /// In a file of the node's folder.
    Embedded,
    /// In a database. It must be empty, and is left full.
    Postgres(Postgres),
}

impl Store {
    /// What `--store` names: nothing or `embedded`, `postgres`, or a URL.
    pub fn named(name: Option<&str>) -> Self {
        match name {
            None | Some("embedded") => Self::Embedded,
            Some("postgres") => Self::Postgres(Postgres::start()),
            Some(url) => Self::Postgres(Postgres { url: url.to_owned(), _own: None }),
        }
    }

    /// The URL that the node is given, where it is not a file.
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::Embedded => None,
            Self::Postgres(postgres) => Some(&postgres.url),
        }
    }

    /// What it is, for a report.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::Postgres(_) => "PostgreSQL",
        }
    }
}

/// A database.
pub struct Postgres {
    /// Its URL.
    pub url: String,
    _own: Option<Own>,
}

/// A server of our own; it ends with this.
struct Own {
    folder: TempDir,
    process: Child,
}

impl Postgres {
    fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("hutong-bench-pg-").tempdir();
        let folder = folder.expect("a folder");
        let own = Command::new("chown").arg(USER).arg(folder.path()).status();
        // Where we are not root the folder is ours, and so is the server.
        drop(own);
        let data = folder.path().join("data");
        let mut init = as_user(&program("initdb"));
        init.args(["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--username", USER]);
        let made = init.arg("-D").arg(&data).stdout(Stdio::null()).status().expect("initdb");
        assert!(made.success(), "initdb ended with {made}");
        let mut server = as_user(&program("postgres"));
        server.arg("-D").arg(&data).arg("-k").arg(folder.path());
        for setting in SETTINGS {
            server.arg("-c").arg(setting);
        }
        let process = server.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("postgres");
        let folder_name = folder.path().display();
        let url = format!("postgresql://{USER}@/postgres?host={folder_name}&sslmode=disable");
        let ready = |text: String| text.lines().any(|line| line.trim() == "ready");
        while !std::fs::read_to_string(data.join("postmaster.pid")).is_ok_and(ready) {
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { url, _own: Some(Own { folder, process }) }
    }

    /// A session of this process.
    pub async fn connect(&self) -> Client {
        let (client, wire) =
            tokio_postgres::connect(&self.url, NoTls).await.expect("a session of the database");
        tokio::spawn(async move { drop(wire.await) });
        client
    }

    /// Bytes of the database on disk, indexes included.
    pub async fn bytes(&self) -> f64 {
        let client = self.connect().await;
        let row = client.query_one("SELECT pg_database_size(current_database())", &[]).await;
        row.expect("the size").get::<_, i64>(0) as f64
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        // The first process of a server ends it quickly on SIGQUIT; the folder goes with it.
        let pid = self.process.id().to_string();
        let _ = Command::new("kill").args(["-QUIT", &pid]).status();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(self.folder.path());
    }
}

fn program(name: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql");
    let versions = versions.expect("PostgreSQL is missing: install Debian's package postgresql");
    let mut found: Vec<PathBuf> = versions
        .filter_map(Result::ok)
        .map(|version| version.path().join("bin").join(name))
        .filter(|path| path.exists())
        .collect();
    found.sort();
    found.pop().expect("PostgreSQL is missing: install Debian's package postgresql")
}

fn as_user(program: &Path) -> Command {
    let root = std::fs::metadata("/proc/self")
        .is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    if !root {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", USER, "--regid", USER, "--clear-groups", "--"]).arg(program);
    command.current_dir("/");
    command
}

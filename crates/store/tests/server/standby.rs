//! Standbys: servers that follow another one.

use super::{Database, Server, USER, as_user, give_away, program};
use std::process::{Command, Stdio};

/// The name by which a standby is known to its primary.
const NAME: &str = "second";

impl Server {
    /// A new server that follows this one.
    pub fn standby(&self) -> Self {
        let folder = tempfile::Builder::new().prefix("hutong-pg-").tempdir().expect("a folder");
        let folder = folder.keep();
        give_away(&folder);
        let source = self.folder.display();
        let source =
            format!("host={source} port={} user={USER} application_name={NAME}", self.port);
        let mut copy = as_user(&program("pg_basebackup"));
        copy.arg("-D").arg(folder.join("data")).args(["-d", &source, "-R", "--checkpoint=fast"]);
        let made = copy.arg("--no-sync").current_dir(&folder).output().expect("pg_basebackup");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Self::start_in(folder, self.port, Vec::new())
    }

    /// From now on nothing is committed here before the standby has it on disk.
    pub async fn wait_for_standby(&self) {
        let client = self.connect().await;
        let names = format!("ALTER SYSTEM SET synchronous_standby_names = '{NAME}'");
        for sql in [names.as_str(), "SELECT pg_reload_conf()"] {
            client.batch_execute(sql).await.expect("set");
        }
        let is_sync = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
        for _ in 0..1000 {
            if client.query_one(is_sync, &[]).await.expect("read").get::<_, i64>(0) == 1 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("no synchronous standby");
    }

    /// Makes a primary of a standby.
    pub fn promote(&self) {
        let mut promote = as_user(&program("pg_ctl"));
        promote.args(["promote", "-w", "-D"]).arg(self.folder.join("data"));
        let done = promote.current_dir(&self.folder).stdout(Stdio::null()).status();
        assert!(done.expect("pg_ctl").success(), "not promoted");
    }

    /// A session, as the one who may do everything.
    pub async fn connect(&self) -> tokio_postgres::Client {
        super::connect(&self.url()).await
    }

    /// Stops its processes where they are, or lets them go on.
    pub fn freeze(&self, frozen: bool) {
        let pid = std::fs::read_to_string(self.pid_file()).expect("a server");
        let pid = pid.lines().next().expect("a process id").to_owned();
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
        let mut kill = Command::new("kill");
        kill.arg(if frozen { "-STOP" } else { "-CONT" }).arg(&pid);
        kill.args(children.unwrap_or_default().split_whitespace());
        let _ = kill.stderr(Stdio::null()).status();
    }

    /// The URL of the same database here.
    pub fn url_of(&self, database: &Database) -> String {
        let folder = self.folder.display();
        format!(
            "postgresql://{USER}@/{}?host={folder}&port={}&sslmode=disable",
            database.name(),
            self.port
        )
    }
}

impl Database {
    /// Its name.
    pub fn name(&self) -> &str {
        let (before, _) = self.url.split_once('?').expect("a URL with parameters");
        before.rsplit_once('/').expect("a URL with a database").1
    }

    /// Its URL on whichever of these servers takes writes.
    pub fn url_on(&self, servers: [&Server; 2]) -> String {
        let hosts = servers.map(|server| server.folder.display().to_string().replace('/', "%2F"));
        let hosts = hosts.join(",");
        format!(
            "postgresql://{USER}@{hosts}/{}?sslmode=disable\
             &target_session_attrs=read-write",
            self.name()
        )
    }
}

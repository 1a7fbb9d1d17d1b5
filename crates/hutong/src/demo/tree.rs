//! Setting up the tree: folders, keys, configurations, processes.

use super::{child::Child, teller::Teller};
use crate::{
    admin::{
        self, AdminCommand,
        command::{AdmitMember, Standing},
    },
    client::Server,
    clock::SystemClock,
    commands::init::{anchor_of, key_set, newest},
    config::Config,
    failure::Failure,
};
use hutong_code::Sign;
use hutong_model::{Clock, MemberId, MemberKind};
use hutong_node::{
    keys::{self, KeyUse},
    rulebook::events::NewEvent,
};
use hutong_rules::Text;
use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

/// The root.
pub const ROOT: &str = "000000";
/// A region with a node: Zhejiang.
pub const EAST: &str = "330000";
/// Another: Guangdong.
pub const SOUTH: &str = "440000";
/// A region whose code system is not Hutong: Guizhou.
pub const FOREIGN: &str = "520000";
/// A region without a node, served by the root: Fujian.
pub const SERVED: &str = "350000";
/// Days that the demonstration's event lasts.
const EVENT_DAYS: i32 = 90;
/// How often the nodes are asked how they stand, while something is waited for.
const LOOK: Duration = Duration::from_millis(50);

/// A node of the tree.
pub struct Member {
    /// Its region.
    pub region: &'static str,
    /// Its configuration.
    pub config: Config,
    /// File of it.
    pub config_file: PathBuf,
    /// Where it is reached.
    pub server: Server,
    /// Its process.
    pub process: Child,
    folder: PathBuf,
}

/// The running tree.
pub struct Tree {
    /// Folder of everything.
    pub folder: PathBuf,
    /// The root's trust anchor.
    pub anchor: String,
    /// The root.
    pub root: Member,
    /// The region in the east.
    pub east: Member,
    /// The region in the south.
    pub south: Member,
    /// The code system that is not Hutong.
    pub foreign: Child,
}

impl Tree {
    /// Starts everything.
    ///
    /// # Errors
    /// [`Failure`] where a process cannot be started.
    pub async fn start(
        folder: &Path,
        port_base: Option<u16>,
        teller: &Teller,
    ) -> Result<Self, Failure> {
        teller.chapter("搭起一棵节点树", "A tree of nodes");
        let port = |n: u16| port_base.map_or(0, |base| base.saturating_add(n));
        let root = start_root(folder, port(0)).await?;
        declare_event(&root).await?;
        let anchor = anchor_of(&root.config.keys_dir())?;
        let east = start_region(folder, &root, &anchor, EAST, "浙江", port(1)).await?;
        let south = start_region(folder, &root, &anchor, SOUTH, "广东", port(2)).await?;
        let foreign = start_foreign(folder, port(3)).await?;
        for node in [&root, &east, &south] {
            let (region, url) = (node.region, node.server.url());
            teller
                .say(format!("{region} 节点运行于 {url}"), format!("node {region} runs at {url}"));
        }
        let url = foreign.ready["listening"].as_str().unwrap_or_default();
        teller.say(
            format!(
                "{FOREIGN} 用自己原有的码系统（不是互通）：{url}；{SERVED} 没有节点，由全国节点服务"
            ),
            format!(
                "{FOREIGN} keeps its own code system (not Hutong) at {url}; {SERVED} has no node \
                 and is served by the root"
            ),
        );
        let folder = folder.to_path_buf();
        Ok(Self { folder, anchor, root, east, south, foreign })
    }

    /// Stops everything, the regions first.
    pub async fn stop(&mut self) {
        tokio::join!(self.east.process.stop(), self.south.process.stop());
        tokio::join!(self.root.process.stop(), self.foreign.stop());
    }
}

impl Member {
    /// Has a command done by the node.
    ///
    /// # Errors
    /// [`Failure`] of the command.
    pub async fn command(&self, command: AdminCommand) -> Result<serde_json::Value, Failure> {
        admin::run_with(&self.config, command, admin::silent()).await
    }

    /// How it stands.
    ///
    /// # Errors
    /// [`Failure`] where it does not answer.
    pub async fn standing(&self) -> Result<Standing, Failure> {
        admin::answer(self.command(AdminCommand::Status).await?)
    }

    /// Waits until everything has been acknowledged by the parent; false where it takes too long.
    ///
    /// # Errors
    /// [`Failure`] where it does not answer.
    pub async fn wait_passed_up(&self, within: Duration) -> Result<bool, Failure> {
        self.wait(within, |standing| standing.outbox_lag == 0).await
    }

    /// Waits until something holds; false where it takes too long.
    ///
    /// # Errors
    /// [`Failure`] where it does not answer.
    pub async fn wait(
        &self,
        within: Duration,
        holds: impl Fn(&Standing) -> bool,
    ) -> Result<bool, Failure> {
        let began = std::time::Instant::now();
        while began.elapsed() < within {
            if holds(&self.standing().await?) {
                return Ok(true);
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(false)
    }

    /// Starts its process again, at the same address.
    ///
    /// # Errors
    /// [`Failure`] where it does not start.
    pub async fn restart(&mut self) -> Result<(), Failure> {
        self.process = serve(self.region, &self.folder, &self.config_file).await?;
        Ok(())
    }
}

async fn start_root(folder: &Path, port: u16) -> Result<Member, Failure> {
    let more = format!("demonstration_identity = true\nalso_serves = [\"{SERVED}\"]\n");
    start_node(folder, ROOT, "全国", port, &[], &more).await
}

/// An outbreak, declared from yesterday on.
async fn declare_event(root: &Member) -> Result<(), Failure> {
    let now = SystemClock.now();
    let event = NewEvent {
        id: "demo-covid-19".into(),
        title: Text {
            zh: "新冠疫情（演示）".into(), en: "COVID-19 (demonstration)".into()
        },
        kind: "epidemic".into(),
        agent: "sars-cov-2".into(),
        legal_basis: "《突发公共卫生事件应急条例》（演示）".into(),
        regions: Vec::new(),
        start: Some(now.plus_s(-86_400)),
        sunset: now.plus_s(i64::from(EVENT_DAYS) * 86_400),
    };
    root.command(AdminCommand::EventDeclare { event: Box::new(event) }).await?;
    Ok(())
}

async fn start_region(
    folder: &Path,
    root: &Member,
    anchor: &str,
    region: &'static str,
    name: &str,
    port: u16,
) -> Result<Member, Failure> {
    let url = root.server.url();
    let arguments = ["--parent", url, "--trust-anchor", anchor];
    let init = init(folder, region, name, port, &arguments)?;
    let key = keys::read_key(&newest(&init.join("data/keys"), KeyUse::Client)?)?;
    let id = format!("{region}.node");
    root.command(AdminCommand::MemberAdmit(AdmitMember {
        id: MemberId::parse(&id).map_err(|e| Failure::usage(format!("{id}: {e}"), ""))?,
        kind: MemberKind::Node,
        name: name.into(),
        region: None,
        purposes: None,
        jwks: key_set([key.public_key()]),
    }))
    .await?;
    finish(folder, region, "demonstration_identity = true\n").await
}

async fn start_node(
    folder: &Path,
    region: &'static str,
    name: &str,
    port: u16,
    arguments: &[&str],
    more: &str,
) -> Result<Member, Failure> {
    init(folder, region, name, port, arguments)?;
    finish(folder, region, more).await
}

/// `hutong init`, as anybody would run it.
fn init(
    folder: &Path,
    region: &str,
    name: &str,
    port: u16,
    arguments: &[&str],
) -> Result<PathBuf, Failure> {
    let dir = folder.join(region);
    if dir.exists() {
        return Err(Failure::setup(
            format!("{} holds an earlier demonstration", dir.display()),
            "remove it, or choose another --dir",
        ));
    }
    let output = Command::new(own_executable()?)
        .args(["init", "--region", region, "--name", name, "--listen"])
        .arg(format!("127.0.0.1:{port}"))
        .arg("--dir")
        .arg(&dir)
        .args(arguments)
        .output()
        .map_err(|error| Failure::setup(format!("hutong init: {error}"), ""))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Failure::setup(format!("hutong init for {region}: {said}"), ""));
    }
    Ok(dir)
}

/// Adds settings of the demonstration to `[node]` and starts the node; its port stays the same
/// from then on.
async fn finish(folder: &Path, region: &'static str, more: &str) -> Result<Member, Failure> {
    let dir = folder.join(region);
    let config_file = dir.join("node.toml");
    let failed = |error: std::io::Error| Failure::file(&config_file, &error);
    let text = std::fs::read_to_string(&config_file).map_err(failed)?;
    let text = text.replacen("[node]\n", &format!("[node]\n{}", scalars(more)), 1);
    std::fs::write(&config_file, format!("{text}\n{}", tables(more))).map_err(failed)?;
    let process = serve(region, &dir, &config_file).await?;
    let url = process.ready["listening"].as_str().unwrap_or_default().to_owned();
    let address = url.trim_start_matches("http://");
    let text = std::fs::read_to_string(&config_file).map_err(failed)?;
    std::fs::write(&config_file, text.replacen("127.0.0.1:0", address, 1)).map_err(failed)?;
    let config = Config::read(&config_file)?;
    let server = Server::new(&url, None)?;
    Ok(Member { region, config, config_file, server, process, folder: dir })
}

/// The lines before the first table.
fn scalars(more: &str) -> &str {
    more.find("\n[").map_or(more, |at| &more[..at + 1])
}

/// The rest.
fn tables(more: &str) -> &str {
    more.find("\n[").map_or("", |at| &more[at + 1..])
}

async fn serve(region: &str, dir: &Path, config_file: &Path) -> Result<Child, Failure> {
    let arguments = vec![
        "serve".into(),
        "--exit-with-stdin".into(),
        "--config".into(),
        config_file.as_os_str().to_owned(),
    ];
    Child::start(region, &own_executable()?, arguments, &dir.join("log.json")).await
}

async fn start_foreign(folder: &Path, port: u16) -> Result<Child, Failure> {
    let name = "opaque-region";
    let executable = own_executable()?.with_file_name(name);
    if !executable.exists() {
        return Err(Failure::setup(
            format!("{} is missing", executable.display()),
            "build everything: cargo build --release --workspace --bins",
        ));
    }
    // It knows nothing of us and ends by a signal: a shell sends it when standard input ends.
    let script = "\"$0\" \"$@\" & process=$!; cat > /dev/null; kill $process; wait";
    let arguments = vec![
        "-c".into(),
        script.into(),
        executable.into_os_string(),
        "--listen".into(),
        format!("127.0.0.1:{port}").into(),
    ];
    Child::start(name, Path::new("/bin/sh"), arguments, &folder.join("opaque-region.log")).await
}

/// This executable.
///
/// # Errors
/// [`Failure`] where the system does not tell.
pub fn own_executable() -> Result<PathBuf, Failure> {
    std::env::current_exe().map_err(|error| Failure::setup(format!("this executable: {error}"), ""))
}

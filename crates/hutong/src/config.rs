//! The configuration of a deployment: a TOML file, and environment variables over it.

use crate::failure::Failure;
use hutong_node::NodeSettings;
use serde::Deserialize;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// Environment variables that begin so replace values of the file: `HUTONG_LISTEN` is `listen`,
/// `HUTONG_NODE__PUBLIC_URL` is `public_url` of `[node]`.
const PREFIX: &str = "HUTONG_";
/// Variables of that prefix that are arguments of the command line, or for tests alone.
const NOT_CONFIG: [&str; 3] = ["HUTONG_CONFIG", "HUTONG_LANG", "HUTONG_TESTDATA"];

/// A deployment of a node.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Who and where the node is; read as [`NodeSettings`] once the address is known.
    node: toml::Table,
    /// Address and port to listen on. Port 0: any free one.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// Folder of keys, store and admin socket; relative to the file.
    #[serde(default = "default_data_dir")]
    pub data_dir: PathBuf,
    /// Where records are kept: `sqlite:PATH` or `postgresql://…`. A file under `data_dir` where
    /// absent.
    #[serde(default)]
    store: Option<String>,
    /// A server that follows the one of `store`, asked for what is shown.
    #[serde(default)]
    store_read: Option<String>,
    /// Certificate and key, where this process speaks TLS itself.
    #[serde(default)]
    pub tls: Option<Tls>,
    /// What is written about the work.
    #[serde(default)]
    pub log: Log,
    /// Folder of the file; relative paths begin here.
    #[serde(skip)]
    base: PathBuf,
}

/// Where records are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreUrl {
    /// In a file of SQLite.
    File(PathBuf),
    /// In a database of PostgreSQL; URLs, which may hold passwords.
    Server {
        /// The server that takes writes.
        url: String,
        /// One that follows it, where there is one.
        read: Option<String>,
    },
}

/// Files of the TLS certificate, in PEM.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The certificate, then those that it chains to.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// What is written about the work, on standard error.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// One JSON object a line, or lines for people.
    pub format: LogFormat,
    /// Which, in the notation of `tracing` filters: `info`, `hutong_node=debug,info`.
    pub level: String,
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Json, level: "info".into() }
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// Lines for people.
    Text,
}

fn default_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8080))
}

fn default_data_dir() -> PathBuf {
    "data".into()
}

impl Config {
    /// Reads a file and lays the environment over it.
    ///
    /// # Errors
    /// [`Failure`] where the file cannot be read, is not TOML, or holds or lacks a setting.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        Self::read_with(path, std::env::vars())
    }

    fn read_with(
        path: &Path,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            let mut failure = Failure::file(path, &error);
            failure.remedy = "name the configuration with --config FILE or HUTONG_CONFIG, or make \
                              one with hutong init"
                .into();
            failure
        })?;
        let wrong = |reason: String| {
            Failure::setup(format!("{}: {reason}", path.display()), "see docs/operations.md")
        };
        let mut table: toml::Table = toml::from_str(&text).map_err(|e| wrong(plain(&e)))?;
        for (name, value) in environment {
            if let Some(setting) = name.strip_prefix(PREFIX)
                && !NOT_CONFIG.contains(&name.as_str())
            {
                overlay(&mut table, setting, &value);
            }
        }
        let mut config: Config =
            toml::Value::Table(table).try_into().map_err(|e: toml::de::Error| wrong(plain(&e)))?;
        let base = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        config.base = std::path::absolute(base.unwrap_or(Path::new(".")))
            .map_err(|error| Failure::file(path, &error))?;
        config.resolve_paths();
        Ok(config)
    }

    fn resolve_paths(&mut self) {
        self.data_dir = self.base.join(&self.data_dir);
        if let Some(tls) = &mut self.tls {
            tls.certificate = self.base.join(&tls.certificate);
            tls.key = self.base.join(&tls.key);
        }
        let parent = self.node.get_mut("parent").and_then(toml::Value::as_table_mut);
        if let Some(toml::Value::String(file)) = parent.and_then(|p| p.get_mut("ca_file")) {
            *file = self.base.join(&*file).to_string_lossy().into_owned();
        }
    }

    /// Who and where the node is. Where `public_url` is not set it is the address listened on.
    ///
    /// # Errors
    /// [`Failure`] where a setting of `[node]` is unknown, missing or malformed.
    pub fn settings(&self, listening: SocketAddr) -> Result<NodeSettings, Failure> {
        let mut table = self.node.clone();
        table.entry("public_url").or_insert_with(|| self.url_of(listening).into());
        let mut settings: NodeSettings =
            toml::Value::Table(table).try_into().map_err(|e: toml::de::Error| {
                Failure::setup(format!("[node]: {}", plain(&e)), "see docs/operations.md")
            })?;
        settings.public_url.truncate(settings.public_url.trim_end_matches('/').len());
        Ok(settings)
    }

    /// The address as a URL.
    pub fn url_of(&self, listening: SocketAddr) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{listening}")
    }

    /// Where records are kept.
    ///
    /// # Errors
    /// [`Failure`] where the URL is of a kind that is not known.
    pub fn store(&self) -> Result<StoreUrl, Failure> {
        let store = match self.store.as_deref() {
            Some(url) => self.store_at(url)?,
            None => StoreUrl::File(self.data_dir.join("hutong.sqlite")),
        };
        if matches!(store, StoreUrl::File(_)) && self.store_read.is_some() {
            return Err(Failure::setup(
                "store_read is set, and the store is a file",
                "take it out: only a store on PostgreSQL has a read replica",
            ));
        }
        Ok(store)
    }

    /// The same deployment with another store.
    #[must_use]
    pub fn keeping_in(mut self, url: &str) -> Self {
        self.store = Some(url.to_owned());
        self
    }

    /// What a URL of a store means here: paths begin at the configuration.
    ///
    /// # Errors
    /// [`Failure`] where it is of a kind that is not known.
    pub fn store_at(&self, url: &str) -> Result<StoreUrl, Failure> {
        match url.split_once(':') {
            Some(("sqlite", path)) if !path.is_empty() => Ok(StoreUrl::File(self.base.join(path))),
            Some(("postgresql" | "postgres", _)) => {
                let read = self.store_read.clone();
                if let Some(other) = &read
                    && !is_server(other)
                {
                    return Err(unknown("store_read", other, "write postgresql://…"));
                }
                Ok(StoreUrl::Server { url: url.to_owned(), read })
            }
            _ => Err(unknown("store", url, "write sqlite:PATH or postgresql://USER@HOST/DATABASE")),
        }
    }

    /// Folder of the keys.
    pub fn keys_dir(&self) -> PathBuf {
        self.data_dir.join("keys")
    }

    /// Folder of the public ledger.
    pub fn ledger_dir(&self) -> PathBuf {
        self.data_dir.join("ledger")
    }

    /// Socket on which a running node takes commands.
    pub fn admin_socket(&self) -> PathBuf {
        self.data_dir.join("admin.sock")
    }
}

fn is_server(url: &str) -> bool {
    matches!(url.split_once(':'), Some(("postgresql" | "postgres", _)))
}

/// A URL that is none. Only its beginning is shown: it may hold a password.
fn unknown(setting: &str, url: &str, remedy: &str) -> Failure {
    let begin = url.split(':').next().unwrap_or("");
    Failure::setup(format!("{setting} = \"{begin}…\": not a store that is known"), remedy)
}

/// What is wrong with a TOML text, without the line ends around it.
fn plain(error: &toml::de::Error) -> String {
    error.to_string().trim().to_owned()
}

/// Puts `A__B=value` at `[a] b`. A value that reads as TOML is taken as that, else as text.
fn overlay(table: &mut toml::Table, setting: &str, value: &str) {
    let path = setting.to_ascii_lowercase();
    let mut names: Vec<&str> = path.split("__").collect();
    let Some(last) = names.pop() else { return };
    let mut table = table;
    for name in names {
        let next =
            table.entry(name.to_owned()).or_insert_with(|| toml::Value::Table(toml::Table::new()));
        match next {
            toml::Value::Table(inner) => table = inner,
            // A plain value stands there: reading the configuration will name the clash.
            other => {
                *other = toml::Value::Table(toml::Table::new());
                return;
            }
        }
    }
    let read = toml::from_str::<toml::Table>(&format!("v = {value}"))
        .ok()
        .and_then(|mut read| read.remove("v"))
        .filter(|read| !matches!(read, toml::Value::Datetime(_)));
    // `region = 330000` would read as a number: what is text in the file stays text.
    let text = matches!(table.get(last), Some(toml::Value::String(_)))
        || matches!(read, Some(toml::Value::Integer(_)) if is_code(last));
    let value = match read {
        Some(read) if !text => read,
        _ => toml::Value::String(value.trim_matches('"').to_owned()),
    };
    table.insert(last.to_owned(), value);
}

/// Settings that look like numbers and are text.
fn is_code(name: &str) -> bool {
    matches!(name, "region" | "id")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, environment: &[(&str, &str)]) -> Result<Config, Failure> {
        let folder = tempfile::tempdir().map_err(|e| Failure::setup(e.to_string(), ""))?;
        let path = folder.path().join("node.toml");
        std::fs::write(&path, text).map_err(|error| Failure::file(&path, &error))?;
        let pairs = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        Config::read_with(&path, pairs)
    }

    const NODE: &str = "[node]\nregion = \"330000\"\nname = \"浙江\"\n";

    #[test]
    fn the_environment_lies_over_the_file() -> Result<(), Failure> {
        let config = read(
            NODE,
            &[
                ("HUTONG_LISTEN", "0.0.0.0:9000"),
                ("HUTONG_NODE__REGION", "440000"),
                ("HUTONG_NODE__DEMONSTRATION_IDENTITY", "true"),
                ("HUTONG_LOG__FORMAT", "text"),
                ("HUTONG_CONFIG", "elsewhere.toml"),
            ],
        )?;
        let settings = config.settings(config.listen)?;
        assert_eq!(config.listen.port(), 9000);
        assert_eq!(settings.region.as_str(), "440000");
        assert_eq!(settings.public_url, "http://0.0.0.0:9000");
        assert!(settings.demonstration_identity);
        assert_eq!(config.log.format, LogFormat::Text);
        Ok(())
    }

    #[test]
    fn an_unknown_setting_is_named() {
        let failure = read(&format!("lissten = \"x\"\n{NODE}"), &[]).err();
        assert!(failure.is_some_and(|failure| failure.what.contains("lissten")));
    }
}

//! Copies of a node's store, and putting one in its place.

use super::{OnProgress, Progress};
use crate::{
    config::{Config, StoreUrl},
    deployment,
    failure::Failure,
};
use aws_lc_rs::digest::{Context, SHA256};
use hutong_model::{RegionCode, Timestamp};
use hutong_node::Node;
use hutong_store::{StoreError, sqlite};
use serde::{Deserialize, Serialize};
use std::{
    fs::{DirBuilder, File, OpenOptions},
    io::{Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

/// What describes a backup; written last, so that a folder without it is not whole.
const MANIFEST: &str = "backup.json";
/// Form of the description.
const FORMAT: u32 = 1;
/// Bytes copied at once.
const PIECE: usize = 1 << 20;
/// How often progress is told.
const TICK: Duration = Duration::from_millis(200);

/// A backup, as it describes itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Backup {
    /// Form of this description.
    format: u32,
    /// The version of Hutong that made it.
    version: String,
    /// Whose it is.
    pub region: RegionCode,
    /// When it was begun.
    pub made_at: Timestamp,
    /// Its files.
    pub files: Vec<Copied>,
}

/// A file of a backup.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Copied {
    /// Its name in the folder.
    pub name: String,
    /// How long it is.
    pub bytes: u64,
    /// SHA-256 of its content, hexadecimal.
    pub sha256: String,
}

/// What was restored.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Restored {
    /// When the backup was made.
    pub made_at: Timestamp,
    /// Persons in it.
    pub persons: u64,
    /// Entries in it.
    pub entries: u64,
}

/// Copies the store of a node, which goes on meanwhile, to a new folder.
///
/// # Errors
/// [`Failure`] where the folder is there already, or the store cannot be copied.
pub async fn make(node: &Node, folder: &Path, on_progress: OnProgress) -> Result<Backup, Failure> {
    let failed = |error: std::io::Error| Failure::file(folder, &error);
    DirBuilder::new().mode(0o700).create(folder).map_err(failed)?;
    let made_at = node.now();
    let watching = tokio::spawn({
        let folder = folder.to_owned();
        async move {
            loop {
                tokio::time::sleep(TICK).await;
                on_progress(Progress { bytes: size(&folder), ..Progress::default() });
            }
        }
    });
    let copied = node.store().back_up(folder).await;
    watching.abort();
    copied.map_err(|error| match error {
        StoreError::Elsewhere(_) => {
            let _ = std::fs::remove_dir(folder);
            Failure::usage(error.to_string(), "see docs/operations.md")
        }
        _ => {
            Failure::setup(format!("{}: {error}", folder.display()), "check the space on the disk")
        }
    })?;
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (bytes, sha256) = pour(&path, &mut std::io::sink())?;
        files.push(Copied { name, bytes, sha256 });
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let region = node.settings().region;
    let backup = Backup { format: FORMAT, version, region, made_at, files };
    let path = folder.join(MANIFEST);
    let mut manifest = create(&path)?;
    let text = serde_json::to_string_pretty(&backup)?;
    let written = writeln!(manifest, "{text}").and_then(|()| manifest.sync_all());
    written.and_then(|()| File::open(folder)?.sync_all()).map_err(failed)?;
    Ok(backup)
}

/// Puts a backup in the place of a store that is not there, and opens it.
///
/// # Errors
/// [`Failure`] where the backup is not whole or another node's, a store is there already, or the
/// keys are not the ones that it was written with; then nothing is left behind.
pub async fn restore(config: &Config, folder: &Path) -> Result<Restored, Failure> {
    let backup = read(config, folder)?;
    let StoreUrl::File(store) = config.store()? else {
        return Err(Failure::usage(
            "the store of this node is on PostgreSQL",
            "restore it with the tools of PostgreSQL; see docs/operations.md",
        ));
    };
    let places: Vec<(&Copied, PathBuf)> = backup
        .files
        .iter()
        .map(|file| Ok((file, place(&store, &file.name)?)))
        .collect::<Result<_, Failure>>()?;
    for (_, to) in &places {
        if to.exists() {
            return Err(Failure::setup(
                format!("{}: a store is there already", to.display()),
                "stop the node and move the store away first; nothing is overwritten",
            ));
        }
    }
    let put = put(folder, &places).and_then(|()| {
        sqlite::take_over(&store).map_err(|error| Failure::setup(error.to_string(), ""))
    });
    let counted = match put {
        Ok(()) => count(config).await,
        Err(failure) => Err(failure),
    };
    if counted.is_err() {
        places.iter().for_each(|(_, to)| drop(std::fs::remove_file(to)));
    }
    let (persons, entries) = counted?;
    Ok(Restored { made_at: backup.made_at, persons, entries })
}

/// Opens the store and counts.
async fn count(config: &Config) -> Result<(u64, u64), Failure> {
    let store = deployment::open_store(config).await?;
    store.counts().await.map_err(|error| Failure::setup(error.to_string(), ""))
}

/// Reads the description of a backup that this node can be restored from.
fn read(config: &Config, folder: &Path) -> Result<Backup, Failure> {
    let path = folder.join(MANIFEST);
    let text = std::fs::read(&path).map_err(|error| {
        let mut failure = Failure::file(&path, &error);
        failure.remedy =
            "name the folder that hutong backup made; one without it is not whole".into();
        failure
    })?;
    let backup: Backup = serde_json::from_slice(&text).map_err(|error| {
        Failure::wrong(format!("{}: {error}", path.display()), "take another backup")
    })?;
    let region = config.settings(config.listen)?.region;
    if backup.region != region {
        return Err(Failure::wrong(
            format!("{}: a backup of {}, and this is {region}", path.display(), backup.region),
            "name the backup or the configuration of the other node",
        ));
    }
    Ok(backup)
}

/// Where a file of a backup goes.
fn place(store: &Path, name: &str) -> Result<PathBuf, Failure> {
    let known = Path::new(sqlite::BACKUP_NAME).with_extension("");
    match name.strip_prefix(&*known.to_string_lossy()) {
        Some(".sqlite") => Ok(store.to_owned()),
        Some(".access.sqlite") => Ok(store.with_extension("access.sqlite")),
        _ => Err(Failure::wrong(
            format!("{name}: not a file of a backup"),
            "restore it with the version of hutong that made it",
        )),
    }
}

/// Copies the files beside their places, and moves them there when all are whole.
fn put(folder: &Path, places: &[(&Copied, PathBuf)]) -> Result<(), Failure> {
    let mut beside = Vec::new();
    let copied = places.iter().try_for_each(|(file, to)| {
        let mut name = to.as_os_str().to_owned();
        name.push(".restoring");
        let (from, near) = (folder.join(&file.name), PathBuf::from(name));
        let mut target = create(&near)?;
        beside.push((near, to));
        let (_, sha256) = pour(&from, &mut target)?;
        if sha256 != file.sha256 {
            return Err(Failure::wrong(
                format!("{}: not as it was when the backup was made", from.display()),
                "take another backup",
            ));
        }
        target.sync_all().map_err(|error| Failure::file(to, &error))
    });
    let moved = copied.and_then(|()| {
        beside.iter().try_for_each(|(near, to)| {
            std::fs::rename(near, to).map_err(|error| Failure::file(to, &error))
        })
    });
    if moved.is_err() {
        beside.iter().for_each(|(near, _)| drop(std::fs::remove_file(near)));
    }
    moved
}

/// Reads a file to its end into another one; its length and SHA-256.
fn pour(from: &Path, to: &mut impl Write) -> Result<(u64, String), Failure> {
    let failed = |error: std::io::Error| Failure::file(from, &error);
    let mut file = File::open(from).map_err(failed)?;
    let (mut digest, mut bytes) = (Context::new(&SHA256), 0);
    let mut piece = vec![0; PIECE];
    loop {
        let length = file.read(&mut piece).map_err(failed)?;
        if length == 0 {
            return Ok((bytes, hex::encode(digest.finish())));
        }
        digest.update(&piece[..length]);
        to.write_all(&piece[..length]).map_err(failed)?;
        bytes += length as u64;
    }
}

/// A new file that only its owner may read.
fn create(path: &Path) -> Result<File, Failure> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    file.map_err(|error| Failure::file(path, &error))
}

/// Bytes of the files in a folder.
fn size(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|file| file.metadata().ok()).map(|data| data.len()).sum()
}

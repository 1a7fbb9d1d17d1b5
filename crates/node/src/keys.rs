//! Signing keys of a node: PKCS#8 files, mode 0600, one folder. The newest of a use signs; older
//! ones stay until they are removed, so that what they signed still verifies.

use crate::NodeError;
use hutong_code::{Algorithm, SigningKey};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyUse {
    /// Assertions (health codes).
    Assertion,
    /// The trust list and the feed; used by the root only.
    TrustList,
    /// Client assertions by which the node signs in at its parent.
    Client,
    /// Certificates for other systems: EU DCC, SMART Health Cards. Always ES256.
    Certificate,
    /// Checkpoints of the public ledger. Always Ed25519.
    Ledger,
}

impl KeyUse {
    /// All uses.
    pub const ALL: [KeyUse; 5] =
        [Self::Assertion, Self::TrustList, Self::Client, Self::Certificate, Self::Ledger];

    /// The word in file names and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Assertion => "assertion",
            Self::TrustList => "trust-list",
            Self::Client => "client",
            Self::Certificate => "certificate",
            Self::Ledger => "ledger",
        }
    }
    /// Reads a word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key_use| key_use.as_str() == text)
    }
}

/// One key on disk.
#[derive(Debug, Clone)]
pub struct KeyFile {
    /// What it signs.
    pub key_use: KeyUse,
    /// Its number: the highest of a use signs.
    pub number: u32,
    /// Where it lies.
    pub path: PathBuf,
}

/// The keys of a running node.
pub struct Keys {
    assertion: Vec<SigningKey>,
    trust_list: Vec<SigningKey>,
    client: Arc<SigningKey>,
    certificate: Vec<Arc<SigningKey>>,
    ledger: Vec<Arc<SigningKey>>,
}

impl Keys {
    /// Reads the keys of a folder.
    ///
    /// # Errors
    /// [`NodeError::Setup`] where a key is missing or unreadable, or others may read its file.
    pub fn load(folder: &Path) -> Result<Self, NodeError> {
        let read = |key_use| -> Result<Vec<SigningKey>, NodeError> {
            let mut files: Vec<_> =
                list(folder)?.into_iter().filter(|file| file.key_use == key_use).collect();
            files.sort_by_key(|file| std::cmp::Reverse(file.number));
            files.iter().map(|file| read_key(&file.path)).collect()
        };
        let first = |key_use: KeyUse, keys: Vec<SigningKey>| {
            keys.into_iter().next().ok_or_else(|| missing(folder, key_use))
        };
        let assertion = read(KeyUse::Assertion)?;
        if assertion.is_empty() {
            return Err(missing(folder, KeyUse::Assertion));
        }
        let client = first(KeyUse::Client, read(KeyUse::Client)?)?;
        let trust_list = read(KeyUse::TrustList)?;
        let certificate = read(KeyUse::Certificate)?.into_iter().map(Arc::new).collect();
        let ledger = read(KeyUse::Ledger)?.into_iter().map(Arc::new).collect();
        Ok(Self { assertion, trust_list, client: Arc::new(client), certificate, ledger })
    }

    /// The key that signs assertions now.
    pub fn assertion(&self) -> &SigningKey {
        &self.assertion[0]
    }
    /// Every assertion key, the newest first.
    pub fn assertions(&self) -> &[SigningKey] {
        &self.assertion
    }
    /// The key that signs the trust list now; the root has one.
    pub fn trust_list(&self) -> Option<&SigningKey> {
        self.trust_list.first()
    }
    /// Every trust-list key, the newest first.
    pub fn trust_lists(&self) -> &[SigningKey] {
        &self.trust_list
    }
    /// The key that signs certificates for other systems, where there is one.
    pub fn certificate(&self) -> Option<&Arc<SigningKey>> {
        self.certificate.first()
    }
    /// Every certificate key, the newest first.
    pub fn certificates(&self) -> &[Arc<SigningKey>] {
        &self.certificate
    }
    /// Every ledger key, the newest first; none where the node has no ledger.
    pub fn ledgers(&self) -> &[Arc<SigningKey>] {
        &self.ledger
    }
    /// The key that signs client assertions.
    pub fn client(&self) -> &Arc<SigningKey> {
        &self.client
    }
}

/// The key files of a folder.
///
/// # Errors
/// [`NodeError::Setup`] where the folder cannot be read.
pub fn list(folder: &Path) -> Result<Vec<KeyFile>, NodeError> {
    let entries = std::fs::read_dir(folder).map_err(|e| unreadable(folder, &e))?;
    let mut files: Vec<KeyFile> =
        entries.filter_map(|entry| key_file(entry.ok()?.path())).collect();
    files.sort_by_key(|file| (file.key_use.as_str(), file.number));
    Ok(files)
}

/// `assertion-3.pk8` and the like.
fn key_file(path: PathBuf) -> Option<KeyFile> {
    let (name, number) = path.file_name()?.to_str()?.strip_suffix(".pk8")?.rsplit_once('-')?;
    Some(KeyFile { key_use: KeyUse::parse(name)?, number: number.parse().ok()?, path })
}

/// Makes a new key of a use; from the next start (or reload) it signs.
///
/// # Errors
/// [`NodeError::Setup`] where the file cannot be written.
pub fn create(
    folder: &Path,
    key_use: KeyUse,
    algorithm: Algorithm,
) -> Result<(KeyFile, SigningKey), NodeError> {
    make_folder(folder)?;
    let newest = list(folder)?.iter().filter(|f| f.key_use == key_use).map(|f| f.number).max();
    let number = newest.unwrap_or(0) + 1;
    let path = folder.join(format!("{}-{number}.pk8", key_use.as_str()));
    // Other systems know no other algorithm that we have.
    let algorithm = match key_use {
        KeyUse::Certificate => Algorithm::Es256,
        KeyUse::Ledger => Algorithm::EdDsa,
        _ => algorithm,
    };
    let key = SigningKey::generate(algorithm)
        .map_err(|error| NodeError::Setup(format!("cannot make a key: {error}")))?;
    let pkcs8 =
        key.to_pkcs8().map_err(|error| NodeError::Setup(format!("cannot write a key: {error}")))?;
    write_secret(&path, &pkcs8)?;
    Ok((KeyFile { key_use, number, path }, key))
}

/// Reads one key.
///
/// # Errors
/// [`NodeError::Setup`] where the file is unreadable, open to others, or no key.
pub fn read_key(path: &Path) -> Result<SigningKey, NodeError> {
    let bytes = read_secret(path)?;
    SigningKey::from_pkcs8(&bytes)
        .map_err(|error| NodeError::Setup(format!("{}: {error}", path.display())))
}

/// Makes a folder that only its owner may enter.
///
/// # Errors
/// [`NodeError::Setup`] where it cannot be made.
pub fn make_folder(folder: &Path) -> Result<(), NodeError> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|e| unreadable(folder, &e))
}

/// Writes a new file that only its owner may read.
///
/// # Errors
/// [`NodeError::Setup`] where it exists or cannot be written.
pub fn write_secret(path: &Path, bytes: &[u8]) -> Result<(), NodeError> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|e| unreadable(path, &e))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|e| unreadable(path, &e))
}

/// Reads a file that only its owner may read.
///
/// # Errors
/// [`NodeError::Setup`] where it cannot be read or others may read it.
pub fn read_secret(path: &Path) -> Result<Vec<u8>, NodeError> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = std::fs::metadata(path).map_err(|e| unreadable(path, &e))?;
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(NodeError::Setup(format!(
            "{}: others may read this key; run chmod 600 on it",
            path.display()
        )));
    }
    std::fs::read(path).map_err(|e| unreadable(path, &e))
}

fn unreadable(path: &Path, error: &std::io::Error) -> NodeError {
    NodeError::Setup(format!("{}: {error}", path.display()))
}

fn missing(folder: &Path, key_use: KeyUse) -> NodeError {
    NodeError::Setup(format!(
        "{}: no {} key; make one with: hutong keys new {}",
        folder.display(),
        key_use.as_str(),
        key_use.as_str()
    ))
}

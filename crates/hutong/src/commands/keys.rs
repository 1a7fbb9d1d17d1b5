//! `hutong keys`.

use super::init;
use crate::{
    cli::Deployed,
    clock::OsEntropy,
    config::Config,
    failure::{Exit, Failure},
    lang::Lang,
    sealing, show,
};
use clap::{Args, Subcommand, ValueEnum};
use hutong_code::{Algorithm, Sign, SigningKey};
use hutong_node::keys::{self, KeyUse};
use std::path::Path;

/// Make, rotate and list keys. The newest key of a use signs; older ones stay, so that what they
/// signed still verifies.
#[derive(Debug, Args)]
pub struct Keys {
    #[command(flatten)]
    deployed: Deployed,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make the first key of a use
    New {
        /// What the key is for
        #[arg(value_enum)]
        key_use: UseName,
        /// Its algorithm
        #[arg(long, value_enum, default_value = "ed25519")]
        algorithm: AlgorithmName,
    },
    /// Make a new key of a use; it is used from the next start of the node
    Rotate {
        /// What the key is for
        #[arg(value_enum)]
        key_use: UseName,
        /// Its algorithm
        #[arg(long, value_enum, default_value = "ed25519")]
        algorithm: AlgorithmName,
    },
    /// List keys
    List {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Print the key set to hand to the operator of the node above
    Jwks,
    /// Print the trust anchor that nodes and verifiers below need (root only)
    Anchor,
}

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum UseName {
    /// Signs health codes
    Assertion,
    /// Signs the trust list (root only)
    TrustList,
    /// Signs in at the node above
    Client,
    /// Signs certificates for other systems: EU DCC, SMART Health Cards (always P-256)
    Certificate,
    /// Signs checkpoints of the public ledger (always Ed25519)
    Ledger,
    /// Seals names, documents and records at rest
    Sealing,
}

impl UseName {
    fn signing(self) -> Option<KeyUse> {
        match self {
            Self::Assertion => Some(KeyUse::Assertion),
            Self::TrustList => Some(KeyUse::TrustList),
            Self::Client => Some(KeyUse::Client),
            Self::Certificate => Some(KeyUse::Certificate),
            Self::Ledger => Some(KeyUse::Ledger),
            Self::Sealing => None,
        }
    }
}

/// An algorithm of signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AlgorithmName {
    /// Ed25519
    Ed25519,
    /// ECDSA on P-256
    P256,
}

impl From<AlgorithmName> for Algorithm {
    fn from(name: AlgorithmName) -> Self {
        match name {
            AlgorithmName::Ed25519 => Self::EdDsa,
            AlgorithmName::P256 => Self::Es256,
        }
    }
}

impl Keys {
    /// Does it.
    ///
    /// # Errors
    /// [`Failure`] where a file cannot be read or written.
    pub fn run(self, lang: Lang) -> Result<Exit, Failure> {
        let folder = Config::read(&self.deployed.config)?.keys_dir();
        match self.command {
            Command::New { key_use, algorithm } => new(&folder, key_use, algorithm.into(), lang)?,
            Command::Rotate { key_use, algorithm } => {
                make(&folder, key_use, algorithm.into(), lang)?;
            }
            Command::List { json } => list(&folder, json)?,
            Command::Jwks => {
                let key = keys::read_key(&init::newest(&folder, KeyUse::Client)?)?;
                show::json(&init::key_set([key.public_key()]))?;
            }
            Command::Anchor => show::line(init::anchor_of(&folder)?),
        }
        Ok(Exit::Ok)
    }
}

fn new(folder: &Path, key_use: UseName, algorithm: Algorithm, lang: Lang) -> Result<(), Failure> {
    keys::make_folder(folder)?;
    let is_there = match key_use.signing() {
        Some(signing) => keys::list(folder)?.iter().any(|file| file.key_use == signing),
        None => sealing::count(folder)?.is_some(),
    };
    if is_there {
        return Err(Failure::wrong(
            "there is a key for this use already",
            "to replace it, use: hutong keys rotate",
        ));
    }
    make(folder, key_use, algorithm, lang)
}

fn make(folder: &Path, key_use: UseName, algorithm: Algorithm, lang: Lang) -> Result<(), Failure> {
    match key_use.signing() {
        Some(signing) => {
            let (file, key) = keys::create(folder, signing, algorithm)?;
            show::line(format!("{} {}", key.key_id(), file.path.display()));
            if signing == KeyUse::Client {
                show::line(lang.pick(
                    "重启节点之前，请先把下面的公钥集交给上级节点的管理员（旧密钥在其中保留）：",
                    "Before you restart the node, hand this key set (with the older keys) to \
                     whoever runs the node above:",
                ));
                show::json(&init::key_set(all(folder, signing)?.iter().map(Sign::public_key)))?;
            }
        }
        None if sealing::count(folder)?.is_none() => sealing::create_first(folder, &OsEntropy)?,
        None => {
            let count = sealing::rotate(folder, &OsEntropy)?;
            show::line(lang.pick(
                format!("密钥环现有 {count} 把密钥，新写入的内容用新密钥封存。"),
                format!("the ring has {count} keys; what is written from now on is sealed anew"),
            ));
        }
    }
    show::line(lang.pick("重启节点后生效。", "It is used from the next start of the node."));
    Ok(())
}

fn all(folder: &Path, key_use: KeyUse) -> Result<Vec<SigningKey>, Failure> {
    let mut files = keys::list(folder)?;
    files.retain(|file| file.key_use == key_use);
    files.reverse();
    files.iter().map(|file| Ok(keys::read_key(&file.path)?)).collect()
}

fn list(folder: &Path, json: bool) -> Result<(), Failure> {
    let mut table = show::table(["use", "number", "algorithm", "key id", "file"]);
    let mut row = |key_use: &str, number: u32, algorithm: &str, id: &str, path: &Path| {
        if json {
            show::json(&serde_json::json!({
                "use": key_use, "number": number, "algorithm": algorithm, "keyId": id, "file": path,
            }))?;
        } else {
            let number = number.to_string();
            let path = path.display().to_string();
            table.add_row([key_use, number.as_str(), algorithm, id, path.as_str()]);
        }
        Ok::<(), Failure>(())
    };
    for file in keys::list(folder)? {
        let key = keys::read_key(&file.path)?;
        let id = key.key_id().to_string();
        row(file.key_use.as_str(), file.number, key.algorithm().as_str(), &id, &file.path)?;
    }
    if let Some(count) = sealing::count(folder)? {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        row("sealing", count, "AES-256-GCM", "", &sealing::ring_path(folder))?;
    }
    if !json {
        show::line(table);
    }
    Ok(())
}

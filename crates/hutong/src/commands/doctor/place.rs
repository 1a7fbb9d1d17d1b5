//! Files, folders, disk, address.

use super::Finding;
use crate::{config::Config, sealing};
use hutong_node::{
    NodeSettings,
    keys::{self, KeyUse},
};
use std::{os::unix::fs::PermissionsExt, path::Path, process::Command};

/// Free disk space below which something is wrong, in MiB.
const FREE_MIB_MIN: u64 = 1024;

/// Whether the address makes sense.
pub fn address(config: &Config, settings: &NodeSettings) -> Vec<Finding> {
    let mut findings = Vec::new();
    let url = &settings.public_url;
    let is_local = config.listen.ip().is_loopback();
    if settings.demonstration_identity && !is_local {
        findings.push(Finding::ill(
            "identity",
            "the demonstration identity provider is on, and the node listens to the network",
            "set demonstration_identity = false: whoever reads the console signs in as anybody",
        ));
    }
    if url.starts_with("http://") && !is_local {
        findings.push(Finding::ill(
            "address",
            format!("{url} is not encrypted"),
            "set [tls], or public_url = \"https://…\" where a proxy in front speaks TLS",
        ));
    } else {
        findings.push(Finding::well("address", url));
    }
    if config.listen.ip().is_unspecified() && url.contains(&config.listen.ip().to_string()) {
        findings.push(Finding::ill(
            "address",
            format!("{url} cannot be reached from elsewhere"),
            "set public_url in [node] to where the node is reached",
        ));
    }
    findings
}

/// Folders and keys.
pub fn files(config: &Config, settings: &NodeSettings) -> Vec<Finding> {
    let mut findings = vec![folder("data folder", &config.data_dir)];
    let keys_dir = config.keys_dir();
    if !keys_dir.is_dir() {
        findings.push(Finding::ill(
            "keys",
            format!("{} does not exist", keys_dir.display()),
            "restore it from your backup; for a new node run hutong init",
        ));
        return findings;
    }
    findings.push(folder("keys folder", &keys_dir));
    for key_use in KeyUse::ALL {
        if key_use == KeyUse::TrustList && settings.parent.is_some() {
            continue;
        }
        findings.push(signing(&keys_dir, key_use));
    }
    findings.push(match sealing::read(&keys_dir) {
        Ok(_) => Finding::well("sealing keys", "readable"),
        Err(failure) => Finding::failed("sealing keys", failure),
    });
    findings
}

fn folder(check: &'static str, path: &Path) -> Finding {
    let remedy = format!("chmod 700 {}", path.display());
    match std::fs::metadata(path) {
        Err(error) => Finding::ill(
            check,
            format!("{}: {error}", path.display()),
            "check data_dir; for a new node run hutong init",
        ),
        Ok(metadata) if metadata.permissions().mode() & 0o077 != 0 => {
            Finding::ill(check, format!("{}: others may enter it", path.display()), remedy)
        }
        Ok(_) => Finding::well(check, path.display().to_string()),
    }
}

fn signing(keys_dir: &Path, key_use: KeyUse) -> Finding {
    let (check, new) = match key_use {
        KeyUse::Assertion => ("assertion key", "hutong keys new assertion"),
        KeyUse::TrustList => ("trust-list key", "hutong keys new trust-list"),
        KeyUse::Client => ("client key", "hutong keys new client"),
        KeyUse::Certificate => ("certificate key", "hutong keys new certificate"),
        KeyUse::Ledger => ("ledger key", "hutong keys new ledger"),
    };
    let files = match keys::list(keys_dir) {
        Ok(files) => files,
        Err(error) => return Finding::failed(check, error.into()),
    };
    let of_use = files.iter().filter(|file| file.key_use == key_use);
    let mut count = 0;
    for file in of_use {
        if let Err(error) = keys::read_key(&file.path) {
            return Finding::failed(check, error.into());
        }
        count += 1;
    }
    match count {
        0 => Finding::ill(check, "there is none", format!("make one with: {new}")),
        count => Finding::well(check, format!("{count} readable")),
    }
}

/// Free space where the data lies.
pub fn disk(config: &Config) -> Finding {
    let check = "disk";
    let output = Command::new("df").args(["-Pk", "--"]).arg(&config.data_dir).output();
    let free_kib = output.ok().filter(|output| output.status.success()).and_then(|output| {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.lines().nth(1)?.split_whitespace().nth(3)?.parse::<u64>().ok()
    });
    match free_kib {
        None => Finding::ill(check, "free space cannot be told", "see: df -h"),
        Some(kib) if kib / 1024 < FREE_MIB_MIN => Finding::ill(
            check,
            format!("{} MiB free", kib / 1024),
            format!("make room: at least {FREE_MIB_MIN} MiB"),
        ),
        Some(kib) => Finding::well(check, format!("{} MiB free", kib / 1024)),
    }
}

//! The keys under which a node seals what it keeps, as files beside its signing keys.
//!
//! `sealing.keys` is the ring: the first key seals, all of them open. `blind.key` is the key of the
//! blind index, which leads from documents to persons; it is never changed.

use crate::failure::Failure;
use hutong_model::Entropy;
use hutong_node::keys::{make_folder, read_secret, write_secret};
use hutong_store::{BlindKey, KeyRing, sealing::KeyError};
use std::path::{Path, PathBuf};

/// File of the ring.
pub fn ring_path(folder: &Path) -> PathBuf {
    folder.join("sealing.keys")
}

/// File of the key of the blind index.
pub fn blind_path(folder: &Path) -> PathBuf {
    folder.join("blind.key")
}

/// Reads ring and blind key.
///
/// # Errors
/// [`Failure`] where a file is missing, malformed, or open to others.
pub fn read(folder: &Path) -> Result<(KeyRing, BlindKey), Failure> {
    let path = blind_path(folder);
    let blind = BlindKey::parse(&text(&path)?).map_err(|error| malformed(&path, error))?;
    Ok((read_ring(folder)?, blind))
}

fn read_ring(folder: &Path) -> Result<KeyRing, Failure> {
    let path = ring_path(folder);
    KeyRing::parse(&text(&path)?).map_err(|error| malformed(&path, error))
}

fn malformed(path: &Path, error: KeyError) -> Failure {
    Failure::setup(format!("{}: {error}", path.display()), "restore it from your backup")
}

fn text(path: &Path) -> Result<String, Failure> {
    let bytes = read_secret(path).map_err(|error| {
        Failure::setup(
            error.to_string(),
            "without this key nothing that the node keeps can be read: restore it from your \
             backup; for a new node run hutong init",
        )
    })?;
    String::from_utf8(bytes)
        .map_err(|_| Failure::setup(format!("{}: not a key file", path.display()), ""))
}

/// Makes the first keys, where there are none.
///
/// # Errors
/// [`Failure`] where a file cannot be written.
pub fn create_first(folder: &Path, entropy: &dyn Entropy) -> Result<(), Failure> {
    make_folder(folder)?;
    if !ring_path(folder).exists() {
        let ring = KeyRing::generate(entropy);
        write_secret(&ring_path(folder), ring.format().as_bytes())?;
    }
    if !blind_path(folder).exists() {
        write_secret(&blind_path(folder), BlindKey::generate(entropy).format().as_bytes())?;
    }
    Ok(())
}

/// Puts a new key in front of the ring, which is replaced as a whole; how many keys it has then.
///
/// # Errors
/// [`Failure`] where the ring cannot be read or written.
pub fn rotate(folder: &Path, entropy: &dyn Entropy) -> Result<usize, Failure> {
    let mut ring = read_ring(folder)?;
    ring.rotate(entropy).map_err(|error| malformed(&ring_path(folder), error))?;
    let (path, next) = (ring_path(folder), folder.join("sealing.keys.next"));
    write_secret(&next, ring.format().as_bytes())?;
    std::fs::rename(&next, &path).map_err(|error| Failure::file(&path, &error))?;
    Ok(ring.ids().len())
}

/// How many keys the ring has; None where there is no ring.
///
/// # Errors
/// [`Failure`] where it cannot be read.
pub fn count(folder: &Path) -> Result<Option<usize>, Failure> {
    if !ring_path(folder).exists() {
        return Ok(None);
    }
    read_ring(folder).map(|ring| Some(ring.ids().len()))
}

//! Files of an export. They hold personal data, so they lie on disk sealed (AES-256-GCM), under a
//! key that is only in memory: nothing of them can be read once export or process are gone.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use bytes::Bytes;
use std::{
    fs::{File, OpenOptions},
    io::{self, BufWriter, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    sync::Arc,
};

/// Bytes that are sealed together.
const CHUNK_BYTES: usize = 256 * 1024;
const TAG_BYTES: usize = 16;
/// Said with the last chunk of a file, so that a shorter file does not pass for a whole one.
const LAST: &[u8] = b"last";

/// The key of one export.
#[derive(Clone)]
pub(super) struct Key(Arc<LessSafeKey>);

impl Key {
    /// From 32 random bytes.
    pub(super) fn new(bytes: &[u8; 32]) -> io::Result<Self> {
        let key = UnboundKey::new(&AES_256_GCM, bytes).map_err(|_| broken())?;
        Ok(Self(Arc::new(LessSafeKey::new(key))))
    }
}

/// The number of a file within its export, and of a chunk within its file: never the same twice.
fn nonce(file: u32, chunk: u64) -> Nonce {
    let mut bytes = [0; 12];
    bytes[..4].copy_from_slice(&file.to_be_bytes());
    bytes[4..].copy_from_slice(&chunk.to_be_bytes());
    Nonce::assume_unique_for_key(bytes)
}

/// A file that is being written.
pub(super) struct Sealing {
    key: Key,
    file: BufWriter<File>,
    number: u32,
    chunks: u64,
    plain: Vec<u8>,
}

impl Sealing {
    /// A new file, which only its owner may read.
    pub(super) fn create(path: &Path, key: Key, number: u32) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        let plain = Vec::with_capacity(CHUNK_BYTES + 64 * 1024);
        Ok(Self { key, file: BufWriter::new(file), number, chunks: 0, plain })
    }

    /// Where to append plain bytes; [`Sealing::flush`] is called after each line.
    pub(super) fn plain(&mut self) -> &mut Vec<u8> {
        &mut self.plain
    }

    /// Seals what has come together, where it is enough.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        if self.plain.len() < CHUNK_BYTES {
            return Ok(());
        }
        self.seal(&[])
    }

    /// Seals the rest.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.seal(LAST)?;
        self.file.flush()
    }

    fn seal(&mut self, said: &[u8]) -> io::Result<()> {
        let nonce = nonce(self.number, self.chunks);
        self.chunks += 1;
        let sealed = self.key.0.seal_in_place_append_tag(nonce, Aad::from(said), &mut self.plain);
        sealed.map_err(|_| broken())?;
        let length = u32::try_from(self.plain.len()).map_err(|_| broken())?;
        self.file.write_all(&length.to_be_bytes())?;
        self.file.write_all(&self.plain)?;
        self.plain.clear();
        Ok(())
    }
}

/// Opens a file chunk by chunk; each goes to `take`, until that says that nobody listens.
pub(super) fn open(
    path: &Path,
    key: &Key,
    number: u32,
    mut take: impl FnMut(Bytes) -> bool,
) -> io::Result<()> {
    let mut file = File::open(path)?;
    let mut left = file.metadata()?.len();
    let mut chunk = 0;
    while left > 0 {
        let mut length = [0; 4];
        file.read_exact(&mut length)?;
        let length = u64::from(u32::from_be_bytes(length));
        left = left.checked_sub(4 + length).ok_or_else(broken)?;
        let mut sealed = vec![0; usize::try_from(length).map_err(|_| broken())?];
        file.read_exact(&mut sealed)?;
        let said = Aad::from(if left == 0 { LAST } else { &[] });
        let opened = key.0.open_in_place(nonce(number, chunk), said, &mut sealed);
        opened.map_err(|_| broken())?;
        sealed.truncate(sealed.len().saturating_sub(TAG_BYTES));
        chunk += 1;
        if !take(Bytes::from(sealed)) {
            return Ok(());
        }
    }
    Ok(())
}

fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a file of an export cannot be sealed or opened")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_sealed_and_whole_or_not_at_all() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("a");
        let key = Key::new(&[7; 32])?;
        let mut sealing = Sealing::create(&path, key.clone(), 3)?;
        for _ in 0..30_000 {
            sealing.plain().extend_from_slice(b"a line with somebody in it\n");
            sealing.flush()?;
        }
        sealing.finish()?;
        let read = |key: &Key, number| {
            let mut plain = Vec::new();
            let opened = open(&path, key, number, |bytes| {
                plain.extend_from_slice(&bytes);
                true
            });
            opened.map(|()| plain)
        };
        assert_eq!(read(&key, 3)?.len(), 30_000 * 27);
        assert!(read(&key, 4).is_err() && read(&Key::new(&[8; 32])?, 3).is_err());
        let bytes = std::fs::read(&path)?;
        assert!(!bytes.windows(8).any(|window| window == b"somebody"));
        // Without its last chunk it is no shorter export, but none.
        let first = 4 + u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize;
        std::fs::write(&path, &bytes[..first])?;
        assert!(read(&key, 3).is_err());
        Ok(())
    }
}

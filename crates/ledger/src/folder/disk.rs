//! Files below one folder: replaced whole, flushed before they count.

use crate::LedgerError;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Most bytes of a staged batch that is read: more than a batch of the longest leaves has.
pub(super) const STAGED_BYTES_MAX: usize = 1 << 34;
/// Files flushed at once: the system joins what waits together.
const FLUSHERS: usize = 8;

pub(super) type Before = Box<dyn Fn(&str) -> io::Result<()> + Send + Sync>;

pub(super) struct Disk {
    root: PathBuf,
    before: Option<Before>,
}

fn failed(doing: &'static str, file: &str, error: &io::Error) -> LedgerError {
    LedgerError::Io { doing, file: file.to_owned(), reason: error.to_string() }
}

impl Disk {
    pub(super) fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), before: None }
    }
    pub(super) fn with_before(self, before: Before) -> Self {
        Self { before: Some(before), ..self }
    }
    pub(super) fn path(&self, file: &str) -> PathBuf {
        self.root.join(file)
    }
    fn before(&self, doing: &'static str, file: &str) -> Result<(), LedgerError> {
        self.before
            .as_ref()
            .map_or(Ok(()), |before| before(file))
            .map_err(|e| failed(doing, file, &e))
    }

    /// Reads a file; of one that is longer than permitted, one byte more than that, so that whoever
    /// takes it apart refuses it.
    pub(super) fn read(&self, file: &str, max: usize) -> Result<Option<Vec<u8>>, LedgerError> {
        let read = || -> io::Result<Vec<u8>> {
            let mut bytes = Vec::new();
            File::open(self.path(file))?.take(max as u64 + 1).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        match read() {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(failed("read", file, &e)),
        }
    }

    /// Waits for the lock, which ends with the file that is returned.
    pub(super) fn lock(&self, file: &str) -> Result<File, LedgerError> {
        let lock = || -> io::Result<File> {
            let options = File::options().create(true).truncate(false).write(true).clone();
            let held = options.open(self.path(file))?;
            held.lock()?;
            Ok(held)
        };
        lock().map_err(|e| failed("lock", file, &e))
    }

    /// Makes a folder and those above it, and flushes what they lie in.
    pub(super) fn create_folder(&self, folder: &str) -> Result<(), LedgerError> {
        let path = self.path(folder);
        if path.is_dir() {
            return Ok(());
        }
        fs::create_dir_all(&path).map_err(|e| failed("create", folder, &e))?;
        for above in Path::new(folder).ancestors().skip(1) {
            self.flush_folder(&above.to_string_lossy())?;
        }
        Ok(())
    }

    pub(super) fn flush_folder(&self, folder: &str) -> Result<(), LedgerError> {
        let flush = || File::open(self.path(folder))?.sync_all();
        flush().map_err(|e| failed("flush", folder, &e))
    }

    /// Writes a file in place and flushes it.
    pub(super) fn write(&self, file: &str, bytes: &[u8]) -> Result<(), LedgerError> {
        self.write_unflushed(file, bytes)?;
        self.flush(file)
    }

    fn write_unflushed(&self, file: &str, bytes: &[u8]) -> Result<(), LedgerError> {
        self.before("write", file)?;
        let write = || File::create(self.path(file))?.write_all(bytes);
        write().map_err(|e| failed("write", file, &e))
    }

    fn flush(&self, file: &str) -> Result<(), LedgerError> {
        let flush = || File::open(self.path(file))?.sync_data();
        flush().map_err(|e| failed("flush", file, &e))
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), LedgerError> {
        self.before("rename", to)?;
        fs::rename(self.path(from), self.path(to)).map_err(|e| failed("rename", to, &e))
    }

    /// Puts a file in the place of another: whoever reads sees the one or the other, whole.
    pub(super) fn replace(
        &self,
        file: &str,
        scratch: &str,
        bytes: &[u8],
    ) -> Result<(), LedgerError> {
        let made = format!("{scratch}/replacement");
        self.write(&made, bytes)?;
        self.rename(&made, file)?;
        self.flush_folder(&above(file))
    }

    /// The same without flushing, for what can be made again.
    pub(super) fn swap_in(
        &self,
        file: &str,
        scratch: &str,
        bytes: &[u8],
    ) -> Result<(), LedgerError> {
        let made = format!("{scratch}/replacement");
        self.write_unflushed(&made, bytes)?;
        self.rename(&made, file)
    }

    /// Creates many files, each whole and flushed before it has its name.
    pub(super) fn create_all(
        &self,
        files: &[(String, &[u8])],
        scratch: &str,
    ) -> Result<(), LedgerError> {
        let made: Vec<String> = (0..files.len()).map(|n| format!("{scratch}/{n}")).collect();
        for (made, (_, bytes)) in made.iter().zip(files) {
            self.write_unflushed(made, bytes)?;
        }
        self.flush_all(&made)?;
        let folders: BTreeSet<String> = files.iter().map(|(file, _)| above(file)).collect();
        for folder in &folders {
            self.create_folder(folder)?;
        }
        for (made, (file, _)) in made.iter().zip(files) {
            self.rename(made, file)?;
        }
        self.flush_all(&folders.into_iter().collect::<Vec<_>>())
    }

    /// Flushes files or folders, several at once.
    fn flush_all(&self, files: &[String]) -> Result<(), LedgerError> {
        let next = AtomicUsize::new(0);
        let work = || -> Result<(), LedgerError> {
            while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                self.flush(file)?;
            }
            Ok(())
        };
        let helpers = FLUSHERS.min(files.len()).saturating_sub(1);
        std::thread::scope(|scope| {
            let helpers: Vec<_> = (0..helpers).map(|_| scope.spawn(work)).collect();
            let mut result = work();
            for helper in helpers {
                // A helper does not panic; if it did, nothing is known to be flushed.
                let helped = helper.join().unwrap_or_else(|_| {
                    Err(failed("flush", "files", &io::Error::other("a thread failed")))
                });
                result = result.and(helped);
            }
            result
        })
    }

    /// Removes the files of a folder.
    pub(super) fn clear(&self, folder: &str) -> Result<(), LedgerError> {
        for name in self.names(folder)? {
            self.remove(&format!("{folder}/{name}"))?;
        }
        Ok(())
    }

    fn remove(&self, file: &str) -> Result<(), LedgerError> {
        self.before("remove", file)?;
        match fs::remove_file(self.path(file)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(failed("remove", file, &e)),
            _ => Ok(()),
        }
    }

    fn names(&self, folder: &str) -> Result<Vec<String>, LedgerError> {
        let read = || -> io::Result<Vec<String>> {
            let entries = fs::read_dir(self.path(folder))?;
            entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
        };
        let mut names = match read() {
            Ok(names) => names,
            Err(e) if e.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(e) => return Err(failed("list", folder, &e)),
        };
        names.sort();
        Ok(names)
    }

    /// Removes the folders `N.p` beside which the file `N` lies, here and below.
    pub(super) fn prune(&self, folder: &str) -> Result<u64, LedgerError> {
        let mut removed = 0;
        for name in self.names(folder)? {
            let inner = format!("{folder}/{name}");
            if !self.path(&inner).is_dir() {
                continue;
            }
            let Some(full) = name.strip_suffix(".p") else {
                removed += self.prune(&inner)?;
                continue;
            };
            if self.path(&format!("{folder}/{full}")).is_file() {
                removed += self.names(&inner)?.len() as u64;
                self.clear(&inner)?;
                fs::remove_dir(self.path(&inner)).map_err(|e| failed("remove", &inner, &e))?;
            }
        }
        Ok(removed)
    }
}

fn above(file: &str) -> String {
    file.rsplit_once('/').map_or_else(String::new, |(folder, _)| folder.to_owned())
}

//! Where the published vectors lie, and how they are read.

use hutong_code::foreign::keys::{Certificate, ForeignKeys};
use hutong_code::foreign::{ForeignContext, ForeignVerifier, Reading};
use hutong_model::Timestamp;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The folder of third-party material, or None (said aloud) where it is absent.
pub fn testdata(folder: &str) -> Option<PathBuf> {
    let root = std::env::var_os("HUTONG_TESTDATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let path = root.join(folder);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: {} is not there", path.display());
    None
}

/// All files below a folder whose names end so, in order.
pub fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.to_string_lossy().ends_with(end) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// A text file without a byte order mark.
pub fn text(path: &Path) -> String {
    let bytes = std::fs::read(path).expect("a file");
    String::from_utf8(bytes).expect("text").trim_start_matches('\u{feff}').to_owned()
}

pub fn json(path: &Path) -> Value {
    serde_json::from_str(&text(path)).expect("JSON")
}

/// A verifier that trusts these certificates.
pub fn trusting(ders: &[Vec<u8>]) -> ForeignVerifier {
    let mut keys = ForeignKeys::default();
    for der in ders {
        match Certificate::from_der(der) {
            Ok(certificate) => keys.add_certificate(certificate).expect("few"),
            Err(error) => println!("certificate: {error}"),
        }
    }
    ForeignVerifier::new(keys)
}

pub fn check(verifier: &ForeignVerifier, text: &str, at: Timestamp) -> Reading {
    verifier.verify(text, &ForeignContext::at(at))
}

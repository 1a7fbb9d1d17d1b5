//! What the tests share: the folder of third-party material, and a programme of it.
#![allow(dead_code, reason = "each test file uses its own part")]

use hutong_programme::{LoadError, Programme};

pub mod china;
pub mod fixture;

/// A folder of third-party material; prints why a test is skipped where it is absent.
pub fn material(name: &str) -> Option<std::path::PathBuf> {
    let root = std::env::var_os("HUTONG_TESTDATA").map_or_else(
        || std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        std::path::PathBuf::from,
    );
    let folder = root.join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no third-party material here (set HUTONG_TESTDATA)");
    None
}

/// Names and texts of CDC's supporting data.
pub fn files() -> Option<Vec<(String, String)>> {
    let folder = material("cdsi")?.join("supporting-data-4.64-508/xml");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder of supporting data") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "xml") {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            files.push((name, std::fs::read_to_string(&path).expect("supporting data are UTF-8")));
        }
    }
    files.sort();
    Some(files)
}

/// CDC's programme.
pub fn programme() -> Option<Programme> {
    let files = files()?;
    let files = files.iter().map(|(name, text)| (name, text.as_str()));
    Some(Programme::parse(files).expect("CDC's supporting data load as published"))
}

/// A programme of an antigen's file and the made-up schedule.
pub fn load(antigen: &str) -> Result<Programme, LoadError> {
    let schedule = fixture::schedule();
    Programme::parse([("alpha.xml", antigen), ("schedule.xml", schedule.as_str())])
}

/// The made-up programme.
pub fn made_up() -> Programme {
    load(&fixture::alpha()).expect("a programme")
}

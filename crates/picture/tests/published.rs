//! Pictures of codes that others published: third-party material, looked for under
//! `HUTONG_TESTDATA` (default `../shared/data` beside the project).

mod common;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

fn material() -> Option<PathBuf> {
    let root = std::env::var_os("HUTONG_TESTDATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let folder = root.join("qr-png");
    if folder.is_dir() && root.join("dcc-qa").is_dir() {
        return Some(root);
    }
    println!("skipped: no third-party material here (set HUTONG_TESTDATA)");
    None
}

/// The texts of a country's vectors, by the name of the vector: `REC_01` of `CY/1.0.0/REC_01.png`.
fn vectors(root: &Path, country: &str) -> BTreeMap<String, Vec<String>> {
    let lines = fs::read_to_string(root.join(format!("dcc-qa/{country}.jsonl"))).expect("vectors");
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in lines.lines() {
        let vector: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let field = |name: &str| vector[name].as_str().unwrap_or_default();
        let name = Path::new(field("file")).file_stem().and_then(|stem| stem.to_str());
        texts.entry(name.unwrap_or_default().into()).or_default().push(field("qr").into());
    }
    texts
}

#[test]
fn every_published_picture_gives_the_text_of_its_vector() {
    let Some(root) = material() else { return };
    let mut read = 0;
    for entry in fs::read_dir(root.join("qr-png")).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "png") {
            continue;
        }
        let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("a name").to_owned();
        let (country, name) = stem.split_once('-').expect("COUNTRY-NAME");
        let texts = common::texts(&fs::read(&path).expect("a file")).expect(&stem);
        assert_eq!(texts.len(), 1, "{stem}");
        let vectors = vectors(&root, country);
        let expected = vectors.get(name).unwrap_or_else(|| panic!("{stem}: no vector"));
        assert!(expected.contains(&texts[0]), "{stem}: another text");
        read += 1;
    }
    assert!(read > 0, "there are pictures");
    println!("{read} pictures read");
}

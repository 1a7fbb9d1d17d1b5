//! FHIR that others made: each row is admitted, or said why not.
//!
//! The files are those of `fhir/` in the folder `HUTONG_TESTDATA` (`../shared/data` beside the
//! project where that is not set): Synthea's sample and HL7's own R4 examples. Where they are
//! absent the test says so and ends.

mod processes;

use processes::{Node, office::Office, text};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    io::Read,
    path::{Path, PathBuf},
};

/// Rows that are refused: file, code, field, reason, how many.
const REJECTED: [(&str, &str, &str, &str, u64); 6] = [
    (
        "Bundle-bundle-request-simplesummary.json",
        "not-supported",
        "Bundle.entry.request.method",
        "a Bundle is only for sending here",
        4,
    ),
    (
        "Bundle-bundle-transaction.json",
        "not-supported",
        "Bundle.entry.request.method",
        "records are never deleted",
        2,
    ),
    (
        "Bundle-bundle-transaction.json",
        "not-supported",
        "Bundle.entry.request.method",
        "a Bundle is only for sending here",
        2,
    ),
    // Three of HL7's Immunizations have the same identifier; the first of them is kept.
    ("Immunization-protocol.json", "conflict", "identifier", SAME_ID, 1),
    ("Immunization-subpotent.json", "conflict", "identifier", SAME_ID, 1),
    // The manifest of the package that the examples come in.
    ("package.json", "required", "resourceType", "the object does not say which resource it is", 1),
];
const SAME_ID: &str = "a record with this id is here already, with other content";

/// What is kept of HL7's examples: file, rows. The animal among the Patients is not a person.
const KEPT: [(&str, u64); 22] = [
    ("Bundle-b248b1b2-1686-4b94-9936-37d7a5f94b51.json", 12),
    ("Bundle-bundle-response-medsallergies.json", 1),
    ("Bundle-bundle-response-simplesummary.json", 1),
    ("Bundle-bundle-transaction.json", 5),
    ("Bundle-xds.json", 1),
    ("Immunization-historical.json", 1),
    ("Immunization-notGiven.json", 1),
    ("Patient-ch-example.json", 1),
    ("Patient-dicom.json", 1),
    ("Patient-example.json", 1),
    ("Patient-f001.json", 1),
    ("Patient-glossy.json", 1),
    ("Patient-ihe-pcd.json", 1),
    ("Patient-infant-mom.json", 1),
    ("Patient-infant-twin-1.json", 1),
    ("Patient-infant-twin-2.json", 1),
    ("Patient-pat1.json", 1),
    ("Patient-pat3.json", 1),
    ("Patient-pat4.json", 1),
    ("Patient-proband.json", 1),
    ("Patient-xcda.json", 1),
    ("Patient-xds.json", 1),
];

/// What became of a file.
struct Imported {
    file: String,
    rows: u64,
    admitted: u64,
    duplicate: u64,
    rejected: u64,
    not_kept: u64,
    reasons: Vec<Value>,
}

fn import(node: &Node, path: &Path) -> Imported {
    let file = path.to_str().expect("UTF-8");
    let output = node.command(["import", "--as", "000000.hospital", "--json", file]);
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{file}: {}", String::from_utf8_lossy(&output.stderr)));
    assert_eq!(report["broken"], serde_json::json!([]), "{file}");
    let count = |name: &str| report["total"][name].as_u64().expect("a number");
    let imported = Imported {
        file: path.file_name().expect("a name").to_string_lossy().into_owned(),
        rows: count("rows"),
        admitted: count("admitted"),
        duplicate: count("duplicate"),
        rejected: count("rejected"),
        not_kept: count("notKept"),
        reasons: report["reasons"].as_array().expect("a list").clone(),
    };
    let exit = if imported.rejected == 0 { 0 } else { 1 };
    assert_eq!(output.status.code(), Some(exit), "{file}");
    imported.holds();
    imported
}

impl Imported {
    fn kept(&self) -> u64 {
        self.admitted + self.duplicate
    }

    /// What must hold of every file: each row became one thing, and each that is not kept says why.
    fn holds(&self) {
        let file = &self.file;
        assert_eq!(self.kept() + self.rejected + self.not_kept, self.rows, "{file}");
        for reason in &self.reasons {
            let said = |name: &str| !text(&reason[name]).is_empty();
            assert!(said("reason") && said("code") && said("first"), "{file}: {reason}");
            if reason["severity"] == "error" {
                assert!(said("field") && said("remedy"), "{file}: {reason}");
            }
        }
        assert!(self.count("error", None) >= self.rejected, "{file}: {:?}", self.reasons);
        let not_kept = self.count("information", Some("not-supported"));
        assert!(not_kept >= self.not_kept, "{file}: {:?}", self.reasons);
    }

    fn count(&self, severity: &str, code: Option<&str>) -> u64 {
        let counted = |reason: &&Value| {
            reason["severity"] == severity && code.is_none_or(|code| reason["code"] == code)
        };
        let number = |reason: &Value| reason["count"].as_u64().expect("a number");
        self.reasons.iter().filter(counted).map(number).sum()
    }

    fn print(&self) {
        println!(
            "{}: {} rows: {} admitted, {} duplicate, {} rejected, {} not kept",
            self.file, self.rows, self.admitted, self.duplicate, self.rejected, self.not_kept
        );
    }
}

/// The resources of a file, read without Hutong.
fn resources(path: &Path) -> Vec<Value> {
    let mut bytes = std::fs::read(path).expect("a file");
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(&*bytes).read_to_end(&mut unpacked).expect("unpacked");
        bytes = unpacked;
    }
    let read = serde_json::Deserializer::from_slice(&bytes).into_iter::<Value>();
    let values: Vec<Value> = read.collect::<Result<_, _>>().expect("JSON");
    if path.extension().is_some_and(|extension| extension == "ndjson") {
        return values;
    }
    values.into_iter().flat_map(unfolded).collect()
}

/// What a Bundle holds, and what the Bundles in it hold.
fn unfolded(value: Value) -> Vec<Value> {
    if value["resourceType"] != "Bundle" {
        return vec![value];
    }
    let entries = value["entry"].as_array().cloned().unwrap_or_default();
    entries.into_iter().flat_map(|mut entry| unfolded(entry["resource"].take())).collect()
}

/// Files of a folder, by name.
fn files(folder: &Path) -> Option<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            println!("SKIPPED: {}: {error}", folder.display());
            return None;
        }
    };
    let is_data = |path: &PathBuf| {
        let name = path.to_string_lossy();
        [".json", ".ndjson", ".json.gz"].iter().any(|end| name.ends_with(end))
    };
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.expect("an entry").path()).filter(is_data).collect();
    files.sort();
    Some(files)
}

fn folder(name: &str) -> PathBuf {
    let usual = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    std::env::var_os("HUTONG_TESTDATA").map_or_else(usual, PathBuf::from).join("fhir").join(name)
}

fn hospital(at: &Path) -> Node {
    let node = Node::root(at);
    Office::admit(&node, "hospital", "hospital");
    node
}

#[test]
fn synthetic_patients() {
    let Some(lines) = files(&folder("")) else { return };
    let scratch = tempfile::tempdir().expect("a folder");
    let node = hospital(scratch.path());
    let bundles = files(&folder("synthea-bundles")).unwrap_or_default();
    let (mut kept_lines, mut rows) = (0, 0);
    for (path, is_first) in
        lines.iter().map(|p| (p, true)).chain(bundles.iter().map(|p| (p, false)))
    {
        let imported = import(&node, path);
        imported.print();
        let all = resources(path);
        assert_eq!(imported.rows, all.len() as u64, "{}", imported.file);
        // None of the Observations is a test for an infectious disease.
        let is_kept =
            |r: &&Value| r["resourceType"] == "Patient" || r["resourceType"] == "Immunization";
        let kept = all.iter().filter(is_kept).count() as u64;
        assert_eq!((imported.kept(), imported.rejected), (kept, 0), "{}", imported.file);
        // The Bundles are of the same patients as the lines.
        let new = if is_first { imported.kept() } else { 0 };
        assert_eq!(imported.admitted, new, "{}", imported.file);
        kept_lines += new;
        rows += imported.rows;
    }
    println!("{rows} rows, {kept_lines} kept");
    assert_eq!((rows, kept_lines), (21_965, 8_004));
    // Again: everything is there, and the same is refused and left out.
    for path in lines.iter().filter(|path| path.to_string_lossy().contains("Immunization")) {
        let again = import(&node, path);
        assert_eq!((again.admitted, again.duplicate), (0, again.rows), "{}", again.file);
    }
}

#[test]
fn examples_of_the_standard() {
    let Some(paths) = files(&folder("hl7-r4-examples")) else { return };
    let scratch = tempfile::tempdir().expect("a folder");
    let node = hospital(scratch.path());
    let (mut kept, mut rejected, mut rows) = (BTreeMap::new(), Vec::new(), 0);
    for path in &paths {
        let imported = import(&node, path);
        assert_eq!(imported.rows, resources(path).len() as u64, "{}", imported.file);
        rows += imported.rows;
        if imported.kept() > 0 {
            kept.insert(imported.file.clone(), imported.kept());
        }
        if imported.rejected > 0 {
            imported.print();
        }
        for reason in imported.reasons.iter().filter(|reason| reason["severity"] == "error") {
            let field = |name: &str| text(&reason[name]);
            let count = reason["count"].as_u64().expect("a number");
            let file = imported.file.clone();
            rejected.push((file, field("code"), field("field"), field("reason"), count));
        }
    }
    println!("{} files, {rows} rows", paths.len());
    let mut expected: Vec<_> = REJECTED
        .iter()
        .map(|(file, code, field, reason, count)| {
            let [file, code, field, reason] = [file, code, field, reason].map(|s| s.to_string());
            (file, code, field, reason, *count)
        })
        .collect();
    rejected.sort();
    expected.sort();
    assert_eq!(rejected, expected);
    let expected: BTreeMap<String, u64> =
        KEPT.iter().map(|(file, rows)| ((*file).to_owned(), *rows)).collect();
    assert_eq!(kept, expected);
    for name in ["hl7-definitions", "hl7-search-parameters"] {
        for path in files(&folder(name)).unwrap_or_default() {
            let imported = import(&node, &path);
            assert_eq!(imported.not_kept, resources(&path).len() as u64, "{}", imported.file);
        }
    }
}

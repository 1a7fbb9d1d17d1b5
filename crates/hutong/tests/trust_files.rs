//! Trust files: added at the root, they count at every node below; examined before, removed after.

mod common;
#[path = "common/tree.rs"]
mod tree;

use common::{Place, Running, hutong, said, text, well};
use serde_json::Value;
use std::{path::Path, time::Duration};

const CERTIFICATE: &str = include_str!("files/dose-xa.hc1");
const SIGNER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/files/signer-xa.pem");

/// What a node answers a clinic about the certificate.
fn recognised(node: &Running, key: &Path) -> Value {
    let mut command = hutong();
    command.args(["recognise", "--json", "--server", &node.url()]);
    command.args(["--client-id", "330000.clinic-1", "--key", &text(key)]).arg(CERTIFICATE.trim());
    serde_json::from_str(&well(&command.output().expect("the executable starts"))).expect("JSON")
}

fn wait_for(node: &Running, key: &Path, wanted: &str) -> Value {
    for _ in 0..200 {
        let answer = recognised(node, key);
        if answer["result"] == wanted {
            return answer;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("never {wanted}: {}", recognised(node, key));
}

#[test]
fn a_signer_added_at_the_root_counts_below() {
    let (root, child) = tree::tree(|_| {});
    let key = child.admit("330000.clinic-1", "clinic");
    let (above, below) = (root.serve(), child.serve());
    let before = recognised(&below, &key);
    assert_eq!((&before["format"], &before["result"]), (&"eu-dcc".into(), &"unverified".into()));
    assert_eq!(before["reasons"][0]["step"], "key");

    let told = well(&root.run(&["trust", "import", SIGNER, "--name", "xa.pem"]));
    assert!(told.contains("xa.pem"), "{told}");
    let answer = wait_for(&below, &key, "valid");
    assert_eq!((&answer["issuer"], &answer["authentic"]), (&"XA".into(), &true.into()));
    assert_eq!(answer["records"][0]["type"], "vaccination");
    let files = well(&child.run(&["trust", "files", "--json"]));
    let file: Value = serde_json::from_str(&files).expect("one line of JSON");
    assert_eq!((&file["region"], &file["name"]), (&"000000".into(), &"xa.pem".into()));

    // It is kept: a node that starts again without the one above still trusts it.
    assert_eq!((above.stop(), below.stop()), (0, 0));
    let below = child.serve();
    assert_eq!(recognised(&below, &key)["result"], "valid");
    // Removed above, it counts no longer when the node above is there again.
    let above = root.serve();
    well(&root.run(&["trust", "remove", "xa.pem"]));
    wait_for(&below, &key, "unverified");
    assert_eq!((above.stop(), below.stop()), (0, 0));
}

#[test]
fn keys_are_examined() {
    let root = Place::root();
    let examined = |arguments: &[&str]| {
        let (code, stdout, stderr) = said(&root.run(&[&["trust", "import"], arguments].concat()));
        let lines = stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        (code, lines.collect::<Vec<_>>(), stderr)
    };
    let found = |key: &Value, name: &str| {
        let checks = key["checks"].as_array().expect("checks");
        let check = checks.iter().find(|check| check["name"] == name).expect(name);
        check["found"].as_str().expect("a word").to_owned()
    };
    let (code, keys, _) = examined(&[SIGNER, "--dry-run", "--json"]);
    assert_eq!((code, keys.len()), (0, 1));
    for (name, expected) in [
        ("algorithm", "passed"),
        ("size", "passed"),
        ("usage", "passed"),
        ("validity", "passed"),
        ("country", "passed"),
        ("duplicates", "passed"),
    ] {
        assert_eq!(found(&keys[0], name), expected, "{name}: {}", keys[0]);
    }
    assert_eq!(well(&root.run(&["trust", "files", "--json"])), "");

    assert_eq!(examined(&[SIGNER]).0, 0);
    let (_, keys, _) = examined(&[SIGNER, "--dry-run", "--json"]);
    assert_eq!(found(&keys[0], "duplicates"), "warned");
    // A key of another country than its list says.
    let base64: String = std::fs::read_to_string(SIGNER)
        .expect("the file")
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    let entry = serde_json::json!([{ "country": "FR", "certificateType": "DSC",
        "kid": "AAAAAAAAAAA=", "rawData": base64 }]);
    let list = text(&root.write("list.json", entry.to_string()));
    let (code, keys, _) = examined(&[&list, "--strict", "--json"]);
    assert_eq!((code, found(&keys[0], "country").as_str()), (1, "failed"));
    let files = well(&root.run(&["trust", "files", "--json"]));
    assert!(!files.contains("list.json"), "{files}");
    // What is none of these is refused, and says so.
    let nothing = text(&root.write("nothing.txt", "nothing"));
    let (code, _, stderr) = examined(&[&nothing]);
    assert!(code != 0 && stderr.contains("trust file"), "{code} {stderr}");
}

//! Backups: made while the node works, put in the place of a lost store, and what the nodes around
//! do then.

mod common;

#[path = "common/tree.rs"]
mod tree;

use common::{Place, said, text, well};
use serde_json::Value;
use std::path::Path;
use tree::{import, status, tree, wait_agreed};

/// What happens to a disk.
fn lose_store(place: &Place) {
    for file in std::fs::read_dir(place.path("data")).expect("the data").flatten() {
        if file.file_name().to_string_lossy().starts_with("hutong.") {
            std::fs::remove_file(file.path()).expect("gone");
        }
    }
}

#[test]
fn a_lost_store_is_restored_and_the_tree_mends_itself() {
    let (root, child) = tree(|_| ());
    let (above, below) = (root.serve(), child.serve());
    child.admit("330000.clinic-1", "clinic");
    import(&child, 0..3);
    wait_agreed(&child, 3);
    for place in [&root, &child] {
        let copied = well(&place.run(&["backup", &text(&place.path("copy")), "--json"]));
        let copied: Value = serde_json::from_str(&copied).expect("JSON");
        assert_eq!(copied["files"].as_array().map(Vec::len), Some(2), "{copied}");
    }
    import(&child, 3..40);
    wait_agreed(&child, 40);

    // The parent loses what came after the copy; the child sends it again by itself.
    assert_eq!(above.stop(), 0);
    lose_store(&root);
    let restored = well(&root.run(&["restore", &text(&root.path("copy")), "--json"]));
    let restored: Value = serde_json::from_str(&restored).expect("JSON");
    assert_eq!(restored["persons"], 1, "{restored}");
    let above = root.serve();
    import(&child, 40..41);
    wait_agreed(&child, 41);

    // The child loses what came after the copy. What the parent had of it stays there, and what the
    // child admits from now on still arrives.
    let entries = |place: &Place| status(place)["entries"].as_u64().expect("a number");
    let before = entries(&root);
    assert_eq!(below.stop(), 0);
    lose_store(&child);
    well(&child.run(&["restore", &text(&child.path("copy"))]));
    let below = child.serve();
    import(&child, 50..53);
    let mut tries = 0;
    while entries(&root) < before + 3 {
        tries += 1;
        assert!(tries < 200, "{} of {}", entries(&root), before + 3);
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert_eq!(entries(&root), before + 3);
    let rows = said(&child.run(&["reconcile", "--json"])).1;
    assert!(rows.contains("\"onlyAbove\":38"), "{rows}");
    assert_eq!((above.stop(), below.stop()), (0, 0));
}

#[test]
fn what_cannot_be_restored_leaves_nothing_behind() {
    let place = Place::init(&["--region", "330000", "--name", "east"]);
    let copy = text(&place.path("copy"));
    well(&place.run(&["backup", &copy]));
    let restore = |at: &Place, from: &str| said(&at.run(&["restore", from]));
    let refused = |(code, _, stderr): (i32, String, String), expected: i32, why: &str| {
        assert_eq!(code, expected, "{stderr}");
        assert!(stderr.contains(why), "{stderr}");
    };
    let holds_store = |at: &Place| at.path("data/hutong.sqlite").exists();

    refused(said(&place.run(&["backup", &copy])), 3, "File exists");
    refused(restore(&place, &copy), 3, "a store is there already");
    lose_store(&place);
    refused(restore(&place, &text(&place.path("nowhere"))), 3, "backup.json");

    let south = Place::init(&["--region", "440000", "--name", "south"]);
    lose_store(&south);
    refused(restore(&south, &copy), 1, "a backup of 330000, and this is 440000");

    let twin = Place::init(&["--region", "330000", "--name", "twin"]);
    lose_store(&twin);
    refused(restore(&twin, &copy), 3, "wrong key");
    assert!(!holds_store(&twin));

    let file = Path::new(&copy).join("hutong.sqlite");
    let mut bytes = std::fs::read(&file).expect("the copy");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&file, &bytes).expect("altered");
    refused(restore(&place, &copy), 1, "not as it was when the backup was made");
    assert!(!holds_store(&place));

    bytes[last] ^= 1;
    std::fs::write(&file, &bytes).expect("mended");
    well(&place.run(&["restore", &copy]));
    assert_eq!(place.serve().stop(), 0);
}

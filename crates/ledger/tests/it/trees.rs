//! Trees and their tiles.

use crate::common::*;
use hutong_ledger::*;
use proptest::prelude::*;

fn plain_bytes(numbers: std::ops::Range<u64>) -> Vec<Vec<u8>> {
    numbers.map(|n| format!("entry {n}").into_bytes()).collect()
}

#[test]
fn the_empty_tree_has_the_root_of_nothing() {
    assert_eq!(Edge::new().root(), EMPTY_ROOT);
    assert_eq!(EMPTY_ROOT.as_bytes(), &naive_root(&[]));
    assert_eq!(EMPTY_ROOT.to_string(), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

#[test]
fn roots_of_all_sizes_are_those_of_the_definition() {
    let leaves = plain_bytes(0..600);
    let mut edge = Edge::new();
    for size in 1..=600 {
        let batch = edge.append_bytes(&[&leaves[size - 1]]).unwrap();
        assert_eq!(batch.root.as_bytes(), &naive_root(&leaves[..size]), "size {size}");
    }
}

#[test]
fn the_known_tree_of_eight_leaves() {
    // The test vectors of Certificate Transparency's first implementation.
    let leaves: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];
    let mut edge = Edge::new();
    let root = edge.append_bytes(&leaves).unwrap().root;
    let known = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328";
    assert_eq!(hex::encode(root.as_bytes()), known);
}

#[test]
fn a_tree_of_70_000_has_the_tiles_of_the_specification() {
    let mut edge = Edge::new();
    let batch = edge.append(plain(0..70_000).iter().map(|e| (e.bytes(), e.hash()))).unwrap();
    let count = |level: Option<u8>, width: u16| {
        let is = |tile: &&Tile| (tile.id.level(), tile.id.width()) == (level, width);
        batch.tiles.iter().filter(is).count()
    };
    assert_eq!((count(Some(0), 256), count(Some(0), 112)), (273, 1));
    assert_eq!((count(Some(1), 256), count(Some(1), 17)), (1, 1));
    assert_eq!((count(Some(2), 1), count(None, 256), count(None, 112)), (1, 273, 1));
    assert_eq!(batch.tiles.len(), 273 + 1 + 1 + 1 + 1 + 273 + 1);
    let full = |tile: &&Tile| !tile.id.is_partial() && tile.id.level().is_some();
    assert!(batch.tiles.iter().filter(full).all(|tile| tile.bytes.len() == 8192));
}

#[test]
fn a_tree_of_256_has_one_full_tile_and_one_above() {
    let mut edge = Edge::new();
    let batch = edge.append(plain(0..256).iter().map(|e| (e.bytes(), e.hash()))).unwrap();
    let mut paths: Vec<String> = batch.tiles.iter().map(|tile| tile.id.path()).collect();
    paths.sort();
    assert_eq!(paths, ["tile/0/000", "tile/1/000.p/1", "tile/entries/000"]);
}

#[test]
fn paths_are_those_of_the_specification() {
    let path = |index, width| TileId::hashes(3, index, width).unwrap().path();
    assert_eq!(path(1_234_067, 256), "tile/3/x001/x234/067");
    assert_eq!(path(0, 256), "tile/3/000");
    assert_eq!(path(999, 5), "tile/3/999.p/5");
    assert_eq!(path(1000, 255), "tile/3/x001/000.p/255");
    assert_eq!(TileId::entries(1_234_067, 8).unwrap().path(), "tile/entries/x001/x234/067.p/8");
    assert_eq!(TileId::hashes(0, 0, 0), None);
    assert_eq!(TileId::hashes(64, 0, 1), None);
    for wrong in [
        "",
        "tile",
        "tile/",
        "tile/0/",
        "tile/0/0",
        "tile/0/00",
        "tile/0/x000/000",
        "tile/0/x001",
        "tile/64/000",
        "tile/00/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/+0/000",
        "tile/0/+01",
        "tile/0/001/000",
        "tile/0/000.p",
        "/tile/0/000",
        "tile/0/000/",
        "tile/data/000",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
        "tile/0/../000",
    ] {
        assert!(TileId::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn an_entry_that_no_bundle_can_hold_is_refused_and_changes_nothing() {
    let mut edge = Edge::new();
    edge.append_bytes(&[b"one"]).unwrap();
    let before = edge.clone();
    let long = vec![0; 65_536];
    let refused = edge.append_bytes(&[b"two", &long]);
    assert!(matches!(refused, Err(LedgerError::Large { .. })));
    assert_eq!(edge, before);
    assert!(edge.append_bytes(&[&long[1..]]).is_ok());
}

proptest! {
    #[test]
    fn paths_are_read_as_they_are_written(
        level in proptest::option::of(0_u8..64), index: u64, width in 1_u16..=256,
    ) {
        let id = match level {
            Some(level) => TileId::hashes(level, index, width).unwrap(),
            None => TileId::entries(index, width).unwrap(),
        };
        prop_assert_eq!(TileId::parse(&id.path()), Ok(id));
    }

    #[test]
    fn any_path_is_read_or_refused(path in "(tile/)?(entries/|[0-9]{1,3}/)?[x0-9/.p]{0,30}") {
        if let Ok(id) = TileId::parse(&path) {
            prop_assert_eq!(id.path(), path);
        }
    }

    /// However the leaves are batched, the tree is the same.
    #[test]
    fn batches_do_not_matter(steps in proptest::collection::vec(1_u64..400, 1..8)) {
        let mut edge = Edge::new();
        let mut size = 0;
        for step in steps {
            let batch = plain(size..size + step);
            size += step;
            edge.append(batch.iter().map(|e| (e.bytes(), e.hash()))).unwrap();
        }
        let mut at_once = Edge::new();
        let all = plain(0..size);
        at_once.append(all.iter().map(|e| (e.bytes(), e.hash()))).unwrap();
        prop_assert_eq!(&edge, &at_once);
        let root = edge.root();
        prop_assert_eq!(root.as_bytes(), &naive_root(&plain_bytes(0..size)));
    }
}

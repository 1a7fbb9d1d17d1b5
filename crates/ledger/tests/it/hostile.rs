//! Servers that give other tiles than those that were signed.

use crate::common::*;
use hutong_ledger::witness::AddCheckpoint;
use hutong_ledger::*;
use proptest::prelude::*;

/// A log with tiles of three levels, of which every file matters to an audit.
fn log(leaves: u64) -> Memory {
    let tiles = Memory::new();
    let mut writer = Writer::begin(&tiles, signer()).unwrap();
    writer.append(&entries(0..leaves)).unwrap();
    tiles
}

#[test]
fn a_missing_tile_is_named() {
    for id in log(300).tile_ids() {
        let tiles = log(300);
        tiles.set_tile(id, None);
        assert_eq!(audit(&tiles, &policy(), None), Err(LedgerError::Missing(id)));
    }
}

#[test]
fn tiles_in_each_others_place_are_refused() {
    let tiles = log(600);
    let swapped = |a: &str, b: &str| {
        let (a, b) = (TileId::parse(a).unwrap(), TileId::parse(b).unwrap());
        let other = log(600);
        other.set_tile(a, tiles.read(&b).unwrap());
        audit(&other, &policy(), None).unwrap_err()
    };
    let wrong = |path, reason| LedgerError::Wrong { tile: TileId::parse(path).unwrap(), reason };
    let refused = swapped("tile/0/000", "tile/0/001");
    assert_eq!(refused, wrong("tile/0/000", "not the tile that was signed"));
    let refused = swapped("tile/entries/001", "tile/entries/000");
    assert_eq!(refused, wrong("tile/entries/001", "not the entries that were signed"));
    let refused = swapped("tile/0/002.p/88", "tile/0/000");
    assert_eq!(refused, wrong("tile/0/002.p/88", "not 32 bytes for each hash"));
    let refused = swapped("tile/1/000.p/2", "tile/0/000");
    assert_eq!(refused, wrong("tile/1/000.p/2", "not 32 bytes for each hash"));
}

#[test]
fn a_checkpoint_of_another_tree_is_refused() {
    let (tiles, other) = (log(300), log(299));
    tiles.set_checkpoint(other.read_checkpoint().unwrap());
    let refused = audit(&tiles, &policy(), None);
    assert!(refused.is_err(), "{refused:?}");
    // Signed, of a tree that does not exist.
    let false_root = Checkpoint::new(&origin(), 300, leaf_hash(b"x"));
    let signed = SignedCheckpoint::sign(false_root, &signer()).unwrap();
    tiles.set_checkpoint(Some(signed.as_bytes().to_vec()));
    assert_eq!(audit(&tiles, &policy(), None), Err(LedgerError::Root { size: 300 }));
    let far = Checkpoint::new(&origin(), u64::MAX, leaf_hash(b"x"));
    let signed = SignedCheckpoint::sign(far, &signer()).unwrap();
    tiles.set_checkpoint(Some(signed.as_bytes().to_vec()));
    assert!(matches!(audit(&tiles, &policy(), None), Err(LedgerError::Missing(_))));
}

#[test]
fn a_writer_does_not_go_on_over_wrong_tiles() {
    let tiles = log(300);
    let edge = TileId::parse("tile/entries/001.p/44").unwrap();
    let right = tiles.read(&edge).unwrap();
    tiles.set_tile(edge, Some(b"\x00\x01x".repeat(44)));
    let refused = Writer::open(&tiles, signer(), &[]).err();
    assert!(matches!(refused, Some(LedgerError::Wrong { tile, .. }) if tile == edge));
    tiles.set_tile(edge, right);
    assert!(Writer::open(&tiles, signer(), &[]).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// One bit of one file: the audit says which file, or that the edge does not give the root.
    #[test]
    fn any_changed_file_is_found(which: prop::sample::Index, place: usize, bit in 0_u8..8) {
        let tiles = log(600);
        let id = *which.get(&tiles.tile_ids());
        let mut bytes = tiles.read(&id).unwrap().unwrap();
        let place = place % bytes.len();
        bytes[place] ^= 1 << bit;
        tiles.set_tile(id, Some(bytes));
        match audit(&tiles, &policy(), None) {
            Err(LedgerError::Wrong { tile, .. }) => prop_assert_eq!(tile, id),
            Err(LedgerError::Root { size: 600 }) => {
                prop_assert!(id.is_partial() && id.level().is_some());
            }
            other => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn files_of_any_content_are_refused_and_never_panic(
        which: prop::sample::Index, bytes in proptest::collection::vec(any::<u8>(), 0..600),
    ) {
        let tiles = log(300);
        let id = *which.get(&tiles.tile_ids());
        tiles.set_tile(id, Some(bytes));
        prop_assert!(audit(&tiles, &policy(), None).is_err());
        let tiles = log(3);
        let id = *which.get(&tiles.tile_ids());
        tiles.set_tile(id, Some(vec![0; 32 * 3]));
        prop_assert!(audit(&tiles, &policy(), None).is_err());
    }
}

/// The edge of a tree of any size, and nothing below it that holds.
struct Nines;
impl TileReader for Nines {
    fn read(&self, id: &TileId) -> Result<Option<Vec<u8>>, LedgerError> {
        Ok(Some(vec![9; 32 * usize::from(id.width())]))
    }
    fn read_checkpoint(&self) -> Result<Option<Vec<u8>>, LedgerError> {
        Ok(None)
    }
}

/// The root that the edge of nines gives: each complete subtree of it has one hash a height.
fn root_of_nines(size: u64) -> Hash {
    let mut right: Option<Hash> = None;
    let mut subtree = Hash::from_bytes([9; 32]);
    for height in 0..64 {
        if height % 8 == 0 {
            subtree = Hash::from_bytes([9; 32]);
        }
        if size >> height & 1 == 1 {
            right = Some(right.map_or(subtree, |right| node_hash(&subtree, &right)));
        }
        subtree = node_hash(&subtree, &subtree);
    }
    right.unwrap_or(EMPTY_ROOT)
}

#[test]
fn a_log_that_claims_more_leaves_than_there_can_be_is_answered() {
    for size in [1 << 62, (1 << 63) - 1, 1 << 63, (1 << 63) + 1, u64::MAX - 1, u64::MAX] {
        let root = root_of_nines(size);
        let checkpoint = SignedCheckpoint::sign(Checkpoint::new(&origin(), size, root), &signer());
        let checkpoint = checkpoint.unwrap();
        let view = View::open(Nines, size, root).unwrap();
        assert_eq!(view.root_at(size).unwrap(), root);
        for index in [0, 1, size / 2, size - 1, size, u64::MAX] {
            let _ = Proof::make(&view, &checkpoint, index);
            let _ = AddCheckpoint::make(&view, index, &checkpoint);
            let _ = (view.leaf_hash(index), view.root_at(index), view.entry(index));
            for end in [size, u64::MAX] {
                let _ = inclusion_at(&view, index, end);
                let _ = consistency_between(&view, index, end);
            }
        }
    }
    let small = view(grown(&[5]));
    assert!(matches!(inclusion_at(&small, 0, u64::MAX), Err(LedgerError::Beyond { .. })));
}

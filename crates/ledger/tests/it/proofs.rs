//! Proofs made from tiles, and their checks.

use crate::common::*;
use hutong_ledger::*;
use proptest::prelude::*;

#[test]
fn every_leaf_is_provable_in_every_tree_and_every_tree_continues_the_earlier_ones() {
    // 1 to 20 thoroughly, then around the edges of tiles.
    let mut sizes: Vec<u64> = (1..=20).collect();
    sizes.extend([255, 256, 257, 511, 512, 513, 600]);
    let tiles = grown(&sizes);
    let whole = view(&tiles);
    for size in &sizes {
        let root = whole.root_at(*size).unwrap();
        let tree = View::open(&tiles, *size, root).unwrap();
        for index in (0..*size).filter(|index| *size < 30 || index % 37 == 0 || index + 2 > *size) {
            let leaf = plain([index])[0].hash();
            assert_eq!(tree.leaf_hash(index).unwrap(), leaf);
            let proof = inclusion(&tree, index).unwrap();
            verify_inclusion(index, *size, &leaf, &proof, &root).unwrap();
        }
        for old in (0..=*size).filter(|old| *size < 30 || old % 37 == 0 || old + 2 > *size) {
            let old_root = whole.root_at(old).unwrap();
            let proof = consistency(&tree, old).unwrap();
            verify_consistency((old, &old_root), (*size, &root), &proof).unwrap();
        }
    }
}

#[test]
fn what_lies_beyond_the_tree_is_refused() {
    let tiles = grown(&[10]);
    let tree = view(&tiles);
    assert_eq!(inclusion(&tree, 10), Err(LedgerError::Beyond { index: 10, size: 10 }));
    assert_eq!(inclusion(&tree, u64::MAX), Err(LedgerError::Beyond { index: u64::MAX, size: 10 }));
    assert!(tree.leaf_hash(u64::MAX).is_err());
    assert!(tree.entry(10).is_err());
    assert_eq!(consistency(&tree, 11), Err(LedgerError::Shrunk { old: 11, new: 10 }));
    assert!(tree.root_at(11).is_err());
    let never = LedgerError::Beyond { index: 11, size: 10 };
    assert_eq!(consistency_between(&tree, 3, 12), Err(never));
    assert!(inclusion_at(&tree, 11, 12).is_err());
    assert_eq!(inclusion_at(&tree, 5, 5), Err(LedgerError::Beyond { index: 5, size: 5 }));
    let root = tree.root();
    let refused = verify_inclusion(10, 10, &root, &[], &root);
    assert_eq!(refused, Err(LedgerError::Beyond { index: 10, size: 10 }));
    assert!(verify_inclusion(0, 0, &root, &[], &root).is_err());
}

#[test]
fn consistency_at_the_ends() {
    let tiles = grown(&[10]);
    let root = view(&tiles).root();
    let other = leaf_hash(b"other");
    assert!(verify_consistency((0, &EMPTY_ROOT), (10, &root), &[]).is_ok());
    assert!(verify_consistency((0, &other), (10, &root), &[]).is_err());
    assert!(verify_consistency((0, &EMPTY_ROOT), (10, &root), &[other]).is_err());
    assert!(verify_consistency((10, &root), (10, &root), &[]).is_ok());
    assert!(verify_consistency((10, &root), (10, &other), &[]).is_err());
    assert!(verify_consistency((10, &root), (10, &root), &[other]).is_err());
    assert!(verify_consistency((0, &EMPTY_ROOT), (0, &other), &[]).is_err());
    let refused = verify_consistency((10, &root), (9, &root), &[]);
    assert_eq!(refused, Err(LedgerError::Shrunk { old: 10, new: 9 }));
}

/// Any one change to what is proved, or to the proof.
#[derive(Debug, Clone)]
enum Change {
    Bit(usize, u8),
    Drop(usize),
    Repeat(usize),
    Add([u8; 32]),
    Swap(usize),
}

fn changes() -> impl Strategy<Value = Change> {
    prop_oneof![
        (any::<usize>(), any::<u8>()).prop_map(|(at, bit)| Change::Bit(at, bit)),
        any::<usize>().prop_map(Change::Drop),
        any::<usize>().prop_map(Change::Repeat),
        any::<[u8; 32]>().prop_map(Change::Add),
        any::<usize>().prop_map(Change::Swap),
    ]
}

fn changed(proof: &[Hash], change: &Change) -> Vec<Hash> {
    let mut proof = proof.to_vec();
    let len = proof.len();
    match *change {
        Change::Add(bytes) => proof.push(Hash::from_bytes(bytes)),
        _ if len == 0 => {}
        Change::Bit(at, bit) => {
            let mut bytes = *proof[at % len].as_bytes();
            bytes[usize::from(bit) / 8] ^= 1 << (bit % 8);
            proof[at % len] = Hash::from_bytes(bytes);
        }
        Change::Drop(at) => drop(proof.remove(at % len)),
        Change::Repeat(at) => proof.insert(at % len, proof[at % len]),
        Change::Swap(at) => proof.swap(at % len, (at % len + 1) % len),
    }
    proof
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_two_sizes_are_consistent(
        mut sizes in proptest::collection::btree_set(1_u64..3000, 2..6),
        old in 0_u64..3000, index: u64,
    ) {
        let all: Vec<u64> = std::mem::take(&mut sizes).into_iter().collect();
        let tiles = grown(&all);
        let size = *all.last().unwrap();
        let tree = view(&tiles);
        let (old, index) = (old % (size + 1), index % size);
        let proof = consistency(&tree, old).unwrap();
        let old_root = tree.root_at(old).unwrap();
        prop_assert!(verify_consistency((old, &old_root), (size, &tree.root()), &proof).is_ok());
        let proof = inclusion(&tree, index).unwrap();
        let leaf = plain([index])[0].hash();
        prop_assert!(verify_inclusion(index, size, &leaf, &proof, &tree.root()).is_ok());
        // Of any earlier checkpoint too, from the tiles as they are now.
        let earlier = all[0];
        let (at, middle) = (index % earlier, old.max(earlier));
        let proof = inclusion_at(&tree, at, middle).unwrap();
        let (leaf, root) = (plain([at])[0].hash(), tree.root_at(middle).unwrap());
        prop_assert!(verify_inclusion(at, middle, &leaf, &proof, &root).is_ok());
        let tree = View::open(&tiles, earlier, tree.root_at(earlier).unwrap()).unwrap();
        let index = index % earlier;
        let proof = inclusion(&tree, index).unwrap();
        let leaf = plain([index])[0].hash();
        prop_assert!(verify_inclusion(index, earlier, &leaf, &proof, &tree.root()).is_ok());
    }

    #[test]
    fn a_changed_proof_is_refused(
        size in 1_u64..700, index: u64, old: u64, change in changes(), other: u64,
    ) {
        let tiles = grown(&[size]);
        let tree = view(&tiles);
        let (index, old, root) = (index % size, old % (size + 1), tree.root());
        let proof = inclusion(&tree, index).unwrap();
        let leaf = plain([index])[0].hash();
        let bad = changed(&proof, &change);
        if bad != proof {
            prop_assert!(verify_inclusion(index, size, &leaf, &bad, &root).is_err());
        }
        let elsewhere = other % size;
        if elsewhere != index {
            prop_assert!(verify_inclusion(elsewhere, size, &leaf, &proof, &root).is_err());
        }
        prop_assert!(verify_inclusion(index, size, &root, &proof, &root).is_err() || size == 1);
        let proof = consistency(&tree, old).unwrap();
        let old_root = tree.root_at(old).unwrap();
        let bad = changed(&proof, &change);
        if bad != proof {
            let refused = verify_consistency((old, &old_root), (size, &root), &bad);
            prop_assert!(refused.is_err());
        }
        let forged = leaf_hash(b"forged");
        prop_assert!(verify_consistency((old, &forged), (size, &root), &proof).is_err());
        if old > 0 {
            prop_assert!(verify_consistency((old, &old_root), (size, &forged), &proof).is_err());
        }
    }

    #[test]
    fn proofs_of_any_shape_never_panic(
        index: u64, size: u64, old: u64, hashes in proptest::collection::vec(any::<[u8; 32]>(), 0..70),
    ) {
        let hashes: Vec<Hash> = hashes.into_iter().map(Hash::from_bytes).collect();
        let root = leaf_hash(b"root");
        prop_assert!(verify_inclusion(index, size, &root, &hashes, &EMPTY_ROOT).is_err());
        let _ = verify_consistency((old, &root), (size, &EMPTY_ROOT), &hashes);
    }
}

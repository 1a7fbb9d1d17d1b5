//! Ours against the libraries that logs of this form are read with elsewhere.

use crate::common::*;
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use hutong_ledger::*;
use sha2::Sha256;
use signed_note::{StandardVerifier, VerifierList};
use tlog_tiles::{TileHashReader, TileReader as TheirReader};

fn theirs(hash: Hash) -> tlog_tiles::Hash {
    tlog_tiles::Hash(*hash.as_bytes())
}
fn ours(hash: &tlog_tiles::Hash) -> Hash {
    Hash::from_bytes(hash.0)
}

/// Their client, reading our tiles by the paths that it makes itself.
struct Client<'t>(&'t Memory);

impl TheirReader for Client<'_> {
    fn height(&self) -> u8 {
        8
    }
    fn read_tiles(&self, tiles: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let read = |tile: &tlog_tiles::Tile| {
            // Their paths name the height of a tile first, as in Go's checksum database.
            let path = tile.path().replacen("tile/8/", "tile/", 1);
            let id = TileId::parse(&path).map_err(|_| tlog_tiles::Error::InvalidTile)?;
            assert_eq!(id.level(), Some(tile.level()));
            let bytes = self.0.read(&id).unwrap();
            bytes.ok_or(tlog_tiles::Error::InvalidTile)
        };
        tiles.iter().map(read).collect()
    }
    fn save_tiles(&self, _: &[tlog_tiles::Tile], _: &[Vec<u8>]) {}
}

#[test]
fn their_client_makes_and_accepts_the_same_proofs() {
    for size in [1, 2, 5, 255, 256, 257, 1000, 66_000] {
        let tiles = grown(&[size]);
        let tree = view(&tiles);
        let root = theirs(tree.root());
        let client = Client(&tiles);
        let reader = TileHashReader::new(size, root, &client);
        for index in [0, 1, 3, 254, 255, 256, 700, 65_535, 65_999] {
            if index >= size {
                continue;
            }
            let proof = inclusion(&tree, index).unwrap();
            let leaf = theirs(plain([index])[0].hash());
            let given: Vec<_> = proof.iter().copied().map(theirs).collect();
            tlog_tiles::check_record(&given, size, root, index, leaf).unwrap();
            let made = tlog_tiles::prove_record(size, index, &reader).unwrap();
            assert_eq!(made.iter().map(ours).collect::<Vec<_>>(), proof);

            let old = index + 1;
            let proof = consistency(&tree, old).unwrap();
            let old_root = theirs(tree.root_at(old).unwrap());
            let given: Vec<_> = proof.iter().copied().map(theirs).collect();
            tlog_tiles::check_tree(&given, size, root, old, old_root).unwrap();
            let made = tlog_tiles::prove_tree(size, old, &reader).unwrap();
            assert_eq!(made.iter().map(ours).collect::<Vec<_>>(), proof);
        }
    }
}

#[test]
fn ct_merkle_gives_the_same_roots_and_proofs() {
    let mut tree: MemoryBackedTree<Sha256, Vec<u8>> = MemoryBackedTree::new();
    let tiles = grown(&[700]);
    let mine = view(&tiles);
    for size in 1..=700_u64 {
        tree.push(format!("entry {}", size - 1).into_bytes());
        let root = mine.root_at(size).unwrap();
        assert_eq!(tree.root().as_bytes().as_slice(), root.as_bytes());
        if size % 50 != 7 {
            continue;
        }
        let flat = |proof: Vec<Hash>| -> Vec<u8> {
            proof.iter().flat_map(|hash| *hash.as_bytes()).collect()
        };
        for index in (0..size).step_by(13) {
            let proof = tree.prove_inclusion(index as usize);
            assert_eq!(proof.as_bytes(), flat(inclusion_at(&mine, index, size).unwrap()));
            let proof = tree.prove_consistency((size - index - 1) as usize);
            assert_eq!(
                proof.as_bytes(),
                flat(consistency_between(&mine, index + 1, size).unwrap())
            );
        }
    }
}

#[test]
fn their_notes_read_our_checkpoints_and_ours_theirs() {
    let tiles = grown(&[300]);
    let signed = newest(&tiles);
    let key = StandardVerifier::new(&signer().key().to_string()).unwrap();
    let note = signed_note::Note::from_bytes(signed.as_bytes()).unwrap();
    let known = VerifierList::new(vec![Box::new(key)]);
    assert_eq!(note.verify(&known).unwrap().0.len(), 1);
    let theirs = tlog_tiles::Checkpoint::from_bytes(note.text()).unwrap();
    assert_eq!((theirs.origin(), theirs.size()), (ORIGIN, 300));
    assert_eq!(ours(theirs.hash()), signed.checkpoint().root());
    assert_eq!(theirs.to_bytes(), signed.checkpoint().to_string().as_bytes());
    assert_eq!(Note::parse(&note.to_bytes()).unwrap(), *signed.note());

    // With the signature of a witness whom they do not know.
    let line = witness_signer(1).cosign(signed.note().text(), 1_760_000_000).unwrap();
    let signed = signed.with_signature(line);
    let note = signed_note::Note::from_bytes(signed.as_bytes()).unwrap();
    let (known, unknown) = note.verify(&known).unwrap();
    assert_eq!((known.len(), unknown.len()), (1, 1));
}

//! Appending, by one writer and by two.

use crate::common::*;
use hutong_ledger::*;
use hutong_model::Timestamp;

fn size<T: Tiles>(writer: &Writer<T>) -> u64 {
    writer.checkpoint().checkpoint().size()
}

#[test]
fn a_log_is_begun_once() {
    let tiles = Memory::new();
    let missing = Writer::open(&tiles, signer(), &[]).err();
    assert_eq!(missing, Some(LedgerError::NoLog));
    let writer = Writer::begin(&tiles, signer()).unwrap();
    assert_eq!((size(&writer), writer.checkpoint().checkpoint().root()), (0, EMPTY_ROOT));
    assert_eq!(Writer::begin(&tiles, signer()).err(), Some(LedgerError::LogExists));
}

#[test]
fn what_is_appended_is_read_back_by_anyone() {
    let folder = tempfile::tempdir().unwrap();
    let tiles = Folder::open(folder.path()).unwrap();
    let mut writer = Writer::begin(&tiles, signer()).unwrap();
    let appended = writer.append(&entries(0..300)).unwrap();
    assert_eq!(appended.indices, (0..300).collect::<Vec<_>>());
    let appended = writer.append(&entries(300..301)).unwrap();
    assert_eq!(appended.indices, [300]);
    let public = PublicFolder::new(&tiles.public_path());
    let tree = view(public);
    assert_eq!(tree.size(), 301);
    for n in [0, 1, 255, 256, 299, 300] {
        assert_eq!(Leaf::parse(&tree.entry(n).unwrap()).unwrap(), decision(n).0);
    }
}

#[test]
fn nothing_to_append_makes_no_checkpoint() {
    let tiles = grown(&[3]);
    let mut writer = Writer::open(&tiles, signer(), &[]).unwrap();
    let before = writer.checkpoint().clone();
    let appended = writer.append(&[]).unwrap();
    assert_eq!((appended.indices.len(), appended.checkpoint), (0, before));
}

#[test]
fn what_is_sent_again_keeps_its_place() {
    let tiles = Memory::new();
    let mut writer = Writer::begin(&tiles, signer()).unwrap();
    writer.append(&plain(0..300)).unwrap();
    let again = writer.append(&plain([299, 300, 5, 300, 301])).unwrap();
    assert_eq!(again.indices, [299, 300, 5, 300, 301]);
    assert_eq!(size(&writer), 302);
    // After a restart too.
    let mut writer = Writer::open(&tiles, signer(), &[]).unwrap();
    let again = writer.append(&plain(0..302)).unwrap();
    assert_eq!(again.indices, (0..302).collect::<Vec<_>>());
    assert_eq!(size(&writer), 302);
}

#[test]
fn a_second_writer_loses_and_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = Writer::begin(Folder::open(folder.path()).unwrap(), signer()).unwrap();
    let mut second = Writer::open(Folder::open(folder.path()).unwrap(), signer(), &[]).unwrap();
    first.append(&plain(0..5)).unwrap();
    assert_eq!(second.append(&plain(100..103)), Err(LedgerError::Lost));
    assert_eq!(second.append(&plain(100..103)), Err(LedgerError::Stale));
    assert_eq!(second.reload().unwrap(), None);
    let appended = second.append(&plain(100..103)).unwrap();
    assert_eq!(appended.indices, [5, 6, 7]);
    assert_eq!(first.append(&plain(5..6)), Err(LedgerError::Lost));
    first.reload().unwrap();
    assert_eq!(first.append(&plain(5..6)).unwrap().indices, [8]);
    let tree = view(Folder::open(folder.path()).unwrap());
    assert_eq!(tree.entry(5).unwrap(), b"entry 100");
}

#[test]
fn two_writers_at_once_make_one_log() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    Writer::begin(Folder::open(path).unwrap(), signer()).unwrap();
    let run = |name: u64| {
        let mut writer = Writer::open(Folder::open(path).unwrap(), signer(), &[]).unwrap();
        for step in 0..40 {
            let batch = plain(name + 10 * step..name + 10 * step + 1 + step % 3);
            loop {
                match writer.append(&batch) {
                    Ok(appended) => break assert_eq!(appended.indices.len(), batch.len()),
                    Err(LedgerError::Lost) => assert_eq!(writer.reload(), Ok(None)),
                    Err(error) => panic!("{error}"),
                }
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(|| run(1_000));
        scope.spawn(|| run(2_000));
    });
    let tree = view(Folder::open(path).unwrap());
    let expected: u64 = 2 * (0..40).map(|step| 1 + step % 3).sum::<u64>();
    assert_eq!(tree.size(), expected);
    let mut all: Vec<Vec<u8>> = (0..expected).map(|n| tree.entry(n).unwrap()).collect();
    assert_eq!(tree.root().as_bytes(), &naive_root(&all));
    all.sort();
    all.dedup();
    assert_eq!(all.len() as u64, expected);
}

#[test]
fn a_key_may_change_and_no_other_may_go_on() {
    let tiles = grown(&[3]);
    let stranger = Writer::open(&tiles, other_signer(), &[]).err();
    assert_eq!(stranger, Some(LedgerError::Unsigned(ORIGIN.into())));
    let old = signer().key().clone();
    let mut writer = Writer::open(&tiles, other_signer(), &[old]).unwrap();
    writer.append(&plain(3..4)).unwrap();
    assert!(Writer::open(&tiles, other_signer(), &[]).is_ok());
    assert!(Writer::open(&tiles, signer(), &[]).is_err());
}

#[test]
fn files_put_back_from_an_older_copy_are_refused() {
    let (old, new) = (grown(&[3]), grown(&[3, 9]));
    let known = newest(&new);
    let writer = Writer::open(&old, signer(), &[]).unwrap();
    let refused = writer.require(known.checkpoint());
    assert_eq!(refused, Err(LedgerError::Shrunk { old: 9, new: 3 }));
    let writer = Writer::open(&new, signer(), &[]).unwrap();
    assert_eq!(writer.require(known.checkpoint()), Ok(()));
    assert_eq!(writer.require(newest(&old).checkpoint()), Ok(()));
    let other = Checkpoint::new(&origin(), 5, leaf_hash(b"another history"));
    assert_eq!(writer.require(&other), Err(LedgerError::Inconsistent { old: 5, new: 9 }));
}

#[test]
fn a_log_that_was_rewritten_under_its_writer_is_refused() {
    let tiles = grown(&[5]);
    let mut writer = Writer::open(&tiles, signer(), &[]).unwrap();
    // Another history of the same log, signed with the same key.
    let other = Memory::new();
    Writer::begin(&other, signer()).unwrap().append(&plain(100..107)).unwrap();
    for id in other.tile_ids() {
        tiles.set_tile(id, other.read(&id).unwrap());
    }
    tiles.set_checkpoint(other.read_checkpoint().unwrap());
    assert_eq!(writer.append(&plain(5..6)).err(), Some(LedgerError::Lost));
    assert_eq!(writer.reload(), Err(LedgerError::Inconsistent { old: 5, new: 7 }));
    assert_eq!(writer.append(&plain(5..6)), Err(LedgerError::Stale));
}

#[test]
fn a_published_tile_never_changes() {
    let folder = tempfile::tempdir().unwrap();
    let tiles = Folder::open(folder.path()).unwrap();
    let mut writer = Writer::begin(&tiles, signer()).unwrap();
    writer.append(&plain(0..3)).unwrap();
    let path = tiles.public_path().join("tile/0/000.p/5");
    std::fs::write(&path, b"something else").unwrap();
    let tile = TileId::hashes(0, 0, 5).unwrap();
    assert_eq!(writer.append(&plain(3..5)), Err(LedgerError::Differs(tile)));
    assert_eq!(LedgerError::Differs(tile).to_string().split(' ').next(), Some("tile/0/000.p/5"));
    // Nothing has changed, and the writer goes on.
    assert_eq!(newest(&tiles).checkpoint().size(), 3);
    std::fs::remove_file(path).unwrap();
    assert_eq!(writer.append(&plain(3..5)).unwrap().indices, [3, 4]);
}

#[test]
fn partial_tiles_are_removed_when_the_full_ones_are_there_and_all_stays_provable() {
    let folder = tempfile::tempdir().unwrap();
    let tiles = Folder::open(folder.path()).unwrap();
    let mut writer = Writer::begin(&tiles, signer()).unwrap();
    let mut older = Vec::new();
    for from in (0..520).step_by(40) {
        older.push(writer.append(&plain(from..from + 40)).unwrap().checkpoint);
    }
    assert!(tiles.prune().unwrap() > 10);
    assert_eq!(tiles.prune(), Ok(0));
    assert!(tiles.public_path().join("tile/0/002.p/8").exists());
    assert!(!tiles.public_path().join("tile/0/000.p").exists());
    for signed in older {
        let head = signed.checkpoint();
        let tree = View::open(&tiles, head.size(), head.root()).unwrap();
        Proof::make(&tree, &signed, head.size() - 1).unwrap();
    }
    assert!(writer.append(&plain(520..521)).is_ok());
}

#[test]
fn a_pool_is_due_a_second_after_its_first_entry() {
    let mut pool = Pool::new();
    assert_eq!(pool.due(), None);
    let now = Timestamp::from_unix_ms(5_000);
    for (n, entry) in plain(0..3).into_iter().enumerate() {
        pool.push(entry, now.plus_s(n as i64)).unwrap();
    }
    assert_eq!((pool.due(), pool.len()), (Some(Timestamp::from_unix_ms(6_000)), 3));
    assert_eq!(pool.take(), plain(0..3));
    assert!(pool.is_empty() && pool.due().is_none());
}

#[test]
fn cosignatures_are_added_to_the_checkpoint_that_is_public() {
    let folder = tempfile::tempdir().unwrap();
    let tiles = Folder::open(folder.path()).unwrap();
    let mut writer = Writer::begin(&tiles, signer()).unwrap();
    writer.append(&plain(0..3)).unwrap();
    let witness = witness_signer(1);
    let strict = policy().with_witnesses(vec![witness.key().clone()], 1);
    let public = || tiles.read_checkpoint().unwrap().unwrap();
    let too_few = LedgerError::Witnesses { found: 0, needed: 1 };
    assert_eq!(strict.read(&public()), Err(too_few));
    let line = witness.cosign(writer.checkpoint().note().text(), 1_760_000_000).unwrap();
    writer.cosigned(line).unwrap();
    assert!(strict.read(&public()).is_ok());
    // The next checkpoint is a new one.
    writer.append(&plain(3..4)).unwrap();
    assert!(strict.read(&public()).is_err());
    assert_eq!(Writer::open(&tiles, signer(), &[]).unwrap().checkpoint().checkpoint().size(), 4);
}

#[test]
fn a_log_may_be_handed_from_thread_to_thread() {
    fn is_send<T: Send>() {}
    fn is_shared<T: Send + Sync>() {}
    is_send::<Writer<Folder>>();
    is_shared::<View<PublicFolder>>();
    is_shared::<Folder>();
    is_shared::<witness::Witness>();
    is_shared::<Policy>();
}

#[test]
fn a_file_that_is_longer_than_it_can_be_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let tiles = Folder::open(folder.path()).unwrap();
    Writer::begin(&tiles, signer()).unwrap().append(&entries(0..3)).unwrap();
    let id = TileId::hashes(0, 0, 3).unwrap();
    assert_eq!((id.bytes_max(), TileId::entries(0, 2).unwrap().bytes_max()), (96, 131_074));
    std::fs::write(tiles.public_path().join(id.path()), vec![0; 1 << 20]).unwrap();
    assert_eq!(tiles.read(&id).unwrap().unwrap().len(), 97);
    let reason = "not 32 bytes for each hash";
    assert_eq!(audit(&tiles, &policy(), None), Err(LedgerError::Wrong { tile: id, reason }));
}

#[test]
fn more_cosignatures_than_are_read_again_are_refused() {
    let tiles = Memory::new();
    let mut writer = Writer::begin(&tiles, signer()).unwrap();
    let cosign = |writer: &mut Writer<&Memory>, number| {
        let line = witness_signer(number).cosign(writer.checkpoint().note().text(), 1).unwrap();
        writer.cosigned(line)
    };
    (1..64).for_each(|number| cosign(&mut writer, number).unwrap());
    let full = writer.checkpoint().clone();
    assert!(matches!(cosign(&mut writer, 64), Err(LedgerError::Large { .. })));
    assert_eq!(*writer.checkpoint(), full);

    let long = format!("\u{2014} witness.example/w1 {}", "AAAA".repeat(20_000));
    let long = SignatureLine::parse(&long).unwrap();
    assert!(matches!(writer.cosigned(long), Err(LedgerError::Large { .. })));
    assert_eq!(newest(&tiles), full);
    writer.append(&plain(0..3)).unwrap();
    Writer::open(&tiles, signer(), &[]).unwrap();
}

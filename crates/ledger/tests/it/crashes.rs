//! Stopping before each change on disk, opening again and going on.

use crate::common::*;
use hutong_ledger::*;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A folder that fails from its `stop`-th change on.
fn failing(path: &Path, stop: usize) -> (Folder, Arc<AtomicUsize>) {
    let changes = Arc::new(AtomicUsize::new(0));
    let counter = changes.clone();
    let folder = Folder::open_with(path, move |_| {
        if counter.fetch_add(1, Ordering::Relaxed) >= stop {
            return Err(io::Error::other("the machine stops here"));
        }
        Ok(())
    });
    (folder.unwrap(), changes)
}

fn start(path: &Path, leaves: u64) {
    let mut writer = Writer::begin(Folder::open(path).unwrap(), signer()).unwrap();
    writer.append(&plain(0..leaves)).unwrap();
}

/// All that the world can read is one sound log of these entries.
fn check(path: &Path, expected: &[LogEntry]) {
    let tree = view(PublicFolder::new(&path.join("public")));
    assert_eq!(tree.size(), expected.len() as u64);
    let read: Vec<Vec<u8>> = (0..tree.size()).map(|n| tree.entry(n).unwrap()).collect();
    assert!(read.iter().map(Vec::as_slice).eq(expected.iter().map(LogEntry::bytes)));
    assert_eq!(tree.root().as_bytes(), &naive_root(&read));
}

/// One crash at each point of one append, from a size that changes tiles of every kind.
fn stop_everywhere(before: u64, added: u64) -> (usize, usize) {
    let (mut lost, mut kept) = (0, 0);
    for stop in 0.. {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        start(path, before);
        let (tiles, _) = failing(path, stop);
        let mut writer = Writer::open(tiles, signer(), &[]).unwrap();
        if writer.append(&plain(before..before + added)).is_ok() {
            break;
        }
        drop(writer);
        // What readers see before anybody opens the folder again is sound too.
        let seen = view(PublicFolder::new(&path.join("public"))).size();
        assert!(seen == before || seen == before + added);

        // It goes on with other entries, as if the first had never been, where they were not
        // committed; they are never visible then.
        let mut writer = Writer::open(Folder::open(path).unwrap(), signer(), &[]).unwrap();
        let mut expected = plain(0..before);
        if writer.checkpoint().checkpoint().size() == before {
            lost += 1;
        } else {
            kept += 1;
            expected.extend(plain(before..before + added));
        }
        check(path, &expected);
        let others = plain(10_000..10_000 + added);
        writer.append(&others).unwrap();
        expected.extend(others);
        check(path, &expected);
    }
    (lost, kept)
}

#[test]
fn after_a_crash_at_any_point_the_log_goes_on() {
    let (lost, kept) = stop_everywhere(3, 2);
    assert!(lost >= 3 && kept >= 6, "{lost} {kept}");
    let (lost, kept) = stop_everywhere(250, 300);
    assert!(lost >= 3 && kept >= 12, "{lost} {kept}");
}

#[test]
fn sending_again_after_a_crash_at_any_point_adds_each_entry_once() {
    for stop in 0.. {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        start(path, 250);
        let batch = plain(250..260);
        let (tiles, _) = failing(path, stop);
        let mut writer = Writer::open(tiles, signer(), &[]).unwrap();
        let done = writer.append(&batch).is_ok();
        let mut writer = Writer::open(Folder::open(path).unwrap(), signer(), &[]).unwrap();
        let appended = writer.append(&batch).unwrap();
        assert_eq!(appended.indices, (250..260).collect::<Vec<_>>());
        check(path, &plain(0..260));
        if done {
            break;
        }
    }
}

/// One failure, after which the same writer finds out what became of its batch.
#[test]
fn a_writer_learns_whether_its_batch_took_effect() {
    let (mut took_effect, mut did_not) = (0, 0);
    for stop in 0.. {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        start(path, 10);
        let at = Arc::new(AtomicUsize::new(0));
        let (counter, fails_at) = (at.clone(), stop);
        let tiles = Folder::open_with(path, move |_| {
            match counter.fetch_add(1, Ordering::Relaxed) == fails_at {
                true => Err(io::Error::other("a disk that fails once")),
                false => Ok(()),
            }
        });
        let mut writer = Writer::open(tiles.unwrap(), signer(), &[]).unwrap();
        let batch = plain(10..15);
        let Err(error) = writer.append(&batch) else { break };
        assert!(matches!(error, LedgerError::Io { .. }));
        match writer.reload().unwrap() {
            Some(appended) => {
                took_effect += 1;
                assert_eq!(appended.indices, [10, 11, 12, 13, 14]);
                assert_eq!(writer.checkpoint(), &appended.checkpoint);
            }
            None => {
                did_not += 1;
                assert_eq!(writer.checkpoint().checkpoint().size(), 10);
            }
        }
        assert_eq!(writer.append(&batch).unwrap().indices, [10, 11, 12, 13, 14]);
        check(path, &plain(0..15));
    }
    assert!(took_effect >= 5 && did_not >= 3, "{took_effect} {did_not}");
}

/// Crashes while what was committed is being finished, again and again.
#[test]
fn finishing_may_be_interrupted_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    start(path, 250);
    let (tiles, changes) = failing(path, usize::MAX);
    drop(Writer::open(tiles, signer(), &[]).unwrap());
    assert_eq!(changes.load(Ordering::Relaxed), 0);
    // Stops just after the commit.
    let (tiles, _) = failing(path, 3);
    let mut writer = Writer::open(tiles, signer(), &[]).unwrap();
    writer.append(&plain(250..300)).unwrap_err();
    for stop in 0.. {
        let opened = Folder::open_with(path, {
            let at = AtomicUsize::new(0);
            move |_| match at.fetch_add(1, Ordering::Relaxed) >= stop {
                true => Err(io::Error::other("stops again")),
                false => Ok(()),
            }
        });
        if opened.is_ok() {
            break;
        }
        let seen = view(PublicFolder::new(&path.join("public"))).size();
        assert!(seen == 250 || seen == 300);
    }
    check(path, &plain(0..300));
}

#[test]
fn a_committed_checkpoint_whose_tiles_are_gone_is_an_error_not_a_new_log() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    start(path, 10);
    let (tiles, _) = failing(path, 3);
    let mut writer = Writer::open(tiles, signer(), &[]).unwrap();
    writer.append(&plain(10..12)).unwrap_err();
    for staged in std::fs::read_dir(path.join("private/staging")).unwrap() {
        std::fs::remove_file(staged.unwrap().path()).unwrap();
    }
    let refused = Folder::open(path).err();
    assert!(matches!(refused, Some(LedgerError::Io { doing: "find", .. })), "{refused:?}");
}

/// The public checkpoint is not flushed: a failure of power may leave anything in its place.
#[test]
fn a_public_checkpoint_that_was_lost_is_made_again() {
    for left in [None, Some(&b""[..]), Some(b"\0\0\0\0")] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        start(path, 300);
        let public = path.join("public/checkpoint");
        match left {
            None => std::fs::remove_file(&public).unwrap(),
            Some(bytes) => std::fs::write(&public, bytes).unwrap(),
        }
        Folder::open(path).unwrap();
        check(path, &plain(0..300));
    }
}

//! Checkpoints, notes and keys.

use crate::common::*;
use hutong_ledger::*;
use proptest::prelude::*;

fn signed() -> SignedCheckpoint {
    SignedCheckpoint::sign(Checkpoint::new(&origin(), 5, leaf_hash(b"x")), &signer()).unwrap()
}

#[test]
fn a_checkpoint_is_read_as_it_is_written() {
    let signed = signed();
    let text = String::from_utf8(signed.as_bytes().to_vec()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[..2], [ORIGIN, "5"]);
    assert_eq!(lines[3], "");
    assert!(lines[4].starts_with(&format!("\u{2014} {ORIGIN} ")));
    assert_eq!(SignedCheckpoint::parse(signed.as_bytes()).unwrap(), signed);
    assert_eq!(policy().read(signed.as_bytes()).unwrap(), signed);
}

#[test]
fn forged_checkpoints_are_refused_with_the_reason() {
    let unsigned = Err(LedgerError::Unsigned(ORIGIN.into()));
    let forged = Err(LedgerError::Forged(ORIGIN.into()));
    let text = String::from_utf8(signed().as_bytes().to_vec()).unwrap();
    let read = |text: &str| policy().read(text.as_bytes()).map(|_| ());
    // Another size, another root, under the old signature.
    assert_eq!(read(&text.replacen("\n5\n", "\n6\n", 1)), forged);
    let root = leaf_hash(b"y").to_string();
    assert_eq!(read(&text.replacen(&leaf_hash(b"x").to_string(), &root, 1)), forged);
    // A line more than was signed.
    assert_eq!(read(&text.replacen("\n\n", "\nmore\n\n", 1)), forged);
    // By a key that is not trusted: of the same name, or another.
    let by_other = SignedCheckpoint::sign(signed().checkpoint().clone(), &other_signer()).unwrap();
    assert_eq!(policy().check(&by_other).map(|_| ()), unsigned);
    // A false line beside a right one spoils the note; a stranger's line does not.
    let both = by_other.with_signature(signer().sign(signed().note().text()).unwrap());
    assert!(policy().check(&both).is_ok());
    // Of another log.
    let name = Origin::parse("ledger.440000.example/main").unwrap();
    let other = NoteSigner::from_seed(name.clone(), SignatureKind::Ed25519, &[7; 32]).unwrap();
    let other = SignedCheckpoint::sign(Checkpoint::new(&name, 5, leaf_hash(b"x")), &other).unwrap();
    let (expected, found) = (ORIGIN.to_owned(), name.to_string());
    let of_another = LedgerError::Origin { expected, found };
    assert_eq!(policy().check(&other).map(|_| ()), Err(of_another));
}

#[test]
fn malformed_checkpoints_are_refused() {
    let root = leaf_hash(b"x");
    for text in [
        "".to_owned(),
        "\n".to_owned(),
        format!("\n5\n{root}\n"),
        format!("o\n05\n{root}\n"),
        format!("o\n+5\n{root}\n"),
        format!("o\n-5\n{root}\n"),
        format!("o\n5\n{root}"),
        format!("o\n5\n{root}=\n"),
        format!("o\n5\n{}\n", &root.to_string()[1..]),
        format!("o\n5\n{root}\n\n"),
        format!("o\n5\n{root}\nmore"),
        format!("o\n18446744073709551616\n{root}\n"),
        format!("o\n0\n{root}\n"),
        "o\n5\n".to_owned(),
    ] {
        assert!(Checkpoint::parse(&text).is_err(), "{text:?}");
    }
    let with_more = Checkpoint::parse(&format!("o\n5\n{root}\none more\n")).unwrap();
    assert_eq!(with_more.to_string(), format!("o\n5\n{root}\none more\n"));
    // Trailing bits that Base64 would drop are another spelling.
    let spelled = root.to_string();
    let last = if spelled.as_bytes()[42] == b'A' { 'B' } else { 'A' };
    let respelled = format!("{}{last}=", &spelled[..42]);
    assert_ne!(Hash::parse(&respelled), Ok(root));
}

#[test]
fn malformed_notes_are_refused() {
    let text = String::from_utf8(signed().as_bytes().to_vec()).unwrap();
    let line = text.lines().last().unwrap().to_owned();
    for wrong in [
        text.trim_end().to_owned(),
        text.replace('\u{2014}', "-"),
        text.replacen("\n\n", "\n", 1),
        format!("{text}\n"),
        format!("{text}more\n"),
        text.replacen('5', "5\r", 1),
        text.replacen('5', "5\0", 1),
        text.replace(&line, &line[..line.len() - 1]),
        format!("{text}\u{2014} a+b AAAAAAA=\n"),
        format!("{text}\u{2014}  AAAAAAA=\n"),
        format!("{text}\u{2014} a AAA=\n"),
        format!("{text}{}", format!("{line}\n").repeat(64)),
        format!("{}\n{text}", "x".repeat(70_000)),
    ] {
        assert!(Note::parse(wrong.as_bytes()).is_err(), "{wrong:?}");
    }
    assert!(Note::parse(&[b"\xff\n\n".as_slice(), text.as_bytes()].concat()).is_err());
}

#[test]
fn keys_are_read_as_they_are_written() {
    for key in [signer().key().clone(), witness_signer(1).key().clone()] {
        let text = key.to_string();
        assert_eq!(NoteKey::parse(&text), Ok(key.clone()));
        for wrong in [
            text.replacen('+', "", 1),
            text.replacen('+', "+0", 1),
            format!("{text}AAAA"),
            text.replacen("example", "elsewhere", 1),
            format!(" {text}"),
        ] {
            assert!(NoteKey::parse(&wrong).is_err(), "{wrong}");
        }
    }
    assert!(NoteKey::parse("").is_err());
    assert!(format!("{:?}", signer()).starts_with("NoteSigner(ledger.330000.example/main+"));
}

#[test]
fn a_key_signs_only_what_it_is_for() {
    assert!(signer().cosign("text\n", 1).is_err());
    assert!(witness_signer(1).sign("text\n").is_err());
    assert!(witness_signer(1).cosign("text\n", u64::MAX).is_err());
    let elsewhere = NoteSigner::new(signer().key().clone(), |_| None);
    let checkpoint = Checkpoint::new(&origin(), 0, EMPTY_ROOT);
    let failed = SignedCheckpoint::sign(checkpoint, &elsewhere).err();
    assert_eq!(failed, Some(LedgerError::Key(ORIGIN.into())));
}

#[test]
fn witnesses_are_counted_once_each() {
    let (one, two) = (witness_signer(1), witness_signer(2));
    let keys = vec![one.key().clone(), one.key().clone(), two.key().clone()];
    let strict = policy().with_witnesses(keys, 2);
    let text = signed().note().text().to_owned();
    let with_one = signed().with_signature(one.cosign(&text, 10).unwrap());
    let with_one = with_one.with_signature(one.cosign(&text, 20).unwrap());
    assert_eq!(with_one.note().signatures().len(), 2);
    let few = LedgerError::Witnesses { found: 1, needed: 2 };
    assert_eq!(strict.check(&with_one).map(|_| ()), Err(few));
    let with_two = with_one.with_signature(two.cosign(&text, 20).unwrap());
    assert!(strict.check(&with_two).is_ok());
    assert_eq!(with_two.note().signed_by(one.key()), Ok(Some(Some(20))));
    // A cosignature of another text, put under this one.
    let false_one = with_one.with_signature(two.cosign("other\n", 20).unwrap());
    let forged = LedgerError::Forged("witness.example/w2".into());
    assert_eq!(strict.check(&false_one).map(|_| ()), Err(forged));
}

proptest! {
    #[test]
    fn any_bytes_are_a_note_in_its_one_spelling_or_refused(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        text in "([a-z0-9=+/\u{2014} ]{0,20}\n){0,8}",
    ) {
        let _ = SignedCheckpoint::parse(&bytes);
        if let Ok(note) = Note::parse(text.as_bytes()) {
            prop_assert_eq!(note.to_string(), text.clone());
        }
        if let Ok(checkpoint) = Checkpoint::parse(&text) {
            prop_assert_eq!(checkpoint.to_string(), text.clone());
        }
        let _ = NoteKey::parse(&text);
        let _ = SignatureLine::parse(&text);
    }

    /// Whatever byte is changed, the checkpoint is refused, or says the same under the same
    /// signature.
    #[test]
    fn a_changed_checkpoint_is_refused(place: usize, bit in 0_u8..8) {
        let mut bytes = signed().as_bytes().to_vec();
        let place = place % bytes.len();
        bytes[place] ^= 1 << bit;
        prop_assert!(policy().read(&bytes).is_err());
    }
}

//! Witnesses, over the text of their protocol.

use crate::common::*;
use hutong_ledger::witness::*;
use hutong_ledger::*;
use hutong_model::Timestamp;
use proptest::prelude::*;

fn now() -> Timestamp {
    Timestamp::from_unix_s(1_760_000_000)
}
fn witness() -> Witness {
    Witness::new(witness_signer(1), vec![policy()]).unwrap()
}
fn request(tiles: &Memory, old: u64) -> Vec<u8> {
    AddCheckpoint::make(&view(tiles), old, &newest(tiles)).unwrap().to_string().into_bytes()
}
/// Another history of the same log, signed with the same key.
fn forked(size: u64) -> Memory {
    let tiles = Memory::new();
    let mut writer = Writer::begin(&tiles, signer()).unwrap();
    writer.append(&plain(5_000..5_000 + size)).unwrap();
    tiles
}

#[test]
fn a_log_that_grows_is_cosigned_at_every_step() {
    let (witness, heads) = (witness(), MemoryHeads::default());
    let strict = policy().with_witnesses(vec![witness.key().clone()], 1);
    let mut old = 0;
    for sizes in [&[1][..], &[1, 7], &[1, 7, 256], &[1, 7, 256, 1000]] {
        let tiles = grown(sizes);
        let line = witness.add_checkpoint(&heads, &request(&tiles, old), now()).unwrap();
        let answer = format!("{line}\n");
        let keys = [witness.key().clone()];
        let (signed, added) = add_cosignatures(&newest(&tiles), answer.as_bytes(), &keys).unwrap();
        assert_eq!(added, 1);
        assert!(strict.check(&signed).is_ok());
        assert_eq!(signed.note().signed_by(witness.key()), Ok(Some(Some(1_760_000_000))));
        old = *sizes.last().unwrap();
        assert_eq!(heads.head(ORIGIN).unwrap().unwrap().size, old);
    }
}

#[test]
fn the_same_checkpoint_is_cosigned_again_with_a_later_time() {
    let (witness, heads) = (witness(), MemoryHeads::default());
    let tiles = grown(&[7]);
    let first = witness.add_checkpoint(&heads, &request(&tiles, 0), now()).unwrap();
    let again = witness.add_checkpoint(&heads, &request(&tiles, 7), now().plus_s(5)).unwrap();
    assert_ne!(first, again);
}

#[test]
fn gaps_replays_forks_and_strangers_are_refused_and_change_nothing() {
    let (witness, heads) = (witness(), MemoryHeads::default());
    let tiles = grown(&[7, 20]);
    let add = |body: &[u8]| witness.add_checkpoint(&heads, body, now());
    add(&request(&grown(&[7]), 0)).unwrap();
    let seen = heads.head(ORIGIN).unwrap();

    // A step that begins elsewhere: before, or beyond what was witnessed.
    for claimed in [0, 3, 12] {
        let gap = LedgerError::Gap { seen: 7, claimed };
        assert_eq!((status(&gap), refusal_body(&gap)), (409, Some("7\n".into())));
        assert_eq!(add(&request(&tiles, claimed)), Err(gap));
    }
    // An old checkpoint again.
    let older = LedgerError::Gap { seen: 7, claimed: 3 };
    assert_eq!(add(&request(&grown(&[3]), 3)), Err(older));
    let text = String::from_utf8(request(&grown(&[3]), 3)).unwrap();
    let backwards = add(text.replacen("old 3", "old 7", 1).as_bytes()).unwrap_err();
    assert_eq!(status(&backwards), 400);
    // Another history: longer, and of the same size.
    let fork = add(&request(&forked(20), 7)).unwrap_err();
    assert_eq!((&fork, status(&fork)), (&LedgerError::Inconsistent { old: 7, new: 20 }, 422));
    let fork = add(&request(&forked(7), 7)).unwrap_err();
    assert_eq!((&fork, status(&fork)), (&LedgerError::Inconsistent { old: 7, new: 7 }, 409));
    // A log that is not watched; a checkpoint that its log has not signed.
    let stranger = Witness::new(witness_signer(2), Vec::new()).unwrap();
    let unknown = stranger.add_checkpoint(&heads, &request(&tiles, 0), now()).unwrap_err();
    assert_eq!((&unknown, status(&unknown)), (&LedgerError::UnknownOrigin(ORIGIN.into()), 404));
    let unsigned =
        SignedCheckpoint::sign(newest(&tiles).checkpoint().clone(), &other_signer()).unwrap();
    let body = AddCheckpoint::make(&view(&tiles), 7, &unsigned).unwrap().to_string();
    let refused = add(body.as_bytes()).unwrap_err();
    assert_eq!((&refused, status(&refused)), (&LedgerError::Unsigned(ORIGIN.into()), 403));

    assert_eq!(heads.head(ORIGIN).unwrap(), seen);
    add(&request(&tiles, 7)).unwrap();
}

#[test]
fn a_witness_never_signs_two_histories_even_when_asked_at_once() {
    // What was compared is no longer so when it is to be replaced.
    struct Racing(MemoryHeads, Head);
    impl Heads for Racing {
        fn head(&self, origin: &str) -> Result<Option<Head>, LedgerError> {
            self.0.head(origin)
        }
        fn swap(&self, origin: &str, old: Option<Head>, new: Head) -> Result<(), LedgerError> {
            self.0.swap(origin, old, self.1)?;
            self.0.swap(origin, old, new)
        }
    }
    let other = view(forked(9));
    let heads = Racing(MemoryHeads::default(), Head { size: 9, root: other.root() });
    let refused = witness().add_checkpoint(&heads, &request(&grown(&[7]), 0), now());
    assert_eq!(refused, Err(LedgerError::Gap { seen: 9, claimed: 0 }));
    assert_eq!(heads.head(ORIGIN).unwrap().unwrap().size, 9);
}

#[test]
fn a_witness_remembers_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let witness = witness();
    let heads = FolderHeads::open(folder.path()).unwrap();
    assert_eq!(heads.head(ORIGIN), Ok(None));
    witness.add_checkpoint(&heads, &request(&grown(&[7]), 0), now()).unwrap();
    let heads = FolderHeads::open(folder.path()).unwrap();
    assert_eq!(heads.head(ORIGIN).unwrap().unwrap().size, 7);
    let fork = witness.add_checkpoint(&heads, &request(&forked(9), 7), now()).unwrap_err();
    assert_eq!(fork, LedgerError::Inconsistent { old: 7, new: 9 });
    let head = Head { size: 9, root: leaf_hash(b"x") };
    assert_eq!(heads.swap(ORIGIN, None, head), Err(LedgerError::Lost));
}

#[test]
fn requests_have_the_form_of_the_specification() {
    let tiles = grown(&[7]);
    let text = String::from_utf8(request(&tiles, 3)).unwrap();
    let (head, note) = text.split_once("\n\n").unwrap();
    let lines: Vec<&str> = head.lines().collect();
    assert_eq!(lines[0], "old 3");
    assert!(lines[1..].iter().all(|line| Hash::parse(line).is_ok()));
    assert_eq!(note.as_bytes(), newest(&tiles).as_bytes());
    assert_eq!(AddCheckpoint::parse(text.as_bytes()).unwrap().old(), 3);
    for wrong in [
        text.replacen("old 3", "old 03", 1),
        text.replacen("old 3", "old  3", 1),
        text.replacen("old 3", "new 3", 1),
        text.replacen("\n\n", "\nx\n\n", 1),
        text.replacen("\n\n", &format!("{}\n\n", format!("\n{}", leaf_hash(b"x")).repeat(64)), 1),
        "old 3\n".to_owned(),
        String::new(),
    ] {
        let refused = AddCheckpoint::parse(wrong.as_bytes()).unwrap_err();
        assert_eq!(status(&refused), 400, "{wrong}");
    }
}

#[test]
fn answers_of_witnesses_are_checked() {
    let signed = newest(&grown(&[7]));
    let (one, two) = (witness_signer(1), witness_signer(2));
    let text = signed.note().text();
    let right = one.cosign(text, 5).unwrap();
    let unknown = two.cosign(text, 5).unwrap();
    let keys = [one.key().clone()];
    let add = |answer: String| add_cosignatures(&signed, answer.as_bytes(), &keys);
    let (with, added) = add(format!("{unknown}\n{right}\n")).unwrap();
    assert_eq!((with.note().signatures().len(), added), (2, 1));
    let of_other_text = one.cosign("other\n", 5).unwrap();
    let forged = LedgerError::Forged("witness.example/w1".into());
    assert_eq!(add(format!("{of_other_text}\n")), Err(forged));
    assert!(add(String::new()).is_err());
    assert!(add("nothing\n".into()).is_err());
    assert!(add_cosignatures(&signed, &[0xff; 9], &keys).is_err());
}

proptest! {
    #[test]
    fn any_request_is_answered_or_refused(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        text in "old [0-9]{1,3}\n([A-Za-z0-9+/=]{44}\n){0,3}\n[a-z]{1,3}\n[0-9]{1,3}\n.{0,50}\n\n.{0,9}",
        place: usize, bit in 0_u8..8,
    ) {
        let (witness, heads) = (witness(), MemoryHeads::default());
        prop_assert!(witness.add_checkpoint(&heads, &bytes, now()).is_err());
        prop_assert!(witness.add_checkpoint(&heads, text.as_bytes(), now()).is_err());
        let mut changed = request(&grown(&[7]), 0);
        let place = place % changed.len();
        changed[place] ^= 1 << bit;
        prop_assert!(witness.add_checkpoint(&heads, &changed, now()).is_err());
        prop_assert_eq!(heads.head(ORIGIN), Ok(None));
    }
}

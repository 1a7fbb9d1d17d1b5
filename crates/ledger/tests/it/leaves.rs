//! Leaves, and what opens them.

use crate::common::*;
use hutong_ledger::*;
use hutong_model::{EntryId, Level, MemberId, PersonId, Timestamp};
use proptest::prelude::*;

fn hash() -> Hash {
    leaf_hash(b"a document")
}

/// One public part of each kind.
fn publics() -> Vec<Public> {
    let (issuer, event, digest) = (region("330000"), label("2026-flu"), hash());
    let until = at(0).plus_s(3600);
    let member = |name: &str| MemberId::parse(name).unwrap();
    vec![
        decision(1).0.public().clone(),
        access(1).public().clone(),
        Public::RulePack { issuer, pack: pack(), valid_from: at(0) },
        Public::TrustList { issuer, generation: 42, digest },
        Public::Exception {
            issuer,
            id: label("2026-7"),
            refused: label("440000"),
            reason: label("no-lab-accreditation"),
            from: at(0),
            until,
            digest,
        },
        Public::ManualEvidence {
            issuer,
            event: event.clone(),
            basis: label("CDC-law-art-39"),
            approved_by: vec![member("330100.cdc"), member("330000.health-commission")],
            expires: until,
        },
        Public::Appeal { issuer, event: event.clone(), stage: AppealStage::Filed, deadline: until },
        Public::Destruction { issuer, event: event.clone(), records: 12_345, digest },
        Public::Event { issuer, event, stage: EventStage::Declared, sunset: until, digest },
    ]
}

#[test]
fn every_kind_is_read_as_it_is_written() {
    let kinds: Vec<Kind> = publics().iter().map(Public::kind).collect();
    assert_eq!(kinds, Kind::ALL);
    for public in publics() {
        let opening = Opening::new(public.kind(), Private::default(), &Counter::default()).unwrap();
        let leaf = Leaf::new(at(5), public.clone(), opening.commitment()).unwrap();
        let bytes = leaf.encode();
        assert!(bytes.len() < 250, "{} bytes", bytes.len());
        assert_eq!(Leaf::parse(&bytes), Ok(leaf.clone()));
        assert_eq!(leaf.hash(), leaf_hash(&bytes));
        assert_eq!((leaf.public(), leaf.at()), (&public, at(5)));
        opening.check(&leaf).unwrap();
        // The kind's number stands in the leaf at a fixed place: [1, time, commitment, [kind, …]].
        let place = 2 + 9 + 34 + 1;
        assert_eq!(
            usize::from(bytes[place]),
            Kind::ALL.iter().position(|k| *k == leaf.kind()).unwrap()
        );
    }
}

/// The layout is a promise to every auditor: it may not change unseen.
#[test]
fn the_layout_of_a_leaf_is_fixed() {
    let commitment = Commitment::from_hash(Hash::from_bytes([0xaa; 32]));
    let public = Public::Decision {
        issuer: region("330000"),
        event: label("E"),
        pack: PackVersion {
            id: label("P"),
            version: label("2"),
            digest: Hash::from_bytes([0xbb; 32]),
        },
        rules: vec![label("R")],
        level: Level::Yellow,
        expires: Timestamp::from_unix_ms(2000),
    };
    let leaf = Leaf::new(Timestamp::from_unix_ms(1000), public, commitment).unwrap();
    let expected = [
        "84",
        "01",
        "1903e8",
        "5820",
        &"aa".repeat(32),
        "82",
        "00",
        "86",
        "66333330303030",
        "6145",
        "83",
        "6150",
        "6132",
        "5820",
        &"bb".repeat(32),
        "81",
        "6152",
        "01",
        "1907d0",
    ];
    assert_eq!(hex::encode(leaf.encode()), expected.concat());
}

#[test]
fn the_layout_of_a_commitment_is_fixed() {
    use sha2::{Digest, Sha256};
    let (leaf, opening) = decision(9);
    let bytes = opening.encode();
    // [kind, salt, private]: one byte, one, two and 32, and the rest is the private part.
    assert_eq!(bytes[..4], [0x83, 0x00, 0x58, 0x20]);
    let (salt, private) = bytes[4..].split_at(32);
    let digest = Sha256::new()
        .chain_update("hutong ledger commitment v1\0")
        .chain_update([0])
        .chain_update(salt)
        .chain_update(private)
        .finalize();
    assert_eq!(leaf.commitment().hash().as_bytes().as_slice(), digest.as_slice());
}

#[test]
fn an_opening_opens_its_own_leaf_and_no_other() {
    let (leaf, opening) = decision(1);
    let (other, other_opening) = decision(2);
    assert_eq!(opening.check(&leaf), Ok(()));
    assert_eq!(opening.check(&other), Err(LedgerError::Opening));
    assert_eq!(other_opening.check(&leaf), Err(LedgerError::Opening));
    let read = Opening::parse(&opening.encode()).unwrap();
    assert_eq!(read, opening);
    assert_eq!(read.check(&leaf), Ok(()));
    // The same private part with another salt is another commitment.
    let salted = Opening::new(Kind::Decision, opening.private().clone(), &Counter::default());
    assert_ne!(salted.unwrap().commitment(), opening.commitment());
    // And of another kind.
    let kind = Opening::new(Kind::Access, opening.private().clone(), &Counter::default()).unwrap();
    assert_eq!(kind.check(&leaf), Err(LedgerError::Opening));
}

#[test]
fn nothing_private_is_in_a_leaf_or_in_what_is_logged() {
    let person = PersonId::from_bytes([0xee; 16]);
    let private = Private { person: Some(person), ..Private::default() };
    let opening = Opening::new(Kind::Decision, private, &Counter::default()).unwrap();
    let public = decision(1).0.public().clone();
    let leaf = Leaf::new(at(1), public, opening.commitment()).unwrap();
    assert!(!leaf.encode().windows(16).any(|window| window == [0xee; 16]));
    for text in [format!("{opening:?}"), format!("{:?}", opening.private()), format!("{leaf:?}")] {
        assert!(!text.contains("ee"), "{text}");
    }
}

#[test]
fn what_contradicts_itself_is_no_leaf() {
    let commitment = *decision(1).0.commitment();
    let refused = |public: Public, when: Timestamp| {
        let refused = Leaf::new(when, public, commitment).is_err();
        assert!(refused);
    };
    let Public::Decision { issuer, event, pack, rules, level, expires } =
        decision(1).0.public().clone()
    else {
        panic!("a decision is one")
    };
    let decided = |rules: Vec<Label>, expires| Public::Decision {
        issuer,
        event: event.clone(),
        pack: pack.clone(),
        rules,
        level,
        expires,
    };
    refused(decided(Vec::new(), expires), at(0));
    refused(decided(vec![label("r"); 17], expires), at(0));
    refused(decided(rules.clone(), at(0)), at(0));
    refused(decided(rules.clone(), expires), Timestamp::from_unix_ms(-1));
    assert!(Leaf::new(at(0), decided(rules, expires), commitment).is_ok());
    // One organisation is not two, however often it signs.
    let member = |name: &str| MemberId::parse(name).unwrap();
    let by = |approved_by| Public::ManualEvidence {
        issuer,
        event: event.clone(),
        basis: label("law"),
        approved_by,
        expires,
    };
    refused(by(vec![member("330100.cdc")]), at(0));
    refused(by(vec![member("330100.cdc"), member("330100.cdc")]), at(0));
    let two = by(vec![member("330100.cdc"), member("330000.health-commission")]);
    assert!(Leaf::new(at(0), two, commitment).is_ok());
    let evidence = vec![EntryId::from_bytes([1; 16]); 257];
    let many = Private { evidence, ..Private::default() };
    assert!(Opening::new(Kind::Decision, many, &Counter::default()).is_err());
}

#[test]
fn labels_have_nothing_but_plain_characters() {
    for right in ["a", "2026-flu", "GR-CN-0001", "urn:pack/3", &"x".repeat(64)] {
        assert_eq!(label(right).as_str(), right);
    }
    for wrong in ["", " ", "a b", "张三", "a\n", "a+b", &"x".repeat(65)] {
        assert!(Label::parse(wrong).is_err(), "{wrong}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_a_leaf_in_its_one_spelling_or_refused(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        if let Ok(leaf) = Leaf::parse(&bytes) {
            prop_assert_eq!(leaf.encode(), bytes.clone());
        }
        if let Ok(opening) = Opening::parse(&bytes) {
            prop_assert_eq!(opening.encode(), bytes);
        }
    }

    #[test]
    fn a_changed_leaf_is_another_leaf_or_none(n: u64, place: usize, bit in 0_u8..8) {
        let n = n % 1_000_000;
        let (leaf, opening) = decision(n);
        let mut bytes = leaf.encode();
        let place = place % bytes.len();
        bytes[place] ^= 1 << bit;
        if let Ok(other) = Leaf::parse(&bytes) {
            prop_assert_eq!(other.encode(), bytes);
            prop_assert_ne!(other.hash(), leaf.hash());
        }
        let mut bytes = opening.encode();
        let place = place % bytes.len();
        bytes[place] ^= 1 << bit;
        if let Ok(other) = Opening::parse(&bytes) {
            prop_assert_eq!(other.check(&leaf), Err(LedgerError::Opening));
        }
    }

    #[test]
    fn a_leaf_cut_short_or_with_more_after_it_is_refused(n in 0_u64..1000, cut in 1_usize..100) {
        let bytes = decision(n).0.encode();
        prop_assert!(Leaf::parse(&bytes[..bytes.len().saturating_sub(cut)]).is_err());
        prop_assert!(Leaf::parse(&[bytes.as_slice(), &[0]].concat()).is_err());
    }
}

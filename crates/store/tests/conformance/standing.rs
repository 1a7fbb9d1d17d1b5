//! What persons were told, whom a change of an area concerns, leaves for the ledger.

use super::*;
use hutong_store::{Audience, NewFeedItem, Round, Standing};

fn person(number: u8) -> PersonId {
    PersonId::from_bytes([number; 16])
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_unix_ms(ms)
}

fn told(number: u8, event: &str, due: Option<i64>, body: &str) -> Standing {
    Standing { person: person(number), event: event.into(), due: due.map(at), body: body.into() }
}

fn county(code: &str) -> RegionCode {
    RegionCode::parse(code).expect("region")
}

async fn keep(store: &dyn Store, standings: Vec<Standing>) {
    let round = Round { standings, ..Round::default() };
    assert!(store.keep_round(round).await.expect("kept"));
}

pub async fn what_was_told_last_counts(store: Arc<dyn Store>) {
    keep(&*store, vec![told(1, "a", Some(50), "green"), told(2, "a", None, "green")]).await;
    keep(&*store, vec![told(1, "a", None, "red"), told(1, "b", Some(70), "yellow")]).await;
    let mut found = store.standings(&[person(1), person(3)]).await.expect("read");
    found.sort_by(|a, b| a.event.cmp(&b.event));
    assert_eq!(found, [told(1, "a", None, "red"), told(1, "b", Some(70), "yellow")]);
    assert_eq!(store.forget_standings("a", 1).await.expect("forgotten"), 1);
    assert_eq!(store.forget_standings("a", 5).await.expect("forgotten"), 1);
    let left = store.standings(&[person(1), person(2)]).await.expect("read");
    assert_eq!(left, [told(1, "b", Some(70), "yellow")]);
}

pub async fn the_longest_due_come_first(store: Arc<dyn Store>) {
    let standings = vec![
        told(1, "a", Some(50), ""),
        told(2, "a", Some(40), ""),
        told(3, "a", Some(60), ""),
        told(4, "a", None, ""),
    ];
    keep(&*store, standings).await;
    assert_eq!(store.standings_due(at(39), 9).await.expect("read"), []);
    assert_eq!(store.standings_due(at(50), 9).await.expect("read"), [person(2), person(1)]);
    assert_eq!(store.standings_due(at(90), 1).await.expect("read"), [person(2)]);
}

pub async fn persons_are_found_by_event_and_county(store: Arc<dyn Store>) {
    let round = Round {
        standings: (1..=5).map(|n| told(n, "a", None, "")).collect(),
        whereabouts: vec![
            (county("330106"), person(2)),
            (county("330106"), person(1)),
            (county("330106"), person(2)),
            (county("330108"), person(1)),
        ],
        ..Round::default()
    };
    assert!(store.keep_round(round).await.expect("kept"));
    let first = store.persons_told("a", None, 3).await.expect("read");
    assert_eq!(first, [person(1), person(2), person(3)]);
    let rest = store.persons_told("a", Some(person(3)), 3).await.expect("read");
    assert_eq!(rest, [person(4), person(5)]);
    assert_eq!(store.persons_told("b", None, 3).await.expect("read"), []);
    let there = store.persons_in(county("330106"), None, 9).await.expect("read");
    assert_eq!(there, [person(1), person(2)]);
    let after = store.persons_in(county("330106"), Some(person(1)), 9).await.expect("read");
    assert_eq!(after, [person(2)]);
    assert_eq!(store.persons_in(county("440000"), None, 9).await.expect("read"), []);
}

pub async fn a_round_is_kept_once(store: Arc<dyn Store>) {
    let round = Round {
        standings: vec![told(1, "a", None, "red")],
        leaves: vec![b"leaf".to_vec()],
        feed: vec![NewFeedItem {
            kind: "decision".into(),
            audience: Audience::All,
            body: "{}".into(),
            at: at(1),
        }],
        followed: Some((0, 7)),
        ..Round::default()
    };
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let (store, round) = (store.clone(), round.clone());
            tokio::spawn(async move { store.keep_round(round).await.expect("decided") })
        })
        .collect();
    let mut kept = 0;
    for task in tasks {
        kept += u32::from(task.await.expect("no panic"));
    }
    assert_eq!(kept, 1);
    assert_eq!(store.followed().await.expect("read"), 7);
    assert_eq!(store.leaves_from(0, 9).await.expect("read"), [b"leaf"]);
    assert_eq!(store.feed_head().await.expect("read"), 1);
    store.wait_feed(0, 10_000).await;
}

pub async fn leaves_are_numbered_and_dropped(store: Arc<dyn Store>) {
    let leaves = |texts: &[&str]| Round {
        leaves: texts.iter().map(|text| text.as_bytes().to_vec()).collect(),
        ..Round::default()
    };
    assert!(store.keep_round(leaves(&["0", "1", "2"])).await.expect("kept"));
    assert_eq!(store.leaves_from(1, 1).await.expect("read"), [b"1"]);
    store.ledger_holds(2).await.expect("dropped");
    assert_eq!(store.leaves_from(0, 9).await.expect("read"), [b"2"]);
    assert!(store.keep_round(leaves(&["3"])).await.expect("kept"));
    assert_eq!(store.leaves_from(3, 9).await.expect("read"), [b"3"]);
    // A ledger that has more than the store knows: its numbers are not given out again.
    store.ledger_holds(9).await.expect("dropped");
    assert!(store.keep_round(leaves(&["9"])).await.expect("kept"));
    assert_eq!(store.leaves_from(0, 9).await.expect("read"), [b"9"]);
    assert_eq!(store.leaves_from(9, 9).await.expect("read"), [b"9"]);
}

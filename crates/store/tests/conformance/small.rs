//! Everything besides the journal.

use super::*;
use hutong_model::{Purpose, limits::ONE_TIME_CODE_TRIES_MAX};
use hutong_store::{Access, Audience, Device, Grant, NewFeedItem, OneTimeCode, Session};
use serde_json::json;
use std::time::{Duration, Instant};

fn person(number: u8) -> PersonId {
    PersonId::from_bytes([number; 16])
}

fn access(who: u8, at: i64) -> Access {
    Access {
        person: person(who),
        at: MARCH.plus_s(at),
        member: member("clinic"),
        on_behalf_of: Some(member("nurse")),
        region: region(),
        purpose: Purpose::Treatment,
        right: "grant:1".into(),
        what: "history".into(),
        records: 3,
    }
}

pub async fn accesses_come_newest_first(store: Arc<dyn Store>) {
    for (who, at) in [(1, 10), (2, 20), (1, 30), (3, 40), (2, 50)] {
        store.record_access(access(who, at)).await.expect("written");
    }
    let found = store.accesses(&[person(1), person(2)], 10).await.expect("read");
    assert_eq!(found, [access(2, 50), access(1, 30), access(2, 20), access(1, 10)]);
    assert_eq!(store.accesses(&[person(1), person(2)], 1).await.expect("read"), [access(2, 50)]);
    assert!(store.accesses(&[person(9)], 10).await.expect("read").is_empty());
    assert!(store.accesses(&[], 10).await.expect("read").is_empty());
}

pub async fn many_accesses_at_once(store: Arc<dyn Store>) {
    let tasks: Vec<_> = (0..500)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move { store.record_access(access(1, n)).await })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic").expect("written");
    }
    assert_eq!(store.accesses(&[person(1)], 1000).await.expect("read").len(), 500);
}

fn grant(id: &str, who: u8, to: &str, from: i64, until: i64) -> Grant {
    Grant {
        id: id.into(),
        person: person(who),
        member: member(to),
        purpose: Purpose::Treatment,
        basis: "presentation".into(),
        granted_at: MARCH.plus_s(from),
        expires_at: MARCH.plus_s(until),
    }
}

pub async fn grants_expire_when_read(store: Arc<dyn Store>) {
    let (short, long) = (grant("a", 1, "clinic", 0, 100), grant("b", 1, "clinic", 0, 1000));
    for grant in [&short, &long, &grant("c", 2, "clinic", 0, 100), &grant("d", 1, "lab", 0, 100)] {
        store.put_grant(grant.clone()).await.expect("written");
    }
    let clinic = member("clinic");
    let ask = async |persons: &[PersonId], purpose, at| {
        store.grant_for(&clinic, persons, purpose, MARCH.plus_s(at)).await.expect("read")
    };
    assert_eq!(ask(&[person(9), person(1)], Purpose::Treatment, 50).await, Some(long.clone()));
    assert_eq!(ask(&[person(1)], Purpose::Treatment, 500).await, Some(long.clone()));
    assert_eq!(ask(&[person(1)], Purpose::Treatment, 1000).await, None);
    assert_eq!(ask(&[person(1)], Purpose::Verification, 50).await, None);
    assert_eq!(ask(&[person(3)], Purpose::Treatment, 50).await, None);
    let now = MARCH.plus_s(50);
    let all = store.grants_of(&[person(1), person(2)], now).await.expect("read");
    assert_eq!(all.len(), 4);
    assert!(!store.revoke_grant(person(2), "b").await.expect("written"), "not hers");
    assert!(store.revoke_grant(person(1), "b").await.expect("written"));
    assert!(!store.revoke_grant(person(1), "b").await.expect("written"), "ended already");
    assert_eq!(ask(&[person(1)], Purpose::Treatment, 50).await, Some(short));
    assert_eq!(store.grants_of(&[person(1)], MARCH.plus_s(100)).await.expect("read"), []);
}

fn item(to: Audience, body: &str) -> NewFeedItem {
    NewFeedItem { kind: "entry".into(), audience: to, body: body.into(), at: MARCH }
}

pub async fn the_feed_is_numbered_and_addressed(store: Arc<dyn Store>) {
    let code = |text| RegionCode::parse(text).expect("a region");
    let to = |text| Audience::Region(code(text));
    let sent = [
        item(Audience::All, "1"),
        item(to("330106"), "2"),
        item(to("330000"), "3"),
        item(to("440100"), "4"),
        item(Audience::All, "5"),
    ];
    assert_eq!(store.feed_head().await.expect("read"), 0);
    for (n, item) in sent.iter().enumerate() {
        assert_eq!(store.append_feed(item.clone()).await.expect("written"), n as u64 + 1);
    }
    assert_eq!(store.feed_head().await.expect("read"), 5);
    let read = async |after, child, limit| {
        let items = store.feed_after(after, code(child), limit).await.expect("read");
        assert!(items.iter().all(|found| found.item == sent[found.number as usize - 1]));
        items.into_iter().map(|item| item.number).collect::<Vec<_>>()
    };
    assert_eq!(read(0, "330000", 10).await, [1, 2, 3, 5]);
    assert_eq!(read(0, "330100", 10).await, [1, 2, 5]);
    assert_eq!(read(2, "440000", 10).await, [4, 5]);
    assert_eq!(read(0, "000000", 10).await, [1, 2, 3, 4, 5]);
    assert_eq!(read(0, "330000", 2).await, [1, 2]);
    assert_eq!(read(5, "330000", 10).await, [0; 0]);
}

pub async fn the_feed_is_waited_for(store: Arc<dyn Store>) {
    let begin = Instant::now();
    store.wait_feed(0, 50).await;
    assert!(begin.elapsed() >= Duration::from_millis(45), "nothing came");
    let waiting = {
        let store = store.clone();
        tokio::spawn(async move { store.wait_feed(0, 30_000).await })
    };
    tokio::time::sleep(Duration::from_millis(20)).await;
    store.append_feed(item(Audience::All, "x")).await.expect("written");
    waiting.await.expect("no panic");
    store.wait_feed(0, 30_000).await;
    assert!(begin.elapsed() < Duration::from_secs(20));
}

pub async fn the_registry_shows_the_newest(store: Arc<dyn Store>) {
    for (collection, key, version) in
        [("member", "b", 1), ("member", "a", 1), ("member", "b", 2), ("adapter", "b", 7)]
    {
        let document = json!({ "version": version });
        store.put_document(collection, key, document, MARCH).await.expect("written");
    }
    let read = async |key| store.document("member", key).await.expect("read");
    assert_eq!(read("b").await, Some(json!({ "version": 2 })));
    assert_eq!(read("c").await, None);
    let all = store.documents("member").await.expect("read");
    assert_eq!(
        all,
        [("a".to_owned(), json!({ "version": 1 })), ("b".to_owned(), json!({ "version": 2 }))]
    );
    assert_eq!(store.documents("exception").await.expect("read"), []);
    // What is forgotten is gone, and nothing else.
    store.put_document("alpha", "gone", serde_json::json!(1), MARCH).await.expect("written");
    store.put_document("alpha", "gone", serde_json::json!(2), MARCH).await.expect("written");
    store.put_document("alpha", "stays", serde_json::json!(3), MARCH).await.expect("written");
    store.forget_document("alpha", "gone").await.expect("forgotten");
    store.forget_document("alpha", "never").await.expect("nothing to forget");
    assert_eq!(store.document("alpha", "gone").await.expect("read"), None);
    assert_eq!(store.document("alpha", "stays").await.expect("read"), Some(serde_json::json!(3)));
}

pub async fn settings_are_replaced(store: Arc<dyn Store>) {
    assert_eq!(store.setting("feed").await.expect("read"), None);
    for value in ["1", "22", ""] {
        store.set_setting("feed", value).await.expect("written");
        assert_eq!(store.setting("feed").await.expect("read").as_deref(), Some(value));
    }
    assert_eq!(store.setting("other").await.expect("read"), None);
    // Names that a back end may use for itself are as good as any other.
    for name in ["outbox", "indexed", "persons"] {
        store.set_setting(name, "77").await.expect("written");
        assert_eq!(store.setting(name).await.expect("read").as_deref(), Some("77"));
    }
    assert_eq!(store.outbox_position().await.expect("read"), 0);
}

pub async fn a_token_is_used_once(store: Arc<dyn Store>) {
    let until = MARCH.plus_s(100);
    let used = async |scope, token: &str, now| {
        store.use_once(scope, token, until, MARCH.plus_s(now)).await.expect("written")
    };
    assert!(used("jti", "a", 0).await);
    assert!(!used("jti", "a", 1).await);
    assert!(used("nonce", "a", 1).await, "another scope");
    assert!(used("jti", "b", 1).await);
    assert!(!used("jti", "a", 99).await);
    let tasks: Vec<_> = (0..32)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.use_once("jti", "race", until, MARCH).await })
        })
        .collect();
    let mut first = 0;
    for task in tasks {
        first += u32::from(task.await.expect("no panic").expect("written"));
    }
    assert_eq!(first, 1);
}

pub async fn one_time_codes_are_tried(store: Arc<dyn Store>) {
    let code = |id: &str, until| OneTimeCode {
        id: id.into(),
        person: person(1),
        hash: [7; 32],
        expires_at: MARCH.plus_s(until),
        tries: 0,
    };
    let redeem = async |id: &str, hash: u8, at| {
        store.redeem_one_time_code(id, &[hash; 32], MARCH.plus_s(at)).await.expect("written")
    };
    store.put_one_time_code(code("a", 300)).await.expect("written");
    for _ in 1..ONE_TIME_CODE_TRIES_MAX {
        assert_eq!(redeem("a", 8, 0).await, None);
    }
    assert_eq!(redeem("a", 7, 0).await, Some(person(1)));
    assert_eq!(redeem("a", 7, 0).await, None, "used");
    store.put_one_time_code(code("b", 300)).await.expect("written");
    for _ in 0..ONE_TIME_CODE_TRIES_MAX {
        assert_eq!(redeem("b", 8, 0).await, None);
    }
    assert_eq!(redeem("b", 7, 0).await, None, "void after too many wrong ones");
    store.put_one_time_code(code("c", 300)).await.expect("written");
    assert_eq!(redeem("c", 7, 300).await, None, "expired");
    assert_eq!(redeem("nothing", 7, 0).await, None);
}

pub async fn sessions_expire(store: Arc<dyn Store>) {
    let session = Session { hash: [1; 32], person: person(1), expires_at: MARCH.plus_s(60) };
    store.put_session(session.clone()).await.expect("written");
    let read =
        async |hash: u8, at| store.session(&[hash; 32], MARCH.plus_s(at)).await.expect("read");
    assert_eq!(read(1, 59).await, Some(session));
    assert_eq!(read(1, 60).await, None);
    assert_eq!(read(2, 0).await, None);
    store.end_session(&[1; 32]).await.expect("written");
    assert_eq!(read(1, 0).await, None);
    store.end_session(&[1; 32]).await.expect("written");
}

pub async fn devices_belong_to_persons(store: Arc<dyn Store>) {
    let device = |id: &str, who, at| Device {
        id: id.into(),
        person: person(who),
        cose_key: vec![1, 2, 3],
        registered_at: MARCH.plus_s(at),
        revoked_at: None,
    };
    let (a, b) = (device("a", 1, 0), device("b", 1, 5));
    for device in [&b, &a, &device("c", 2, 0), &device("a", 1, 99)] {
        store.put_device(device.clone()).await.expect("written");
    }
    let of = async |who| store.devices_of(person(who)).await.expect("read");
    assert_eq!(of(1).await, [a.clone(), b.clone()]);
    let at = MARCH.plus_s(200);
    assert!(!store.revoke_device(person(2), "a", at).await.expect("written"));
    assert!(!store.revoke_device(person(1), "x", at).await.expect("written"));
    assert!(store.revoke_device(person(1), "a", at).await.expect("written"));
    store.put_device(device("a", 1, 300)).await.expect("written");
    assert_eq!(of(1).await, [Device { revoked_at: Some(at), ..a }, b], "withdrawn stays so");
}

//! What is passed up: order, marks, digests.

use super::*;
use hutong_model::Date;
use hutong_store::{DayDigest, InboxMark};

pub async fn entries_after_come_in_order(store: Arc<dyn Store>) {
    let clinic = member("clinic");
    let rows = (0..50)
        .map(|n| row(&clinic, &[passport(n % 7)], vec![dose(&clinic, &n.to_string(), "L")]))
        .collect();
    admit_all(&*store, rows).await;
    let all = store.entries_after(0, 1000).await.expect("read");
    assert_eq!(all.len() as u64, store.head().await.expect("head"));
    assert!(all.is_sorted_by(|one, two| one.seq < two.seq));
    let (mut after, mut paged) = (0, Vec::new());
    loop {
        let page = store.entries_after(after, 9).await.expect("read");
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 9);
        after = last.seq;
        paged.extend(page);
    }
    assert_eq!(paged, all);
    assert!(store.entries_after(u64::MAX, 9).await.expect("read").is_empty());
}

pub async fn local_documents_are_not_passed_up(store: Arc<dyn Store>) {
    let clinic = member("clinic");
    let outcome =
        written(&*store, row(&clinic, &[local(1), passport(1)], vec![dose(&clinic, "a", "L")]))
            .await;
    assert_eq!(person_of(&*store, &local(1)).await, Some(outcome.person));
    let up = store.entries_after(0, 10).await.expect("read");
    assert_eq!(up.len(), 2);
    assert!(up.iter().all(|stored| stored.entry.fact != Fact::DocumentLinked(local(1))));
    assert_eq!(store.entries_of(&[outcome.person]).await.expect("read").len(), 3);
}

pub async fn the_outbox_mark_never_moves_back(store: Arc<dyn Store>) {
    assert_eq!(store.outbox_position().await.expect("read"), 0);
    for (set, expected) in [(5, 5), (3, 5), (9, 9), (10, 10), (9, 10)] {
        store.set_outbox_position(set).await.expect("written");
        assert_eq!(store.outbox_position().await.expect("read"), expected);
    }
}

pub async fn the_inbox_mark_moves_with_its_batch(store: Arc<dyn Store>) {
    let clinic = member("clinic");
    let child = member("child");
    let send = |n: u32, seq| AdmitBatch {
        rows: vec![AdmitRow {
            from_node: true,
            ..row(&clinic, &[passport(n)], vec![dose(&clinic, &n.to_string(), "L")])
        }],
        inbox: Some(InboxMark { node: child.clone(), seq }),
        all_or_none: false,
    };
    assert_eq!(store.inbox_position(&child).await.expect("read"), 0);
    for (n, seq, expected) in [(1, 10, 10), (2, 20, 20), (1, 10, 20)] {
        store.admit(send(n, seq)).await.expect("admitted");
        assert_eq!(store.inbox_position(&child).await.expect("read"), expected);
    }
    let empty = AdmitBatch { rows: Vec::new(), ..send(1, 30) };
    store.admit(empty).await.expect("admitted");
    assert_eq!(store.inbox_position(&child).await.expect("read"), 30);
    assert_eq!(store.inbox_position(&clinic).await.expect("read"), 0);
}

/// Twenty facts of two members on three days, all of one person.
fn twenty() -> Vec<AdmitRow> {
    (0..20)
        .map(|n| {
            let clinic = member(if n % 3 == 0 { "clinic" } else { "lab" });
            let mut new = dose(&clinic, &n.to_string(), "L");
            new.times.admitted = MARCH.plus_s(i64::from(n % 3) * 86_400);
            AdmitRow { from_node: true, ..row(&clinic, &[local(1)], vec![new]) }
        })
        .collect()
}

async fn digests(store: &dyn Store) -> Vec<DayDigest> {
    let day = MARCH.utc_date();
    let mut days = store.day_digests(day.plus_days(-9), day.plus_days(9)).await.expect("read");
    days.sort_by(|one, two| (&one.member, one.day).cmp(&(&two.member, two.day)));
    days
}

pub async fn digests_do_not_depend_on_the_order(store: Arc<dyn Store>) {
    let mut rows = twenty();
    // The same facts under other ids of the same length of day sum up to something else.
    let half = rows.split_off(10);
    admit_all(&*store, rows.clone()).await;
    let some = digests(&*store).await;
    for row in half.iter().rev() {
        admit(&*store, row.clone()).await;
    }
    let all = digests(&*store).await;
    assert_ne!(some, all);
    assert_eq!(all.iter().map(|day| day.count).sum::<u64>(), 20);
    // Sent again, nothing changes.
    admit_all(&*store, half).await;
    admit_all(&*store, rows).await;
    assert_eq!(digests(&*store).await, all);
    // By hand: the wrapping sum over what is stated, the person left out.
    let mut sums = std::collections::BTreeMap::<(MemberId, Date), u128>::new();
    for row in twenty() {
        let new = &row.facts[0];
        let mut text = new.id.as_bytes().to_vec();
        minicbor::encode(&new.fact, &mut text).expect("CBOR");
        minicbor::encode(new.source, &mut text).expect("CBOR");
        minicbor::encode(new.times, &mut text).expect("CBOR");
        minicbor::encode(new.replaces, &mut text).expect("CBOR");
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &text);
        let mut first = [0; 16];
        first.copy_from_slice(&hash.as_ref()[..16]);
        let sum = sums.entry((row.member, new.times.admitted.utc_date())).or_default();
        *sum = sum.wrapping_add(u128::from_be_bytes(first));
    }
    let by_hand: Vec<_> = sums.into_values().map(u128::to_be_bytes).collect();
    assert_eq!(all.iter().map(|day| day.digest).collect::<Vec<_>>(), by_hand);
}

pub async fn digests_leave_out_what_is_local(store: Arc<dyn Store>) {
    let clinic = member("clinic");
    let one =
        written(&*store, row(&clinic, &[local(1)], vec![dose(&clinic, "a", "1")])).await.person;
    let two = written(&*store, row(&clinic, &[local(2)], Vec::new())).await.person;
    assert_eq!(digests(&*store).await[0].count, 1);
    let link = fact(entry_id(1), Fact::PersonsLinked(two, "why".into()));
    written(&*store, about(&clinic, one, vec![link])).await;
    assert_eq!(digests(&*store).await[0].count, 1, "the other person has another id elsewhere");
    assert_eq!(digests(&*store).await.len(), 1);
}

pub async fn a_day_has_its_entries(store: Arc<dyn Store>) {
    admit_all(&*store, twenty()).await;
    let (clinic, lab) = (member("clinic"), member("lab"));
    let mut found = 0;
    for member in [&clinic, &lab] {
        for day in digests(&*store).await.into_iter().filter(|day| day.member == *member) {
            let entries = store.entries_of_day(member, day.day).await.expect("read");
            assert_eq!(entries.len() as u64, day.count);
            assert!(entries.is_sorted_by(|one, two| one.seq < two.seq));
            let fits = |e: &hutong_model::Entry| {
                e.member == *member && e.times.admitted.utc_date() == day.day
            };
            assert!(entries.iter().all(|stored| fits(&stored.entry)));
            found += entries.len();
        }
    }
    assert_eq!(found, 20);
    let other = MARCH.utc_date().plus_days(5);
    assert!(store.entries_of_day(&clinic, other).await.expect("read").is_empty());
    assert!(store.entries_of_day(&member("nobody"), other).await.expect("read").is_empty());
    let one_day = store.day_digests(MARCH.utc_date(), MARCH.utc_date()).await.expect("read");
    assert!(one_day.iter().all(|day| day.day == MARCH.utc_date()));
}

pub async fn the_outbox_is_rewound_where_the_parent_has_lost_something(store: Arc<dyn Store>) {
    for (set, rewound, expected) in [(9, 4, 4), (4, 7, 4), (12, 0, 0)] {
        store.set_outbox_position(set).await.expect("written");
        store.rewind_outbox(rewound).await.expect("written");
        assert_eq!(store.outbox_position().await.expect("read"), expected);
    }
}

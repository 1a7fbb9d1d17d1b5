//! Counters for dashboards.

use super::*;
use hutong_model::Date;
use hutong_store::{Cell, Facet, Wanted};

fn day(text: &str) -> Date {
    Date::parse(text).expect("date")
}

fn dose(on: &str, region: &str, what: &str) -> Cell {
    Cell {
        facet: Facet::Doses,
        day: day(on),
        region: region.into(),
        member: "".into(),
        what: what.into(),
        dose: 1,
        age: 18,
        sex: 2,
    }
}

fn wanted(facet: Facet) -> Wanted {
    Wanted { facet, from: day("2021-03-01"), to: day("2021-03-31") }
}

async fn found(store: &dyn Store, wanted: &Wanted) -> Vec<(Cell, i64)> {
    let mut found = store.tallies(wanted).await.expect("read");
    found.sort();
    found
}

pub async fn counters_add_up(store: Arc<dyn Store>) {
    let (here, there) =
        (dose("2021-03-02", "330106", "covid"), dose("2021-03-03", "440000", "疫苗"));
    let outside = dose("2021-04-01", "330106", "covid");
    let changes = vec![(here.clone(), 2), (there.clone(), 1), (outside, 1)];
    assert!(store.tally(changes, 0, 10).await.expect("written"));
    assert!(
        store.tally(vec![(here.clone(), 3), (there.clone(), -1)], 10, 12).await.expect("written")
    );
    assert_eq!(store.tallied().await.expect("read"), 12);
    let all = wanted(Facet::Doses);
    assert_eq!(found(&*store, &all).await, [(here, 5)], "zero is nothing");
    assert_eq!(found(&*store, &wanted(Facet::Results)).await, []);
}

pub async fn a_place_is_counted_once(store: Arc<dyn Store>) {
    let cell = dose("2021-03-02", "330106", "covid");
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let (store, changes) = (store.clone(), vec![(cell.clone(), 1)]);
            tokio::spawn(async move { store.tally(changes, 0, 7).await.expect("written") })
        })
        .collect();
    let mut counted = 0;
    for task in tasks {
        counted += u32::from(task.await.expect("no panic"));
    }
    assert_eq!(counted, 1, "who comes late changes nothing");
    assert_eq!(found(&*store, &wanted(Facet::Doses)).await, [(cell, 1)]);
    assert_eq!(store.tallied().await.expect("read"), 7);
}

pub async fn rejections_do_not_move_the_place(store: Arc<dyn Store>) {
    let cell = Cell { facet: Facet::Rejections, ..dose("2021-03-02", "", "required: subject") };
    store.tally_rejections(vec![(cell.clone(), 2)]).await.expect("written");
    store.tally_rejections(vec![(cell.clone(), 1)]).await.expect("written");
    assert_eq!(found(&*store, &wanted(Facet::Rejections)).await, [(cell, 3)]);
    assert_eq!(store.tallied().await.expect("read"), 0);
}

//! Counters: what is counted, once; who may see it; and whether counting again agrees.

use crate::common::{
    Reply, Town,
    people::{lin, su},
    town,
};
use hutong_model::{Date, MemberKind};
use hutong_store::{Cell, Facet};
use serde_json::{Value, json};

const NDJSON: &str = "application/fhir+ndjson";

/// Counts what has been admitted.
async fn settle(town: &Town) {
    while town.node.tally_once().await.expect("counted") {}
}

async fn counts(town: &Town, token: &str, purpose: &str, query: &str) -> Reply {
    town.get(token, purpose, &format!("/v1/counts?{query}")).await
}

/// The groups as a department sees them.
async fn groups(town: &Town, token: &str, query: &str) -> Value {
    settle(town).await;
    let answer = counts(town, token, "PUBHLTH", query).await.expect(200).body;
    assert_eq!(answer["uncounted"], 0);
    answer["groups"].clone()
}

/// Sends lines; how many were refused.
async fn send(town: &Town, token: &str, resources: &[Value]) -> u64 {
    let body: Vec<String> = resources.iter().map(ToString::to_string).collect();
    let lines = town.admit_stream(token, NDJSON, "", body.join("\n")).await;
    lines.last().expect("a summary")["summary"]["rejected"].as_u64().expect("a number")
}

#[tokio::test]
async fn a_dose_counts_once_and_as_corrected() {
    let town = town().await;
    let office = town.admit("cdc", MemberKind::Department).await;
    let (one, two) = (
        town.admit("clinic-1", MemberKind::Clinic).await,
        town.admit("clinic-2", MemberKind::Clinic).await,
    );
    let (office, one, two) =
        (town.token(&office).await, town.token(&one).await, town.token(&two).await);
    let all = "facet=doses&from=2020-01-01&by=day,dose";
    assert_eq!(groups(&town, &office, all).await, json!([]));

    let mut dose = lin().dose("a", "2026-01-05");
    dose["protocolApplied"] = json!([{ "doseNumberPositiveInt": 1 }]);
    assert_eq!(send(&town, &one, &[lin().patient(), dose.clone()]).await, 0);
    let counted = json!([{ "day": "2026-01-05", "dose": 1, "count": 1 }]);
    assert_eq!(groups(&town, &office, all).await, counted);

    // Reported again by another clinic from a booklet: one dose, two uploads.
    let mut again = lin().dose("b", "2026-01-05");
    again["primarySource"] = json!(false);
    again.as_object_mut().expect("an object").remove("lotNumber");
    send(&town, &two, &[again]).await;
    assert_eq!(groups(&town, &office, all).await, counted);
    let uploads = groups(&town, &office, "facet=uploads&by=member").await;
    assert_eq!(uploads.as_array().map(Vec::len), Some(2), "{uploads}");

    // Corrected: it counts on the other day.
    dose["occurrenceDateTime"] = json!("2026-01-06");
    let path = "/fhir/Immunization/a";
    let put =
        town.ask("PUT", path, &one).json(&dose).header("Content-Type", "application/fhir+json");
    crate::common::reply(put).await.expect(201);
    let days = |rows: Value| -> Vec<(String, i64)> {
        let rows = rows.as_array().cloned().unwrap_or_default();
        rows.iter()
            .map(|row| {
                let day = row["day"].as_str().expect("a day").to_owned();
                (day, row["count"].as_i64().expect("a number"))
            })
            .collect()
    };
    let after = days(groups(&town, &office, "facet=doses&from=2020-01-01&by=day").await);
    assert!(after.contains(&("2026-01-06".into(), 1)), "{after:?}");
    let recounted = town.node.recount(false, |_| ()).await.expect("counted");
    assert_eq!(recounted.differing, 0, "{recounted:?}");
}

#[tokio::test]
async fn counters_tell_age_and_outcome() {
    let town = town().await;
    let office = town.admit("cdc", MemberKind::Department).await;
    let lab = town.admit("lab-1", MemberKind::Lab).await;
    let (office, lab) = (town.token(&office).await, town.token(&lab).await);
    let rows = [
        lin().patient(),
        lin().test("t1", "2026-11-10T08:00:00Z", true),
        su().test("t2", "2026-11-10T08:00:00Z", false),
        su().test("t3", "2026-11-11T08:00:00Z", false),
    ];
    assert_eq!(send(&town, &lab, &rows).await, 0);
    let results = groups(&town, &office, "facet=results&from=2026-11-01&by=what,age").await;
    assert_eq!(
        results,
        json!([
            { "what": "nucleic-acid/negative", "age": 30, "count": 2 },
            { "what": "nucleic-acid/positive", "age": 30, "count": 1 },
        ])
    );
    let delays = groups(&town, &office, "facet=delays&from=2020-01-01").await;
    assert_eq!(delays.as_array().map(Vec::len), Some(1), "{delays}");
}

#[tokio::test]
async fn counters_are_for_departments_and_for_those_who_report() {
    let town = town().await;
    let (one, two) = (
        town.admit("clinic-1", MemberKind::Clinic).await,
        town.admit("clinic-2", MemberKind::Clinic).await,
    );
    let (one, two) = (town.token(&one).await, town.token(&two).await);
    let office = town.admit("cdc", MemberKind::Department).await;
    let office = town.token(&office).await;
    let rows = [lin().dose("a", "2026-01-05"), lin().dose("b", "1970-01-01")];
    assert_eq!(send(&town, &one, &rows).await, 1);
    settle(&town).await;

    let own = counts(&town, &one, "REPORT", "facet=rejections").await.expect(200).body;
    assert_eq!(own["groups"][0]["count"], 1, "{own}");
    assert!(own["groups"][0]["what"].as_str().expect("a reason").starts_with("business-rule"));
    let others = counts(&town, &two, "REPORT", "facet=rejections").await.expect(200).body;
    assert_eq!(others["groups"], json!([]), "another's refusals");
    counts(&town, &one, "REPORT", "facet=doses").await.expect(403);
    counts(&town, &one, "PUBHLTH", "facet=doses").await.expect(403);
    for wrong in
        ["", "facet=all", "facet=doses&by=name", "facet=doses&from=x", "facet=doses&per=day"]
    {
        counts(&town, &office, "PUBHLTH", wrong).await.expect(400);
    }
    counts(&town, "nobody", "PUBHLTH", "facet=doses").await.expect(401);
}

#[tokio::test]
async fn a_wrong_counter_is_found_and_set_right() {
    let town = town().await;
    let clinic = town.admit("clinic-1", MemberKind::Clinic).await;
    let clinic = town.token(&clinic).await;
    send(&town, &clinic, &[lin().dose("a", "2026-01-05"), su().dose("b", "2026-01-06")]).await;
    settle(&town).await;
    let cell = Cell {
        facet: Facet::Doses,
        day: Date::parse("2026-01-05").expect("a day"),
        region: "000000".into(),
        member: "".into(),
        what: "measles".into(),
        dose: 1,
        age: 0,
        sex: 1,
    };
    let at = town.node.store().tallied().await.expect("read");
    assert!(town.node.store().tally(vec![(cell.clone(), 3)], at, at).await.expect("written"));
    let recounted = town.node.recount(false, |_| ()).await.expect("counted");
    assert_eq!((recounted.differing, recounted.persons, recounted.mended), (1, 2, false));
    assert_eq!((&recounted.first[0].cell, recounted.first[0].kept), (&cell, 3));
    assert!(town.node.recount(true, |_| ()).await.expect("counted").mended);
    assert_eq!(town.node.recount(false, |_| ()).await.expect("counted").differing, 0);
}

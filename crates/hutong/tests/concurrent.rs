//! Senders at the same moment: nothing is lost, nothing is doubled.
//!
//! `HUTONG_CONCURRENT_CHILDREN` sets how many children two clinics upload at once.

mod processes;

use processes::{
    Node, journal,
    office::{NDJSON, Office},
    people::{Person, VACCINES, child},
    setting,
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Instant,
};
use tokio::sync::Barrier;

/// Identical creates at once.
const AT_ONCE: usize = 64;

/// A way to send a dose.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// One resource.
    Create,
    /// A Bundle with Patient and Immunization.
    Bundle,
    /// A stream of lines with Patient and Immunization.
    Lines,
}

/// Sends a dose; whether it was admitted.
async fn give(office: &Office, url: &str, way: Way, who: &Person, dose: &Value) -> bool {
    let patient = who.patient(&who.number);
    match way {
        Way::Create => office.send(url, "/fhir/Immunization", dose).await.status == 201,
        Way::Bundle => {
            let entry = |resource: &Value| {
                let kind = resource["resourceType"].clone();
                json!({ "resource": resource, "request": { "method": "POST", "url": kind } })
            };
            let bundle = json!({
                "resourceType": "Bundle",
                "type": "batch",
                "entry": [entry(&patient), entry(dose)],
            });
            let answer = office.send(url, "/fhir", &bundle).await.expect(200).body;
            let status = answer["entry"][1]["response"]["status"].as_str();
            status.is_some_and(|status| status.starts_with("201"))
        }
        Way::Lines => {
            let body = format!("{patient}\n{dose}\n");
            let (status, answered) = office.admit_rows(url, NDJSON, body).await.expect("an answer");
            assert_eq!((status, answered.count("rejected")), (200, 0), "{answered:?}");
            answered.rows[1]["outcome"] == "admitted"
        }
    }
}

fn own_id(number: u32, clinic: usize) -> String {
    format!("dose-{number}-{clinic}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_clinics_at_once_lose_nothing_and_double_nothing() {
    let children: u32 = setting("HUTONG_CONCURRENT_CHILDREN", 1000);
    let folder = tempfile::tempdir().expect("a folder");
    let mut node = Node::root(folder.path());
    let clinics = [0, 1].map(|n| Arc::new(Office::admit(&node, &format!("clinic-{n}"), "clinic")));
    let reader = Office::admit(&node, "cdc", "department");
    let began = Instant::now();
    for number in 0..children {
        let together = Arc::new(Barrier::new(2));
        let way = [Way::Create, Way::Bundle, Way::Lines][number as usize % 3];
        let sending = [0, 1].map(|clinic| {
            let (office, url, together) =
                (clinics[clinic].clone(), node.url.clone(), together.clone());
            tokio::spawn(async move {
                let who = child(number);
                let date = format!("2021-03-{:02}", 1 + clinic);
                let dose = who.dose(&own_id(number, clinic), VACCINES[clinic], &date);
                office.token(&url).await.expect("signed in");
                together.wait().await;
                give(&office, &url, way, &who, &dose).await
            })
        });
        for sent in sending {
            assert!(sent.await.expect("sent"), "child {number}, {way:?}");
        }
    }
    let sent_s = began.elapsed().as_secs_f64();
    assert_eq!(node.standing()["persons"], children);
    for number in 0..children {
        let shown = reader.history(&node.url, &child(number).number).await;
        let expected: HashMap<String, u32> =
            [0, 1].map(|clinic| (format!("Immunization/{}", own_id(number, clinic)), 1)).into();
        assert_eq!(shown, expected, "child {number}");
    }
    println!(
        "{children} children, two clinics at once: sent in {sent_s:.1} s, read in {:.1} s",
        began.elapsed().as_secs_f64() - sent_s
    );
    assert_eq!(records(&mut node).await.len(), 2 * children as usize);
}

/// Own id → how many records lie on the disk, of a node that is stopped for it.
async fn records(node: &mut Node) -> BTreeMap<String, u32> {
    node.stop();
    let mut found = BTreeMap::new();
    for entry in journal::entries(node).await {
        if let Some(own_id) = entry.own_id.filter(|_| entry.fact.is_record()) {
            *found.entry(own_id.as_str().to_owned()).or_default() += 1;
        }
    }
    assert!(found.values().all(|count| *count == 1), "{found:?}");
    found
}

/// Sends the same resource from all offices at once; status → how often.
async fn at_once(
    url: &str,
    offices: &[Arc<Office>],
    path: &'static str,
    resource: &Value,
) -> BTreeMap<u16, usize> {
    let together = Arc::new(Barrier::new(AT_ONCE));
    let sending: Vec<_> = (0..AT_ONCE)
        .map(|n| {
            let (office, url) = (offices[n % offices.len()].clone(), url.to_owned());
            let (resource, together) = (resource.clone(), together.clone());
            tokio::spawn(async move {
                office.token(&url).await.expect("signed in");
                together.wait().await;
                office.send(&url, path, &resource).await.status
            })
        })
        .collect();
    let mut statuses = BTreeMap::new();
    for one in sending {
        *statuses.entry(one.await.expect("sent")).or_default() += 1;
    }
    statuses
}

fn persons(node: &Node) -> u64 {
    node.standing()["persons"].as_u64().expect("a number")
}

/// One was new, the others were there.
fn one_of_all() -> BTreeMap<u16, usize> {
    [(200, AT_ONCE - 1), (201, 1)].into()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_identical_creates_make_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut node = Node::root(folder.path());
    let office = |name| Arc::new(Office::admit(&node, name, "clinic"));
    let (one, two) = ([office("clinic-0")], [office("clinic-1"), office("clinic-2")]);
    let url = node.url.clone();

    // A person, then a dose of theirs.
    let who = child(1);
    let statuses = at_once(&url, &one, "/fhir/Patient", &who.patient("p1")).await;
    assert_eq!((statuses, persons(&node)), (one_of_all(), 1));
    let dose = who.dose("d1", "20", "2021-03-01");
    let statuses = at_once(&url, &one, "/fhir/Immunization", &dose).await;
    assert_eq!((statuses, persons(&node)), (one_of_all(), 1));

    // A dose of somebody nobody knows yet.
    let dose = child(2).dose("d2", "20", "2021-03-01");
    let statuses = at_once(&url, &one, "/fhir/Immunization", &dose).await;
    assert_eq!((statuses, persons(&node)), (one_of_all(), 2));

    // A person whom two clinics state: still one person.
    at_once(&url, &two, "/fhir/Patient", &child(3).patient("p3")).await;
    assert_eq!(persons(&node), 3);
    // The same id from two clinics is two records, each once, of one person.
    let dose = child(4).dose("d4", "20", "2021-03-01");
    let statuses = at_once(&url, &two, "/fhir/Immunization", &dose).await;
    assert_eq!(statuses, [(200, AT_ONCE - 2), (201, 2)].into());
    assert_eq!(persons(&node), 4);

    // In streams: one is admitted, 63 are duplicates.
    let who = child(5);
    let body = format!("{}\n", who.dose("d5", "20", "2021-03-01"));
    let together = Arc::new(Barrier::new(AT_ONCE));
    let streams: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let (office, url) = (one[0].clone(), url.clone());
            let (body, together) = (body.clone(), together.clone());
            tokio::spawn(async move {
                together.wait().await;
                let (status, answered) =
                    office.admit_rows(&url, NDJSON, body).await.expect("an answer");
                assert_eq!(status, 200, "{answered:?}");
                (answered.count("admitted"), answered.count("duplicate"))
            })
        })
        .collect();
    let mut total = (0, 0);
    for stream in streams {
        let (admitted, duplicate) = stream.await.expect("sent");
        total = (total.0 + admitted, total.1 + duplicate);
    }
    assert_eq!(total, (1, AT_ONCE as u64 - 1));
    assert_eq!(persons(&node), 5);

    node.stop();
    let entries = journal::entries(&node).await;
    let records: Vec<_> = entries.iter().filter(|entry| entry.fact.is_record()).collect();
    assert_eq!(records.len(), 5, "d1, d2, d4 of two clinics, d5");
    println!("{} entries for five persons and five doses", entries.len());
}

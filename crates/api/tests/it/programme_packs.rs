//! What a region adds to the national immunization programme: filed before it takes effect, public,
//! in force from its first day to its last.

use crate::common::{Reply, Town, child, people::lin, reply, town};
use hutong_model::{MemberKind, RegionCode};
use serde_json::{Value, json};

const LAW: &str = "《疫苗管理法》第四十一条；示例";
const EVIDENCE: &str = "水痘与手足口病监测，2026年（示例）";
const SHANGHAI: &str = include_str!("../../../programme/tests/data/pack-310000.toml");
/// The head of the pack, where the days stand.
const FROM: &str = "from = \"2026-09-01\"";

/// The pack with other days; the test's today is 2026-11-22.
fn pack(days: &str) -> String {
    assert!(SHANGHAI.contains(FROM));
    SHANGHAI.replace(FROM, days)
}

fn filing(region: &str, source: &str) -> Value {
    json!({"kind": "programme-pack", "filing": {
        "region": region, "legalBasis": LAW, "evidence": EVIDENCE, "source": source
    }})
}

async fn file(town: &Town, token: &str, body: &Value) -> Reply {
    let request = town.ask("POST", "/v1/filings", token).header("content-type", "application/json");
    let request = request.header("hutong-purpose", "PUBHLTH").header("hutong-legal-basis", LAW);
    reply(request.body(body.to_string())).await
}

async fn department(town: &Town) -> String {
    let office = town.admit("cdc", MemberKind::Department).await;
    town.token(&office).await
}

async fn packs(town: &Town) -> Value {
    reply(town.http.get(format!("{}/v1/programme-packs", town.url))).await.expect(200).body
}

fn edition(town: &Town, region: &str, day: &str) -> String {
    let region = RegionCode::parse(region).expect("a region");
    let editions = town.node.programme_editions(region).expect("editions");
    let day = hutong_programme::Day::parse(day).expect("a day");
    editions.on(day).expect("an edition").id.clone()
}

#[tokio::test]
async fn a_region_adds_to_the_programme_after_filing_it() {
    let town = town().await;
    let token = department(&town).await;
    assert_eq!(packs(&town).await["packs"], json!([]));
    let source = pack("from = \"2026-12-01\"\nto = \"2028-12-31\"");
    let filed = file(&town, &token, &filing("310000", &source)).await.expect(201).body;
    assert_eq!(filed["id"], "310000/2026-12-01");
    assert_eq!(filed["lastDay"], "2028-12-31");
    assert_eq!(filed["by"], "000000.cdc");
    let public = packs(&town).await;
    assert_eq!(public["packs"][0]["legalBasis"], LAW);
    assert_eq!(public["packs"][0]["evidence"], EVIDENCE);
    assert_eq!(public["packs"][0]["source"], source.as_str());
    for (region, day, id) in [
        ("310000", "2026-11-30", "cn-2026"),
        ("310000", "2026-12-01", "cn-2026+310000"),
        ("310115", "2028-12-31", "cn-2026+310000"),
        ("310000", "2029-01-01", "cn-2026"),
        ("330000", "2026-12-01", "cn-2026"),
    ] {
        assert_eq!(edition(&town, region, day), id, "{region} on {day}");
    }
    // A child who would move there is assessed by it, from its first day on.
    let clinic = town.admit("clinic-1", MemberKind::Clinic).await;
    let clinic = town.token(&clinic).await;
    let ward = child::known(&town, &clinic).await;
    let phone = town.phone(&lin()).await;
    let ask = async |rest: &str| {
        let path = format!("/v1/me/programme?for={ward}{rest}");
        town.mine(&phone, "GET", &path, None).await.expect(200).body
    };
    let has = |due: &Value, group: &str| {
        due["due"].as_array().expect("groups").iter().any(|it| it["group"] == group)
    };
    let here = ask("&on=2026-12-01").await;
    assert_eq!(here["edition"], "cn-2026");
    assert!(!has(&here, "EV71"));
    let there = ask("&on=2026-12-01&region=310115").await;
    assert_eq!(there["edition"], "cn-2026+310000");
    assert!(has(&there, "EV71"), "{there}");
    assert!(there["editionName"]["zh"].as_str().expect("a name").contains("上海"));
    assert!(!has(&ask("&region=310000").await, "EV71"), "not before its first day");
}

#[tokio::test]
async fn a_pack_that_begins_takes_the_place_of_the_one_before() {
    let town = town().await;
    let token = department(&town).await;
    let first = pack("from = \"2026-12-01\"\nto = \"2030-12-31\"");
    file(&town, &token, &filing("310000", &first)).await.expect(201);
    let again = file(&town, &token, &filing("310000", &first)).await.expect(422).body;
    assert!(again.to_string().contains("filed before"), "{again}");
    // From February on nothing is added: an empty pack ends what was added before its last day.
    let nothing = "[edition]\nid = \"310000-none\"\nregion = \"310000\"\nname = \"不再增加\"\n\
                   name_en = \"Nothing\"\nfrom = \"2027-02-01\"\nto = \"2027-12-31\"\n";
    file(&town, &token, &filing("310000", nothing)).await.expect(201);
    let antigens = |day: &str| {
        let region = RegionCode::parse("310000").expect("a region");
        let editions = town.node.programme_editions(region).expect("editions");
        let day = hutong_programme::Day::parse(day).expect("a day");
        let names = editions.on(day).expect("an edition").data().antigens.iter();
        names.filter(|antigen| antigen.name == "EV71").count()
    };
    assert_eq!(antigens("2027-01-31"), 1);
    assert_eq!(antigens("2027-02-01"), 0);
    assert_eq!(antigens("2028-06-01"), 0, "the first does not come back");
}

#[tokio::test]
async fn what_would_change_the_nation_or_the_past_is_refused_with_the_reason() {
    let town = town().await;
    let token = department(&town).await;
    let days = "from = \"2026-12-01\"\nto = \"2028-12-31\"";
    let refused = async |body: Value, why: &str| {
        let said = file(&town, &token, &body).await.expect(422).body.to_string();
        assert!(said.contains(why), "{why}: {said}");
    };
    let of = |source: &str| filing("310000", source);
    refused(of(&pack("from = \"2026-11-22\"\nto = \"2028-12-31\"")), "after it is filed").await;
    refused(of(&pack("from = \"2020-01-01\"\nto = \"2028-12-31\"")), "after it is filed").await;
    refused(of(&pack("from = \"2026-12-01\"")), "first and its last day").await;
    refused(of(&pack("from = \"2026-12-01\"\nto = \"2040-01-01\"")), "ten years").await;
    let changed = pack(days).replace("code = \"IIV4\"", "code = \"BCG\"");
    refused(of(&changed), "changes the national vaccine type").await;
    let group = pack(days).replace("name = \"EV71\"\nantigens", "name = \"MMR\"\nantigens");
    refused(of(&group), "changes the national vaccine group").await;
    refused(of("nonsense"), "the pack of 310000").await;
    refused(of(&pack(days).replace("after = \"1 month\"", "after = \"soon\"")), "soon").await;
    refused(filing("330000", &pack(days)), "filed for 330000").await;
    let district = pack(days).replace("region = \"310000\"", "region = \"310115\"");
    refused(filing("310115", &district), "provinces").await;
    let mut silent = of(&pack(days));
    silent["filing"]["evidence"] = json!(" ");
    refused(silent, "what the addition rests on").await;
    let mut lawless = of(&pack(days));
    lawless["filing"]["legalBasis"] = json!("");
    refused(lawless, "name law").await;
    // A code means the same everywhere: a child takes its doses along.
    file(&town, &token, &of(&pack(days))).await.expect(201);
    let other = pack(days).replace("310000", "330000").replace("\"EV71\"", "\"EV\"");
    refused(filing("330000", &other), "nation-wide").await;
    let same = pack(days).replace("310000", "330000");
    file(&town, &token, &filing("330000", &same)).await.expect(201);
    assert_eq!(packs(&town).await["packs"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn only_a_department_with_a_law_files_and_for_its_own_region_only() {
    let town = town().await;
    let source = pack("from = \"2026-12-01\"\nto = \"2028-12-31\"");
    let clinic = town.admit("clinic-1", MemberKind::Clinic).await;
    let clinic = town.token(&clinic).await;
    file(&town, &clinic, &filing("310000", &source)).await.expect(403);
    let token = department(&town).await;
    // Without a legal basis in the request.
    let body = filing("310000", &source);
    town.post(&token, "PUBHLTH", "/v1/filings", &body).await.expect(403);
    // A node below files for its region, and for no other.
    let node = town.admit("310000", MemberKind::Node).await;
    let node = town.token(&node).await;
    let passed = |region: &str, source: &str| {
        let filing = filing(region, source);
        json!({"by": "310000.cdc", "filing": filing})
    };
    let path = "/v1/node/filings";
    let answer = town.post(&node, "NODE", path, &passed("310000", &source)).await.expect(200).body;
    assert_eq!(answer["published"]["by"], "310000.cdc");
    let refused = town.post(&node, "NODE", path, &passed("310000", "x")).await.expect(200).body;
    assert_eq!(refused["refused"]["field"], "source", "{refused}");
    let other = source.replace("310000", "330000");
    town.post(&node, "NODE", path, &passed("330000", &other)).await.expect(403);
    // It goes down the feed, signed.
    let feed = json!({ "after": 0, "waitMs": 0 });
    let feed = town.post(&node, "NODE", "/v1/node/feed", &feed).await.expect(200).body;
    let items = feed["items"].as_array().expect("items");
    assert!(items.iter().any(|item| item["kind"] == "published"), "{feed}");
}

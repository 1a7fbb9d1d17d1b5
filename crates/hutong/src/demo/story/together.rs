//! A resident who has moved signs in where they live now and sees the doses of both regions.

use super::setting::Setting;
use crate::{
    demo::{
        phone::Phone,
        teller::Teller,
        tree::{EAST, SOUTH, Tree},
    },
    failure::Failure,
};
use hutong_code::Algorithm;
use serde_json::Value;

/// The traveller with two phones.
pub struct Resident {
    /// With a P-256 key, as secure elements have.
    pub phone: Phone,
    /// With an Ed25519 key.
    pub second: Phone,
    /// Their records as they see them.
    pub records: Vec<Value>,
}

/// Tells it.
///
/// # Errors
/// [`Failure`] where a node refuses.
pub async fn tell(
    setting: &Setting,
    tree: &mut Tree,
    teller: &mut Teller,
) -> Result<Resident, Failure> {
    teller.chapter("迁居的居民在 440000 登录", "A resident who has moved signs in at 440000");
    let someone = &setting.traveller;
    let masked = someone.document.masked();
    teller.say(
        format!("{masked}：在 330000 和 440000 都接种过"),
        format!("{masked} was vaccinated in 330000 and in 440000"),
    );
    let phone = Phone::sign_in(&mut tree.south, &someone.document, Algorithm::Es256).await?;
    let second = Phone::sign_in(&mut tree.south, &someone.document, Algorithm::EdDsa).await?;
    let devices = phone.get("/v1/me/devices").await?;
    let count = devices["devices"].as_array().map_or(0, Vec::len);
    teller.check(
        count == 2,
        "用控制台上的一次性验证码登录，登记了 P-256 和 Ed25519 两部手机的密钥",
        "signed in by the one-time code on the console; two phones' keys, P-256 and Ed25519, \
         are registered",
    );
    let page = phone.get("/v1/me/records?count=1000").await?;
    let records = page["records"].as_array().cloned().unwrap_or_default();
    let from = |region: &str| {
        records
            .iter()
            .filter(|record| record["kind"] == "vaccination" && is_of(record, region))
            .count()
    };
    let (east, south) = (from(EAST), from(SOUTH));
    teller.check(
        east > 0 && south > 0 && page["complete"] == true,
        format!("一次看到两地的接种：330000 {east} 剂，440000 {south} 剂，各带来源门诊和时间"),
        format!(
            "doses of both regions in one list: {east} of 330000, {south} of 440000, each with \
             its clinic and times"
        ),
    );
    for record in records.iter().filter(|record| record["kind"] == "vaccination").take(4) {
        teller.say(line(record), line(record));
    }
    let expected = someone.person.records.len();
    let shown: usize = records.iter().map(sources).sum();
    teller.check(
        shown == expected,
        format!("{expected} 条上报合并显示为 {} 条，每条保留全部来源", records.len()),
        format!("{expected} reports are shown as {} records, every source kept", records.len()),
    );
    Ok(Resident { phone, second, records })
}

/// Whether a record, or a report of the same event, was stated in a region.
fn is_of(record: &Value, region: &str) -> bool {
    let member = |entry: &Value| entry["member"].as_str().is_some_and(|m| m.starts_with(region));
    member(record)
        || record["alsoReportedBy"].as_array().is_some_and(|also| also.iter().any(member))
}

/// How many reports a shown record stands for.
fn sources(record: &Value) -> usize {
    1 + record["alsoReportedBy"].as_array().map_or(0, Vec::len)
}

fn line(record: &Value) -> String {
    let text = |pointer: &str| {
        record.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let vaccine = record.pointer("/value/vaccine/0/display").and_then(Value::as_str);
    let vaccine = vaccine.map(str::to_owned).unwrap_or_else(|| text("/value/vaccine/0/code"));
    let also = sources(record) - 1;
    let also = if also > 0 { format!(" (+{also})") } else { String::new() };
    format!("    {} {vaccine} – {}{also}", text("/times/performed"), text("/member"))
}

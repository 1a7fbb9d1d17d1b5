//! Records come in: files over HTTP, again, by two at once, corrected and withdrawn.

use super::setting::Setting;
use crate::{
    admin,
    demo::{
        people::Member,
        phone::Phone,
        teller::Teller,
        tree::{EAST, ROOT, SOUTH, Tree},
    },
    failure::Failure,
    import::{self, report::Report},
};
use futures::future::try_join_all;
use hutong_code::Algorithm;
use hutong_model::{Document, Purpose};
use reqwest::Method;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// How often two clinics report the same child at the same moment.
const AT_ONCE: usize = 25;

/// Tells it.
///
/// # Errors
/// [`Failure`] where a node does not answer.
pub async fn tell(setting: &Setting, tree: &mut Tree, teller: &mut Teller) -> Result<(), Failure> {
    load(setting, teller).await?;
    twice(setting, teller).await?;
    two_at_once(setting, tree, teller).await?;
    correct(setting, tree, teller).await
}

/// The file that is held back for the next chapter.
pub fn held_back() -> String {
    format!("{EAST}.clinic-1.ndjson")
}

/// Sends one file over HTTP as its member.
///
/// # Errors
/// [`Failure`] where the node refuses or goes away.
pub async fn send(
    member: &Member,
    file: PathBuf,
    on_progress: admin::OnProgress,
) -> Result<Report, Failure> {
    let order = import::Order { files: vec![file], member: member.id.clone(), rejects: None };
    import::remote::run(&member.client, order, on_progress).await
}

async fn load(setting: &Setting, teller: &mut Teller) -> Result<(), Failure> {
    teller.chapter("各地门诊和检验所上报", "Clinics and laboratories report");
    let began = std::time::Instant::now();
    let held_back = held_back();
    let of_node = |prefix: &'static str| {
        let held_back = held_back.clone();
        async move {
            let mut sum = Report::default();
            for (name, member) in &setting.reporters {
                if member.id.as_str().starts_with(prefix) && *name != held_back {
                    let report = send(member, setting.files.join(name), admin::silent()).await?;
                    add(&mut sum, report);
                }
            }
            Ok::<Report, Failure>(sum)
        }
    };
    let sums = try_join_all([EAST, SOUTH, ROOT].map(of_node)).await?;
    let mut all = Report::default();
    sums.into_iter().for_each(|sum| add(&mut all, sum));
    let seconds = began.elapsed().as_secs_f64();
    let t = all.total;
    let rate = t.rows as f64 / seconds;
    teller.say(
        format!("三个节点同时接收，共 {} 行，{seconds:.1} 秒，{rate:.0} 行/秒", t.rows),
        format!("three nodes at once: {} rows in {seconds:.1} s, {rate:.0} rows/s", t.rows),
    );
    teller.check(
        t.rows == t.admitted + t.duplicate + t.rejected + t.not_kept && t.admitted > 0,
        format!(
            "收入 {} + 重复 {} + 拒绝 {} + 不留存 {} = {} 行，一行不少",
            t.admitted, t.duplicate, t.rejected, t.not_kept, t.rows
        ),
        format!(
            "admitted {} + duplicate {} + rejected {} + not kept {} = {} rows: none is lost",
            t.admitted, t.duplicate, t.rejected, t.not_kept, t.rows
        ),
    );
    all.finish(seconds);
    let reasons: Vec<_> = all
        .reasons
        .iter()
        .filter(|reason| reason.severity == hutong_model::Severity::Error)
        .collect();
    let explained = reasons.iter().all(|r| !r.reason.is_empty() && !r.remedy.is_empty());
    teller.check(
        t.rejected > 0 && explained,
        format!("拒绝的 {} 行各有原因和改法：", t.rejected),
        format!("each of the {} rejected rows has its reason and remedy:", t.rejected),
    );
    for reason in reasons.iter().take(6) {
        let text = format!("     {} × {}: {}", reason.count, reason.field, reason.reason);
        teller.say(&text, &text);
    }
    Ok(())
}

fn add(sum: &mut Report, other: Report) {
    sum.total.rows += other.total.rows;
    sum.total.admitted += other.total.admitted;
    sum.total.duplicate += other.total.duplicate;
    sum.total.rejected += other.total.rejected;
    sum.total.not_kept += other.total.not_kept;
    for reason in other.reasons {
        let same = |known: &&mut crate::import::report::Reason| {
            (&known.code, &known.field, &known.reason)
                == (&reason.code, &reason.field, &reason.reason)
        };
        match sum.reasons.iter_mut().find(same) {
            Some(known) => known.count += reason.count,
            None => sum.reasons.push(reason),
        }
    }
}

async fn twice(setting: &Setting, teller: &mut Teller) -> Result<(), Failure> {
    teller.chapter("同一文件再传一次", "The same file again");
    let name = format!("{SOUTH}.clinic-1");
    let member = setting.reporter(&name)?;
    let file = setting.files.join(format!("{name}.ndjson"));
    let report = send(member, file, admin::silent()).await?;
    let t = report.total;
    teller.check(
        t.admitted == 0 && t.duplicate > 0,
        format!("{} 行全部识别为已有（新增 0 行）：重传不会改变任何数据", t.duplicate),
        format!("all {} rows are known already, 0 new: sending again changes nothing", t.duplicate),
    );
    Ok(())
}

/// A dose as a clinic's system writes it.
pub fn dose(id: &str, document: &Document, day: &str, cvx: &str, lot: &str) -> Value {
    json!({
        "resourceType": "Immunization",
        "id": id,
        "status": "completed",
        "vaccineCode": { "coding": [{ "system": "http://hl7.org/fhir/sid/cvx", "code": cvx }] },
        "patient": { "identifier": { "system": document.system(), "value": document.number() } },
        "occurrenceDateTime": day,
        "primarySource": true,
        "lotNumber": lot,
    })
}

async fn two_at_once(
    setting: &Setting,
    tree: &mut Tree,
    teller: &mut Teller,
) -> Result<(), Failure> {
    teller.chapter("两家门诊同时为同一人上报", "Two clinics at the same moment");
    let (one, two) = (setting.reporter("330000.clinic-2")?, setting.reporter("330000.clinic-3")?);
    let document = &setting.local.document;
    let phone = Phone::sign_in(&mut tree.east, document, Algorithm::EdDsa).await?;
    let before = total(&phone).await?;
    let mut requests = Vec::new();
    for round in 0..AT_ONCE {
        // Months apart, so that no two of one vaccine are taken for the same dose.
        let day = format!("{}-{:02}-15", 2019 + round / 12, round % 12 + 1);
        for (member, cvx) in [(one, "08"), (two, "03")] {
            let body = dose(&format!("at-once-{round}"), document, &day, cvx, "A1");
            let request = member.client.request(Method::POST, "/fhir/Immunization").await?;
            requests.push(member.client.server().answer(request.json(&body)));
        }
    }
    let answers = try_join_all(requests).await?;
    let accepted = answers.iter().filter(|(status, _)| status.is_success()).count();
    let after = total(&phone).await?;
    let expected = 2 * AT_ONCE as u64;
    teller.check(
        accepted == 2 * AT_ONCE && after == before + expected,
        format!("同时上报 {expected} 剂，全部在档（{before} → {after}）：不丢一剂，不多一剂"),
        format!(
            "{expected} doses at once, all there ({before} → {after}): none lost, none doubled"
        ),
    );
    Ok(())
}

async fn total(phone: &Phone) -> Result<u64, Failure> {
    Ok(phone.get("/v1/me/records?count=1").await?["total"].as_u64().unwrap_or(0))
}

async fn correct(setting: &Setting, tree: &mut Tree, teller: &mut Teller) -> Result<(), Failure> {
    teller.chapter("更正与撤回", "Correction and withdrawal");
    let clinic = setting.reporter("330000.clinic-2")?;
    let document = &setting.local.document;
    let put = |body: Value| async move {
        let path = format!("/fhir/Immunization/{}", body["id"].as_str().unwrap_or_default());
        clinic.client.answer(Method::PUT, &path, Some(&body)).await
    };
    let (corrected, _) = put(dose("at-once-0", document, "2019-01-16", "08", "B2")).await?;
    let mut withdrawn = dose("at-once-1", document, "2019-02-15", "08", "A1");
    withdrawn["status"] = "entered-in-error".into();
    let (retracted, _) = put(withdrawn).await?;
    let phone = Phone::sign_in(&mut tree.east, document, Algorithm::Es256).await?;
    let page = phone.get("/v1/me/records?count=1000").await?;
    let records = page["records"].as_array().cloned().unwrap_or_default();
    let of = |own: &str| {
        records.iter().find(|record| {
            let corrections = record["corrections"].as_array().into_iter().flatten();
            let is_own = |entry: &Value| {
                entry["ownId"].as_str().is_some_and(|id| id.ends_with(own))
                    && entry["member"] == clinic.id.as_str()
            };
            std::iter::once(*record).chain(corrections).any(is_own)
        })
    };
    let first = of("at-once-0");
    let shows_both = first.is_some_and(|record| {
        record["value"]["lot"] == "B2"
            && record["corrections"].as_array().is_some_and(|list| list.len() == 1)
    });
    teller.check(
        corrected.is_success() && shows_both,
        "门诊更正批号：新旧两条都看得见",
        "the clinic corrects a lot number: the new record and the old one are both shown",
    );
    let second = of("at-once-1");
    teller.check(
        retracted.is_success() && second.is_some_and(|record| record["withdrawn"] == true),
        "门诊撤回一剂：标明已撤回，原记录仍可查",
        "the clinic withdraws a dose: it says so, and what was withdrawn can still be seen",
    );
    Ok(())
}

/// Loads further FHIR files.
///
/// # Errors
/// [`Failure`] where they cannot be read or a node refuses.
pub async fn more(data: &Path, setting: &Setting, teller: &mut Teller) -> Result<(), Failure> {
    teller.chapter("导入真实 FHIR 文件", "Further FHIR files");
    let failed = |error: std::io::Error| Failure::file(data, &error);
    let mut files = Vec::new();
    if data.is_dir() {
        for entry in std::fs::read_dir(data).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.is_file() {
                files.push(path);
            }
        }
    } else {
        files.push(data.to_path_buf());
    }
    files.sort();
    let member = setting.reporter("330000.clinic-4")?;
    let order = import::Order { files, member: member.id.clone(), rejects: None };
    let client = member.client.for_purpose(Purpose::Report);
    let report = import::remote::run(&client, order, admin::silent()).await?;
    report.print(false, teller.lang())?;
    let t = report.total;
    teller.check(
        t.rows == t.admitted + t.duplicate + t.rejected + t.not_kept && t.rows > 0,
        format!("{} 行：每一行都有结果", t.rows),
        format!("{} rows: each has its outcome", t.rows),
    );
    Ok(())
}

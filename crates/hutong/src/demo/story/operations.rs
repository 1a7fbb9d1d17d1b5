//! The seven operations of GB/T 38963 §6, a clinic that sees earlier doses, and who looked.

use super::{records::dose, setting::Setting, together::Resident};
use crate::{
    clock::SystemClock,
    commands::recognise,
    demo::{
        phone::{Held, one_time_code},
        teller::Teller,
        tree::Tree,
    },
    failure::Failure,
};
use hutong_model::{Clock, Purpose};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How long a request for correction may take from one region to another.
const CROSSES: Duration = Duration::from_secs(15);

/// Tells it.
///
/// # Errors
/// [`Failure`] where a node refuses.
pub async fn tell(
    setting: &Setting,
    resident: &Resident,
    held: &Held,
    tree: &mut Tree,
    teller: &mut Teller,
) -> Result<(), Failure> {
    teller.chapter("GB/T 38963 的七项操作", "The seven operations of GB/T 38963");
    declare(resident, teller).await?;
    query(resident, teller).await?;
    apply_to_call(setting, resident, tree, teller).await?;
    make_and_verify(setting, resident, teller).await?;
    correct_an_error(setting, resident, teller).await?;
    treat(setting, resident, held, teller).await?;
    who_looked(resident, teller).await
}

async fn declare(resident: &Resident, teller: &mut Teller) -> Result<(), Failure> {
    let health = json!({ "temperatureDecicelsius": 367, "symptoms": [], "contactWithCase": false });
    let kept = resident.phone.post("/v1/me/health-declarations", &health).await?;
    teller.check(
        kept["entry"].is_string(),
        "① 健康申报：体温 36.7 ℃，无症状",
        "1 declare health: 36.7 °C, no symptoms",
    );
    let today = SystemClock.now().utc_date();
    let trip = json!({ "from": "440100", "to": "330100", "departs": today, "transport": "G86" });
    let kept = resident.phone.post("/v1/me/trip-declarations", &trip).await?;
    teller.check(
        kept["entry"].is_string(),
        "② 行程申报：440100 → 330100",
        "2 declare a trip: 440100 → 330100",
    );
    Ok(())
}

async fn query(resident: &Resident, teller: &mut Teller) -> Result<(), Failure> {
    let information = resident.phone.get("/v1/me/health-information").await?;
    let decision = &information["decision"];
    let explained = decision["reasons"].as_array().is_some_and(|reasons| !reasons.is_empty());
    let level = decision["level"].as_str().unwrap_or_default();
    let pack = decision["pack"].as_str().unwrap_or_default();
    teller.check(
        explained && !level.is_empty(),
        format!("③ 查询：{level}，有原因、依据规则包 {pack}、解除条件和期限"),
        format!(
            "3 query: {level}, with reasons, by rule pack {pack}, what clears it and until when"
        ),
    );
    Ok(())
}

async fn apply_to_call(
    setting: &Setting,
    resident: &Resident,
    tree: &mut Tree,
    teller: &mut Teller,
) -> Result<(), Failure> {
    let app = &setting.app.client;
    let wanted = json!({ "document": setting.traveller.document });
    let applied = app.post("/v1/call-applications", &wanted).await?;
    let id = applied["application"].as_str().unwrap_or_default().to_owned();
    let code = one_time_code(&mut tree.south.process, &id).await?;
    let path = format!("/v1/call-applications/{id}/approvals");
    let grant = app.post(&path, &json!({ "code": code })).await?;
    let person = grant["person"].as_str().unwrap_or_default();
    let page = app.get(&format!("/v1/persons/{person}/history?count=1000")).await?;
    let total = page["total"].as_u64().unwrap_or(0);
    teller.check(
        total as usize >= resident.records.len() && page["complete"] == true,
        format!("④ 申请调用：居民用验证码同意后，广东应用读到全部 {total} 条记录"),
        format!(
            "4 apply to call: with the resident's consent the south's app reads all {total} records"
        ),
    );
    Ok(())
}

async fn make_and_verify(
    setting: &Setting,
    resident: &Resident,
    teller: &mut Teller,
) -> Result<(), Failure> {
    let held = resident.phone.fetch_code().await?;
    let level = held.level.as_deref().unwrap_or("valid");
    teller.check(
        !held.assertion.is_empty(),
        format!("⑤ 制码：{level}"),
        format!("5 make a code: {level}"),
    );
    let answers =
        recognise::ask(&setting.verifier_south.client, &[resident.phone.show(&held)?]).await?;
    let said = answers.first().map_or("", |answer| answer.verdict.as_str());
    teller.check(said == level, format!("⑥ 验码：{said}"), format!("6 verify a code: {said}"));
    Ok(())
}

/// The traveller, in the south, disputes a dose that a clinic in the east stated.
async fn correct_an_error(
    setting: &Setting,
    resident: &Resident,
    teller: &mut Teller,
) -> Result<(), Failure> {
    let disputed = resident.records.iter().find(|record| {
        record["kind"] == "vaccination"
            && record["member"].as_str().is_some_and(|member| member.starts_with("330000."))
    });
    let Some(record) = disputed else {
        teller.check(
            false,
            "⑦ 纠错：没有 330000 的记录",
            "7 correct an error: no record of 330000",
        );
        return Ok(());
    };
    let member = record["member"].as_str().unwrap_or_default();
    let clinic = &setting.reporter(member)?.client;
    let dispute = json!({ "record": record["id"], "statement": "批号抄错了 / the lot is wrong" });
    let filed = resident.phone.post("/v1/me/correction-requests", &dispute).await?;
    let id = filed["request"].as_str().unwrap_or_default().to_owned();
    let began = Instant::now();
    let arrived = loop {
        let open = clinic.get("/v1/correction-requests").await?;
        let requests = open["requests"].as_array().cloned().unwrap_or_default();
        if requests.iter().any(|request| request["request"] == id.as_str()) {
            break true;
        }
        if began.elapsed() > CROSSES {
            break false;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let seconds = began.elapsed().as_secs_f64();
    teller.check(
        arrived,
        format!("⑦ 纠错：居民在 440000 提出，{seconds:.1} 秒后到达 330000 的 {member}"),
        format!(
            "7 correct an error: asked in 440000, with {member} in 330000 after {seconds:.1} s"
        ),
    );
    if arrived {
        answered(setting, resident, record, &id, teller).await?;
    }
    Ok(())
}

async fn answered(
    setting: &Setting,
    resident: &Resident,
    record: &Value,
    request: &str,
    teller: &mut Teller,
) -> Result<(), Failure> {
    let member = record["member"].as_str().unwrap_or_default();
    let clinic = &setting.reporter(member)?.client;
    let day = record["times"]["performed"].as_str().unwrap_or_default();
    let own = record["ownId"].as_str().unwrap_or_default();
    let coding = &record["value"]["vaccine"][0];
    let mut resource = dose(own, &setting.traveller.document, day, "", "MENDED-1");
    resource["vaccineCode"]["coding"][0] = coding.clone();
    let body = json!({ "answer": "correct", "reason": "批号已更正", "resource": resource });
    let path = format!("/v1/correction-requests/{request}/answers");
    clinic.post(&path, &body).await?;
    let began = Instant::now();
    let corrected = loop {
        let page = resident.phone.get("/v1/me/records?count=1000").await?;
        let records = page["records"].as_array().cloned().unwrap_or_default();
        let found = records.into_iter().find(|record| record["value"]["lot"] == "MENDED-1");
        if found.is_some() || began.elapsed() > CROSSES {
            break found;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    let keeps_old = corrected
        .as_ref()
        .is_some_and(|record| record["corrections"].as_array().is_some_and(|old| !old.is_empty()));
    teller.check(
        keeps_old,
        "   330000 的门诊更正后，居民在 440000 看到新记录，旧记录也保留",
        "   the clinic in 330000 corrects it; in 440000 the resident sees both records",
    );
    Ok(())
}

/// A clinic of the south sees earlier doses by the code that the person shows.
async fn treat(
    setting: &Setting,
    resident: &Resident,
    held: &Held,
    teller: &mut Teller,
) -> Result<(), Failure> {
    teller.chapter("接种前查看历史", "A clinic looks before the next dose");
    let doctor = &setting.doctor.client;
    let presentation = resident.phone.show(held)?;
    let grant = doctor.post("/v1/grants", &json!({ "presentation": presentation })).await?;
    let person = grant["person"].as_str().unwrap_or_default();
    let bundle = doctor.get(&format!("/fhir/Immunization?patient={person}")).await?;
    let total = bundle["total"].as_u64().unwrap_or(0);
    let doses = resident.records.iter().filter(|record| record["kind"] == "vaccination").count();
    teller.check(
        bundle["resourceType"] == "Bundle" && total as usize == doses,
        format!("居民亮码即授权十五分钟；门诊用 FHIR 读到两地 {total} 剂"),
        format!(
            "showing the code grants a quarter of an hour; the clinic reads {total} doses by FHIR"
        ),
    );
    let stranger = setting.reporter("440000.clinic-2")?.client.for_purpose(Purpose::Treatment);
    let path = format!("/fhir/Immunization?patient={person}");
    let (status, _) = stranger.answer(reqwest::Method::GET, &path, None).await?;
    teller.check(
        status == reqwest::StatusCode::NOT_FOUND,
        "没有授权的另一家门诊：404，连此人是否存在都不透露",
        "another clinic without a grant: 404; not even whether the person exists",
    );
    Ok(())
}

async fn who_looked(resident: &Resident, teller: &mut Teller) -> Result<(), Failure> {
    teller.chapter("谁看过我的记录", "Who looked at my records");
    let said = resident.phone.get("/v1/me/accesses?count=1000").await?;
    let accesses = said["accesses"].as_array().cloned().unwrap_or_default();
    let by = |member: &str| accesses.iter().any(|access| access["member"] == member);
    for access in accesses.iter().filter(|access| access["member"] != "440000.node").take(4) {
        let text = |name: &str| access[name].as_str().unwrap_or_default().to_owned();
        let line = format!(
            "    {} {} {} {} ({})",
            text("at"),
            text("member"),
            text("purpose"),
            text("what"),
            text("right")
        );
        teller.say(&line, &line);
    }
    teller.check(
        by("440000.clinic-1") && by("440000.app"),
        format!("{} 次访问，谁、何时、为何、凭什么，居民都看得到", accesses.len()),
        format!("{} accesses: the resident sees who, when, why and by which right", accesses.len()),
    );
    Ok(())
}

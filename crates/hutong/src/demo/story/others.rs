//! A code system that is not Hutong, and a region that has no node.

use super::setting::Setting;
use crate::{
    admin::{AdminCommand, command::AdmitMember},
    client::Server,
    commands::{init::key_set, recognise},
    demo::{
        phone::Phone,
        teller::Teller,
        tree::{FOREIGN, ROOT, Tree},
    },
    failure::Failure,
};
use hutong_code::{Algorithm, Sign, SigningKey};
use hutong_model::{MemberId, MemberKind, RegionCode};
use reqwest::Method;
use serde_json::json;
use std::time::Duration;

/// How long a new trust list may take to come down.
const COMES_DOWN: Duration = Duration::from_secs(10);
/// The code system as a member of the root.
const GUIZHOU: &str = "000000.guizhou";

/// Tells it.
///
/// # Errors
/// [`Failure`] where a node refuses.
pub async fn tell(setting: &Setting, tree: &mut Tree, teller: &mut Teller) -> Result<(), Failure> {
    foreign(setting, tree, teller).await?;
    served(setting, tree, teller).await
}

async fn foreign(setting: &Setting, tree: &Tree, teller: &mut Teller) -> Result<(), Failure> {
    teller.chapter("520000 原有的码，不改一行代码", "520000's own codes, which it does not change");
    let address = tree.foreign.ready["listening"].as_str().unwrap_or_default();
    let url = format!("http://{}", address.trim_start_matches("http://"));
    let held = tree.east.standing().await?.trust_list.map_or(0, |(generation, _)| generation);
    connect(tree, &url).await?;
    let came = tree
        .east
        .wait(COMES_DOWN, |now| now.trust_list.is_some_and(|(generation, _)| generation > held))
        .await?;
    teller.check(
        came,
        "在全国节点登记适配器；新信任名单自动下发到 330000",
        "an adapter is put at the root, and the new trust list comes down to 330000 by itself",
    );
    let own = Server::new(&url, None)?;
    let mut codes = Vec::new();
    for signals in [json!([]), json!(["risk_area"]), json!(["close_contact"])] {
        let body = json!({ "name": "王芳", "idcard": "520102199001010021", "signals": signals });
        let said = own.json(own.request(Method::POST, "/app/code").json(&body)).await?;
        codes.push(said["data"]["code"].as_str().unwrap_or_default().to_owned());
    }
    codes.push(format!("GZM{}", "0".repeat(24)));
    let answers = recognise::ask(&setting.verifier.client, &codes).await?;
    let said: Vec<&str> = answers.iter().map(|answer| answer.verdict.as_str()).collect();
    teller.check(
        said == ["green", "yellow", "red", "not_found"],
        format!("330000 的验码员扫 520000 的码（经全国节点回调）：{}", said.join("、")),
        format!(
            "a verifier in 330000 scans codes of 520000, asked through the root: {}",
            said.join(", ")
        ),
    );
    Ok(())
}

/// What anybody would do on the command line: admit the code system, put its adapter.
async fn connect(tree: &Tree, url: &str) -> Result<(), Failure> {
    let unusable = |error: String| Failure::setup(error, "");
    let key = SigningKey::generate(Algorithm::EdDsa).map_err(|e| unusable(e.to_string()))?;
    let region = RegionCode::parse(FOREIGN).map_err(|e| unusable(e.to_string()))?;
    let member = AdmitMember {
        id: MemberId::parse(GUIZHOU).map_err(|e| unusable(e.to_string()))?,
        kind: MemberKind::CodeSystem,
        name: "贵州健康码".into(),
        region: Some(region),
        purposes: None,
        jwks: key_set([key.public_key()]),
    };
    tree.root.command(AdminCommand::MemberAdmit(member)).await?;
    let adapter = serde_json::from_value(json!({
        "member": GUIZHOU,
        "codes": {
            "id": GUIZHOU, "prefix": "GZM", "charset": "alphanumeric",
            "lengthMin": 24, "lengthMax": 24, "region": FOREIGN,
            "name": { "zh": "贵州健康码", "en": "Guizhou health code" },
        },
        "callback": { "url": format!("{url}/qrcode/query?token=demo-token&code={{code}}") },
        "answers": {
            "errorPointer": "/errcode",
            "errors": { "0": "ok", "40401": "not_found", "40402": "expired" },
            "levelPointer": "/data/color",
            "levels": { "green": "green", "yellow": "yellow", "red": "red" },
        },
    }))?;
    tree.root.command(AdminCommand::AdapterPut { adapter: Box::new(adapter) }).await?;
    Ok(())
}

async fn served(setting: &Setting, tree: &mut Tree, teller: &mut Teller) -> Result<(), Failure> {
    teller.chapter("350000 没有节点，用全国码", "350000 has no node and uses the root's codes");
    let document = &setting.served.document;
    let phone = Phone::sign_in(&mut tree.root, document, Algorithm::Es256).await?;
    let held = phone.fetch_code().await?;
    let answers = recognise::ask(&setting.verifier_south.client, &[phone.show(&held)?]).await?;
    let answer = answers.first();
    let is_well = answer.is_some_and(|answer| {
        answer.issuer.as_deref() == Some(ROOT)
            && answer.verdict.as_str() == held.level.as_deref().unwrap_or("valid")
    });
    let said = answer.map_or("", |answer| answer.verdict.as_str());
    let records = phone.get("/v1/me/records?count=1").await?["total"].as_u64().unwrap_or(0);
    teller.check(
        is_well && records > 0,
        format!("350000 居民在全国节点登录，{records} 条记录在档；其码在 440000 核验：{said}"),
        format!(
            "a resident of 350000 signs in at the root, where {records} records are; the code is \
             verified in 440000: {said}"
        ),
    );
    Ok(())
}

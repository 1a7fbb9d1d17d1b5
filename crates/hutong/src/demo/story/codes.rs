//! The code: made by the node, shown by the phone alone, verified elsewhere, online and offline;
//! what is false or old is refused.

use super::{setting::Setting, together::Resident};
use crate::{
    clock::SystemClock,
    commands::recognise,
    demo::{
        phone::Held,
        teller::Teller,
        tree::{Tree, own_executable},
    },
    failure::Failure,
};
use hutong_code::{Assertion, Qr, foreign::Reading};
use hutong_model::{Clock, Timestamp, Verdict};
use std::{io::IsTerminal, process::Stdio};
use tokio::{io::AsyncWriteExt, process::Command};

/// How much later somebody looks at a screenshot, in seconds.
const SCREENSHOT_S: i64 = 120;

/// Tells it; the code on the first phone.
///
/// # Errors
/// [`Failure`] where a node refuses or the command line tool cannot be started.
pub async fn tell(
    setting: &Setting,
    resident: &Resident,
    tree: &Tree,
    teller: &mut Teller,
) -> Result<Held, Failure> {
    teller.chapter("生成健康码，手机独立亮码", "A code is made; the phone shows it alone");
    let held = resident.phone.fetch_code().await?;
    let text = resident.phone.show(&held)?;
    made(&held, &text, teller)?;
    let second = resident.second.fetch_code().await?;
    let second_text = resident.second.show(&second)?;

    teller
        .chapter("330000 的验码员核验 440000 的码", "A verifier in 330000 meets a code of 440000");
    let client = &setting.verifier.client;
    let shown = [resident.phone.show(&held)?, second_text];
    let online = recognise::ask(client, &shown).await?;
    let agrees = |issuer: Option<&str>, verdict: Verdict, held: &Held| {
        issuer == Some("440000") && verdict.as_str() == held.level.as_deref().unwrap_or("valid")
    };
    let online_agrees =
        |answer: &Reading, held: &Held| agrees(answer.issuer.as_deref(), answer.verdict, held);
    let well =
        online.len() == 2 && online_agrees(&online[0], &held) && online_agrees(&online[1], &second);
    let said = online.first().map_or("", |answer| answer.verdict.as_str());
    teller.check(
        well,
        format!("联网核验：{said}（440000 签发，两种密钥的手机都认）"),
        format!("online: {said} (issued by 440000; phones with either kind of key)"),
    );
    let trust_file = tree.folder.join("trust.list");
    export_trust(tree, &trust_file).await?;
    let offline = verify_offline(tree, &trust_file, &[resident.phone.show(&held)?], None).await?;
    let said = offline.first().map_or("", |answer| answer.verdict.as_str());
    teller.check(
        offline.len() == 1 && agrees(offline[0].issuer.as_deref(), offline[0].verdict, &held),
        format!("断网核验（仅凭信任名单文件）：{said}"),
        format!("offline, from the trust-list file alone: {said}"),
    );
    refused(setting, resident, &held, tree, &trust_file, teller).await?;
    Ok(held)
}

fn made(held: &Held, text: &str, teller: &mut Teller) -> Result<(), Failure> {
    let level = held.level.as_deref().unwrap_or("valid");
    let reasons = &held.answer["information"]["decision"]["reasons"];
    let reason = |lang: &str| reasons[0]["text"][lang].as_str().unwrap_or_default().to_owned();
    teller
        .say(format!("等级 {level}：{}", reason("zh")), format!("level {level}: {}", reason("en")));
    let qr = Qr::encode(text)
        .map_err(|error| Failure::setup(format!("the code does not fit a QR: {error}"), ""))?;
    let (version, bytes, characters) = (qr.version(), held.assertion.len(), text.len());
    teller.check(
        version <= 15,
        format!("状态凭证 {bytes} 字节，亮码 {characters} 字符，二维码版本 {version}（上限 15）"),
        format!(
            "assertion {bytes} bytes, presentation {characters} characters, QR version {version} \
             (at most 15)"
        ),
    );
    if std::io::stdout().is_terminal() {
        crate::show::line(qr.terminal());
    }
    Ok(())
}

async fn refused(
    setting: &Setting,
    resident: &Resident,
    held: &Held,
    tree: &Tree,
    trust_file: &std::path::Path,
    teller: &mut Teller,
) -> Result<(), Failure> {
    teller.chapter("伪造与截图", "Forgeries and screenshots");
    let phone = &resident.phone;
    let mut forged = held.assertion.clone();
    if let Some(last) = forged.last_mut() {
        *last ^= 1; // the issuer's signature lies at the end
    }
    let whole = Assertion::parse(&forged).is_ok();
    let stolen = resident.second.show_at(&held.assertion, SystemClock.now())?;
    let codes = [phone.show_at(&forged, SystemClock.now())?, stolen];
    let answers = recognise::ask(&setting.verifier.client, &codes).await?;
    let invalid = |at: usize| answers.get(at).is_some_and(|a| a.verdict == Verdict::Invalid);
    let why = |at: usize| {
        answers
            .get(at)
            .and_then(|a| a.reasons.first())
            .map(|why| why.reason.code.to_string())
            .unwrap_or_default()
    };
    teller.check(
        whole && invalid(0),
        format!("改动签发机构的签名：无效（{}）", why(0)),
        format!("a changed issuer's signature: invalid ({})", why(0)),
    );
    teller.check(
        invalid(1),
        format!("把别人的码装进另一部手机：无效（{}）", why(1)),
        format!("somebody's code shown by another phone: invalid ({})", why(1)),
    );
    let screenshot = phone.show(held)?;
    let later = SystemClock.now().plus_s(SCREENSHOT_S);
    let answers = verify_offline(tree, trust_file, &[screenshot], Some(later)).await?;
    let old = answers.first().filter(|answer| answer.verdict == Verdict::Expired);
    let why = old.and_then(|a| a.reasons.first()).map_or("", |why| &why.reason.code);
    teller.check(
        old.is_some(),
        format!("{SCREENSHOT_S} 秒前的截图：已过期（{why}），不会显示颜色"),
        format!("a screenshot of {SCREENSHOT_S} s ago: expired ({why}), and no colour is shown"),
    );
    Ok(())
}

async fn export_trust(tree: &Tree, file: &std::path::Path) -> Result<(), Failure> {
    let mut command = Command::new(own_executable()?);
    command.args(["trust", "export"]).arg(file).arg("--config").arg(&tree.east.config_file);
    let output = command.output().await.map_err(|e| Failure::setup(e.to_string(), ""))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(Failure::setup(format!("hutong trust export: {said}"), ""))
}

/// `hutong verify`, which knows no network.
///
/// # Errors
/// [`Failure`] where it cannot be started or says something else than answers.
pub async fn verify_offline(
    tree: &Tree,
    trust_file: &std::path::Path,
    codes: &[String],
    at: Option<Timestamp>,
) -> Result<Vec<Reading>, Failure> {
    let failed = |error: std::io::Error| Failure::setup(format!("hutong verify: {error}"), "");
    let mut command = Command::new(own_executable()?);
    command.args(["verify", "--json", "--region", "330000", "--anchor", &tree.anchor, "--trust"]);
    command.arg(trust_file).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    if let Some(at) = at {
        command.args(["--at", &at.to_string()]);
    }
    let mut process = command.spawn().map_err(failed)?;
    if let Some(mut stdin) = process.stdin.take() {
        stdin.write_all((codes.join("\n") + "\n").as_bytes()).await.map_err(failed)?;
    }
    let output = process.wait_with_output().await.map_err(failed)?;
    let lines = output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| Ok(serde_json::from_slice(line)?)).collect()
}

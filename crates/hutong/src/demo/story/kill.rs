//! A region's node is killed in the middle of an import; nothing acknowledged is lost, and all of
//! it reaches the root.

use super::{
    records::{held_back, send},
    setting::Setting,
};
use crate::{
    admin::{self, AdminCommand, Progress},
    commands::reconcile::Row,
    demo::{
        teller::Teller,
        tree::{Member, Tree},
    },
    failure::Failure,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

/// Receipts after which the node is killed.
const ENOUGH: u64 = 300;
/// How long everything may take to reach the root.
const PASSED_UP: Duration = Duration::from_secs(30);

/// Tells it.
///
/// # Errors
/// [`Failure`] where a process cannot be started again.
pub async fn tell(setting: &Setting, tree: &mut Tree, teller: &mut Teller) -> Result<(), Failure> {
    killed(setting, tree, teller).await?;
    passed_up(tree, teller).await?;
    reconciled(tree, teller).await
}

async fn killed(setting: &Setting, tree: &mut Tree, teller: &mut Teller) -> Result<(), Failure> {
    teller.chapter("导入途中断电（kill -9）", "A power cut in the middle of an import (kill -9)");
    let name = held_back();
    let member = setting.reporter(name.trim_end_matches(".ndjson"))?.clone();
    let file = setting.files.join(&name);
    let receipts = Arc::new(AtomicU64::new(0));
    let seen = receipts.clone();
    let on_progress: admin::OnProgress = Arc::new(move |step: Progress| {
        seen.store(step.rows, Relaxed);
    });
    let sending = tokio::spawn({
        let (member, file) = (member.clone(), file.clone());
        async move { send(&member, file, on_progress).await }
    });
    while receipts.load(Relaxed) < ENOUGH && !sending.is_finished() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    tree.east.process.kill().await?;
    let ended = sending.await.map_err(|error| Failure::setup(error.to_string(), ""))?;
    let acknowledged = receipts.load(Relaxed);
    let how = match &ended {
        Ok(_) => ("刚发完", "just when all was sent"),
        Err(_) => ("发送中断", "and the sending broke off"),
    };
    teller.say(
        format!("收到 {acknowledged} 行回执后杀死 330000 节点，{}；随即重启", how.0),
        format!("330000 is killed after {acknowledged} receipts, {}; it starts again", how.1),
    );
    tree.east.restart().await?;
    let again = send(&member, file, admin::silent()).await?;
    let t = again.total;
    let known = t.rows - t.admitted;
    teller.check(
        known >= acknowledged && t.admitted + known == t.rows,
        format!(
            "重发：有回执的 {acknowledged} 行一行不丢（已在 {known} 行，补收 {} 行）",
            t.admitted
        ),
        format!(
            "sent again: of {acknowledged} acknowledged rows none is lost \
             ({known} were there or refused, {} are new)",
            t.admitted
        ),
    );
    Ok(())
}

async fn passed_up(tree: &Tree, teller: &mut Teller) -> Result<(), Failure> {
    teller.chapter("上报到全国节点", "Up to the root");
    let began = std::time::Instant::now();
    let (east, south) = (tree.east.standing().await?, tree.south.standing().await?);
    let (a, b) = (east.outbox_lag, south.outbox_lag);
    teller.say(
        format!("待上报：330000 {a} 条，440000 {b} 条"),
        format!("waiting to be passed up: {a} entries at 330000, {b} at 440000"),
    );
    let done =
        tree.east.wait_passed_up(PASSED_UP).await? && tree.south.wait_passed_up(PASSED_UP).await?;
    let seconds = began.elapsed().as_secs_f64();
    teller.check(
        done,
        format!("{seconds:.1} 秒后全部到达上级（待上报 0）"),
        format!("after {seconds:.1} s everything has arrived (0 waiting)"),
    );
    Ok(())
}

async fn reconciled(tree: &Tree, teller: &mut Teller) -> Result<(), Failure> {
    for node in [&tree.east, &tree.south] {
        let rows = reconcile(node).await?;
        let entries: u64 = rows.iter().map(|row| row.here).sum();
        let region = node.region;
        let agrees = !rows.is_empty() && rows.iter().all(|row| row.agrees && row.only_above == 0);
        teller.check(
            agrees,
            format!("{region} 与上级逐成员逐日对账：{entries} 条，条数与摘要一致，不多不少"),
            format!(
                "{region} reconciled with the root by member and day: {entries} entries, counts \
                 and digests agree: each exactly once"
            ),
        );
    }
    Ok(())
}

async fn reconcile(node: &Member) -> Result<Vec<Row>, Failure> {
    let command = AdminCommand::Reconcile { from: None, to: None, mend: false };
    admin::answer(node.command(command).await?)
}

//! `hutong status`.

use crate::{
    admin::{self, AdminCommand, command::Standing},
    cli::Deployed,
    failure::{Exit, Failure},
    lang::Lang,
    show,
};
use clap::Args;

/// Show how the node stands: what it keeps, what waits to be passed up, how far it has followed.
#[derive(Debug, Args)]
pub struct Status {
    #[command(flatten)]
    deployed: Deployed,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

impl Status {
    /// Shows it.
    ///
    /// # Errors
    /// [`Failure`] where the node can be neither reached nor opened.
    pub async fn run(self, lang: Lang) -> Result<Exit, Failure> {
        let answer =
            admin::run(&self.deployed.config, AdminCommand::Status, admin::silent()).await?;
        if self.json {
            show::json(&answer)?;
            return Ok(Exit::Ok);
        }
        let standing: Standing = admin::answer(answer)?;
        let mut table = show::table(["", ""]);
        let none = || "–".to_owned();
        let trust = standing.trust_list.map_or_else(none, |(g, at)| format!("{g} ({at})"));
        for (zh, en, value) in [
            ("区划", "region", format!("{} {}", standing.region, standing.name)),
            ("地址", "address", standing.public_url),
            ("上级", "parent", standing.parent.unwrap_or_else(none)),
            ("时间", "clock", standing.now.to_string()),
            ("人数", "persons", standing.persons.to_string()),
            ("条目", "entries", standing.entries.to_string()),
            ("待上报", "waiting to be passed up", standing.outbox_lag.to_string()),
            ("下行位置", "feed position", standing.feed_position.to_string()),
            ("有效成员", "active members", standing.members_active.to_string()),
            ("信任名单", "trust list", trust),
            ("例外备案", "exceptions", standing.exceptions.to_string()),
            ("外部码系统", "other code systems", standing.adapters.to_string()),
            ("未处理告警", "open alarms", standing.alarms_open.to_string()),
        ] {
            table.add_row([lang.pick(zh, en), &value]);
        }
        show::line(table);
        Ok(Exit::Ok)
    }
}

//! `hutong reconcile`.

use crate::{
    admin::{self, AdminCommand},
    cli::Deployed,
    failure::{Exit, Failure},
    lang::Lang,
    show,
};
use clap::Args;
use hutong_model::{Date, MemberId};
use serde::{Deserialize, Serialize};

/// Compare what was passed up with the parent, per member and day, and send again what it lacks.
///
/// Ends with 1 where something still differs afterwards.
#[derive(Debug, Args)]
pub struct Reconcile {
    #[command(flatten)]
    deployed: Deployed,
    /// First day (of admission, UTC); 30 days ago where absent
    #[arg(long, value_name = "DATE", value_parser = Date::parse)]
    from: Option<Date>,
    /// Last day; today where absent
    #[arg(long, value_name = "DATE", value_parser = Date::parse)]
    to: Option<Date>,
    /// Only compare; mend nothing
    #[arg(long)]
    check_only: bool,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

/// One member's day.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// The member.
    pub member: MemberId,
    /// The day.
    pub day: Date,
    /// Entries here.
    pub here: u64,
    /// Entries at the parent.
    pub above: u64,
    /// Whether both agree.
    pub agrees: bool,
    /// Entries that were sent again.
    pub mended: u64,
    /// Entries that only the parent has.
    pub only_above: u64,
}

impl Reconcile {
    /// Compares and mends.
    ///
    /// # Errors
    /// [`Failure`] where there is no parent or it does not answer.
    pub async fn run(self, lang: Lang) -> Result<Exit, Failure> {
        let mut rows = self.ask(!self.check_only).await?;
        if !self.check_only && rows.iter().any(|row| !row.agrees) {
            // What was mended is looked at again: the second comparison counts.
            let mended = rows;
            rows = self.ask(false).await?;
            for row in &mended {
                let again = rows.iter_mut().find(|r| r.member == row.member && r.day == row.day);
                if let Some(again) = again {
                    again.mended = row.mended;
                }
            }
        }
        let differing = rows.iter().filter(|row| !row.agrees).count();
        self.print(&rows, differing, lang)?;
        Ok(if differing == 0 { Exit::Ok } else { Exit::Wrong })
    }

    async fn ask(&self, mend: bool) -> Result<Vec<Row>, Failure> {
        let command = AdminCommand::Reconcile { from: self.from, to: self.to, mend };
        admin::answer(admin::run(&self.deployed.config, command, admin::silent()).await?)
    }

    fn print(&self, rows: &[Row], differing: usize, lang: Lang) -> Result<(), Failure> {
        if self.json {
            return rows.iter().try_for_each(show::json);
        }
        let headings = lang.pick(
            ["成员", "日期", "本级", "上级", "补报", "仅上级有", "一致"],
            ["member", "day", "here", "above", "mended", "only above", "agrees"],
        );
        let mut table = show::table(headings);
        for row in rows {
            table.add_row([
                row.member.as_str().into(),
                row.day.into(),
                show::number(row.here),
                show::number(row.above),
                show::number(row.mended),
                show::number(row.only_above),
                comfy_table::Cell::new(if row.agrees { "✓" } else { "✗" }),
            ]);
        }
        show::line(table);
        show::line(lang.pick(
            format!("共 {} 项，{differing} 项不一致", rows.len()),
            format!("{} compared, {differing} differ", rows.len()),
        ));
        Ok(())
    }
}

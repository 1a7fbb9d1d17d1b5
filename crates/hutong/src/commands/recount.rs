//! `hutong recount`.

use crate::{
    admin::{self, AdminCommand, Progress},
    cli::Deployed,
    failure::{Exit, Failure},
    lang::Lang,
    show,
};
use clap::Args;
use hutong_node::tallies::Recounted;
use indicatif::{HumanCount, ProgressBar};
use std::sync::Arc;

/// Count every record again and compare with the counters that are kept.
///
/// Ends with 1 where a counter differs, whether it was set right or not. Refused rows are not kept
/// and are not counted again.
#[derive(Debug, Args)]
pub struct Recount {
    #[command(flatten)]
    deployed: Deployed,
    /// Set right what differs
    #[arg(long)]
    mend: bool,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

impl Recount {
    /// Counts.
    ///
    /// # Errors
    /// [`Failure`] where the store cannot be read.
    pub async fn run(self, lang: Lang) -> Result<Exit, Failure> {
        let bar = ProgressBar::new_spinner();
        let told = bar.clone();
        let on_progress = Arc::new(move |step: Progress| {
            told.set_message(HumanCount(step.rows).to_string());
            told.tick();
        });
        let command = AdminCommand::Recount { mend: self.mend };
        let answer = admin::run(&self.deployed.config, command, on_progress).await;
        bar.finish_and_clear();
        let answer = answer?;
        let counted: Recounted = admin::answer(answer.clone())?;
        if self.json {
            show::json(&answer)?;
        } else {
            print(&counted, lang);
        }
        Ok(if counted.differing == 0 { Exit::Ok } else { Exit::Wrong })
    }
}

fn print(counted: &Recounted, lang: Lang) {
    let Recounted { counters, persons, differing, first, mended } = counted;
    if *differing > 0 {
        let headings = lang.pick(
            ["类别", "日期", "地区或成员", "内容", "剂次", "年龄段", "性别", "计数器", "重新计数"],
            ["facet", "day", "where or who", "what", "dose", "age", "sex", "kept", "counted"],
        );
        let mut table = show::table(headings);
        for differing in first {
            let cell = &differing.cell;
            table.add_row([
                format!("{:?}", cell.facet).to_lowercase(),
                cell.day.to_string(),
                format!("{}{}", cell.region, cell.member),
                cell.what.to_string(),
                cell.dose.to_string(),
                cell.age.to_string(),
                cell.sex.to_string(),
                differing.kept.to_string(),
                differing.counted.to_string(),
            ]);
        }
        show::line(table);
    }
    let after = match (*differing, *mended) {
        (0, _) => "",
        (_, true) => lang.pick("，已更正", ", set right"),
        (_, false) => lang.pick("；加 --mend 可更正", "; --mend sets them right"),
    };
    show::line(lang.pick(
        format!("{persons} 人，{counters} 个计数器，{differing} 个不一致{after}"),
        format!("{persons} persons, {counters} counters, {differing} differ{after}"),
    ));
}

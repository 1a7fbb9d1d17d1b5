//! `hutong export`.

use crate::{
    admin::{self, AdminCommand, Progress, export::Format},
    cli::Deployed,
    failure::{Exit, Failure},
    lang::Lang,
    show,
};
use clap::Args;
use indicatif::{HumanCount, ProgressBar};
use std::{path::PathBuf, sync::Arc};

/// Write the records that members of this node stated to a file, as they stand after corrections.
///
/// Every person concerned sees the export among the accesses to their records.
#[derive(Debug, Args)]
pub struct Export {
    #[command(flatten)]
    deployed: Deployed,
    /// Where to; it must not exist
    file: PathBuf,
    /// Why, with the legal basis; shown to every person concerned
    #[arg(long)]
    reason: String,
    /// What the file is
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

impl Export {
    /// Exports.
    ///
    /// # Errors
    /// [`Failure`] where the store cannot be read or the file not be written.
    pub async fn run(self, lang: Lang) -> Result<Exit, Failure> {
        let file =
            std::path::absolute(&self.file).map_err(|error| Failure::file(&self.file, &error))?;
        let command = AdminCommand::Export { file, reason: self.reason, format: self.format };
        let bar = ProgressBar::new_spinner();
        let told = bar.clone();
        let on_progress = Arc::new(move |step: Progress| {
            told.set_message(HumanCount(step.rows).to_string());
            told.tick();
        });
        let answer = admin::run(&self.deployed.config, command, on_progress).await;
        bar.finish_and_clear();
        let answer = answer?;
        if self.json {
            show::json(&answer)?;
        } else {
            let (records, persons) = (&answer["records"], &answer["persons"]);
            show::line(lang.pick(
                format!("已导出 {persons} 人的 {records} 条记录，并已记入访问日志"),
                format!("{records} records of {persons} persons are exported, and recorded"),
            ));
        }
        Ok(Exit::Ok)
    }
}

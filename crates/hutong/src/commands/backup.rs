//! `hutong backup`.

use crate::{
    admin::{self, AdminCommand, Progress},
    cli::Deployed,
    failure::{Exit, Failure},
    lang::Lang,
    show,
};
use clap::Args;
use indicatif::{HumanBytes, ProgressBar};
use std::{path::PathBuf, sync::Arc};

/// Copy the store, of a node that runs or not, to a new folder.
///
/// The copy is as of one moment, and sealed as the store is: without the keys (keep them somewhere
/// else) nobody can read it. A store on PostgreSQL is copied with the tools of PostgreSQL.
#[derive(Debug, Args)]
pub struct Backup {
    #[command(flatten)]
    deployed: Deployed,
    /// The folder; it must not exist
    folder: PathBuf,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

impl Backup {
    /// Copies.
    ///
    /// # Errors
    /// [`Failure`] where the store cannot be read or the folder not be written.
    pub async fn run(self, lang: Lang) -> Result<Exit, Failure> {
        let folder = std::path::absolute(&self.folder)
            .map_err(|error| Failure::file(&self.folder, &error))?;
        let bar = ProgressBar::new_spinner();
        let told = bar.clone();
        let on_progress = Arc::new(move |step: Progress| {
            told.set_message(HumanBytes(step.bytes).to_string());
            told.tick();
        });
        let command = AdminCommand::Backup { folder: folder.clone() };
        let answer = admin::run(&self.deployed.config, command, on_progress).await;
        bar.finish_and_clear();
        let answer = answer?;
        if self.json {
            show::json(&answer)?;
            return Ok(Exit::Ok);
        }
        let backup: admin::backup::Backup = admin::answer(answer)?;
        let bytes = HumanBytes(backup.files.iter().map(|file| file.bytes).sum());
        let folder = folder.display();
        show::line(lang.pick(
            format!("已备份到 {folder}（{bytes}）。密钥不在其中，请另行保管（data 目录下的 keys）"),
            format!(
                "copied to {folder} ({bytes}). The keys are not in it: keep data/keys elsewhere"
            ),
        ));
        Ok(Exit::Ok)
    }
}

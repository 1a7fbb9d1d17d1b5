//! `hutong export`.

use crate::{
    admin::{self, AdminCommand},
    cli::Deployed,
    failure::{Exit, Failure},
    lang::Lang,
    show,
};
use clap::Args;
use std::path::PathBuf;

/// Write the records that members of this node stated to a file, as FHIR NDJSON.
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
        let command = AdminCommand::Export { file, reason: self.reason };
        let answer = admin::run(&self.deployed.config, command, admin::silent()).await?;
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

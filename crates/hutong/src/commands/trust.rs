//! `hutong trust`.

use crate::{
    admin::{self, AdminCommand},
    cli::Deployed,
    failure::{Exit, Failure},
    lang::Lang,
    show,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use clap::{Args, Subcommand};
use hutong_model::Timestamp;
use std::path::PathBuf;

/// The trust list: whose keys count.
#[derive(Debug, Args)]
pub struct Trust {
    #[command(flatten)]
    deployed: Deployed,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write the signed trust list to a file, for hutong verify --trust
    Export {
        /// Where to
        file: PathBuf,
    },
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Exported {
    bytes: String,
    generation: u64,
    made_at: Timestamp,
}

impl Trust {
    /// Does it.
    ///
    /// # Errors
    /// [`Failure`] where the node has none, or the file cannot be written.
    pub async fn run(self, lang: Lang) -> Result<Exit, Failure> {
        let Command::Export { file } = &self.command;
        let answer =
            admin::run(&self.deployed.config, AdminCommand::TrustExport, admin::silent()).await?;
        let exported: Exported = admin::answer(answer)?;
        let bytes = STANDARD
            .decode(&exported.bytes)
            .map_err(|error| Failure::setup(format!("the trust list: {error}"), ""))?;
        std::fs::write(file, &bytes).map_err(|error| Failure::file(file, &error))?;
        let Exported { generation, made_at, .. } = exported;
        show::line(lang.pick(
            format!("{}：第 {generation} 版信任名单，{made_at} 签发", file.display()),
            format!("{}: trust list generation {generation} of {made_at}", file.display()),
        ));
        Ok(Exit::Ok)
    }
}

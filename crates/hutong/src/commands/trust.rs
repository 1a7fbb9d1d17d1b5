//! `hutong trust`.

mod files;

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
use hutong_node::trust_files::TrustFile;
use std::path::{Path, PathBuf};

/// Whose keys count: the trust list of Hutong's nodes, and files of other systems.
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
    /// Trust what stands in a file of another system, here and at every node below: the EU
    /// gateway's list of signers, a JWK set, a directory of SMART Health Cards issuers, DID
    /// documents of the WHO's GDHCN, certificates, revocations. A file of the same name is replaced
    Import {
        /// The file
        file: PathBuf,
        /// What it is to be called; its own name where absent
        #[arg(long)]
        name: Option<String>,
        /// Examine every key and change nothing
        #[arg(long)]
        dry_run: bool,
        /// Refuse the file where a check of one of its keys fails
        #[arg(long)]
        strict: bool,
        /// One JSON object for each key
        #[arg(long)]
        json: bool,
    },
    /// List the files that are trusted
    Files {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Trust a file no longer, here and at every node below
    Remove {
        /// Its name
        name: String,
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
    /// [`Failure`] where the node refuses, or a file cannot be read or written.
    pub async fn run(self, lang: Lang) -> Result<Exit, Failure> {
        let ask = |command| admin::run(&self.deployed.config, command, admin::silent());
        match &self.command {
            Command::Export { file } => {
                export(file, admin::answer(ask(AdminCommand::TrustExport).await?)?, lang)?;
            }
            Command::Import { file, name, dry_run, strict, json } => {
                let order = files::order(file, name.as_deref(), *dry_run, *strict)?;
                let answer = ask(AdminCommand::TrustImport(order)).await?;
                return files::imported(&admin::answer(answer)?, *json, lang);
            }
            Command::Files { json } => {
                let held: Vec<TrustFile> = admin::answer(ask(AdminCommand::TrustFiles).await?)?;
                files::list(&held, *json)?;
            }
            Command::Remove { name } => {
                ask(AdminCommand::TrustRemove { name: name.clone() }).await?;
                show::line(lang.pick(format!("{name}：已移除"), format!("{name}: removed")));
            }
        }
        Ok(Exit::Ok)
    }
}

fn export(file: &Path, exported: Exported, lang: Lang) -> Result<(), Failure> {
    let bytes = STANDARD
        .decode(&exported.bytes)
        .map_err(|error| Failure::setup(format!("the trust list: {error}"), ""))?;
    std::fs::write(file, &bytes).map_err(|error| Failure::file(file, &error))?;
    let Exported { generation, made_at, .. } = exported;
    show::line(lang.pick(
        format!("{}：第 {generation} 版信任名单，{made_at} 签发", file.display()),
        format!("{}: trust list generation {generation} of {made_at}", file.display()),
    ));
    Ok(())
}

//! `hutong certificate`.

use crate::{
    admin::{self, AdminCommand},
    cli::Deployed,
    failure::{Exit, Failure},
    lang::Lang,
    show,
};
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};

/// The certificate of the key by which this node signs certificates for other systems (EU DCC). The
/// node signs one for itself; a national authority's takes its place.
#[derive(Debug, Args)]
pub struct CertificateCommand {
    #[command(flatten)]
    deployed: Deployed,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print it in PEM, for those who are to trust it: hutong trust import, hutong verify --trust
    Export,
    /// Print a request (PKCS #10) for one that an authority signs
    Request,
    /// Use one that an authority has signed
    Install {
        /// The certificate, in PEM
        file: PathBuf,
    },
}

impl CertificateCommand {
    /// Does it.
    ///
    /// # Errors
    /// [`Failure`] where the node has no such key or refuses, or the file cannot be read.
    pub async fn run(self, lang: Lang) -> Result<Exit, Failure> {
        let ask = |command| admin::run(&self.deployed.config, command, admin::silent());
        match &self.command {
            Command::Export => print(ask(AdminCommand::CertificateExport).await?)?,
            Command::Request => print(ask(AdminCommand::CertificateRequest).await?)?,
            Command::Install { file } => {
                let pem = read(file)?;
                ask(AdminCommand::CertificateInstall { pem }).await?;
                show::line(lang.pick("已启用新证书", "the certificate is in use"));
            }
        }
        Ok(Exit::Ok)
    }
}

fn read(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file).map_err(|error| Failure::file(file, &error))
}

fn print(answer: serde_json::Value) -> Result<(), Failure> {
    let pem: String = admin::answer(answer)?;
    show::line(pem.trim_end());
    Ok(())
}

//! `hutong import`.

use crate::{
    admin::{self, AdminCommand, OnProgress, Progress},
    cli::Deployed,
    client::{Client, Server, read_key},
    failure::{Exit, Failure},
    import::{self, report::Report},
    lang::Lang,
};
use clap::Args;
use hutong_model::{MemberId, Purpose};
use indicatif::{ProgressBar, ProgressStyle};
use std::{path::PathBuf, sync::Arc};

/// Bring in records: FHIR JSON (a resource, a Bundle) and NDJSON, CSV and XLSX spreadsheets, also
/// packed with gzip or zstd.
///
/// Straight into the store of this machine's node as one of its members (--as), or over HTTP to any
/// node (--server). A bad row never stops the others; sending a file again changes nothing. Ends
/// with 1 where rows were rejected.
#[derive(Debug, Args)]
pub struct Import {
    #[command(flatten)]
    deployed: Deployed,
    /// The files
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The member that states what the files hold
    #[arg(long = "as", value_name = "MEMBER", value_parser = MemberId::parse)]
    member: Option<MemberId>,
    /// Send the files to this node over HTTP
    #[arg(long, value_name = "URL", conflicts_with = "member", requires_all = ["client_id", "key"])]
    server: Option<String>,
    /// The member's id at that node
    #[arg(long, value_name = "ID", value_parser = MemberId::parse, requires = "server")]
    client_id: Option<MemberId>,
    /// Its private key (PKCS#8)
    #[arg(long, value_name = "FILE", requires = "server")]
    key: Option<PathBuf>,
    /// Certificates that the node's own must chain to, in PEM; the system's where absent
    #[arg(long, value_name = "FILE", requires = "server")]
    ca: Option<PathBuf>,
    /// Write rejected rows to this file, to be mended and imported again
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// One JSON object instead of tables
    #[arg(long)]
    json: bool,
}

impl Import {
    /// Imports the files.
    ///
    /// # Errors
    /// [`Failure`] where node or store cannot be used.
    pub async fn run(self, lang: Lang) -> Result<Exit, Failure> {
        let (files, rejects) = (absolute(&self.files)?, self.rejects.as_ref());
        let rejects = rejects
            .map(|path| std::path::absolute(path).map_err(|error| Failure::file(path, &error)));
        let rejects = rejects.transpose()?;
        let (bar, on_progress) = progress_bar(self.json);
        let report = match (&self.server, &self.client_id, &self.key, self.member.clone()) {
            (Some(url), Some(id), Some(key), _) => {
                let server = Server::new(url, self.ca.as_deref())?;
                let key = Arc::new(read_key(key)?);
                let client = Client::new(server, id.clone(), key, Purpose::Report);
                let order = import::Order { files, member: id.clone(), rejects };
                import::remote::run(&client, order, on_progress).await
            }
            (None, _, _, Some(member)) => {
                let order = import::Order { files, member, rejects };
                let command = AdminCommand::Import(order);
                let answer = admin::run(&self.deployed.config, command, on_progress).await;
                answer.and_then(admin::answer::<Report>)
            }
            _ => Err(Failure::usage(
                "who states what the files hold?",
                "name the member with --as, or --server with --client-id and --key",
            )),
        };
        bar.finish_and_clear();
        let report = report?;
        report.print(self.json, lang)?;
        Ok(report.exit())
    }
}

fn absolute(files: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    files
        .iter()
        .map(|path| {
            let file = std::path::absolute(path).map_err(|error| Failure::file(path, &error))?;
            // Named now, not after an hour of other files.
            std::fs::File::open(&file).map_err(|error| Failure::file(path, &error))?;
            Ok(file)
        })
        .collect()
}

/// A bar of bytes read with rows a second; nothing where standard error is no terminal.
fn progress_bar(quiet: bool) -> (ProgressBar, OnProgress) {
    let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::new(0) };
    if let Ok(style) = ProgressStyle::with_template(
        "{bar:30} {bytes}/{total_bytes} {msg} {elapsed_precise} ETA {eta}",
    ) {
        bar.set_style(style);
    }
    let shown = bar.clone();
    let on_progress = move |step: Progress| {
        shown.set_length(step.bytes_total);
        shown.set_position(step.bytes.min(step.bytes_total));
        let rate = step.rows as f64 / shown.elapsed().as_secs_f64().max(0.001);
        shown.set_message(format!("{} rows, {rate:.0}/s", step.rows));
    };
    (bar, Arc::new(on_progress))
}

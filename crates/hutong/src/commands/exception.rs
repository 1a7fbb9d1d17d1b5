//! `hutong exception`.

use super::member::read_json;
use crate::{
    admin::{self, AdminCommand},
    cli::Deployed,
    failure::{Exit, Failure},
    lang::Lang,
    show,
};
use clap::{Args, Subcommand};
use hutong_code::trust::RecognitionException;
use std::path::PathBuf;

/// File and list exceptions: dated, reasoned, expiring refusals to recognise something. They are
/// filed with the root and go out with its trust list; a refusal that is not filed does not exist.
#[derive(Debug, Args)]
pub struct ExceptionCommand {
    #[command(flatten)]
    deployed: Deployed,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// File an exception
    File {
        /// The exception in JSON (an example is in docs/operations.md); - for standard input
        file: PathBuf,
    },
    /// List every exception that was ever filed
    List {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
}

impl ExceptionCommand {
    /// Does it.
    ///
    /// # Errors
    /// [`Failure`] where the node refuses.
    pub async fn run(self, lang: Lang) -> Result<Exit, Failure> {
        let ask = |command| admin::run(&self.deployed.config, command, admin::silent());
        match &self.command {
            Command::File { file } => {
                let exception = serde_json::from_value(read_json(file)?).map_err(|error| {
                    Failure::wrong(
                        format!("{}: {error}", file.display()),
                        "see the example in docs/operations.md",
                    )
                })?;
                let command = AdminCommand::ExceptionFile { exception: Box::new(exception) };
                let filed: RecognitionException = admin::answer(ask(command).await?)?;
                show::line(lang.pick(
                    format!("已备案 {}，有效期至 {}", filed.id, filed.expires_at),
                    format!("filed as {}, in force until {}", filed.id, filed.expires_at),
                ));
            }
            Command::List { json } => {
                let list: Vec<RecognitionException> =
                    admin::answer(ask(AdminCommand::ExceptionList).await?)?;
                print(&list, *json, lang)?;
            }
        }
        Ok(Exit::Ok)
    }
}

fn print(list: &[RecognitionException], json: bool, lang: Lang) -> Result<(), Failure> {
    if json {
        return list.iter().try_for_each(show::json);
    }
    let mut table = show::table(["id", "region", "refuses", "from", "until", "reason"]);
    for exception in list {
        let reason = lang.pick(&exception.reason.zh, &exception.reason.en);
        table.add_row([
            &*exception.id,
            exception.region.as_str(),
            exception.refused.as_str(),
            &exception.effective_from.to_string(),
            &exception.expires_at.to_string(),
            reason,
        ]);
    }
    show::line(table);
    Ok(())
}

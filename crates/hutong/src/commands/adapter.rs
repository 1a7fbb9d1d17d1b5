//! `hutong adapter`.

use super::member::read_json;
use crate::{
    admin::{self, AdminCommand},
    cli::Deployed,
    failure::{Exit, Failure},
    lang::Lang,
    show,
};
use clap::{Args, Subcommand};
use hutong_node::adapters::Adapter;
use std::path::PathBuf;

/// Describe code systems that are not Hutong: what their codes look like, whom to ask, and what
/// the answers mean.
#[derive(Debug, Args)]
pub struct AdapterCommand {
    #[command(flatten)]
    deployed: Deployed,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Put an adapter, or change one that is there
    Put {
        /// The adapter in JSON (an example is in docs/operations.md); - for standard input
        file: PathBuf,
    },
    /// List adapters, one JSON object a line
    List,
}

impl AdapterCommand {
    /// Does it.
    ///
    /// # Errors
    /// [`Failure`] where the node refuses.
    pub async fn run(self, lang: Lang) -> Result<Exit, Failure> {
        let ask = |command| admin::run(&self.deployed.config, command, admin::silent());
        match &self.command {
            Command::Put { file } => {
                let adapter: Adapter =
                    serde_json::from_value(read_json(file)?).map_err(|error| {
                        Failure::wrong(
                            format!("{}: {error}", file.display()),
                            "see the example in docs/operations.md",
                        )
                    })?;
                let member = adapter.member.clone();
                ask(AdminCommand::AdapterPut { adapter: Box::new(adapter) }).await?;
                show::line(lang.pick(
                    format!("已接入 {member} 的码"),
                    format!("codes of {member} are recognised from now on"),
                ));
            }
            Command::List => {
                let mut list: Vec<serde_json::Value> =
                    admin::answer(ask(AdminCommand::AdapterList).await?)?;
                for adapter in &mut list {
                    hide_headers(adapter);
                }
                list.iter().try_for_each(show::json)?;
            }
        }
        Ok(Exit::Ok)
    }
}

/// Headers hold the keys that other systems gave us: their names are shown, not their values.
fn hide_headers(adapter: &mut serde_json::Value) {
    let headers = adapter.pointer_mut("/callback/headers").and_then(|value| value.as_object_mut());
    for (_, value) in headers.into_iter().flatten() {
        *value = "…".into();
    }
}

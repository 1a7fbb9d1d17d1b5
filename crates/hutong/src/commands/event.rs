//! `hutong event`.

use super::member::read_json;
use crate::{
    admin::{self, AdminCommand},
    cli::Deployed,
    clock::instant,
    failure::{Exit, Failure},
    lang::Lang,
    show,
};
use clap::{Args, Subcommand};
use hutong_model::Timestamp;
use hutong_node::rulebook::events::{Act, DeclaredEvent};
use std::path::PathBuf;

/// Declare, renew, end and list public-health events. Levels exist only inside an event that is in
/// force; none is the normal state. Declared at the root, they go down to every node.
#[derive(Debug, Args)]
pub struct Event {
    #[command(flatten)]
    deployed: Deployed,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Declare an event
    Declare {
        /// The event in JSON (an example is in docs/operations.md); - for standard input
        file: PathBuf,
    },
    /// Put off the sunset of an event: an act like its declaration, on record
    Renew {
        /// Its id
        id: String,
        /// Law, article and act
        #[arg(long)]
        legal_basis: String,
        /// The new sunset
        #[arg(long, value_name = "RFC3339", value_parser = instant)]
        sunset: Timestamp,
    },
    /// End an event now: its levels end with it
    End {
        /// Its id
        id: String,
        /// Law, article and act
        #[arg(long)]
        legal_basis: String,
    },
    /// List every event that was ever declared, with its acts
    List {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
}

impl Event {
    /// Does it.
    ///
    /// # Errors
    /// [`Failure`] where the node refuses.
    pub async fn run(self, lang: Lang) -> Result<Exit, Failure> {
        let ask = |command| admin::run(&self.deployed.config, command, admin::silent());
        let command = match self.command {
            Command::Declare { file } => {
                let event = serde_json::from_value(read_json(&file)?).map_err(|error| {
                    Failure::wrong(
                        format!("{}: {error}", file.display()),
                        "see the example in docs/operations.md",
                    )
                })?;
                AdminCommand::EventDeclare { event: Box::new(event) }
            }
            Command::Renew { id, legal_basis, sunset } => {
                AdminCommand::EventRenew { id, legal_basis, sunset }
            }
            Command::End { id, legal_basis } => AdminCommand::EventEnd { id, legal_basis },
            Command::List { json } => {
                let events: Vec<DeclaredEvent> =
                    admin::answer(ask(AdminCommand::EventList).await?)?;
                print(&events, json, lang)?;
                return Ok(Exit::Ok);
            }
        };
        let event: DeclaredEvent = admin::answer(ask(command).await?)?;
        show::line(lang.pick(
            format!("{}：已记录，日落时间 {}", event.id, event.sunset),
            format!("{}: recorded, sunset {}", event.id, event.sunset),
        ));
        Ok(Exit::Ok)
    }
}

fn print(events: &[DeclaredEvent], json: bool, lang: Lang) -> Result<(), Failure> {
    if json {
        return events.iter().try_for_each(show::json);
    }
    let mut table = show::table(["id", "title", "agent", "start", "sunset", "last act"]);
    for event in events {
        let act = event.acts.last().map_or("", |act| match act.act {
            Act::Declared => lang.pick("宣布", "declared"),
            Act::Renewed => lang.pick("延长", "renewed"),
            Act::Ended => lang.pick("终止", "ended"),
        });
        table.add_row([
            &*event.id,
            lang.pick(&event.title.zh, &event.title.en),
            &event.agent,
            &event.start.to_string(),
            &event.sunset.to_string(),
            act,
        ]);
    }
    show::line(table);
    Ok(())
}

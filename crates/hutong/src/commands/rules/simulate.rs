//! `hutong rules simulate`: what a rule pack would change, in counts, before it is published.

use crate::{
    admin::{self, AdminCommand},
    cli::Deployed,
    failure::{Exit, Failure},
    lang::Lang,
    show,
};
use clap::Args;
use hutong_node::rulebook::simulate::Simulated;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct Simulate {
    #[command(flatten)]
    deployed: Deployed,
    /// The rule pack: a JSON file
    pack: PathBuf,
    /// The event that it would decide in
    #[arg(long)]
    event: String,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

impl Simulate {
    pub(super) async fn run(self, lang: Lang) -> Result<Exit, Failure> {
        let source = std::fs::read_to_string(&self.pack)
            .map_err(|error| Failure::file(&self.pack, &error))?;
        let command = AdminCommand::RulesSimulate { event: self.event, source };
        let answer = admin::run(&self.deployed.config, command, admin::silent()).await?;
        let simulated: Simulated = admin::answer(answer)?;
        if self.json {
            show::json(&simulated)?;
            return Ok(Exit::Ok);
        }
        show::line(lang.pick(
            format!("{} 人（事件 {}）", simulated.persons, simulated.event),
            format!("{} persons, event {}", simulated.persons, simulated.event),
        ));
        let mut table = show::table(["now", "then", "persons"]);
        for moved in &simulated.transitions {
            table.add_row([
                comfy_table::Cell::new(&moved.from),
                comfy_table::Cell::new(&moved.to),
                show::number(moved.persons),
            ]);
        }
        show::line(table);
        let mut table = show::table(["rule", "now", "then"]);
        for (rule, (now, then)) in &simulated.rules {
            table.add_row([comfy_table::Cell::new(rule), show::number(*now), show::number(*then)]);
        }
        show::line(table);
        Ok(Exit::Ok)
    }
}

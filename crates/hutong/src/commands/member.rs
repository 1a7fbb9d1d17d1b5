//! `hutong member`.

use super::token::purpose;
use crate::{
    admin::{self, AdminCommand, command::AdmitMember},
    cli::Deployed,
    failure::{Exit, Failure},
    lang::Lang,
    show,
};
use clap::{Args, Subcommand};
use hutong_model::{Member as Admitted, MemberId, MemberKind, Purpose, RegionCode};
use std::path::{Path, PathBuf};

/// Admit, suspend and list members: nodes below, clinics, laboratories, verifiers …
#[derive(Debug, Args)]
pub struct Member {
    #[command(flatten)]
    deployed: Deployed,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Admit a member, or change one that is there
    Admit(Admit),
    /// Suspend a member: nothing it sends is accepted from now on
    Suspend {
        /// Its id
        #[arg(value_parser = MemberId::parse)]
        id: MemberId,
    },
    /// List members
    List {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
struct Admit {
    /// Its id: REGION.NAME, such as 330000.clinic-3; 330100.node for a node below
    #[arg(value_parser = MemberId::parse)]
    id: MemberId,
    /// What it is: node, clinic, lab, hospital, school, department, verifier, code-system
    #[arg(long, value_parser = kind)]
    kind: MemberKind,
    /// Its name, as shown to people
    #[arg(long)]
    name: String,
    /// Where it is; the region of its id where absent
    #[arg(long, value_parser = RegionCode::parse)]
    region: Option<RegionCode>,
    /// What it may ask data for; the usual purposes of its kind where absent
    #[arg(long = "purpose", value_name = "PURPOSE", value_parser = purpose)]
    purposes: Vec<Purpose>,
    /// Its public keys: a JSON Web Key Set (hutong key prints one); - for standard input
    #[arg(long, value_name = "FILE")]
    jwks: PathBuf,
}

fn kind(text: &str) -> Result<MemberKind, String> {
    MemberKind::parse(text).ok_or_else(|| {
        let words: Vec<&str> = MemberKind::ALL.iter().map(|kind| kind.as_str()).collect();
        format!("one of {}", words.join(", "))
    })
}

impl Member {
    /// Does it.
    ///
    /// # Errors
    /// [`Failure`] where the node refuses.
    pub async fn run(self, lang: Lang) -> Result<Exit, Failure> {
        let ask = |command| admin::run(&self.deployed.config, command, admin::silent());
        match self.command {
            Command::Admit(admit) => {
                let member: Admitted = admin::answer(ask(admit.command()?).await?)?;
                show::line(lang.pick(
                    format!("已接入 {}（{}）", member.id, member.name),
                    format!("{} ({}) is admitted", member.id, member.name),
                ));
            }
            Command::Suspend { id } => {
                let member: Admitted =
                    admin::answer(ask(AdminCommand::MemberSuspend { id }).await?)?;
                show::line(
                    lang.pick(
                        format!("已停用 {}", member.id),
                        format!("{} is suspended", member.id),
                    ),
                );
            }
            Command::List { json } => {
                let members: Vec<Admitted> = admin::answer(ask(AdminCommand::MemberList).await?)?;
                list(&members, json)?;
            }
        }
        Ok(Exit::Ok)
    }
}

impl Admit {
    fn command(self) -> Result<AdminCommand, Failure> {
        let jwks = read_json(&self.jwks)?;
        Ok(AdminCommand::MemberAdmit(AdmitMember {
            id: self.id,
            kind: self.kind,
            name: self.name,
            region: self.region,
            purposes: (!self.purposes.is_empty()).then(|| self.purposes.into_iter().collect()),
            jwks,
        }))
    }
}

/// Reads a JSON file, or standard input where the path is `-`.
///
/// # Errors
/// [`Failure`] where it cannot be read or is no JSON.
pub fn read_json(path: &Path) -> Result<serde_json::Value, Failure> {
    let text = if path == Path::new("-") {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(path)
    };
    let text = text.map_err(|error| Failure::file(path, &error))?;
    serde_json::from_str(&text)
        .map_err(|error| Failure::wrong(format!("{}: {error}", path.display()), "expected JSON"))
}

fn list(members: &[Admitted], json: bool) -> Result<(), Failure> {
    if json {
        return members.iter().try_for_each(show::json);
    }
    let mut table = show::table(["id", "kind", "name", "region", "status", "purposes"]);
    for member in members {
        let purposes: Vec<&str> = member.purposes.iter().map(|p| p.as_str()).collect();
        let status = match member.status {
            hutong_model::MemberStatus::Active => "active",
            hutong_model::MemberStatus::Suspended => "suspended",
        };
        table.add_row([
            member.id.as_str(),
            member.kind.as_str(),
            &member.name,
            member.region.as_str(),
            status,
            &purposes.join(" "),
        ]);
    }
    show::line(table);
    Ok(())
}

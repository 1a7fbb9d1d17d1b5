//! `hutong doctor`.

mod certificate;
mod database;
mod parent;
mod place;

use crate::{
    admin::{self, AdminCommand, command::Standing},
    cli::Deployed,
    config::Config,
    failure::{Exit, Failure},
    lang::Lang,
    show,
};
use clap::Args;
use hutong_model::{Clock, limits};
use serde::Serialize;

/// Entries waiting to be passed up from which on something is wrong.
const LAG_MAX: u64 = 100_000;

/// Find out why a deployment does not work: configuration, keys, store and its database, clock,
/// parent, trust list, certificate. Each line with the remedy. Ends with 1 where something is
/// wrong.
#[derive(Debug, Args)]
pub struct Doctor {
    #[command(flatten)]
    deployed: Deployed,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

/// One thing that was looked at.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    /// What.
    pub check: &'static str,
    /// Whether it is well.
    pub ok: bool,
    /// What was found.
    pub found: String,
    /// What to do.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub remedy: String,
}

impl Finding {
    /// It is well.
    pub fn well(check: &'static str, found: impl Into<String>) -> Self {
        Self { check, ok: true, found: found.into(), remedy: String::new() }
    }
    /// It is not.
    pub fn ill(check: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { check, ok: false, found: found.into(), remedy: remedy.into() }
    }
    /// It could not be done.
    pub fn failed(check: &'static str, failure: Failure) -> Self {
        Self::ill(check, failure.what, failure.remedy)
    }
}

impl Doctor {
    /// Looks at everything.
    ///
    /// # Errors
    /// [`Failure`] where the findings cannot be printed.
    pub async fn run(self, lang: Lang) -> Result<Exit, Failure> {
        let mut findings = Findings { all_well: true, json: self.json, lang };
        let config = match Config::read(&self.deployed.config) {
            Ok(config) => config,
            Err(failure) => {
                findings.add(Finding::failed("configuration", failure))?;
                return Ok(findings.exit());
            }
        };
        let settings = match config.settings(config.listen) {
            Ok(settings) => settings,
            Err(failure) => {
                findings.add(Finding::failed("configuration", failure))?;
                return Ok(findings.exit());
            }
        };
        let region = settings.region;
        findings.add(Finding::well("configuration", format!("{region} {}", settings.name)))?;
        for finding in place::address(&config, &settings) {
            findings.add(finding)?;
        }
        for finding in place::files(&config, &settings) {
            findings.add(finding)?;
        }
        findings.add(place::disk(&config))?;
        if let Some(tls) = &config.tls {
            findings.add(certificate::look(&tls.certificate))?;
        }
        for finding in database::look(&config).await {
            findings.add(finding)?;
        }
        let standing = self.standing(&config, &mut findings).await?;
        if let Some(parent) = &settings.parent {
            for finding in parent::look(&config, &settings, parent).await {
                findings.add(finding)?;
            }
        }
        if let Some(standing) = standing {
            for finding in of_standing(&standing) {
                findings.add(finding)?;
            }
        }
        Ok(findings.exit())
    }

    /// Opens the store, or asks the running node.
    async fn standing(
        &self,
        config: &Config,
        findings: &mut Findings,
    ) -> Result<Option<Standing>, Failure> {
        let answer = admin::run_with(config, AdminCommand::Status, admin::silent()).await;
        match answer.and_then(admin::answer::<Standing>) {
            Ok(standing) => {
                let found = format!("{} persons, {} entries", standing.persons, standing.entries);
                findings.add(Finding::well("store", found))?;
                Ok(Some(standing))
            }
            Err(failure) => {
                findings.add(Finding::failed("store", failure))?;
                Ok(None)
            }
        }
    }
}

fn of_standing(standing: &Standing) -> Vec<Finding> {
    let mut findings = Vec::new();
    let skew_s = crate::clock::SystemClock.now().since_s(standing.now).abs();
    if skew_s > limits::CLOCK_SKEW_S_MAX {
        findings.push(Finding::ill(
            "clock",
            format!("the running node's clock differs by {skew_s} s"),
            "run NTP on this machine",
        ));
    }
    findings.push(match standing.trust_list {
        None => Finding::ill(
            "trust list",
            "there is none yet",
            "it comes with the parent's feed: start the node and mend what is said of the parent",
        ),
        Some((generation, made_at)) => {
            let age_s = standing.now.since_s(made_at);
            let found = format!("generation {generation}, {} h old", age_s / 3600);
            if age_s > limits::TRUST_FRESH_S {
                let remedy = "start the node; if it runs, mend what is said of the parent";
                Finding::ill("trust list", found, remedy)
            } else {
                Finding::well("trust list", found)
            }
        }
    });
    if standing.parent.is_some() {
        let found = format!("{} entries wait to be passed up", standing.outbox_lag);
        findings.push(if standing.outbox_lag > LAG_MAX {
            Finding::ill("outbox", found, "see whether the parent is reachable and has room")
        } else {
            Finding::well("outbox", found)
        });
    }
    findings
}

struct Findings {
    all_well: bool,
    json: bool,
    lang: Lang,
}

impl Findings {
    fn add(&mut self, finding: Finding) -> Result<(), Failure> {
        self.all_well &= finding.ok;
        if self.json {
            return show::json(&finding);
        }
        let mark = if finding.ok { "✓" } else { "✗" };
        show::line(format!("{mark} {}: {}", finding.check, finding.found));
        if !finding.remedy.is_empty() {
            show::line(format!("    {}{}", self.lang.pick("处理：", "→ "), finding.remedy));
        }
        Ok(())
    }
    fn exit(&self) -> Exit {
        if self.all_well { Exit::Ok } else { Exit::Wrong }
    }
}

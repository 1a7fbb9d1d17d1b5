//! Acceptance rules beside the verification.

use super::super::rules::{OfRule, Shown, book, country};
use crate::{failure::Failure, lang::Lang};
use clap::Args;
use hutong_code::{
    foreign::{Reading, dcc_payload},
    verify::Format,
};
use hutong_model::{Timestamp, Verdict};
use hutong_rules::{
    acceptance::{Place, RuleBook, Selection},
    certlogic::Bump,
};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct RulesArgs {
    /// Business rules that valid EU certificates are judged by: a JSON file, or a folder of them
    #[arg(long, value_name = "DIR", num_args = 1.., requires = "country")]
    rules: Vec<PathBuf>,
    /// Value sets that the rules look into: a JSON file, or a folder of them
    #[arg(long, value_name = "DIR", num_args = 1.., requires = "rules")]
    valuesets: Vec<PathBuf>,
    /// The country of arrival, two letters
    #[arg(long, value_name = "XX", value_parser = country, requires = "rules")]
    country: Option<String>,
}

/// Rules of a country.
pub(super) struct Rules {
    book: RuleBook,
    country: String,
}

impl RulesArgs {
    pub(super) fn load(&self, lang: Lang) -> Result<Option<Rules>, Failure> {
        let Some(country) = &self.country else { return Ok(None) };
        let book = book(&self.rules, &self.valuesets, lang)?;
        Ok(Some(Rules { book, country: country.clone() }))
    }
}

/// What judges the certificates of one moment.
pub(super) struct Judge<'r>(Option<Selection<'r>>);

/// Makes a judge for a moment; one that judges nothing where there are no rules.
pub(super) fn with(rules: Option<&Rules>, now: Timestamp, ask: impl FnOnce(&Judge<'_>)) {
    let shared = Bump::new();
    let selection = rules.map(|rules| {
        rules.book.select(&Place { country: &rules.country, region: None, at: now }, &shared)
    });
    ask(&Judge(selection));
}

impl<'r> Judge<'r> {
    /// The verdict of every rule over an EU certificate that is valid; none of others.
    pub(super) fn rules(&self, reading: &Reading, line: &[u8], lang: Lang) -> Vec<OfRule<'r>> {
        let Some(selection) = &self.0 else { return Vec::new() };
        if reading.verdict != Verdict::Valid || reading.format != Format::EuDcc {
            return Vec::new();
        }
        let payload = std::str::from_utf8(line).ok().and_then(dcc_payload);
        let Some(payload) = payload.map(|payload| payload.to_string()) else { return Vec::new() };
        let arena = Bump::new();
        let shown = Shown::read(&payload, None, &arena);
        let verdicts = shown.map(|shown| shown.judge(selection, &arena)).unwrap_or_default();
        verdicts
            .iter()
            .flat_map(|verdict| &verdict.rules)
            .map(|rule| OfRule::new(rule, lang))
            .collect()
    }
}

//! `hutong rules`.

mod answer;
mod load;
mod pack;
mod simulate;

use crate::{
    clock::SystemClock,
    failure::{Exit, Failure},
    lang::Lang,
    lines,
};
use answer::Answer;
pub(super) use answer::{OfRule, Shown, word};
pub(super) use load::book;

use clap::{Args, Subcommand};
use hutong_model::{Clock, Timestamp, limits::RULE_DOCUMENT_BYTES_MAX};
use hutong_rules::{
    acceptance::{Place, Selection, over_all},
    certlogic::Bump,
};
use serde_json::json;
use std::path::PathBuf;

/// Rule packs, by which levels are decided, and acceptance rules of certificates
#[derive(Debug, Args)]
pub struct Rules {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Judge certificates by business rules: one payload a line on standard input, one answer out
    ///
    /// A line is one certificate's payload (the EU DCC form), or an array of all that one person
    /// shows: one that passes is enough. Ends with 0 where every line was answered.
    Check(Check),
    /// Try the examples of rule packs: evidence, and the level that must come of it
    Test(pack::Test),
    /// Show what differs between two rule packs, by rule and field
    Diff(pack::Diff),
    /// Count what a rule pack would change for whom, before it is published; nothing is written
    Simulate(simulate::Simulate),
}

#[derive(Debug, Args)]
struct Check {
    /// Business rules: a JSON file, or a folder of them
    #[arg(long, value_name = "DIR", required = true)]
    rules: Vec<PathBuf>,
    /// Value sets that the rules look into: a JSON file, or a folder of them
    #[arg(long, value_name = "DIR")]
    valuesets: Vec<PathBuf>,
    /// The country of arrival, two letters
    #[arg(long, value_name = "XX", value_parser = country)]
    country: String,
    /// The region of it, whose own rules apply too
    #[arg(long)]
    region: Option<String>,
    /// The issuer's country, for its invalidation rules; what the payload says where absent
    #[arg(long, value_name = "XX", value_parser = country)]
    issuer: Option<String>,
    /// The time that counts; now where absent
    #[arg(long, value_name = "RFC3339", value_parser = crate::clock::instant)]
    at: Option<Timestamp>,
    /// All lines together are what one person shows: one answer
    #[arg(long)]
    one_person: bool,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

impl Rules {
    /// Does what was asked.
    ///
    /// # Errors
    /// [`Failure`] where rules, value sets or packs cannot be read, or standard input or output
    /// fails.
    pub async fn run(self, lang: Lang) -> Result<Exit, Failure> {
        match self.command {
            Command::Check(check) => check.run(lang),
            Command::Test(test) => test.run(lang),
            Command::Diff(diff) => diff.run(lang),
            Command::Simulate(simulate) => simulate.run(lang).await,
        }
    }
}

/// Two letters, capital.
pub(super) fn country(text: &str) -> Result<String, &'static str> {
    let two_letters = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    if two_letters { Ok(text.to_ascii_uppercase()) } else { Err("expected two letters") }
}

impl Check {
    fn run(self, lang: Lang) -> Result<Exit, Failure> {
        let book = book(&self.rules, &self.valuesets, lang)?;
        let shared = Bump::new();
        let at = self.at.unwrap_or_else(|| SystemClock.now());
        let place = Place { country: &self.country, region: self.region.as_deref(), at };
        let selection = book.select(&place, &shared);
        if self.one_person {
            return self.judge_together(&selection, lang);
        }
        let mut arena = Bump::new();
        lines::answer(RULE_DOCUMENT_BYTES_MAX, |line| {
            arena.reset();
            let answer = line.map_err(str::to_owned).and_then(|line| {
                let shown = Shown::read(line, self.issuer.as_deref(), &arena)?;
                Ok(shown.judge(&selection, &arena))
            });
            self.show(answer.map(over_all).map(|over| Answer::new(over, lang)), lang)
        })?;
        Ok(Exit::Ok)
    }

    fn judge_together(&self, selection: &Selection<'_>, lang: Lang) -> Result<Exit, Failure> {
        let mut verdicts = Vec::new();
        let mut arena = Bump::new();
        for (at, line) in std::io::stdin().lines().enumerate() {
            arena.reset();
            let failed = |error: String| {
                let what = lang.pick("第", "line ");
                Failure::wrong(format!("{what}{}{}{error}", at + 1, lang.pick("行：", ": ")), "")
            };
            let line = line.map_err(|error| failed(error.to_string()))?;
            let shown = Shown::read(&line, self.issuer.as_deref(), &arena).map_err(failed)?;
            verdicts.extend(shown.judge(selection, &arena));
            answer::check_count(verdicts.len()).map_err(failed)?;
        }
        println!("{}", self.show(Ok(Answer::new(over_all(verdicts), lang)), lang));
        Ok(Exit::Ok)
    }

    fn show(&self, answer: Result<Answer<'_>, String>, lang: Lang) -> String {
        match (answer, self.json) {
            (Ok(answer), true) => json!(answer).to_string(),
            (Ok(answer), false) => answer.readable(lang),
            (Err(error), true) => json!({"error": error}).to_string(),
            (Err(error), false) => format!("{}{error}", lang.pick("错误：", "error: ")),
        }
    }
}

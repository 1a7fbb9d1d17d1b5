//! `hutong recognise`.

use super::{token::SignIn, verify::readable};
use crate::{
    client::Client,
    failure::{Exit, Failure},
    lang::Lang,
    show,
};
use clap::Args;
use hutong_code::Answer;
use hutong_model::{Purpose, limits::VERIFICATIONS_MAX};
use serde_json::json;
use std::io::BufRead;

/// Have a node verify codes: also those of other code systems, with fresh evidence.
#[derive(Debug, Args)]
pub struct Recognise {
    #[command(flatten)]
    sign_in: SignIn,
    /// The codes; one a line on standard input where absent
    codes: Vec<String>,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

impl Recognise {
    /// Asks the node.
    ///
    /// # Errors
    /// [`Failure`] where the node refuses or does not answer.
    pub async fn run(self, lang: Lang) -> Result<Exit, Failure> {
        let client = self.sign_in.client(Purpose::Verification)?;
        let mut codes = self.codes.clone();
        if codes.is_empty() {
            let lines: Result<Vec<String>, _> = std::io::stdin().lock().lines().collect();
            codes = lines.map_err(|e| Failure::setup(format!("standard input: {e}"), ""))?;
        }
        for part in codes.chunks(VERIFICATIONS_MAX) {
            for answer in ask(&client, part).await? {
                if self.json {
                    show::json(&answer)?;
                } else {
                    show::line(readable(&answer, lang));
                }
            }
        }
        Ok(Exit::Ok)
    }
}

/// The node's answers to these codes, in order.
///
/// # Errors
/// [`Failure`] where the node refuses or does not answer.
pub async fn ask(client: &Client, codes: &[String]) -> Result<Vec<Answer>, Failure> {
    #[derive(serde::Deserialize)]
    struct Answers {
        answers: Vec<Answer>,
    }
    let said = client.post("/v1/verifications", &json!({ "codes": codes })).await?;
    let Answers { answers } = serde_json::from_value(said).map_err(|error| {
        Failure::setup(format!("the node answered something else: {error}"), "")
    })?;
    Ok(answers)
}

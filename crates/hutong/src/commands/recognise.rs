//! `hutong recognise`.

mod matrix;

use super::{token::SignIn, verify::readable};
use crate::{
    client::Client,
    failure::{Exit, Failure},
    lang::Lang,
    show,
};
use clap::Args;
use hutong_code::foreign::Reading;
use hutong_model::{MemberId, Purpose, limits::VERIFICATIONS_MAX};
use serde_json::json;
use std::{io::BufRead, path::PathBuf};

/// Have a node verify codes: also those of other code systems, with fresh evidence.
///
/// With --matrix it asks no node: a trust list says what every region makes of every issuer.
#[derive(Debug, Args)]
pub struct Recognise {
    /// The node
    #[arg(long, value_name = "URL", required_unless_present = "matrix")]
    server: Option<String>,
    /// The member's id
    #[arg(long, value_name = "ID", value_parser = MemberId::parse)]
    #[arg(required_unless_present = "matrix")]
    client_id: Option<MemberId>,
    /// Its private key (PKCS#8)
    #[arg(long, value_name = "FILE", required_unless_present = "matrix")]
    key: Option<PathBuf>,
    /// Certificates that the node's own must chain to, in PEM; the system's where absent
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    #[command(flatten)]
    matrix: matrix::Matrix,
    /// The codes; one a line on standard input where absent
    #[arg(conflicts_with = "matrix")]
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
        if self.matrix.is_asked() {
            return self.matrix.run(self.json, lang);
        }
        let (Some(server), Some(client_id), Some(key)) = (self.server, self.client_id, self.key)
        else {
            let remedy = "name it with --server, --client-id and --key";
            return Err(Failure::usage("no node is named", remedy));
        };
        let client = SignIn::of(server, client_id, key, self.ca).client(Purpose::Verification)?;
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
pub async fn ask(client: &Client, codes: &[String]) -> Result<Vec<Reading>, Failure> {
    #[derive(serde::Deserialize)]
    struct Answers {
        answers: Vec<Reading>,
    }
    let said = client.post("/v1/verifications", &json!({ "codes": codes })).await?;
    let Answers { answers } = serde_json::from_value(said).map_err(|error| {
        Failure::setup(format!("the node answered something else: {error}"), "")
    })?;
    Ok(answers)
}

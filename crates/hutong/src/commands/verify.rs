//! `hutong verify`.

use super::init::read_anchor;
use crate::{
    clock::SystemClock,
    failure::{Exit, Failure},
    lang::Lang,
};
use clap::Args;
use hutong_code::{Answer, TrustList, Verifier, VerifyContext, VerifyingKey};
use hutong_model::{Clock, RegionCode, Timestamp, Verdict, limits::CODE_TEXT_BYTES_MAX};
use std::{
    io::{BufRead, Read, Write},
    path::PathBuf,
};

/// Verify codes without a network: one code a line on standard input, one answer a line out.
///
/// Ends with 0 where every line was answered, whatever the answers.
#[derive(Debug, Args)]
pub struct Verify {
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    /// Trust list, as hutong trust export writes it; of several the newest that is signed counts
    #[arg(long, value_name = "FILE", required = true)]
    trust: Vec<PathBuf>,
    /// Who may have signed the trust list, as hutong keys anchor prints it
    #[arg(long, value_name = "KEY", required = true)]
    anchor: Vec<String>,
    /// The time of verification; now where absent
    #[arg(long, value_name = "RFC3339", value_parser = Timestamp::parse)]
    at: Option<Timestamp>,
    /// Where the verifier stands: exceptions filed by this region apply
    #[arg(long, value_name = "CODE", value_parser = RegionCode::parse)]
    region: Option<RegionCode>,
}

impl Verify {
    /// Verifies every line.
    ///
    /// # Errors
    /// [`Failure`] where no trust list can be used, or standard input or output fails.
    pub fn run(self, lang: Lang) -> Result<Exit, Failure> {
        let verifier = Verifier::new(self.trust_list()?);
        let (mut input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
        let failed =
            |error: std::io::Error| Failure::setup(format!("input or output: {error}"), "");
        let mut line = Vec::new();
        while read_line(&mut input, &mut line).map_err(failed)? {
            let text = String::from_utf8_lossy(&line);
            let now = self.at.unwrap_or_else(|| SystemClock.now());
            let mut context = VerifyContext::at(now);
            context.region = self.region;
            let answer = verifier.verify(&text, &context);
            if self.json {
                serde_json::to_writer(&mut output, &answer)?;
                writeln!(output).map_err(failed)?;
            } else {
                writeln!(output, "{}", readable(&answer, lang)).map_err(failed)?;
            }
            // Whoever asks line by line waits for the answer.
            output.flush().map_err(failed)?;
        }
        Ok(Exit::Ok)
    }

    /// The newest list that an anchor signed.
    fn trust_list(&self) -> Result<TrustList, Failure> {
        let anchors: Result<Vec<VerifyingKey>, Failure> =
            self.anchor.iter().map(|text| read_anchor(text)).collect();
        let anchors = anchors?;
        let mut newest: Option<TrustList> = None;
        let mut refused: Option<Failure> = None;
        for path in &self.trust {
            let bytes = std::fs::read(path).map_err(|error| Failure::file(path, &error))?;
            match TrustList::open(&bytes, &anchors) {
                Ok(list) if newest.as_ref().is_none_or(|n| n.generation() < list.generation()) => {
                    newest = Some(list);
                }
                Ok(_) => {}
                Err(error) => {
                    refused = Some(Failure::setup(
                        format!("{}: {error}", path.display()),
                        "take a fresh list (hutong trust export) and the anchor of its root",
                    ));
                }
            }
        }
        match (newest, refused) {
            (Some(list), _) => Ok(list),
            (None, Some(failure)) => Err(failure),
            (None, None) => Err(Failure::usage("no trust list was given", "name one with --trust")),
        }
    }
}

/// Reads one line, of which no more is kept than a code may have (and a little, so that it is
/// seen to be too long). False at the end.
fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> std::io::Result<bool> {
    line.clear();
    let most = CODE_TEXT_BYTES_MAX as u64 + 2;
    if input.by_ref().take(most).read_until(b'\n', line)? == 0 {
        return Ok(false);
    }
    if line.last() != Some(&b'\n') {
        input.skip_until(b'\n')?;
    }
    while matches!(line.last(), Some(b'\n' | b'\r')) {
        line.pop();
    }
    Ok(true)
}

/// The answer as one line for people.
pub fn readable(answer: &Answer, lang: Lang) -> String {
    let verdict = match answer.verdict {
        Verdict::Green => lang.pick("绿码", "green"),
        Verdict::Yellow => lang.pick("黄码", "yellow"),
        Verdict::Red => lang.pick("红码", "red"),
        Verdict::Valid => lang.pick("有效", "valid"),
        Verdict::Expired => lang.pick("已过期", "expired"),
        Verdict::Revoked => lang.pick("已撤销", "revoked"),
        Verdict::NotFound => lang.pick("查无此码", "not found"),
        Verdict::Invalid => lang.pick("无效", "invalid"),
        Verdict::Unverified => lang.pick("无法核验", "unverified"),
        Verdict::NotRecognised => lang.pick("不予互认（已备案）", "not recognised (filed)"),
    };
    let issuer = answer.issuer.map(|region| format!(" [{region}]")).unwrap_or_default();
    let text = |reasons: &[hutong_code::ReasonText]| {
        reasons.iter().map(|r| lang.pick(&*r.zh, &*r.en)).collect::<Vec<_>>().join(" ")
    };
    let mut line = format!("{verdict}{issuer} {}", text(&answer.reasons));
    if !answer.clears.is_empty() {
        line.push_str(lang.pick(" 解除：", " Cleared by: "));
        line.push_str(&text(&answer.clears));
    }
    line
}

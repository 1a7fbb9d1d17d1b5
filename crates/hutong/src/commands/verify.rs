//! `hutong verify`.

mod pictures;
mod readable;
mod rules;

pub use readable::readable;

use super::init::read_anchor;
use crate::{
    clock::SystemClock,
    failure::{Exit, Failure},
    lang::Lang,
    lines::{self, Lines},
};
use clap::Args;
use hutong_code::{
    Scanner, VerifyContext, VerifyingKey,
    foreign::{Reading, keys::KeysError},
    scan::TrustFileError,
};
use hutong_model::{Clock, RegionCode, Timestamp, limits};
use pictures::Place;
use rules::{Judge, Rules, RulesArgs};
use serde::Serialize;
use std::{
    io::Write,
    path::{Path, PathBuf},
    thread::available_parallelism,
};

/// Verify codes without a network: one code a line on standard input, one answer a line out.
///
/// Codes of ours, EU Digital COVID Certificates, SMART Health Cards and Links, certificates of the
/// WHO, DIVOC, ICAO seals (VDS-NC), and codes that a member has described. Ends with 0 where every
/// line was answered, whatever the answers.
#[derive(Debug, Args)]
pub struct Verify {
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    /// Whom to trust: trust lists (hutong trust export; of several the newest that is signed
    /// counts), the EU gateway's list of signers, JWK sets, directories of SMART Health Cards
    /// issuers, DID documents of the WHO's GDHCN, certificates; and lists of what was revoked
    #[arg(long, value_name = "FILE", num_args = 1..)]
    trust: Vec<PathBuf>,
    /// Certificates to trust, of signers or authorities: DER or PEM
    #[arg(long, value_name = "FILE", num_args = 1..)]
    trust_cert: Vec<PathBuf>,
    /// Who may have signed the trust list, as hutong keys anchor prints it
    #[arg(long, value_name = "KEY")]
    anchor: Vec<String>,
    /// Pictures (PNG, JPEG) and PDF documents to read QR codes from, instead of standard input: an
    /// answer for each code in them, and for each file without one
    #[arg(long, value_name = "FILE", num_args = 1..)]
    image: Vec<PathBuf>,
    /// The time of verification; now where absent
    #[arg(long, value_name = "RFC3339", value_parser = crate::clock::instant)]
    at: Option<Timestamp>,
    /// Where the verifier stands: exceptions filed by this region apply
    #[arg(long, value_name = "CODE", value_parser = RegionCode::parse)]
    region: Option<RegionCode>,
    /// Threads that verify; as many as there are cores where absent
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    #[command(flatten)]
    rules: RulesArgs,
}

/// One answer as JSON.
#[derive(Serialize)]
struct Answer<'r> {
    #[serde(flatten)]
    reading: &'r Reading,
    /// Where the code was, if in a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'r Place<'r>>,
    /// What the acceptance rules that were given make of it.
    rules: Vec<super::rules::OfRule<'r>>,
}

impl Verify {
    /// Verifies every line.
    ///
    /// # Errors
    /// [`Failure`] where a file cannot be used, or standard input or output fails.
    pub fn run(self, lang: Lang) -> Result<Exit, Failure> {
        let scanner = self.scanner(lang)?;
        let rules = self.rules.load(lang)?;
        if !self.image.is_empty() {
            return self.pictures(&scanner, rules.as_ref(), lang);
        }
        let threads = match self.threads {
            Some(threads) => threads.into(),
            None => available_parallelism().map_or(1, usize::from),
        };
        lines::answer_parallel(limits::CODE_TEXT_BYTES_MAX, threads, |lines, out| {
            self.answer(&scanner, rules.as_ref(), lines, lang, out);
        })?;
        Ok(Exit::Ok)
    }

    /// Verifies what the pictures show, in the order of the files.
    fn pictures(
        &self,
        scanner: &Scanner,
        rules: Option<&Rules>,
        lang: Lang,
    ) -> Result<Exit, Failure> {
        for path in &self.image {
            let mut out = Vec::new();
            let codes = pictures::codes(path)?;
            self.judging(rules, |judge, context| {
                for (place, code) in &codes {
                    let place = Some(place);
                    self.one(scanner, judge, context, code.as_bytes(), place, lang, &mut out);
                }
            });
            let written = std::io::stdout().write_all(&out);
            written.map_err(|error| Failure::setup(format!("standard output: {error}"), ""))?;
        }
        Ok(Exit::Ok)
    }

    fn answer(
        &self,
        scanner: &Scanner,
        rules: Option<&Rules>,
        lines: &Lines,
        lang: Lang,
        out: &mut Vec<u8>,
    ) {
        self.judging(rules, |judge, context| {
            for line in lines.iter() {
                self.one(scanner, judge, context, line, None, lang, out);
            }
        });
    }

    /// Does something at the time of verification.
    fn judging(&self, rules: Option<&Rules>, ask: impl FnOnce(&Judge<'_>, &VerifyContext<'_>)) {
        let now = self.at.unwrap_or_else(|| SystemClock.now());
        let context = VerifyContext { region: self.region, ..VerifyContext::at(now) };
        rules::with(rules, now, |judge| ask(judge, &context));
    }

    /// Writes the answer to one code.
    #[expect(clippy::too_many_arguments, reason = "what is known once and what comes with a code")]
    fn one(
        &self,
        scanner: &Scanner,
        judge: &Judge<'_>,
        context: &VerifyContext<'_>,
        code: &[u8],
        image: Option<&Place<'_>>,
        lang: Lang,
        out: &mut Vec<u8>,
    ) {
        let reading = &scanner.scan_bytes(code, context);
        let rules = judge.rules(reading, code, lang);
        // Writing to a vector does not fail.
        let _ = match self.json {
            true => serde_json::to_writer(&mut *out, &Answer { reading, image, rules })
                .map_err(Into::into)
                .and_then(|()| writeln!(out)),
            false => {
                let place = image.map(|place| format!("{}: ", place.shown())).unwrap_or_default();
                writeln!(out, "{place}{}", readable::reading(reading, &rules, lang))
            }
        };
    }

    /// Everything that is trusted.
    fn scanner(&self, lang: Lang) -> Result<Scanner, Failure> {
        let anchors: Result<Vec<VerifyingKey>, Failure> =
            self.anchor.iter().map(|text| read_anchor(text)).collect();
        let anchors = anchors?;
        let mut scanner = Scanner::default();
        let mut refused: Option<Failure> = None;
        for path in self.trust.iter().chain(&self.trust_cert) {
            let bytes = std::fs::read(path).map_err(|error| Failure::file(path, &error))?;
            match scanner.add_file(&bytes, &anchors) {
                Ok(added) if added.passed_over > 0 => {
                    let what = lang.pick("个条目无法采用", "entries cannot be used");
                    eprintln!("{}: {} {what}", path.display(), added.passed_over);
                }
                Ok(_) => {}
                // A certificate with a kind of key that nobody can check here vouches for nothing;
                // it must not stop the others.
                Err(TrustFileError::Keys(error @ (KeysError::Kind | KeysError::Malformed))) => {
                    let what = lang.pick("未采用", "is passed over");
                    eprintln!("{}: {what}: {error}", path.display());
                }
                // One list of several may have been signed by another root.
                Err(error @ TrustFileError::Own(_)) => refused = Some(unusable(path, &error)),
                Err(error) => return Err(unusable(path, &error)),
            }
        }
        match refused {
            Some(failure) if scanner.own().is_none() => Err(failure),
            _ => Ok(scanner),
        }
    }
}

fn unusable(path: &Path, error: &TrustFileError) -> Failure {
    let remedy = match error {
        TrustFileError::NoAnchor => "name with --anchor who may have signed it",
        TrustFileError::Own(_) => {
            "take a fresh list (hutong trust export) and the anchor of its root"
        }
        TrustFileError::Keys(_) | TrustFileError::Revocation(_) => {
            "see docs/codes.md for the forms that are read"
        }
    };
    Failure::setup(format!("{}: {error}", path.display()), remedy)
}

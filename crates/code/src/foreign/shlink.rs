//! SMART Health Links (HL7 SMART Health Links 1.0; WHO's Verifiable Health Links are the same
//! under another name): what a link says of itself, and the files that it leads to, once somebody
//! has fetched them. Nothing is fetched here.

use super::inflate::deflate;
use super::json::{number, text};
use super::jws;
use super::reading::{LinkShown, Reading};
use super::refusal::Refusal;
use super::times::Times;
use crate::reason::ReasonCode;
use crate::verify::{Format, Step};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hutong_model::Timestamp;
use hutong_model::limits::FOREIGN_BYTES_MAX;
use serde_json::Value;
use std::fmt;

const PREFIXES: [&str; 2] = ["shlink:/", "vhlink:/"];
/// Longest address and label, in characters (section "Payload" of the specification).
const URL_CHARACTERS_MAX: usize = 128;
const LABEL_CHARACTERS_MAX: usize = 80;

/// A link, taken apart. Its key opens the files: whoever has the link has it, so it is shown
/// nowhere.
#[derive(Clone)]
pub struct ShLink {
    shown: LinkShown,
    key: [u8; 32],
    times: Times,
}

impl ShLink {
    /// Finds a link in a text: alone, or behind the address of a viewer.
    ///
    /// # Errors
    /// None where there is no link, or it is malformed.
    pub fn parse(text: &str) -> Option<Self> {
        Self::read(text).ok()
    }

    fn read(text: &str) -> Result<Self, Refusal> {
        let body = find(text).ok_or(Refusal::malformed(Step::Prefix))?;
        let bytes = URL_SAFE_NO_PAD.decode(body.trim_end_matches('='));
        let bytes = bytes.map_err(|_| Refusal::malformed(Step::Prefix))?;
        let payload = serde_json::from_slice(&bytes);
        Self::of_payload(&payload.map_err(|_| Refusal::malformed(Step::Cbor))?)
    }

    /// Reads the payload itself.
    pub(crate) fn of_payload(payload: &Value) -> Result<Self, Refusal> {
        let url = text(payload, "url").filter(|url| url.chars().count() <= URL_CHARACTERS_MAX);
        let url = url.ok_or(Refusal::schema("url"))?;
        if !url.starts_with("https://") && !url.starts_with("http://") {
            return Err(Refusal::schema("url"));
        }
        let key = text(payload, "key").and_then(|key| URL_SAFE_NO_PAD.decode(key).ok());
        let key = key.and_then(|key| key.try_into().ok()).ok_or(Refusal::schema("key"))?;
        let flag = text(payload, "flag").unwrap_or_default();
        let flags_known = flag.chars().all(|c| c.is_ascii_uppercase());
        // A file that is fetched directly cannot ask for a passcode.
        if !flags_known || (flag.contains('U') && flag.contains('P')) {
            return Err(Refusal::schema("flag"));
        }
        let label = text(payload, "label");
        if label.is_some_and(|label| label.chars().count() > LABEL_CHARACTERS_MAX) {
            return Err(Refusal::schema("label"));
        }
        if payload.get("v").is_some() && number(payload, "v") != Some(1) {
            return Err(Refusal::schema("v"));
        }
        let times = Times { not_before: None, ..Times::of_json(payload)? };
        let shown = LinkShown {
            url: url.into(),
            label: label.map(Into::into),
            asks_passcode: flag.contains('P'),
            long_term: flag.contains('L'),
            direct: flag.contains('U'),
        };
        Ok(Self { shown, key, times })
    }

    /// What it says of itself.
    pub fn shown(&self) -> &LinkShown {
        &self.shown
    }
    /// When it runs out.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.times.expires_at
    }

    /// Opens a file that it leads to: a JWE by `dir` and A256GCM.
    ///
    /// # Errors
    /// None where the file is none, or was not encrypted with this link's key.
    pub fn open(&self, file: &str) -> Option<Vec<u8>> {
        let (header, content) = jws::decrypt(file.trim(), &self.key)?;
        match text(&header, "zip") {
            None => Some(content),
            Some("DEF") => deflate(&content, FOREIGN_BYTES_MAX),
            Some(_) => None,
        }
    }

    /// The answer to the link alone: what it is, and that its content has to be fetched.
    pub(crate) fn answer(&self, now: Timestamp) -> Result<(), Refusal> {
        self.times.check(now)?;
        Err(Refusal::unverified(Step::Callback, ReasonCode::LINK))
    }
}

impl fmt::Debug for ShLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShLink")
    }
}

/// What follows the prefix, wherever in the text that stands.
fn find(text: &str) -> Option<&str> {
    let start = |prefix: &&str| match text.strip_prefix(*prefix) {
        Some(body) => Some(body),
        // A viewer's address, which ends in '#'.
        None if text.starts_with("https://") => text.split_once('#')?.1.strip_prefix(*prefix),
        None => None,
    };
    PREFIXES.iter().find_map(start)
}

/// Whether a text is a link.
pub(crate) fn is_link(text: &str) -> bool {
    find(text).is_some()
}

/// Reads a link for an answer.
pub(crate) fn read(text: &str, reading: &mut Reading) -> Result<ShLink, Refusal> {
    reading.format = Format::Shlink;
    let link = ShLink::read(text)?;
    reading.expires_at = link.times.expires_at;
    reading.link = Some(link.shown.clone());
    Ok(link)
}

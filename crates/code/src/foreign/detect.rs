//! Which system a text belongs to, by its first characters alone.

use super::divoc::{B64, ZIP_BASE64};
use super::jws::has_parts;
use super::shc::SHC;
use super::shlink::is_link;
use crate::presentation::PREFIX as HT1;
use crate::verify::Format;

/// The prefix of Electronic Health Certificates, version 1.
pub(crate) const HC1: &str = "HC1:";
/// Prefixes of certificates that are known by name alone.
const KNOWN_BY_NAME: [&str; 3] = ["HC2:", "HC3:", "HCERT:"];

/// What kind of certificate a text claims to be. [`Format::Other`] for JSON, whose kind is seen
/// when it is read, and for kinds that are known by name alone.
pub fn detect(text: &str) -> Format {
    let text = text.trim_matches(['\r', '\n', '\t']);
    let starts = |prefix: &str| text.starts_with(prefix);
    if starts(HT1) {
        Format::Ht1
    } else if starts(HC1) {
        // Which certificate the envelope holds is seen when it is opened.
        Format::EuDcc
    } else if starts(SHC) || has_parts(text, 3) {
        Format::Shc
    } else if is_link(text) {
        Format::Shlink
    } else if starts(B64) || starts(ZIP_BASE64) {
        Format::Divoc
    } else if starts("{") || KNOWN_BY_NAME.into_iter().any(starts) {
        Format::Other
    } else {
        Format::Unknown
    }
}

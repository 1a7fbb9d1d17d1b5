//! Which system a text belongs to, by its first characters alone.

use crate::presentation::PREFIX as HT1;
use crate::verify::Format;

/// The prefix of Electronic Health Certificates, version 1.
pub(crate) const HC1: &str = "HC1:";

/// What kind of certificate a text claims to be.
pub fn detect(text: &str) -> Format {
    let text = text.trim_matches(['\r', '\n', '\t']);
    let starts = |prefix: &str| text.starts_with(prefix);
    if starts(HT1) {
        Format::Ht1
    } else if starts(HC1) {
        // Which certificate the envelope holds is seen when it is opened.
        Format::EuDcc
    } else {
        Format::Unknown
    }
}

//! The bytes of a symbol as a text.

use rxing::common::ECIStringBuilder;

/// The text of a symbol's content: in the encoding that the symbol itself names; else UTF-8, as
/// nearly all makers of codes write; else ISO-8859-1, as ISO/IEC 18004 says.
pub(crate) fn text(content: &ECIStringBuilder) -> String {
    if content.has_eci { content.to_string() } else { plain(content.bytes()) }
}

fn plain(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn bytes_are_utf8_and_else_latin_1() {
        assert_eq!(plain("码 HT1:".as_bytes()), "码 HT1:");
        assert_eq!(plain(b"caf\xe9"), "café");
    }
}

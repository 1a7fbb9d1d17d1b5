//! Base45 (RFC 9285): two bytes as three characters of the QR alphanumeric set.
//!
//! One text has one meaning: what the RFC says must be refused is refused.

const ALPHABET: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const NONE: u8 = 0xff;
/// The value of every character; [`NONE`] for those outside the alphabet.
const VALUES: [u8; 256] = {
    let mut values = [NONE; 256];
    let mut i = 0;
    while i < ALPHABET.len() {
        values[ALPHABET[i] as usize] = i as u8;
        i += 1;
    }
    values
};

/// A text is not Base45.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Base45Error {
    /// A character outside the alphabet.
    #[error("a character outside the Base45 alphabet")]
    Character,
    /// A group of one character.
    #[error("a length that no bytes have in Base45")]
    Length,
    /// A group that stands for more than its bytes can hold.
    #[error("a Base45 group out of range")]
    Range,
}

/// Appends the Base45 of the bytes.
pub fn encode_into(bytes: &[u8], out: &mut String) {
    out.reserve(bytes.len().div_ceil(2) * 3);
    let mut push = |value: u32| out.push(char::from(ALPHABET[(value % 45) as usize]));
    let mut pairs = bytes.chunks_exact(2);
    for pair in &mut pairs {
        let value = u32::from(pair[0]) << 8 | u32::from(pair[1]);
        push(value);
        push(value / 45);
        push(value / 2025);
    }
    if let [last] = pairs.remainder() {
        push(u32::from(*last));
        push(u32::from(*last) / 45);
    }
}

/// The Base45 of the bytes.
pub fn encode(bytes: &[u8]) -> String {
    let mut out = String::new();
    encode_into(bytes, &mut out);
    out
}

/// The bytes of a Base45 text.
///
/// # Errors
/// [`Base45Error`] for any text that [`encode`] cannot have made.
pub fn decode(text: &[u8]) -> Result<Vec<u8>, Base45Error> {
    let mut out = Vec::with_capacity(text.len() / 3 * 2 + 1);
    let mut groups = text.chunks_exact(3);
    for group in &mut groups {
        let [a, b, c] =
            [VALUES[group[0] as usize], VALUES[group[1] as usize], VALUES[group[2] as usize]];
        // Values are below 64, so the two high bits show whether any is NONE.
        if (a | b | c) & 0xc0 != 0 {
            return Err(Base45Error::Character);
        }
        let value = u32::from(a) + 45 * u32::from(b) + 2025 * u32::from(c);
        let pair = u16::try_from(value).map_err(|_| Base45Error::Range)?;
        out.extend_from_slice(&pair.to_be_bytes());
    }
    match groups.remainder() {
        [] => Ok(out),
        [first, second] => {
            let [a, b] = [VALUES[*first as usize], VALUES[*second as usize]];
            if (a | b) & 0xc0 != 0 {
                return Err(Base45Error::Character);
            }
            let value = u32::from(a) + 45 * u32::from(b);
            out.push(u8::try_from(value).map_err(|_| Base45Error::Range)?);
            Ok(out)
        }
        _ => Err(Base45Error::Length),
    }
}

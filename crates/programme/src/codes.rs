//! Small codes: vaccines, manufacturers, observations.

use std::fmt;

/// A vaccine's code: CVX in CDC's data; any number below [`Cvx::LIMIT`] elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Cvx(pub u16);

impl Cvx {
    /// Codes lie below this.
    pub const LIMIT: u16 = 1024;

    /// Reads a code of digits ("03", "216").
    #[must_use]
    pub fn parse(text: &str) -> Option<Cvx> {
        let text = text.trim();
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let code = if digits { text.parse().ok()? } else { return None };
        Some(Cvx(code))
    }
}

impl fmt::Display for Cvx {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:02}", self.0)
    }
}

/// A manufacturer's code (MVX), up to four letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Mvx([u8; 4]);

impl Mvx {
    /// Reads one to four ASCII letters or digits; case does not matter.
    #[must_use]
    pub fn parse(text: &str) -> Option<Mvx> {
        let text = text.trim().as_bytes();
        if !(1..=4).contains(&text.len()) || !text.iter().all(u8::is_ascii_alphanumeric) {
            return None;
        }
        let mut code = [b' '; 4];
        for (to, from) in code.iter_mut().zip(text) {
            *to = from.to_ascii_uppercase();
        }
        Some(Mvx(code))
    }
}

/// Code of a coded observation of the schedule ("080").
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ObservationCode(pub u16);

impl ObservationCode {
    /// Reads a code of digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<ObservationCode> {
        Cvx::parse(text).map(|code| ObservationCode(code.0))
    }
}

impl fmt::Display for ObservationCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:03}", self.0)
    }
}

const WORDS: usize = Cvx::LIMIT as usize / 64;

/// A set of vaccine codes.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct CodeSet([u64; WORDS]);

impl CodeSet {
    /// Adds a code; false if it is not below [`Cvx::LIMIT`].
    pub fn insert(&mut self, code: Cvx) -> bool {
        let fits = code.0 < Cvx::LIMIT;
        if fits {
            self.0[usize::from(code.0) / 64] |= 1 << (code.0 % 64);
        }
        fits
    }

    /// Whether a code is in the set.
    #[must_use]
    pub fn contains(&self, code: Cvx) -> bool {
        code.0 < Cvx::LIMIT && self.0[usize::from(code.0) / 64] & (1 << (code.0 % 64)) != 0
    }

    /// Whether there is no code.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }
}

impl fmt::Debug for CodeSet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries((0..Cvx::LIMIT).filter(|code| self.contains(Cvx(*code)))).finish()
    }
}

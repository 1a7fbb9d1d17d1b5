//! Tokens and references in search parameters.

use super::wrong;
use hutong_model::{Entry, Issue, PersonId, limits::CODINGS_MAX};

/// `system|code`, `|code` (no system) or `code` (any system).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The system; empty for none; None for any.
    pub system: Option<Box<str>>,
    /// The code or value.
    pub code: Box<str>,
}

impl Token {
    /// Reads one token; `\,` and `\|` stand for themselves.
    fn parse(name: &str, value: &str) -> Result<Self, Issue> {
        let mut parts: Vec<String> = vec![String::new()];
        let mut characters = value.chars();
        while let Some(c) = characters.next() {
            match c {
                '\\' => parts.last_mut().into_iter().for_each(|p| p.extend(characters.next())),
                '|' => parts.push(String::new()),
                c => parts.last_mut().into_iter().for_each(|p| p.push(c)),
            }
        }
        let remedy = "write system|code or code";
        match <[String; 2]>::try_from(parts) {
            Ok([system, code]) if !code.is_empty() => {
                Ok(Self { system: Some(system.into()), code: code.into() })
            }
            Err(mut one) if one.len() == 1 && !one[0].is_empty() => {
                Ok(Self { system: None, code: std::mem::take(&mut one[0]).into() })
            }
            _ => Err(wrong(name, "this is not a code", remedy)),
        }
    }

    /// Reads a token with its system.
    pub(super) fn full(name: &str, value: &str) -> Result<Self, Issue> {
        let token = Self::parse(name, value)?;
        if token.system.as_deref().is_none_or(str::is_empty) {
            let remedy = "write system|value";
            return Err(wrong(name, "a number counts only with the system it belongs to", remedy));
        }
        Ok(token)
    }

    /// Reads tokens between commas.
    pub(super) fn list(name: &str, value: &str) -> Result<Vec<Self>, Issue> {
        let mut list = Vec::new();
        let mut start = 0;
        let bytes = value.as_bytes();
        for at in 0..=bytes.len() {
            let escaped = at > 0 && bytes[at - 1] == b'\\';
            if at == bytes.len() || (bytes[at] == b',' && !escaped) {
                list.push(Self::parse(name, &value[start..at])?);
                start = at + 1;
            }
        }
        if list.len() > 8 * CODINGS_MAX {
            return Err(wrong(name, "too many alternatives", "ask for fewer at once"));
        }
        Ok(list)
    }

    /// Whether a coding's system fits.
    pub(super) fn system_fits(&self, system: &str) -> bool {
        self.system.as_deref().is_none_or(|wanted| wanted == system)
    }

    /// Whether this is the id that its sender gave a record.
    pub(super) fn is_own_id(&self, entry: &Entry) -> bool {
        let Some(own) = entry.own_id.as_ref().map(|own| own.as_str()) else { return false };
        match self.system.as_deref() {
            None => {
                own == &*self.code || own.rsplit_once('|').is_some_and(|(_, v)| v == &*self.code)
            }
            Some(system) => {
                let ours = crate::urls::member_record(&entry.member);
                (system == ours && own == &*self.code)
                    || own.split_once('|') == Some((system, &*self.code))
            }
        }
    }
}

/// Whose records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatientQuery {
    /// By the id that this interface gave: 32 hexadecimal digits.
    Person(PersonId),
    /// By the asking member's own Patient id.
    Id(Box<str>),
    /// By a document.
    Identifier(Token),
}

impl PatientQuery {
    /// Reads `ID`, `Patient/ID` or an absolute address that ends so.
    pub(super) fn parse(name: &str, value: &str) -> Result<Self, Issue> {
        let id = match value.rsplit_once('/') {
            None => value,
            Some((head, id)) if head == "Patient" || head.ends_with("/Patient") => id,
            Some(_) => {
                let remedy = "write patient=ID or patient=Patient/ID";
                return Err(wrong(name, "this is not a reference to a Patient", remedy));
            }
        };
        if id.is_empty() || id.len() > 128 || id.contains(['|', ',', '?', '#']) {
            let remedy = "write one id; for a document use patient.identifier=system|value";
            return Err(wrong(name, "this is not the id of a Patient", remedy));
        }
        Ok(PersonId::parse(id).map_or_else(|_| Self::Id(id.into()), Self::Person))
    }
}

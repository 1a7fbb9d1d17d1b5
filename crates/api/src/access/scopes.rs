//! OAuth scopes (SMART App Launch 2.2 §"Scopes", version 1 words too). They can only narrow what
//! a token does; what a member may do at all is decided by the policies.

use super::Needs;

/// What a token's scopes permit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scopes {
    read: bool,
    write: bool,
}

/// A scope is not one of `system/RESOURCE.PERMISSIONS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a scope is system/RESOURCE.PERMISSIONS: a FHIR resource name or *, then letters of cruds in that order, or read, write, *"
)]
pub struct ScopeError;

impl Scopes {
    /// The scope granted where none is asked for.
    pub const DEFAULT: &'static str = "system/*.cruds";
    /// Everything.
    pub const ALL: Scopes = Scopes { read: true, write: true };

    /// Reads scopes separated by spaces; none means all.
    ///
    /// # Errors
    /// [`ScopeError`] where one is malformed.
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        let mut scopes = Scopes { read: false, write: false };
        let mut any = false;
        for scope in text.split_ascii_whitespace() {
            any = true;
            let (resource, permissions) =
                scope.strip_prefix("system/").and_then(|s| s.split_once('.')).ok_or(ScopeError)?;
            let named = !resource.is_empty() && resource.bytes().all(|b| b.is_ascii_alphabetic());
            if resource != "*" && !named {
                return Err(ScopeError);
            }
            let letters = match permissions {
                "*" => "cruds",
                "read" => "rs",
                "write" => "cud",
                letters => letters,
            };
            if !in_order(letters) {
                return Err(ScopeError);
            }
            scopes.read |= letters.contains(['r', 's']);
            scopes.write |= letters.contains(['c', 'u', 'd']);
        }
        Ok(if any { scopes } else { Self::ALL })
    }

    /// Whether they permit it.
    pub const fn permit(self, needs: Needs) -> bool {
        match needs {
            Needs::Read => self.read,
            Needs::Write => self.write,
        }
    }

    pub(crate) const fn to_bits(self) -> u8 {
        self.read as u8 | ((self.write as u8) << 1)
    }
    pub(crate) const fn from_bits(bits: u8) -> Self {
        Self { read: bits & 1 != 0, write: bits & 2 != 0 }
    }
}

/// One or more letters of `cruds`, each once, in that order.
fn in_order(letters: &str) -> bool {
    let mut rest = "cruds";
    for letter in letters.chars() {
        match rest.find(letter) {
            Some(at) => rest = &rest[at + 1..],
            None => return false,
        }
    }
    !letters.is_empty()
}

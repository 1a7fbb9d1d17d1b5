//! Card revocation lists of SMART Health Cards.

use super::RevocationError;
use hutong_model::limits::{REVOCATION_BATCH_ENTRIES_MAX, REVOCATION_LIST_BYTES_MAX};
use serde::Deserialize;
use std::collections::HashMap;

/// Longest revocation id.
const RID_BYTES_MAX: usize = 24;

/// The cards signed with one key that their issuer takes back (SMART Health Cards Framework 1.4,
/// "Revocation": `kid`, `method`, `ctr`, `rids`). An id with a time, `rid.seconds`, takes back
/// what was issued before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardRevocations {
    key_id: Box<str>,
    counter: u64,
    /// By id; before which time, where not all are meant.
    rids: HashMap<Box<str>, Option<i64>>,
}

#[derive(Deserialize)]
struct Document {
    kid: Box<str>,
    method: Box<str>,
    ctr: u64,
    rids: Vec<Box<str>>,
}

impl CardRevocations {
    /// Reads a list.
    ///
    /// # Errors
    /// [`RevocationError`] naming what is wrong.
    pub fn parse(json: &str) -> Result<Self, RevocationError> {
        if json.len() > REVOCATION_LIST_BYTES_MAX {
            return Err(RevocationError::Large);
        }
        let document: Document = serde_json::from_str(json)
            .map_err(|_| RevocationError::Form("not a card revocation list"))?;
        if &*document.method != "rid" {
            return Err(RevocationError::Form("a method other than rid"));
        }
        if document.rids.len() > REVOCATION_BATCH_ENTRIES_MAX {
            return Err(RevocationError::Large);
        }
        let mut rids = HashMap::with_capacity(document.rids.len());
        for text in &document.rids {
            let (rid, before) = read(text).ok_or(RevocationError::Form("rid"))?;
            rids.entry(rid.into())
                .and_modify(|known: &mut Option<i64>| *known = later(*known, before))
                .or_insert(before);
        }
        Ok(Self { key_id: document.kid, counter: document.ctr, rids })
    }

    /// The key whose cards it is about.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }
    /// Counts up with every change.
    pub fn counter(&self) -> u64 {
        self.counter
    }
    /// How many ids it has.
    pub fn len(&self) -> usize {
        self.rids.len()
    }
    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.rids.is_empty()
    }
    /// Whether a card with this id that was issued then is taken back.
    pub fn is_revoked(&self, rid: &str, issued_at_s: i64) -> bool {
        self.rids.get(rid).is_some_and(|before| before.is_none_or(|end| issued_at_s < end))
    }
}

/// Of two times before which something counts, the one that takes in more.
fn later(a: Option<i64>, b: Option<i64>) -> Option<i64> {
    Some(a?.max(b?))
}

fn read(text: &str) -> Option<(&str, Option<i64>)> {
    let (rid, before) = match text.split_once('.') {
        Some((rid, time)) if time.bytes().all(|byte| byte.is_ascii_digit()) => {
            (rid, Some(time.parse().ok()?))
        }
        Some(_) => return None,
        None => (text, None),
    };
    let base64url = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let known = (1..=RID_BYTES_MAX).contains(&rid.len()) && rid.bytes().all(base64url);
    known.then_some((rid, before))
}

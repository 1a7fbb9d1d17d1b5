//! Access tokens: short-lived, self-contained, HMAC-SHA256. Whether the member may still act is
//! looked up with every request, so a suspension takes effect at once.

use super::scopes::Scopes;
use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hutong_model::{Entropy, MemberId, Timestamp};

/// What every access token begins with.
const PREFIX: &str = "hta_";
const VERSION: u8 = 1;
/// Bytes before the member id: version, scopes, expiry.
const HEAD: usize = 1 + 1 + 8;
const TAG: usize = 32;
/// Longest token, in bytes of text.
const TEXT_MAX: usize = 256;

/// The key that signs access tokens.
#[derive(Clone)]
pub struct TokenSecret(hmac::Key);

impl TokenSecret {
    /// From 32 bytes that nobody else knows (one secret for all processes of a node).
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }
    /// A new one: tokens end with the process.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 32];
        entropy.fill(&mut bytes);
        Self::from_bytes(&bytes)
    }

    /// Makes a token.
    pub(crate) fn issue(&self, member: &MemberId, scopes: Scopes, expires_at: Timestamp) -> String {
        let mut bytes = Vec::with_capacity(HEAD + member.as_str().len() + TAG);
        bytes.push(VERSION);
        bytes.push(scopes.to_bits());
        bytes.extend_from_slice(&expires_at.unix_ms().to_be_bytes());
        bytes.extend_from_slice(member.as_str().as_bytes());
        let tag = hmac::sign(&self.0, &bytes);
        bytes.extend_from_slice(tag.as_ref());
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Binds the id of a challenge to what it was made for, so that a code that a person gave
    /// for one thing cannot be used for another.
    pub(crate) fn ticket(&self, purpose: &str, id: &str) -> String {
        let tag = hmac::sign(&self.0, format!("ticket\n{purpose}\n{id}").as_bytes());
        format!("{id}.{}", hex::encode(&tag.as_ref()[..16]))
    }

    /// The id in a ticket, where it was made for this.
    pub(crate) fn open_ticket<'t>(&self, purpose: &str, ticket: &'t str) -> Option<&'t str> {
        let (id, _) = ticket.split_once('.')?;
        let expected = self.ticket(purpose, id);
        let equal = aws_lc_rs::constant_time::verify_slices_are_equal;
        equal(expected.as_bytes(), ticket.as_bytes()).ok().map(|()| id)
    }

    /// Reads a token: the member and scopes, where it is ours and in force.
    pub(crate) fn verify(&self, text: &str, now: Timestamp) -> Option<(MemberId, Scopes)> {
        let encoded = text.strip_prefix(PREFIX).filter(|e| e.len() <= TEXT_MAX)?;
        let mut buffer = [0_u8; TEXT_MAX];
        let length = URL_SAFE_NO_PAD.decode_slice(encoded, &mut buffer).ok()?;
        let split = length.checked_sub(TAG).filter(|split| *split > HEAD)?;
        let (signed, tag) = buffer[..length].split_at(split);
        hmac::verify(&self.0, signed, tag).ok()?;
        let expires_at = i64::from_be_bytes(signed.get(2..HEAD)?.try_into().ok()?);
        if signed[0] != VERSION || Timestamp::from_unix_ms(expires_at) <= now {
            return None;
        }
        let member = std::str::from_utf8(&signed[HEAD..]).ok()?;
        Some((MemberId::parse(member).ok()?, Scopes::from_bits(signed[1])))
    }
}

impl std::fmt::Debug for TokenSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenSecret(…)")
    }
}

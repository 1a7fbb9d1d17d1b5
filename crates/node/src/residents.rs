//! Residents: signing in, sessions, device keys. The identity provider here is for demonstration
//! and tests: it prints a one-time code on the server.

use crate::{Node, NodeError, identity::alias};
use aws_lc_rs::{constant_time, digest};
use hutong_code::VerifyingKey;
use hutong_model::{Document, Issue, IssueCode, PersonId, limits};
use hutong_store::{Device, OneTimeCode, Session};
use std::sync::Arc;

/// Where one-time codes go: (challenge, masked document, code).
pub type CodeSink = Arc<dyn Fn(&str, &str, &str) + Send + Sync>;

/// Digits of a one-time code.
const CODE_DIGITS: u32 = 6;

impl Node {
    /// Starts a sign-in: a one-time code goes to the person. The answer does not tell whether
    /// the document is known.
    ///
    /// # Errors
    /// [`NodeError::Forbidden`] where this node has no identity provider.
    pub async fn challenge(&self, document: Document) -> Result<String, NodeError> {
        if !self.settings.demonstration_identity {
            return Err(NodeError::Forbidden("this node has no identity provider configured"));
        }
        let person = self.person_for(vec![document.clone()]).await?;
        let id = hex::encode(self.entropy.bytes16());
        let code = self.draw_code();
        self.store
            .put_one_time_code(OneTimeCode {
                hash: code_hash(&id, &code),
                id: id.clone(),
                person,
                expires_at: self.now().plus_s(limits::ONE_TIME_CODE_S),
                tries: 0,
            })
            .await?;
        (self.codes)(&id, &document.masked(), &code);
        Ok(id)
    }

    /// Six digits, each equally likely.
    fn draw_code(&self) -> String {
        let modulus = 10_u64.pow(CODE_DIGITS);
        let number = u128::from_be_bytes(self.entropy.bytes16()) % u128::from(modulus);
        format!("{number:0width$}", width = CODE_DIGITS as usize)
    }

    /// The person whose one-time code this is.
    pub(crate) async fn redeem(&self, challenge: &str, code: &str) -> Result<PersonId, NodeError> {
        let hash = code_hash(challenge, code.trim());
        self.store
            .redeem_one_time_code(challenge, &hash, self.now())
            .await?
            .ok_or(NodeError::Forbidden("the one-time code is wrong, used, or too old"))
    }

    /// Finishes a sign-in: a session token for the person.
    ///
    /// # Errors
    /// [`NodeError::Forbidden`] where the code is wrong, used or too old.
    pub async fn sign_in(
        &self,
        challenge: &str,
        code: &str,
    ) -> Result<(String, Session), NodeError> {
        let person = self.redeem(challenge, code).await?;
        let mut secret = [0; 32];
        self.entropy.fill(&mut secret);
        let token = format!("hts_{}", hex::encode(secret));
        let session = Session {
            hash: sha256(token.as_bytes()),
            person,
            expires_at: self.now().plus_s(limits::SESSION_S),
        };
        self.store.put_session(session.clone()).await?;
        Ok((token, session))
    }

    /// The session of a token.
    ///
    /// # Errors
    /// [`NodeError::Forbidden`] where it is unknown or over.
    pub async fn session(&self, token: &str) -> Result<Session, NodeError> {
        let hash = sha256(token.as_bytes());
        self.store
            .session(&hash, self.now())
            .await?
            .filter(|s| constant_time::verify_slices_are_equal(&s.hash, &hash).is_ok())
            .ok_or(NodeError::Forbidden("sign in again: the session is unknown or over"))
    }

    /// Ends a session.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be written.
    pub async fn sign_out(&self, token: &str) -> Result<(), NodeError> {
        Ok(self.store.end_session(&sha256(token.as_bytes())).await?)
    }

    /// Registers a phone's key for a person. The phone proves that it holds the key by signing
    /// `hutong-device` and the session token.
    ///
    /// # Errors
    /// [`NodeError::Input`] where the key is no usable key or the proof does not verify.
    pub async fn register_device(
        &self,
        person: PersonId,
        token: &str,
        cose_key: &[u8],
        proof: &[u8],
    ) -> Result<Device, NodeError> {
        let key = VerifyingKey::from_cose_key(cose_key)
            .map_err(|error| input("key", format!("not a usable device key: {error}")))?;
        let signed = device_proof(token);
        if key.verify(&signed, proof).is_err() {
            return Err(input("proof", "the key did not sign this session".to_owned()));
        }
        let device = Device {
            id: key.key_id().to_string(),
            person,
            cose_key: key.cose_key().to_bytes_whole(),
            registered_at: self.now(),
            revoked_at: None,
        };
        self.store.put_device(device.clone()).await?;
        Ok(device)
    }

    /// Whether `guardian` may act for `ward`: the ward's entries name a document of the guardian.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read.
    pub async fn is_guardian(&self, guardian: PersonId, ward: PersonId) -> Result<bool, NodeError> {
        let wards = self.identity(ward).await?;
        if wards.guardians.is_empty() {
            return Ok(false);
        }
        let documents: Vec<Document> =
            wards.guardians.into_iter().map(|guardian| guardian.document).collect();
        let known = self.store.persons_by_documents(&documents).await?;
        let own = self.store.cluster(guardian).await?;
        Ok(known.into_iter().flatten().any(|person| own.contains(&person)))
    }

    /// The person's alias at this node, as other nodes know it.
    pub fn own_alias(&self, person: PersonId) -> Document {
        alias(self.settings.region, person)
    }
}

/// What a phone signs to prove that it holds its key.
pub fn device_proof(token: &str) -> Vec<u8> {
    [b"hutong-device".as_slice(), token.as_bytes()].concat()
}

fn code_hash(id: &str, code: &str) -> [u8; 32] {
    sha256(format!("{id}:{code}").as_bytes())
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    hash
}

fn input(field: &'static str, reason: String) -> NodeError {
    NodeError::input(Issue::error(IssueCode::Value, field, reason, ""))
}

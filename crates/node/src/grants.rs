//! The right to read a person's history: a grant of the person, or a named legal purpose.

use crate::{Node, NodeError};
use hutong_model::{Document, Member, PersonId, Purpose, limits};
use hutong_store::Grant;

/// By which right a member reads a person's records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Right {
    /// The person permitted it; the grant's id.
    Grant(String),
    /// A legal basis, named with the request.
    Legal(String),
    /// The person themselves.
    Own,
    /// A guardian of the person.
    Guardian,
}

impl Right {
    /// As it is written into the access log.
    pub fn as_text(&self) -> String {
        match self {
            Self::Grant(id) => format!("grant:{id}"),
            Self::Legal(basis) => format!("legal:{basis}"),
            Self::Own => "self".into(),
            Self::Guardian => "guardian".into(),
        }
    }
}

impl Node {
    /// The right by which a member may read a person's history for a purpose.
    ///
    /// # Errors
    /// [`NodeError::NotFound`] where it has none: whether the person exists is not its business.
    pub async fn right_to_read(
        &self,
        member: &Member,
        purpose: Purpose,
        legal_basis: Option<&str>,
        persons: &[PersonId],
    ) -> Result<Right, NodeError> {
        // Who states a legal basis reads by it, and the person sees that.
        if let Some(basis) = legal_basis.map(str::trim).filter(|basis| !basis.is_empty())
            && purpose == Purpose::PublicHealth
        {
            return Ok(Right::Legal(basis.chars().take(200).collect()));
        }
        match self.store.grant_for(&member.id, persons, purpose, self.now()).await? {
            Some(grant) => Ok(Right::Grant(grant.id)),
            None => Err(NodeError::NotFound(
                "no such person, or no grant of theirs to you for this purpose",
            )),
        }
    }

    /// A grant by the code a person showed: to one member, for one purpose, for minutes. The
    /// presentation must be fresh and unused.
    ///
    /// # Errors
    /// [`NodeError::Forbidden`] where the presentation is not authentic and fresh.
    pub async fn grant_by_presentation(
        &self,
        member: &Member,
        purpose: Purpose,
        presentation: &str,
    ) -> Result<Grant, NodeError> {
        let (issuer, subject) = self.presented_subject(presentation).await?;
        let person = match self.person_of(issuer, subject).await? {
            Some(person) => person,
            None if issuer == self.settings.region => {
                return Err(NodeError::NotFound("the code's holder is not known here"));
            }
            None => self.person_for(vec![crate::identity::alias(issuer, subject)]).await?,
        };
        self.keep_grant(member, person, purpose, "presentation", limits::PRESENTATION_GRANT_S).await
    }

    pub(crate) async fn keep_grant(
        &self,
        member: &Member,
        person: PersonId,
        purpose: Purpose,
        basis: &str,
        seconds: i64,
    ) -> Result<Grant, NodeError> {
        let now = self.now();
        let grant = Grant {
            id: hex::encode(self.entropy.bytes16()),
            person,
            member: member.id.clone(),
            purpose,
            basis: basis.into(),
            granted_at: now,
            expires_at: now.plus_s(seconds),
        };
        self.store.put_grant(grant.clone()).await?;
        Ok(grant)
    }

    /// Applies for a person's records by their document (GB/T 38963 §6.5). The person gets a
    /// one-time code and passes it on if they agree; the answer is the same whether or not the
    /// document is known.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be written.
    pub async fn apply_to_call(&self, document: Document) -> Result<String, NodeError> {
        self.challenge(document).await
    }

    /// The person has agreed: their one-time code makes the grant.
    ///
    /// # Errors
    /// [`NodeError::Forbidden`] where the code is wrong, used or expired.
    pub async fn approve_call(
        &self,
        member: &Member,
        purpose: Purpose,
        challenge: &str,
        code: &str,
    ) -> Result<Grant, NodeError> {
        let person = self.redeem(challenge, code).await?;
        self.keep_grant(member, person, purpose, "application", limits::APPLICATION_GRANT_S).await
    }
}

//! Correcting an error (GB/T 38963 §6.8): the person says what is wrong, anywhere; the request goes
//! to the member that stated the record; the answer, and the corrected record, come back up.

use crate::{Node, NodeError, admit::Outcome, admit::Receipt};
use hutong_model::{
    Action, Entry, EntryId, Fact, Issue, IssueCode, Member, OriginId, PersonId, RegionCode, Source,
    Submission, Timestamp,
    entry::{CorrectionAnswer, CorrectionRequest},
    limits,
};
use serde::Serialize;

/// A request that was filed.
#[derive(Debug, Clone, Copy)]
pub struct FiledRequest {
    /// Its id.
    pub request: EntryId,
    /// By when it must be answered, where it is an appeal.
    pub appeal_until: Option<Timestamp>,
}

/// A request as the member that must answer sees it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenRequest {
    /// Id of the request.
    pub request: EntryId,
    /// The record that is said to be wrong.
    pub record: EntryId,
    /// The member's own id of the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_id: Option<OriginId>,
    /// What is wrong, in the person's words.
    pub statement: String,
    /// When the person asked.
    pub asked_at: Timestamp,
    /// Through which region.
    pub asked_in: RegionCode,
    /// Whether it has been answered.
    pub answered: bool,
    /// It is an appeal: by when it must be answered, or what rests on the record lapses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appeal_until: Option<Timestamp>,
}

/// How a member answers.
#[derive(Debug, Clone)]
pub enum Answer {
    /// The record was wrong; this is how it should be.
    Correct(Box<Submission>),
    /// The record should not exist.
    Withdraw,
    /// The record is right.
    Refuse,
}

impl Node {
    /// Files a request for correction of one of the person's records. Where the record restricts
    /// the person it is an appeal: unanswered by its deadline, the restriction lapses.
    ///
    /// # Errors
    /// [`NodeError::NotFound`] where the person has no such record.
    pub async fn request_correction(
        &self,
        person: PersonId,
        record: EntryId,
        statement: &str,
    ) -> Result<FiledRequest, NodeError> {
        let statement = statement.trim();
        if statement.is_empty() || statement.len() > limits::TEXT_BYTES_MAX {
            return Err(NodeError::input(Issue::error(
                IssueCode::Value,
                "statement",
                "say what is wrong, in 1 to 512 bytes",
                "",
            )));
        }
        let entries = self.whole_history(person).await?;
        let appeal_until = self.appeal_until(&entries.entries, record)?;
        let is_record = |entry: &Entry| entry.id == record && entry.fact.is_record();
        if appeal_until.is_none() && !entries.entries.iter().any(is_record) {
            return Err(NodeError::NotFound("the person has no such record"));
        }
        let request = CorrectionRequest { record, statement: statement.into(), appeal_until };
        let row = self.row_about(
            person,
            &self.as_member(),
            Fact::CorrectionRequest(request),
            Source::Declared,
        );
        let entry = self.admit_own(row).await?.entry;
        if let Some(stored) = self.store.entry(entry).await? {
            self.route_correction(&stored.entry).await?;
        }
        Ok(FiledRequest { request: entry, appeal_until })
    }

    /// Requests that wait for a member (or all, with `open` false).
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read.
    pub async fn correction_requests(
        &self,
        member: &Member,
        open: bool,
    ) -> Result<Vec<OpenRequest>, NodeError> {
        let mut requests = Vec::new();
        for correction in self.store.corrections(&member.id, open).await? {
            let Some(request) = self.store.entry(correction.request).await? else { continue };
            let Fact::CorrectionRequest(content) = request.entry.fact else { continue };
            let record = self.store.entry(correction.record).await?;
            requests.push(OpenRequest {
                request: correction.request,
                record: correction.record,
                own_id: record.and_then(|record| record.entry.own_id),
                statement: content.statement.into(),
                asked_at: request.entry.times.admitted,
                asked_in: request.entry.region,
                answered: correction.answer.is_some(),
                appeal_until: content.appeal_until,
            });
        }
        Ok(requests)
    }

    /// Answers a request: corrects or withdraws the record, or says why it is right.
    ///
    /// # Errors
    /// [`NodeError::NotFound`] where the request is not one of this member's.
    pub async fn answer_correction(
        &self,
        member: &Member,
        request: EntryId,
        answer: Answer,
        reason: &str,
    ) -> Result<Receipt, NodeError> {
        let waiting = self.store.corrections(&member.id, false).await?;
        let correction = waiting
            .into_iter()
            .find(|correction| correction.request == request)
            .ok_or(NodeError::NotFound("no such request for one of your records"))?;
        let stored = self
            .store
            .entry(correction.record)
            .await?
            .ok_or(NodeError::NotFound("the record is not here"))?;
        let own_id = stored.entry.own_id.clone();
        let target = own_id.ok_or(NodeError::NotFound("the record has no id of yours"))?;
        let receipt = match answer {
            Answer::Refuse => None,
            Answer::Withdraw => {
                let withdrawal = Box::new(Submission {
                    own_id: None,
                    action: Action::Retract(target, reason.into()),
                    subject: self.subject_of(stored.entry.person).await?,
                    source: stored.entry.source,
                    times: hutong_model::Times::default(),
                    fact: None,
                });
                self.admit(member, vec![withdrawal], false).await?.pop()
            }
            Answer::Correct(submission) => {
                let corrected =
                    Box::new(Submission { action: Action::Correct(target), ..*submission });
                self.admit(member, vec![corrected], false).await?.pop()
            }
        };
        if let Some(receipt) = receipt.as_ref().filter(|r| r.outcome == Outcome::Rejected) {
            return Ok(receipt.clone());
        }
        let answer = CorrectionAnswer {
            request,
            corrected_by: receipt.as_ref().and_then(|receipt| receipt.entry),
            reason: reason.into(),
        };
        let row = self.row_about(
            stored.entry.person,
            member,
            Fact::CorrectionAnswer(answer),
            Source::FirstHand,
        );
        let outcome = self.admit_own(row).await?;
        Ok(receipt.unwrap_or(Receipt {
            outcome: Outcome::Admitted,
            entry: Some(outcome.entry),
            person: Some(outcome.person),
            own_id: None,
            issues: Vec::new(),
        }))
    }

    /// The documents of a known person, as a subject of a submission.
    pub(crate) async fn subject_of(
        &self,
        person: PersonId,
    ) -> Result<hutong_model::Subject, NodeError> {
        let identity = self.identity(person).await?;
        Ok(hutong_model::Subject {
            documents: identity.documents.into_iter().map(|(document, _)| document).collect(),
            ..Default::default()
        })
    }
}

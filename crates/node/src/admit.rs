//! Admission: rows become entries, each with a receipt.

use crate::{Node, NodeError};
use hutong_model::{
    Action, Document, EntryId, Fact, Issue, IssueCode, Member, OriginId, PersonId, Submission,
    Timestamp, limits,
};
use hutong_store::{AdmitBatch, AdmitRow, NewFact, OutcomeKind, RowOutcome};
use serde::Serialize;
use std::sync::atomic::Ordering;

/// What became of a submitted row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Written; it is on disk.
    Admitted,
    /// It was there already, unchanged.
    Duplicate,
    /// Not written; the issues say why.
    Rejected,
}

/// The receipt for one row.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// What became of it.
    pub outcome: Outcome,
    /// Id of the entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<EntryId>,
    /// The person, pseudonymous.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// The sender's own id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_id: Option<OriginId>,
    /// What is wrong or worth attention.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<Issue>,
}

impl Node {
    /// How many admissions were begun since the start.
    pub(crate) fn admissions(&self) -> usize {
        self.admissions.load(Ordering::Relaxed)
    }

    /// Admits a member's rows; one receipt per row, in order. What a receipt says was admitted is
    /// on disk. With `all_or_none`, one refused row refuses all.
    ///
    /// # Errors
    /// [`NodeError`] only where nothing could be decided at all (store failed, busy); rows already
    /// decided in an earlier part of a long list stay admitted, and sending again is harmless.
    pub async fn admit(
        &self,
        member: &Member,
        mut submissions: Vec<Box<Submission>>,
        all_or_none: bool,
    ) -> Result<Vec<Receipt>, NodeError> {
        let now = self.now();
        self.admissions.fetch_add(1, Ordering::Relaxed);
        let mut receipts = Vec::with_capacity(submissions.len());
        if all_or_none {
            receipts = self.admit_batch(member, submissions, now, true).await?;
        } else {
            while !submissions.is_empty() {
                let rest = submissions.split_off(submissions.len().min(limits::ADMIT_BATCH_MAX));
                let batch = std::mem::replace(&mut submissions, rest);
                receipts.extend(self.admit_batch(member, batch, now, false).await?);
            }
        }
        self.outbox_wake.notify_one();
        self.decide_wake.notify_one();
        Ok(receipts)
    }

    async fn admit_batch(
        &self,
        member: &Member,
        submissions: Vec<Box<Submission>>,
        now: Timestamp,
        all_or_none: bool,
    ) -> Result<Vec<Receipt>, NodeError> {
        let mut receipts: Vec<Option<Receipt>> = Vec::with_capacity(submissions.len());
        let mut rows = Vec::with_capacity(submissions.len());
        let mut waiting = Vec::with_capacity(submissions.len());
        for submission in submissions {
            let own_id = submission.own_id.clone();
            let second = second_reading(&submission);
            match row_of(member, submission, now) {
                Ok(mut row) => {
                    row.person = self.person_by_own_reference(&row).await?;
                    rows.push(row);
                    waiting.push((own_id, second));
                    receipts.push(None);
                }
                Err(issues) => receipts.push(Some(rejected(own_id, issues))),
            }
        }
        if all_or_none && receipts.iter().any(Option::is_some) {
            return Ok(receipts.into_iter().map(|r| r.unwrap_or_else(not_written)).collect());
        }
        let batch = AdmitBatch { rows, inbox: None, all_or_none };
        let outcomes = self.store.admit(batch).await?;
        let mut decided = Vec::with_capacity(outcomes.len());
        for (outcome, (own_id, second)) in outcomes.into_iter().zip(waiting) {
            let outcome = match second {
                Some(second) if !all_or_none => {
                    self.read_again(member, outcome, second, now).await?
                }
                _ => outcome,
            };
            decided.push(receipt_of(outcome, own_id));
        }
        let mut decided = decided.into_iter();
        let next = |receipt: Option<Receipt>| {
            receipt.or_else(|| decided.next()).unwrap_or_else(not_written)
        };
        Ok(receipts.into_iter().map(next).collect())
    }

    /// Admits a row in its second reading, where the first could not be: a corrected result whose
    /// former one never came here is new; a result after "pending" under the same id corrects it.
    async fn read_again(
        &self,
        member: &Member,
        outcome: RowOutcome,
        second: Box<Submission>,
        now: Timestamp,
    ) -> Result<RowOutcome, NodeError> {
        let applies = match (&second.action, outcome.kind) {
            (Action::New, OutcomeKind::TargetUnknown) => true,
            (Action::Correct(_), OutcomeKind::Conflict) => {
                let known = self.store.entry(outcome.entry).await?;
                known.is_some_and(|known| is_pending(&known.entry.fact))
            }
            _ => false,
        };
        if !applies {
            return Ok(outcome);
        }
        let Ok(row) = row_of(member, second, now) else { return Ok(outcome) };
        let batch = AdmitBatch { rows: vec![row], ..AdmitBatch::default() };
        Ok(self.store.admit(batch).await?.pop().unwrap_or(outcome))
    }

    /// The person that a row names by this node's own id (`Patient/` and 32 hexadecimal digits, as
    /// this node writes it), where there is one.
    async fn person_by_own_reference(&self, row: &AdmitRow) -> Result<Option<PersonId>, NodeError> {
        for document in &row.documents {
            let scope = document.scope();
            let local = scope.starts_with("urn:hutong:member:") && scope.ends_with(":patient");
            let Some(person) = local.then(|| PersonId::parse(document.number()).ok()).flatten()
            else {
                continue;
            };
            if !self.store.entries_of(&[person]).await?.is_empty() {
                return Ok(Some(person));
            }
        }
        Ok(None)
    }
}

/// How a row is read if its first reading cannot be admitted.
fn second_reading(submission: &Submission) -> Option<Box<Submission>> {
    let own_id = submission.own_id.as_ref()?;
    let action = match (&submission.action, &submission.fact) {
        (Action::Correct(target), Some(_)) if target == own_id => Action::New,
        (Action::New, Some(fact @ Fact::TestResult(_))) if !is_pending(fact) => {
            Action::Correct(own_id.clone())
        }
        _ => return None,
    };
    Some(Box::new(Submission { action, ..submission.clone() }))
}

fn is_pending(fact: &Fact) -> bool {
    matches!(fact, Fact::TestResult(result) if result.outcome == hutong_model::TestOutcome::Pending)
}

/// Turns a submission into a row for the store: entry ids, demographics, guardians, the record.
fn row_of(
    member: &Member,
    submission: Box<Submission>,
    now: Timestamp,
) -> Result<AdmitRow, Vec<Issue>> {
    let Submission { own_id, action, mut subject, source, mut times, fact } = *submission;
    times.admitted = now;
    if subject.documents.is_empty() {
        match newborn(&subject) {
            Some(document) => subject.documents.push(document),
            None => return Err(vec![no_document()]),
        }
    }
    subject.documents.sort_by_key(|document| {
        hutong_model::DocumentKind::ALL.iter().position(|kind| *kind == document.kind())
    });
    let first = subject.documents[0].key();
    let identity = |domain: &str, parts: &[&[u8]], fact: Fact| NewFact {
        id: EntryId::derive(domain, parts),
        own_id: None,
        source,
        times: hutong_model::Times { admitted: now, ..Default::default() },
        replaces: None,
        fact,
    };
    let owner = member.id.as_str().as_bytes();
    let mut facts = Vec::with_capacity(2);
    if !subject.demographics.is_empty() {
        let content = cbor(&subject.demographics);
        facts.push(identity(
            "demographics",
            &[owner, first.as_bytes(), &content],
            Fact::Demographics(subject.demographics),
        ));
    }
    for guardian in subject.guardians {
        let content = cbor(&guardian);
        let parts = [owner, first.as_bytes(), content.as_slice()];
        facts.push(identity("guardian", &parts, Fact::Guardian(guardian)));
    }
    if let Some(record) = record_of(member, own_id, action, fact, source, times)? {
        facts.push(record);
    }
    Ok(AdmitRow {
        member: member.id.clone(),
        region: member.region,
        admitted: now,
        person: None,
        documents: subject.documents,
        facts,
        from_node: false,
    })
}

/// The record of a row, with its id and what it replaces.
fn record_of(
    member: &Member,
    own_id: Option<OriginId>,
    action: Action,
    fact: Option<Fact>,
    source: hutong_model::Source,
    times: hutong_model::Times,
) -> Result<Option<NewFact>, Vec<Issue>> {
    let record = |own: &OriginId| EntryId::of_record(&member.id, own);
    let owner = member.id.as_str().as_bytes();
    let (id, replaces, fact) = match (action, fact) {
        (Action::New, None) => return Ok(None),
        (Action::New, Some(fact)) => {
            let own = own_id.as_ref().ok_or_else(|| vec![no_own_id()])?;
            (record(own), None, fact)
        }
        (Action::Correct(target), Some(fact)) => {
            let id = match &own_id {
                Some(own) if *own != target => record(own),
                _ => {
                    let content = (cbor(&fact), cbor(&times_as_stated(times)));
                    let parts = [owner, target.as_str().as_bytes(), &content.0, &content.1];
                    EntryId::derive("correction", &parts)
                }
            };
            (id, Some(record(&target)), fact)
        }
        (Action::Correct(_), None) => return Err(vec![nothing_stated()]),
        (Action::Retract(target, reason), _) => {
            let id = EntryId::derive("retraction", &[owner, target.as_str().as_bytes()]);
            (id, Some(record(&target)), Fact::Retraction(reason))
        }
    };
    Ok(Some(NewFact { id, own_id, source, times, replaces, fact }))
}

/// The times without the one that the node fills in, so that sending again gives the same id.
fn times_as_stated(times: hutong_model::Times) -> hutong_model::Times {
    hutong_model::Times { admitted: Timestamp::default(), ..times }
}

/// A child known by its mother's document and its day of birth.
fn newborn(subject: &hutong_model::Subject) -> Option<Document> {
    let born = subject.demographics.birth_date?;
    let mother = subject
        .guardians
        .iter()
        .find(|guardian| guardian.relation == hutong_model::person::Relation::Mother)?;
    Some(Document::newborn(&mother.document, born, 1))
}

pub(crate) fn cbor<T: minicbor::Encode<()>>(value: &T) -> Vec<u8> {
    // INVARIANT: encoding into memory cannot fail.
    minicbor::to_vec(value).unwrap_or_default()
}

fn receipt_of(outcome: RowOutcome, own_id: Option<OriginId>) -> Receipt {
    let (kind, issues) = match outcome.kind {
        OutcomeKind::Admitted => (Outcome::Admitted, notes(&outcome)),
        OutcomeKind::Duplicate => (Outcome::Duplicate, Vec::new()),
        OutcomeKind::Conflict => (Outcome::Rejected, vec![conflict()]),
        OutcomeKind::TargetUnknown => (Outcome::Rejected, vec![target_unknown()]),
        OutcomeKind::IdentityClash => (Outcome::Rejected, vec![clash()]),
        OutcomeKind::NotWritten => return Receipt { own_id, ..not_written() },
    };
    let written = kind != Outcome::Rejected;
    Receipt {
        outcome: kind,
        entry: written.then_some(outcome.entry),
        person: written.then_some(outcome.person),
        own_id,
        issues,
    }
}

fn rejected(own_id: Option<OriginId>, issues: Vec<Issue>) -> Receipt {
    Receipt { outcome: Outcome::Rejected, entry: None, person: None, own_id, issues }
}

fn not_written() -> Receipt {
    rejected(
        None,
        vec![Issue::error(
            IssueCode::BusinessRule,
            "",
            "not written, because another entry of the same transaction was refused",
            "mend the refused entry and send the whole transaction again",
        )],
    )
}

fn notes(outcome: &RowOutcome) -> Vec<Issue> {
    let mut notes = Vec::new();
    if outcome.persons_linked {
        notes.push(Issue::information(
            IssueCode::Informational,
            "",
            "its documents were known for two persons, who are linked now; the link can be undone",
        ));
    }
    if outcome.kept_apart {
        notes.push(Issue::warning(
            IssueCode::BusinessRule,
            "subject",
            "a document is known for somebody born on another day, and was left with them",
            "check its number and the birth date; if both are right, the persons can be linked by hand",
        ));
    }
    notes
}

fn no_document() -> Issue {
    Issue::error(
        IssueCode::Required,
        "subject",
        "nothing says who the person is",
        "state a document (kind and number), or for a newborn the mother's document and the birth date",
    )
}

fn no_own_id() -> Issue {
    Issue::error(
        IssueCode::Required,
        "identifier",
        "the record has no id of the sender's own",
        "give each record an id that is unique among yours and stays the same when it is sent again",
    )
}

fn nothing_stated() -> Issue {
    Issue::error(
        IssueCode::Required,
        "",
        "a correction must state the record as it should be",
        "send the whole record as it should be, or withdraw the old one",
    )
}

fn conflict() -> Issue {
    Issue::error(
        IssueCode::Conflict,
        "identifier",
        "a record with this id is here already, with other content",
        "to change it, send it as a correction of that id; if it is another record, give it its own id",
    )
}

fn target_unknown() -> Issue {
    Issue::error(
        IssueCode::NotFound,
        "replaces",
        "the record to be corrected or withdrawn was never admitted from this sender",
        "check the id; a record can be corrected only by the member that stated it",
    )
}

fn clash() -> Issue {
    Issue::error(
        IssueCode::BusinessRule,
        "subject",
        "the documents belong to two persons with different lifelong numbers",
        "check the document numbers; if they are right, ask the health authority to resolve it",
    )
}

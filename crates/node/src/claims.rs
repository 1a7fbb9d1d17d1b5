//! Bringing in a voucher: what a person presents becomes a claim. A certificate whose signature is
//! right and that is this person's becomes records at once, marked with their issuer; everything
//! else waits for a clinic that has seen it, or is refused with a reason. Never a silent record.

mod match_person;
mod records;

use crate::{Node, NodeError, identity::Identity};
use aws_lc_rs::digest;
use hutong_code::foreign::Reading;
use hutong_model::{
    Entry, EntryId, Fact, Issue, IssueCode, Member, MemberId, PersonId, RegionCode, Source,
    Submission, Timestamp, Verdict,
    claim::{Claim, ClaimAnswer, ClaimedRecord, PresentedCertificate},
    limits,
};
use hutong_store::{AdmitRow, NewFact};
use serde::Serialize;

/// How long the same claim is left alone after somebody has begun with it, in seconds.
const ALONE_S: i64 = 5;

/// What is presented.
#[derive(Debug)]
pub enum Presented<'p> {
    /// The text of a certificate.
    Certificate(&'p str),
    /// Paper: what it says, and what paper it is.
    Paper {
        /// What it says happened.
        records: Vec<Submission>,
        /// What paper it is, in words.
        statement: &'p str,
    },
}

/// Where a claim stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ClaimStatus {
    /// Its records are in the history.
    Accepted,
    /// A clinic must see it.
    Waiting,
    /// A clinic has refused it.
    Refused,
}

/// A claim as it is shown.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClaimShown {
    /// Its id.
    pub id: EntryId,
    /// Where it stands.
    pub status: ClaimStatus,
    /// When it was presented.
    pub presented_at: Timestamp,
    /// To whom.
    pub presented_to: MemberId,
    /// What was presented.
    #[serde(flatten)]
    pub claim: Claim,
    /// What became of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<AnswerShown>,
}

/// The answer to a claim, as it is shown.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AnswerShown {
    /// Who answered; the node itself where the signature was right.
    pub by: MemberId,
    /// In which region.
    pub region: RegionCode,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: Box<str>,
    /// The records that it became.
    pub records: Vec<EntryId>,
}

impl Node {
    /// Takes what a person presents, themselves or at the counter of `to`.
    ///
    /// # Errors
    /// [`NodeError::Input`] where it is refused: not authentic, taken back, states nothing.
    pub async fn present_claim(
        &self,
        person: PersonId,
        to: &Member,
        presented: Presented<'_>,
    ) -> Result<ClaimShown, NodeError> {
        let (claim, certified) = match presented {
            Presented::Certificate(text) => {
                let reading = self.verify(text).await;
                refuse_worthless(&reading)?;
                let sha256 = hex::encode(digest::digest(&digest::SHA256, text.trim().as_bytes()));
                self.alone("certificate", &format!("{person}:{sha256}")).await?;
                let known = self.whole_history(person).await?.entries;
                if let Some(same) = of_certificate(&known, &sha256) {
                    return Ok(same);
                }
                let identity = self.identity(person).await?;
                certificate_claim(&reading, sha256, &identity)
            }
            Presented::Paper { records, statement } => (paper_claim(records, statement)?, false),
        };
        if claim.records.is_empty() {
            return Err(refusal("it states no vaccination or test result with its date"));
        }
        let mut row = self.row_about(person, to, Fact::Claim(claim.clone()), Source::Declared);
        let Some(stated) = row.facts.first() else { unreachable!() };
        let (id, now) = (stated.id, stated.times.admitted);
        if certified && claim.doubts.is_empty() {
            let reason = "its signature is right and it is this person's";
            self.add_answer(&mut row, id, &claim.records, reason);
        }
        self.admit_own(row.clone()).await?;
        let answer = answer_in(&row, id);
        let presented_to = to.id.clone();
        Ok(shown(id, now, presented_to, claim, answer))
    }

    /// Every claim of a person, from all regions, newest first.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read.
    pub async fn claims(&self, person: PersonId) -> Result<Vec<ClaimShown>, NodeError> {
        Ok(claims_in(&self.whole_history(person).await?.entries))
    }

    /// A member that has seen what was presented accepts or refuses a claim that waits.
    ///
    /// # Errors
    /// [`NodeError::NotFound`] where the person has no such claim; [`NodeError::Conflict`] where
    /// it was answered.
    pub async fn answer_claim(
        &self,
        person: PersonId,
        member: &Member,
        claim: EntryId,
        accept: bool,
        reason: &str,
    ) -> Result<ClaimShown, NodeError> {
        self.alone("claim", &claim.to_string()).await?;
        let claims = self.claims(person).await?;
        let found = claims.into_iter().find(|found| found.id == claim);
        let mut found = found.ok_or(NodeError::NotFound("the person has no such claim"))?;
        if found.status != ClaimStatus::Waiting {
            return Err(NodeError::Conflict("this claim was answered before".into()));
        }
        let answer = ClaimAnswer { claim, records: Vec::new(), reason: reason.into() };
        let mut row = self.row_about(person, member, Fact::ClaimAnswer(answer), Source::FirstHand);
        if accept {
            row.facts.clear();
            self.add_answer(&mut row, claim, &found.claim.records, reason);
        }
        self.admit_own(row.clone()).await?;
        found.answer = answer_in(&row, claim);
        found.status = if accept { ClaimStatus::Accepted } else { ClaimStatus::Refused };
        Ok(found)
    }

    /// Keeps two hands from doing the same at the same moment: what the first has done is seen by
    /// the second when it tries again.
    pub(crate) async fn alone(&self, scope: &'static str, what: &str) -> Result<(), NodeError> {
        let now = self.now();
        if self.store.use_once(scope, what, now.plus_s(ALONE_S), now).await? {
            return Ok(());
        }
        Err(NodeError::Conflict("this was done a moment ago; look, then try again".into()))
    }

    /// Adds the claimed records and the answer that names them: all in one row, so that neither is
    /// there without the other.
    fn add_answer(&self, row: &mut AdmitRow, claim: EntryId, records: &[ClaimedRecord], why: &str) {
        let admitted = row.admitted;
        let mut fact = |times, source, fact| {
            let id = EntryId::from_bytes(self.entropy.bytes16());
            row.facts.push(NewFact { id, own_id: None, source, times, replaces: None, fact });
            id
        };
        let mut ids = Vec::with_capacity(records.len());
        for record in records {
            let times = hutong_model::Times { admitted, ..record.times };
            ids.push(fact(times, Source::Historical, record.fact.clone()));
        }
        let answer = ClaimAnswer { claim, records: ids, reason: why.into() };
        let times = hutong_model::Times { admitted, ..Default::default() };
        fact(times, Source::FirstHand, Fact::ClaimAnswer(answer));
    }
}

/// Refuses what can never become a record, with the reason that its check gave.
fn refuse_worthless(reading: &Reading) -> Result<(), NodeError> {
    let worth = matches!(reading.verdict, Verdict::Valid | Verdict::Expired | Verdict::Unverified);
    if worth && reading.link.is_none() {
        return Ok(());
    }
    if reading.link.is_some() {
        return Err(refusal("a link is not a certificate: present what it leads to"));
    }
    let why = reading.reasons.first().map_or("", |why| why.reason.en.as_ref());
    Err(refusal(format!("the certificate is {}: {why}", reading.verdict.as_str())))
}

/// The claim of a certificate, and whether its issuer's signature vouches for it. One that has
/// expired since still proves what happened before.
fn certificate_claim(reading: &Reading, sha256: String, who: &Identity) -> (Claim, bool) {
    let why = reading.reasons.first().map_or("", |why| why.reason.code.as_ref());
    let certificate = PresentedCertificate {
        format: serde_json::to_value(reading.format)
            .ok()
            .and_then(|word| word.as_str().map(Into::into))
            .unwrap_or_default(),
        result: reading.verdict.as_str().into(),
        reason: why.into(),
        issuer: reading.issuer.clone(),
        key_id: reading.key_id.clone(),
        sha256: sha256.into(),
    };
    let converted: Vec<_> = reading.records.iter().map(records::claimed).collect();
    let certified = reading.authentic && reading.verdict != Verdict::Unverified;
    let mut doubts = Vec::new();
    if !certified {
        doubts.push("signature-unverified".into());
    }
    if let Some(doubt) = match_person::doubt(who, reading.person.as_ref()) {
        doubts.push(doubt.into());
    }
    if converted.iter().any(Option::is_none) {
        doubts.push("incomplete".into());
    }
    let records = converted.into_iter().flatten().collect();
    (Claim { certificate: Some(certificate), statement: None, records, doubts }, certified)
}

fn paper_claim(records: Vec<Submission>, statement: &str) -> Result<Claim, NodeError> {
    let statement = statement.trim();
    if statement.is_empty() || statement.len() > limits::TEXT_BYTES_MAX {
        return Err(refusal("say what paper it is, in 1 to 512 bytes"));
    }
    let record = |submission: Submission| {
        let fact = submission.fact.filter(Fact::is_record)?;
        let times = hutong_model::Times { admitted: Timestamp::default(), ..submission.times };
        times.occurred().map(|_| ClaimedRecord { times, fact })
    };
    Ok(Claim {
        certificate: None,
        statement: Some(statement.into()),
        records: records.into_iter().filter_map(record).collect(),
        doubts: vec!["paper".into()],
    })
}

/// The claim of the same certificate, where it was presented before.
fn of_certificate(entries: &[Entry], sha256: &str) -> Option<ClaimShown> {
    let same = |shown: &ClaimShown| {
        shown.claim.certificate.as_ref().is_some_and(|held| *held.sha256 == *sha256)
            && shown.status != ClaimStatus::Refused
    };
    claims_in(entries).into_iter().find(same)
}

/// Claims with what became of them, newest first.
fn claims_in(entries: &[Entry]) -> Vec<ClaimShown> {
    let mut claims: Vec<ClaimShown> = entries
        .iter()
        .filter_map(|entry| {
            let Fact::Claim(claim) = &entry.fact else { return None };
            let answer = entries.iter().find_map(|other| answer_of(other, entry.id));
            let at = entry.times.admitted;
            Some(shown(entry.id, at, entry.member.clone(), claim.clone(), answer))
        })
        .collect();
    claims.sort_by_key(|claim| std::cmp::Reverse((claim.presented_at, claim.id)));
    claims.dedup_by_key(|claim| claim.id);
    claims
}

fn answer_of(entry: &Entry, claim: EntryId) -> Option<AnswerShown> {
    match &entry.fact {
        Fact::ClaimAnswer(answer) if answer.claim == claim => Some(AnswerShown {
            by: entry.member.clone(),
            region: entry.region,
            at: entry.times.admitted,
            reason: answer.reason.clone(),
            records: answer.records.clone(),
        }),
        _ => None,
    }
}

fn answer_in(row: &AdmitRow, claim: EntryId) -> Option<AnswerShown> {
    row.facts.iter().find_map(|fact| match &fact.fact {
        Fact::ClaimAnswer(answer) if answer.claim == claim => Some(AnswerShown {
            by: row.member.clone(),
            region: row.region,
            at: row.admitted,
            reason: answer.reason.clone(),
            records: answer.records.clone(),
        }),
        _ => None,
    })
}

fn shown(
    id: EntryId,
    presented_at: Timestamp,
    presented_to: MemberId,
    claim: Claim,
    answer: Option<AnswerShown>,
) -> ClaimShown {
    let status = match &answer {
        None => ClaimStatus::Waiting,
        Some(answer) if answer.records.is_empty() => ClaimStatus::Refused,
        Some(_) => ClaimStatus::Accepted,
    };
    ClaimShown { id, status, presented_at, presented_to, claim, answer }
}

fn refusal(reason: impl Into<std::borrow::Cow<'static, str>>) -> NodeError {
    let remedy = "present another certificate, or ask the clinic that gave the dose to report it";
    NodeError::input(Issue::error(IssueCode::BusinessRule, "claim", reason, remedy))
}

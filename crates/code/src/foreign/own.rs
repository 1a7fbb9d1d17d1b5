//! A code of ours as a [`Reading`]: one form of answer, whatever was scanned.

use super::reading::{Reading, Why};
use crate::assertion::{Label, Masked, PackRef};
use crate::trust::RecognitionException;
use crate::verify::{AdapterRef, Answer, BadgesShown, TrustState};
use hutong_model::{Level, PersonId, RegionCode, Timestamp};
use serde::{Deserialize, Serialize};

/// What only a code of ours, or one that a member's adapter knows, says. See [`Answer`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnCode {
    /// The level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// The event of the level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Label>,
    /// The rule pack of the level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pack: Option<PackRef>,
    /// When the device showed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presented_at: Option<Timestamp>,
    /// Whether it is a paper code.
    pub paper: bool,
    /// The masked name and document of a paper code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder_masked: Option<Masked>,
    /// The person's id at the issuing node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<PersonId>,
    /// The region where the person lives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub residence: Option<RegionCode>,
    /// The assertion's name, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cti: Option<String>,
    /// The badges.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub badges: Option<BadgesShown>,
    /// The trust list that was used; generation 0 where there was none.
    pub trust: TrustState,
    /// The filed exception by which it is not recognised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception: Option<RecognitionException>,
    /// The foreign system that can tell more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapter: Option<AdapterRef>,
}

impl From<Answer> for Reading {
    fn from(answer: Answer) -> Self {
        let authentic = answer.subject.is_some();
        let mut step = answer.step;
        let reasons = answer.reasons.into_iter();
        Self {
            verdict: answer.verdict,
            step: answer.step,
            // The first reason is what decided the answer.
            reasons: reasons.map(|reason| Why { step: step.take(), reason }).collect(),
            clears: answer.clears,
            issuer: answer.issuer.map(|region| region.to_string().into()),
            key_id: answer.key_id.map(|id| id.to_string().into()),
            issued_at: answer.issued_at,
            expires_at: answer.expires_at,
            authentic,
            records: answer.records,
            code: Some(Box::new(OwnCode {
                level: answer.level,
                event: answer.event,
                pack: answer.pack,
                presented_at: answer.presented_at,
                paper: answer.paper,
                holder_masked: answer.holder_masked,
                subject: answer.subject,
                residence: answer.residence,
                cti: answer.cti,
                badges: answer.badges,
                trust: answer.trust,
                exception: answer.exception,
                adapter: answer.adapter,
            })),
            ..Self::new(answer.format)
        }
    }
}

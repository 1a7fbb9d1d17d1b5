//! Decisions: a level with everything that it rests on.

use hutong_model::{EntryId, Level, RegionCode, Timestamp};
use serde::{Serialize, Serializer};
use std::sync::Arc;

use crate::{Clock, Text};

/// Why there is no level. Unknown is not red: none of these may be shown as a colour.
#[derive(Debug, thiserror::Error)]
pub enum NoLevel {
    /// The event has not begun.
    #[error("the event has not begun")]
    NotStarted,
    /// The event's sunset has passed; its levels have ended.
    #[error("the event has ended")]
    EventEnded,
    /// The pack is for another kind of event.
    #[error("the rule pack is for another kind of event")]
    OtherKind,
    /// The pack is not in force at this instant.
    #[error("the rule pack is not in force")]
    PackNotInForce,
    /// The records were looked at too long ago.
    #[error("the records were looked at too long ago; look again")]
    EvidenceStale,
    /// A rule could not be evaluated.
    #[error("rule {rule} could not be evaluated: {source}")]
    Rule {
        /// Id of the rule.
        rule: Arc<str>,
        /// What failed.
        source: crate::RulesError,
    },
}

/// One reason of a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reason {
    #[serde(serialize_with = "shared")]
    pub(crate) code: Arc<str>,
    #[serde(serialize_with = "shared")]
    pub(crate) rule: Arc<str>,
    pub(crate) level: Level,
    #[serde(serialize_with = "shared")]
    pub(crate) text: Arc<Text>,
    pub(crate) evidence: Vec<EntryId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) clock: Option<Clock>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "shared_if_any")]
    pub(crate) clears: Option<Arc<Text>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) appeal_until: Option<Timestamp>,
}

impl Reason {
    /// The reason as a code (`test-positive`).
    pub fn code(&self) -> &str {
        &self.code
    }
    /// Id of the rule; `default` where no rule applied.
    pub fn rule(&self) -> &str {
        &self.rule
    }
    /// The level that this reason alone would give.
    pub const fn level(&self) -> Level {
        self.level
    }
    /// The reason as a sentence.
    pub fn text(&self) -> &Text {
        &self.text
    }
    /// The records that it rests on; for `default`, the newest of those that were looked at.
    pub fn evidence(&self) -> &[EntryId] {
        &self.evidence
    }
    /// Which time of the records counted; None for `default` and for what people ordered.
    pub const fn clock(&self) -> Option<Clock> {
        self.clock
    }
    /// When it ends by itself; None for `default`.
    pub const fn until(&self) -> Option<Timestamp> {
        self.until
    }
    /// Where an appeal against one of its records waits: by when it must be answered, or that
    /// record no longer counts.
    pub const fn appeal_until(&self) -> Option<Timestamp> {
        self.appeal_until
    }
    /// What would end it sooner.
    pub fn clears(&self) -> Option<&Text> {
        self.clears.as_deref()
    }
    /// Whether it is in force at an instant.
    pub fn holds_at(&self, at: Timestamp) -> bool {
        self.until.is_none_or(|until| at < until)
    }
}

/// A level, and all that it rests on. Only [`crate::decide`] makes one: there is no constructor and
/// no way to read one in.
///
/// ```compile_fail
/// let forged: hutong_rules::Decision = serde_json::from_str("{}").unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    pub(crate) level: Level,
    pub(crate) event: Box<str>,
    #[serde(serialize_with = "shared")]
    pub(crate) pack: Arc<str>,
    #[serde(serialize_with = "shared")]
    pub(crate) pack_version: Arc<str>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "shared_if_any")]
    pub(crate) variation: Option<Arc<str>>,
    pub(crate) reasons: Vec<Reason>,
    pub(crate) issuer: RegionCode,
    pub(crate) decided_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) holds_until: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_change: Option<Timestamp>,
    pub(crate) evidence_as_of: Timestamp,
    pub(crate) records_considered: u32,
}

impl Decision {
    /// The level when it was decided. What it is now: [`Decision::level_at`].
    pub const fn level(&self) -> Level {
        self.level
    }
    /// Id of the event.
    pub fn event(&self) -> &str {
        &self.event
    }
    /// Id of the rule pack.
    pub fn pack(&self) -> &str {
        &self.pack
    }
    /// Version of the rule pack.
    pub fn pack_version(&self) -> &str {
        &self.pack_version
    }
    /// Which filed variation of the pack it was decided by; None for the pack as it is.
    pub fn variation(&self) -> Option<&str> {
        self.variation.as_deref()
    }
    /// The reasons, in the order of the pack; never empty.
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }
    /// The region that decided.
    pub const fn issuer(&self) -> RegionCode {
        self.issuer
    }
    /// When it was decided.
    pub const fn decided_at(&self) -> Timestamp {
        self.decided_at
    }
    /// From when on it says nothing any more: the earliest of freshness, the next change of the
    /// level, the pack's end and the event's sunset.
    pub const fn expires_at(&self) -> Timestamp {
        self.expires_at
    }
    /// Until when it is so unless something new is admitted: the earliest of the next change of the
    /// level, the pack's end and the event's sunset.
    pub const fn holds_until(&self) -> Timestamp {
        self.holds_until
    }
    /// When the level changes without any new record; None where it does not.
    pub const fn next_change(&self) -> Option<Timestamp> {
        self.next_change
    }
    /// How far the records were looked at.
    pub const fn evidence_as_of(&self) -> Timestamp {
        self.evidence_as_of
    }
    /// How many records were looked at.
    pub const fn records_considered(&self) -> u32 {
        self.records_considered
    }
    /// The level at an instant, from the reasons still in force; None once the decision has
    /// expired. A red that has run out is not red, whether or not anything ran.
    pub fn level_at(&self, at: Timestamp) -> Option<Level> {
        if at >= self.expires_at {
            return None;
        }
        let held = self.reasons.iter().filter(|reason| reason.holds_at(at));
        Some(held.map(Reason::level).max().unwrap_or(Level::Green))
    }
}

fn shared<T: Serialize + ?Sized, S: Serializer>(
    value: &Arc<T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    T::serialize(value, serializer)
}

fn shared_if_any<T: Serialize + ?Sized, S: Serializer>(
    value: &Option<Arc<T>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    value.as_deref().serialize(serializer)
}

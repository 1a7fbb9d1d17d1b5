//! What a person was told: a decision as it was made, and where the ledger says so.

use crate::NodeError;
use hutong_code::LeafRef;
use hutong_model::{Level, PersonId, Timestamp};
use hutong_rules::Decision;
use hutong_store::Standing;
use serde::{Deserialize, Serialize};

/// Where a decision stands in a ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entered {
    /// Name of the ledger.
    pub origin: Box<str>,
    /// Hash of the leaf, hexadecimal.
    pub leaf: Box<str>,
    /// What opens it, base64 (docs/ledger.md).
    pub opening: Box<str>,
}

/// What a person was told. It decides nothing: it is what was decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Told {
    /// The level.
    pub level: Level,
    /// Id of the event.
    pub event: Box<str>,
    /// When it was decided.
    pub at: Timestamp,
    /// Until when it holds, unless something new is admitted.
    pub holds_until: Timestamp,
    /// The decision, whole.
    pub decision: serde_json::Value,
    /// Where the ledger says so; absent at a node without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ledger: Option<Entered>,
    /// SHA-256 over what makes one decision another, hexadecimal.
    pub(crate) same: Box<str>,
}

impl Told {
    /// What is told of a decision.
    pub(crate) fn of(
        decision: &Decision,
        same: &str,
        ledger: Option<Entered>,
    ) -> Result<Self, NodeError> {
        Ok(Self {
            level: decision.level(),
            event: decision.event().into(),
            at: decision.decided_at(),
            holds_until: decision.holds_until(),
            decision: serde_json::to_value(decision).map_err(malformed)?,
            ledger,
            same: same.into(),
        })
    }

    /// The line of the ledger, as codes name it.
    pub(crate) fn leaf(&self) -> Option<LeafRef> {
        let mut hash = [0; 32];
        hex::decode_to_slice(&*self.ledger.as_ref()?.leaf, &mut hash).ok()?;
        Some(LeafRef::of_hash(&hash))
    }

    pub(crate) fn read(standing: &Standing) -> Result<Self, NodeError> {
        serde_json::from_slice(&standing.body).map_err(malformed)
    }

    pub(crate) fn standing(
        &self,
        person: PersonId,
        due: Option<Timestamp>,
    ) -> Result<Standing, NodeError> {
        let body = serde_json::to_vec(self).map_err(malformed)?;
        Ok(Standing { person, event: self.event.clone(), due, body })
    }
}

/// Two decisions of the same say the same for the same reasons, by the same rules. Not part of it:
/// when it was looked at, by whom, and what a level without a reason was looked at with.
pub(crate) fn same(decision: &Decision) -> Result<Box<str>, NodeError> {
    let reasons: Vec<_> = decision
        .reasons()
        .iter()
        .map(|reason| {
            let rests_on = reason.until().map(|_| reason.evidence());
            (reason.rule(), reason.level(), rests_on, reason.until(), reason.appeal_until())
        })
        .collect();
    let pack = (decision.pack(), decision.pack_version(), decision.variation());
    let what = (decision.event(), pack, decision.level(), reasons);
    let text = serde_json::to_vec(&what).map_err(malformed)?;
    Ok(hex::encode(crate::ledger::digest(&text).as_bytes()).into())
}

fn malformed(error: serde_json::Error) -> NodeError {
    NodeError::Setup(format!("decision: {error}"))
}

//! The event inside which a level exists.

use crate::RulesError;
use hutong_model::{Timestamp, limits::CODE_BYTES_MAX};
use serde::{Deserialize, Serialize};

/// A declared public-health event, as far as rules need it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "EventText")]
pub struct EventRef {
    id: Box<str>,
    kind: Box<str>,
    agent: Box<str>,
    starts: Timestamp,
    sunset: Timestamp,
}

impl EventRef {
    /// An event: its id, its kind (which packs fit it), the disease agent in the catalogue's words,
    /// when it starts and when it ends unless renewed.
    ///
    /// # Errors
    /// [`RulesError::Event`] where a text is empty or too long, or the sunset is not after the
    /// start.
    pub fn new(
        id: &str,
        kind: &str,
        agent: &str,
        starts: Timestamp,
        sunset: Timestamp,
    ) -> Result<Self, RulesError> {
        let fits = |text: &str| (1..=CODE_BYTES_MAX).contains(&text.len());
        if !(fits(id) && fits(kind) && fits(agent)) {
            return Err(RulesError::Event("id, kind and agent have 1 to 128 bytes"));
        }
        if sunset <= starts {
            return Err(RulesError::Event("the sunset lies after the start"));
        }
        Ok(Self { id: id.into(), kind: kind.into(), agent: agent.into(), starts, sunset })
    }
    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }
    /// Its kind, which a pack must fit.
    pub fn kind(&self) -> &str {
        &self.kind
    }
    /// The disease agent.
    pub fn agent(&self) -> &str {
        &self.agent
    }
    /// When it starts.
    pub const fn starts(&self) -> Timestamp {
        self.starts
    }
    /// When its levels end.
    pub const fn sunset(&self) -> Timestamp {
        self.sunset
    }
}

/// The form of an event in JSON.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EventText {
    id: Box<str>,
    kind: Box<str>,
    agent: Box<str>,
    starts: Timestamp,
    sunset: Timestamp,
}
impl TryFrom<EventText> for EventRef {
    type Error = RulesError;
    fn try_from(text: EventText) -> Result<Self, RulesError> {
        Self::new(&text.id, &text.kind, &text.agent, text.starts, text.sunset)
    }
}

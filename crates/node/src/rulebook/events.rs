//! Declared public-health events. Levels exist only inside one; none is the normal state.

use super::Document;
use crate::{Node, NodeError};
use hutong_model::{RegionCode, Timestamp, limits};
use hutong_rules::{EventRef, Text};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What an authority declares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewEvent {
    /// Its id: 1 to 32 of `A-Z a-z 0-9 . - _ :`.
    pub id: Box<str>,
    /// What people call it.
    pub title: Text,
    /// Its kind, which rule packs fit: `epidemic`.
    pub kind: Box<str>,
    /// Disease agent, in the catalogue's words.
    pub agent: Box<str>,
    /// Law and article, and the act that declared it.
    pub legal_basis: Box<str>,
    /// The regions that it is declared for; the whole tree where empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<RegionCode>,
    /// From when; now where absent.
    #[serde(default)]
    pub start: Option<Timestamp>,
    /// Until when, unless renewed.
    pub sunset: Timestamp,
}

/// What was done about an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// It was declared.
    Declared,
    /// Its sunset was put off.
    Renewed,
    /// It was ended before its sunset.
    Ended,
}

/// One act, as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordedAct {
    /// What was done.
    pub act: Act,
    /// When.
    pub at: Timestamp,
    /// By what law.
    pub legal_basis: Box<str>,
    /// The sunset from then on.
    pub sunset: Timestamp,
}

/// A declared event, with every act about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeclaredEvent {
    /// Its id.
    pub id: Box<str>,
    /// What people call it.
    pub title: Text,
    /// Its kind.
    pub kind: Box<str>,
    /// Disease agent.
    pub agent: Box<str>,
    /// The regions that it is declared for; the whole tree where empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<RegionCode>,
    /// From when.
    pub start: Timestamp,
    /// Until when, by the last act.
    pub sunset: Timestamp,
    /// The acts, oldest first.
    pub acts: Vec<RecordedAct>,
}

impl Document for DeclaredEvent {
    const KIND: &'static str = "event";
    fn key(&self) -> String {
        self.id.to_string()
    }
}

impl DeclaredEvent {
    /// Whether levels exist by it at a time: begun, and not past its sunset.
    pub fn in_force(&self, at: Timestamp) -> bool {
        self.start <= at && at < self.sunset
    }
    /// Whether it is declared for a region.
    pub fn is_for(&self, region: RegionCode) -> bool {
        self.regions.is_empty() || self.regions.iter().any(|of_event| of_event.contains(&region))
    }
    /// As rules see it.
    ///
    /// # Errors
    /// [`NodeError::Setup`] where it was published malformed.
    pub(crate) fn to_ref(&self) -> Result<EventRef, NodeError> {
        EventRef::new(&self.id, &self.kind, &self.agent, self.start, self.sunset)
            .map_err(|error| NodeError::Setup(format!("event: {error}")))
    }
}

impl Node {
    /// Every event that was ever declared, with its acts.
    pub fn events(&self) -> Vec<DeclaredEvent> {
        self.rulebook().events.clone()
    }

    /// The events in force now for this node's region.
    pub fn events_in_force(&self) -> Vec<DeclaredEvent> {
        let (mut events, now) = (self.events(), self.now());
        events.retain(|event| event.in_force(now) && event.is_for(self.settings.region));
        events
    }

    /// Whether persons of two regions are decided about by the same packs in the same events.
    pub(crate) fn decide_alike(&self, one: RegionCode, other: RegionCode) -> bool {
        let (book, now) = (self.rulebook(), self.now());
        book.events.iter().filter(|event| event.in_force(now)).all(|event| {
            let packs = [one, other].map(|region| book.pack(&event.kind, region, now));
            event.is_for(one) == event.is_for(other) && Arc::ptr_eq(&packs[0], &packs[1])
        })
    }

    /// Declares an event; at the root.
    ///
    /// # Errors
    /// [`NodeError::Input`] where it has no basis or no end within a year; [`NodeError::Conflict`]
    /// where its id was used before; [`NodeError::Forbidden`] elsewhere than at the root.
    pub async fn declare_event(&self, new: NewEvent) -> Result<DeclaredEvent, NodeError> {
        let now = self.now();
        let start = new.start.unwrap_or(now);
        hutong_code::assertion::Label::parse(&new.id).map_err(|_| {
            NodeError::not_permitted("id", "an id has 1 to 32 of A-Z a-z 0-9 . - _ :")
        })?;
        check_sunset(start.max(now), new.sunset)?;
        check_basis(&new.legal_basis)?;
        let known = self.events();
        if known.iter().any(|event| event.id == new.id) {
            return Err(NodeError::Conflict("an event of this id was declared before".into()));
        }
        if known.iter().filter(|event| now < event.sunset).count() >= limits::EVENTS_MAX {
            return Err(NodeError::Conflict("there are 16 events that are not over".into()));
        }
        let event = DeclaredEvent {
            id: new.id,
            title: new.title,
            kind: new.kind,
            agent: new.agent,
            regions: new.regions,
            start,
            sunset: new.sunset,
            acts: vec![RecordedAct {
                act: Act::Declared,
                at: now,
                legal_basis: new.legal_basis,
                sunset: new.sunset,
            }],
        };
        event.to_ref().map_err(|error| NodeError::not_permitted("event", error.to_string()))?;
        self.publish_document(&event).await?;
        Ok(event)
    }

    /// Renews an event before its sunset: a recorded act like its declaration.
    ///
    /// # Errors
    /// As [`Node::declare_event`]; [`NodeError::NotFound`] where it is not in force.
    pub async fn renew_event(
        &self,
        id: &str,
        legal_basis: &str,
        sunset: Timestamp,
    ) -> Result<DeclaredEvent, NodeError> {
        let known = self.events().into_iter().find(|event| *event.id == *id);
        let begins = known.map_or(self.now(), |event| event.start.max(self.now()));
        check_sunset(begins, sunset)?;
        self.act_on(id, Act::Renewed, legal_basis, sunset).await
    }

    /// Ends an event before its sunset.
    ///
    /// # Errors
    /// As [`Node::renew_event`].
    pub async fn end_event(&self, id: &str, legal_basis: &str) -> Result<DeclaredEvent, NodeError> {
        self.act_on(id, Act::Ended, legal_basis, self.now()).await
    }

    async fn act_on(
        &self,
        id: &str,
        act: Act,
        legal_basis: &str,
        sunset: Timestamp,
    ) -> Result<DeclaredEvent, NodeError> {
        check_basis(legal_basis)?;
        let now = self.now();
        let known = self.events().into_iter().find(|event| *event.id == *id);
        let mut event = known
            .filter(|event| now < event.sunset)
            .ok_or(NodeError::NotFound("no event of this id that is not over"))?;
        let legal_basis = legal_basis.into();
        event.acts.push(RecordedAct { act, at: now, legal_basis, sunset });
        event.sunset = sunset;
        self.publish_document(&event).await?;
        Ok(event)
    }
}

fn check_sunset(from: Timestamp, sunset: Timestamp) -> Result<(), NodeError> {
    let lasts = sunset.since_s(from);
    if lasts <= 0 || lasts > limits::EVENT_S_MAX {
        return Err(NodeError::not_permitted(
            "sunset",
            "an event ends after it begins, and within a year",
        ));
    }
    Ok(())
}

fn check_basis(text: &str) -> Result<(), NodeError> {
    if text.trim().is_empty() || text.len() > limits::TEXT_BYTES_MAX {
        return Err(NodeError::not_permitted(
            "legalBasis",
            "name law, article and act in 1 to 512 bytes",
        ));
    }
    Ok(())
}

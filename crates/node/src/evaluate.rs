//! From records to a level: evidence from everywhere, the event in force, the rule pack. There is
//! no
//! other way to a level.

use crate::{Node, NodeError, feed::EVENT, settings::EventSettings, settings::NodeSettings};
use hutong_model::{Catalogue, Entry, PersonId, Timestamp};
use hutong_rules::{Badges, Decision, EventRef, Evidence, NoLevel};
use hutong_store::{Audience, Store};
use serde::Serialize;

const SETTING: &str = "event";

/// What a person's code says, and why (GB/T 38963 §6.4).
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HealthInformation {
    /// The decision; none where no event is in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// Facts shown beside the level.
    pub badges: Badges,
    /// Whether every node above was reached; if not, evidence of other regions may be missing.
    pub complete: bool,
    /// When it was evaluated.
    pub as_of: Timestamp,
}

impl Node {
    /// What a person's code says now, from the evidence of all regions.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read.
    pub async fn health_information(
        &self,
        person: PersonId,
    ) -> Result<HealthInformation, NodeError> {
        let history = self.whole_history(person).await?;
        let evidence = self.evidence(history.entries);
        Ok(HealthInformation {
            decision: self.decide_on(&evidence)?,
            badges: self.badges(&evidence)?,
            complete: history.complete,
            as_of: self.now(),
        })
    }

    /// The level by these entries; none where no event is in force.
    pub(crate) async fn decide(
        &self,
        entries: impl IntoIterator<Item = Entry>,
    ) -> Result<Option<Decision>, NodeError> {
        let evidence = self.evidence(entries);
        self.decide_on(&evidence)
    }

    fn evidence(&self, entries: impl IntoIterator<Item = Entry>) -> Evidence {
        let catalogue = Catalogue::builtin();
        let effective = crate::merge::effective(entries, catalogue);
        Evidence::from_entries(&effective, catalogue, self.now())
    }

    fn decide_on(&self, evidence: &Evidence) -> Result<Option<Decision>, NodeError> {
        let Some(event) = self.event_ref()? else { return Ok(None) };
        match hutong_rules::decide(self.pack, &event, evidence, self.settings.region, self.now()) {
            Ok(decision) => Ok(Some(decision)),
            Err(NoLevel::NotStarted | NoLevel::EventEnded) => Ok(None),
            Err(error) => Err(NodeError::Setup(format!("no level can be given: {error}"))),
        }
    }

    fn badges(&self, evidence: &Evidence) -> Result<Badges, NodeError> {
        let catalogue = Catalogue::builtin();
        Ok(self.event_ref()?.map_or_else(Badges::default, |event| {
            hutong_rules::badges(self.pack, &event, evidence, catalogue, self.now())
        }))
    }

    fn event_ref(&self) -> Result<Option<EventRef>, NodeError> {
        let Some(event) = self.event() else { return Ok(None) };
        EventRef::new(&event.id, &event.kind, &event.agent, event.start, event.sunset)
            .map(Some)
            .map_err(|error| NodeError::Setup(format!("event: {error}")))
    }

    /// The event in force now, if any: begun, and not past its sunset.
    pub fn event(&self) -> Option<EventSettings> {
        let now = self.now();
        self.event.read().clone().filter(|event| event.start <= now && now < event.sunset)
    }

    /// Keeps what came down the feed and passes it on.
    pub(crate) async fn set_event(&self, event: Option<EventSettings>) -> Result<(), NodeError> {
        let text = serde_json::to_string(&event)
            .map_err(|error| NodeError::Setup(format!("event: {error}")))?;
        self.store.set_setting(SETTING, &text).await?;
        *self.event.write() = event;
        self.publish(EVENT, Audience::All, text).await?;
        Ok(())
    }

    /// The root states its configured event on the feed, once for each change.
    pub(crate) async fn state_event(&self) -> Result<(), NodeError> {
        if !self.is_root() {
            return Ok(());
        }
        let text = serde_json::to_string(&self.settings.event)
            .map_err(|error| NodeError::Setup(format!("event: {error}")))?;
        if self.store.setting(SETTING).await?.as_deref() == Some(text.as_str()) {
            return Ok(());
        }
        self.set_event(self.settings.event.clone()).await
    }
}

/// The event that this node knows of: the root's own setting, or what the feed brought.
pub(crate) async fn load_event(
    store: &dyn Store,
    settings: &NodeSettings,
) -> Result<Option<EventSettings>, NodeError> {
    if settings.parent.is_none() {
        return Ok(settings.event.clone());
    }
    match store.setting(SETTING).await? {
        Some(text) => serde_json::from_str(&text)
            .map_err(|error| NodeError::Setup(format!("stored event: {error}"))),
        None => Ok(None),
    }
}

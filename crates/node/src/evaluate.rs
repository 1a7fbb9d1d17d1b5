//! From records to a level: evidence from everywhere, the events in force, their rule packs. There
//! is no other way to a level.

use crate::{
    Node, NodeError,
    rulebook::events::DeclaredEvent,
    tubes::{self, Awaited},
};
use hutong_model::{Catalogue, Entry, EntryId, Fact, Level, PersonId, RegionCode, Timestamp};
use hutong_rules::{Appeal, Areas, Badges, Decision, EventRef, Evidence, NoLevel, Pack};
use serde::Serialize;
use std::sync::Arc;

/// What a person's code says, and why (GB/T 38963 §6.4).
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HealthInformation {
    /// The decision; none where no event is in force. Of several events, that of the highest level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// The decisions in other events.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Decision>,
    /// Samples whose result is awaited.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub awaited: Vec<Awaited>,
    /// Facts shown beside the level.
    pub badges: Badges,
    /// Whether every node above was reached; if not, evidence of other regions may be missing.
    pub complete: bool,
    /// When it was evaluated.
    pub as_of: Timestamp,
}

/// What one person is decided by.
struct Known {
    /// The records that count.
    effective: Vec<Entry>,
    /// Where the person lives, and the entry that says so.
    residence: Option<(Entry, RegionCode)>,
    appeals: Vec<Appeal>,
}

/// One event, and the pack that decides in it.
struct Ground {
    event: EventRef,
    pack: Arc<Pack>,
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
        let known = known(history.entries);
        let mut decisions = self.decisions(&known)?.into_iter();
        Ok(HealthInformation {
            decision: decisions.next(),
            others: decisions.collect(),
            awaited: tubes::awaited(&known.effective, self.now()),
            badges: self.badges(&known)?,
            complete: history.complete,
            as_of: self.now(),
        })
    }

    /// The highest level by these entries; none where no event is in force.
    pub(crate) async fn decide(
        &self,
        entries: impl IntoIterator<Item = Entry>,
    ) -> Result<Option<Decision>, NodeError> {
        Ok(self.decisions(&known(entries))?.into_iter().next())
    }

    /// By when an appeal against what rests on a record must be answered, where it restricts the
    /// person now.
    pub(crate) fn appeal_until(
        &self,
        entries: &[Entry],
        record: EntryId,
    ) -> Result<Option<Timestamp>, NodeError> {
        let known = known(entries.iter().cloned());
        for event in self.events_in_force() {
            let ground = self.ground(&event)?;
            let evidence = self.evidence(&known, &event);
            let decision = self.decision(&ground.pack, &ground.event, &evidence)?;
            let mut reasons = decision.iter().flat_map(|decision| decision.reasons());
            if reasons.any(|r| r.level() != Level::Green && r.evidence().contains(&record)) {
                return Ok(Some(self.now().plus_s(ground.pack.appeal_s())));
            }
        }
        Ok(None)
    }

    /// A decision for each event in force, the highest level first.
    fn decisions(&self, known: &Known) -> Result<Vec<Decision>, NodeError> {
        let mut decisions = Vec::new();
        for event in self.events_in_force() {
            let ground = self.ground(&event)?;
            let evidence = self.evidence(known, &event);
            decisions.extend(self.decision(&ground.pack, &ground.event, &evidence)?);
        }
        decisions.sort_by(|a, b| b.level().cmp(&a.level()).then_with(|| a.event().cmp(b.event())));
        Ok(decisions)
    }

    /// The decision in one event by these entries, by another pack than the one in force if given.
    pub(crate) fn decide_in(
        &self,
        event: &DeclaredEvent,
        entries: &[Entry],
        pack: Option<&Pack>,
    ) -> Result<Option<Decision>, NodeError> {
        let ground = self.ground(event)?;
        let evidence = self.evidence(&known(entries.iter().cloned()), event);
        self.decision(pack.unwrap_or(&ground.pack), &ground.event, &evidence)
    }

    fn decision(
        &self,
        pack: &Pack,
        event: &EventRef,
        evidence: &Evidence,
    ) -> Result<Option<Decision>, NodeError> {
        match hutong_rules::decide(pack, event, evidence, self.settings.region, self.now()) {
            Ok(decision) => Ok(Some(decision)),
            Err(NoLevel::NotStarted | NoLevel::EventEnded) => Ok(None),
            Err(error) => Err(NodeError::Setup(format!("no level can be given: {error}"))),
        }
    }

    /// Badges by the first event in force.
    fn badges(&self, known: &Known) -> Result<Badges, NodeError> {
        let Some(event) = self.events_in_force().into_iter().next() else {
            return Ok(Badges::default());
        };
        let ground = self.ground(&event)?;
        let evidence = self.evidence(known, &event);
        let catalogue = Catalogue::builtin();
        Ok(hutong_rules::badges(&ground.pack, &ground.event, &evidence, catalogue, self.now()))
    }

    fn ground(&self, event: &DeclaredEvent) -> Result<Ground, NodeError> {
        let pack = self.rulebook().pack(&event.kind, self.settings.region, self.now());
        Ok(Ground { event: event.to_ref()?, pack })
    }

    fn evidence(&self, known: &Known, event: &DeclaredEvent) -> Evidence {
        let (book, now, none) = (self.rulebook(), self.now(), Areas::default());
        let areas = book.areas(&event.id).unwrap_or(&none);
        let evidence = Evidence::from_entries(&known.effective, Catalogue::builtin(), areas, now)
            .with_appeals(known.appeals.iter().copied());
        match &known.residence {
            Some((said, place)) => evidence.with_residence(said, *place, areas),
            None => evidence,
        }
    }
}

fn known(entries: impl IntoIterator<Item = Entry>) -> Known {
    let entries: Vec<Entry> = entries.into_iter().collect();
    let residences = entries.iter().filter_map(|entry| match &entry.fact {
        Fact::Demographics(said) => Some((entry.clone(), said.residence?)),
        _ => None,
    });
    let residence = residences.max_by_key(|(entry, _)| (entry.times.admitted, entry.id));
    let appeals = appeals(&entries);
    Known { effective: crate::merge::effective(entries, Catalogue::builtin()), residence, appeals }
}

/// The person's appeals, and when each was first answered.
fn appeals(entries: &[Entry]) -> Vec<Appeal> {
    let answered = |request: EntryId| {
        let answers = entries.iter().filter(|entry| match &entry.fact {
            Fact::CorrectionAnswer(answer) => answer.request == request,
            _ => false,
        });
        answers.map(|entry| entry.times.admitted).min()
    };
    let appeal = |entry: &Entry| match &entry.fact {
        Fact::CorrectionRequest(request) => {
            let (record, until) = (request.record, request.appeal_until?);
            Some(Appeal { record, until, answered: answered(entry.id) })
        }
        _ => None,
    };
    entries.iter().filter_map(appeal).collect()
}

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
use std::{collections::BTreeSet, sync::Arc};

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
pub(crate) struct Known {
    /// The records that count.
    pub(crate) effective: Vec<Entry>,
    /// Where the person lives, and the entry that says so.
    residence: Option<(Entry, RegionCode)>,
    appeals: Vec<Appeal>,
}

/// One event in force: the pack that decides in it, and what is known of a person in it.
struct Case {
    event: EventRef,
    pack: Arc<Pack>,
    evidence: Evidence,
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
        let known = Known::of(history.entries);
        let cases = self.cases(&known, self.settings.region)?;
        let mut decisions = self.decisions(&cases)?.into_iter();
        Ok(HealthInformation {
            decision: decisions.next(),
            others: decisions.collect(),
            awaited: tubes::awaited(&known.effective, self.now()),
            badges: self.badges(&cases),
            complete: history.complete,
            as_of: self.now(),
        })
    }

    /// What is decided by these entries where the packs hold as they are varied for a region: one
    /// decision for each event in force, the highest level first.
    pub(crate) fn decide(
        &self,
        known: &Known,
        region: RegionCode,
    ) -> Result<Vec<Decision>, NodeError> {
        self.decisions(&self.cases(known, region)?)
    }

    /// By when an appeal against what rests on a record must be answered, where it restricts the
    /// person now.
    pub(crate) fn appeal_until(
        &self,
        entries: &[Entry],
        record: EntryId,
    ) -> Result<Option<Timestamp>, NodeError> {
        let known = Known::of(entries.iter().cloned());
        for case in self.cases(&known, self.settings.region)? {
            let decision = self.decision(&case, &case.pack)?;
            let mut reasons = decision.iter().flat_map(|decision| decision.reasons());
            if reasons.any(|r| r.level() != Level::Green && r.evidence().contains(&record)) {
                return Ok(Some(self.now().plus_s(case.pack.appeal_s())));
            }
        }
        Ok(None)
    }

    /// What is decided in one event by these entries: by the pack in force, and by another one.
    pub(crate) fn compare_in(
        &self,
        event: &DeclaredEvent,
        entries: &[Entry],
        other: &Pack,
    ) -> Result<[Option<Decision>; 2], NodeError> {
        let known = Known::of(entries.iter().cloned());
        let case = self.case(event, &known, self.settings.region)?;
        Ok([self.decision(&case, &case.pack)?, self.decision(&case, other)?])
    }

    fn decisions(&self, cases: &[Case]) -> Result<Vec<Decision>, NodeError> {
        let decided = cases.iter().map(|case| self.decision(case, &case.pack));
        let mut decisions: Vec<Decision> =
            decided.filter_map(Result::transpose).collect::<Result<_, _>>()?;
        decisions.sort_by(|a, b| b.level().cmp(&a.level()).then_with(|| a.event().cmp(b.event())));
        Ok(decisions)
    }

    fn decision(&self, case: &Case, pack: &Pack) -> Result<Option<Decision>, NodeError> {
        let (issuer, now) = (self.settings.region, self.now());
        match hutong_rules::decide(pack, &case.event, &case.evidence, issuer, now) {
            Ok(decision) => Ok(Some(decision)),
            Err(NoLevel::NotStarted | NoLevel::EventEnded) => Ok(None),
            Err(error) => Err(NodeError::Setup(format!("no level can be given: {error}"))),
        }
    }

    /// Badges by the first event in force.
    fn badges(&self, cases: &[Case]) -> Badges {
        let catalogue = Catalogue::builtin();
        let of = |case: &Case| {
            hutong_rules::badges(&case.pack, &case.event, &case.evidence, catalogue, self.now())
        };
        cases.first().map(of).unwrap_or_default()
    }

    /// The events in force, and what is known in each.
    fn cases(&self, known: &Known, region: RegionCode) -> Result<Vec<Case>, NodeError> {
        let lives = known.residence.as_ref().map(|(_, place)| *place);
        let concerns = |event: &&DeclaredEvent| {
            event.is_for(region) || lives.is_some_and(|place| event.is_for(place))
        };
        let (book, now) = (self.rulebook(), self.now());
        let running = book.events.iter().filter(|event| event.in_force(now));
        running.filter(concerns).map(|event| self.case(event, known, region)).collect()
    }

    fn case(
        &self,
        event: &DeclaredEvent,
        known: &Known,
        region: RegionCode,
    ) -> Result<Case, NodeError> {
        let (book, now, none) = (self.rulebook(), self.now(), Areas::default());
        let areas = book.areas(&event.id).unwrap_or(&none);
        let evidence = Evidence::from_entries(&known.effective, Catalogue::builtin(), areas, now)
            .with_appeals(known.appeals.iter().copied());
        let evidence = match &known.residence {
            Some((said, place)) => evidence.with_residence(said, *place, areas),
            None => evidence,
        };
        Ok(Case { event: event.to_ref()?, pack: book.pack(&event.kind, region, now), evidence })
    }
}

impl Known {
    /// What a person's entries say.
    pub(crate) fn of(entries: impl IntoIterator<Item = Entry>) -> Self {
        let entries: Vec<Entry> = entries.into_iter().collect();
        let residences = entries.iter().filter_map(|entry| match &entry.fact {
            Fact::Demographics(said) => Some((entry.clone(), said.residence?)),
            _ => None,
        });
        let residence = residences.max_by_key(|(entry, _)| (entry.times.admitted, entry.id));
        let appeals = appeals(&entries);
        Self {
            effective: crate::merge::effective(entries, Catalogue::builtin()),
            residence,
            appeals,
        }
    }

    /// The divisions, from the province to the county, in which the person lives or was: a listing
    /// of an area there may concern them.
    pub(crate) fn whereabouts(&self) -> BTreeSet<RegionCode> {
        let stays = self.effective.iter().filter_map(|entry| match &entry.fact {
            Fact::Stay(stay) => Some(stay.place),
            _ => None,
        });
        let lives = self.residence.iter().map(|(_, place)| *place);
        let divisions = stays.chain(lives).flat_map(|place| place.county().ancestry());
        divisions.filter(|division| *division != RegionCode::NATION).collect()
    }
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

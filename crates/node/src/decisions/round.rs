//! A round of deciding: what is decided about some persons, compared with what they were told.

use super::{
    Notice, Told,
    told::{Entered, same},
};
use crate::{Node, NodeError, evaluate::Known, feed::DECISION, identity::aliases, ledger::label};
use base64::{Engine, engine::general_purpose::STANDARD};
use hutong_ledger::{Leaf, Opening, PackVersion, Private, Public};
use hutong_model::{Entry, Level, PersonId, RegionCode, Timestamp, limits::LEDGER_LEAF_NAMES_MAX};
use hutong_rules::Decision;
use hutong_store::{Audience, NewFeedItem, Round, Standing, Stored};
use serde::{Deserialize, Serialize};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// What goes down about a person, as the node below knows them.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Down {
    pub(super) person: PersonId,
    /// What was decided; None where the node below decides for itself.
    #[serde(default)]
    pub(super) told: Option<Told>,
}

/// What a round has come to.
#[derive(Default)]
pub(super) struct Rounding {
    pub(super) round: Round,
    pub(super) notices: Vec<(Vec<PersonId>, Notice)>,
}

/// A person and all who are linked with them, and what they were told.
pub(super) struct Cluster {
    pub(super) persons: Vec<PersonId>,
    told: Vec<Standing>,
    /// How nodes below name them.
    pub(super) below: Vec<(RegionCode, PersonId)>,
}

impl Node {
    /// Decides about persons, and keeps what has changed. False where another process was quicker.
    pub(super) async fn decide_about(
        &self,
        persons: &[PersonId],
        followed: Option<(u64, u64)>,
    ) -> Result<bool, NodeError> {
        let mut rounding = Rounding::default();
        rounding.round.followed = followed;
        for (cluster, entries) in self.clusters(persons).await? {
            let known = Known::of(entries);
            for place in known.whereabouts() {
                let persons = cluster.persons.iter().map(|person| (place, *person));
                rounding.round.whereabouts.extend(persons);
            }
            self.compare(&cluster, &known, &mut rounding)?;
        }
        self.keep(rounding).await
    }

    /// Keeps a round, then says it to whoever listens.
    pub(super) async fn keep(&self, rounding: Rounding) -> Result<bool, NodeError> {
        let Rounding { round, notices } = rounding;
        if round == Round::default() {
            return Ok(true);
        }
        let leaves = !round.leaves.is_empty();
        if !self.store.keep_round(round).await? {
            return Ok(false);
        }
        if leaves {
            self.ledger.wake();
        }
        metrics::counter!("hutong_decisions_told_total").increment(notices.len() as u64);
        for (persons, notice) in notices {
            self.notices.send(&persons, &notice);
        }
        Ok(true)
    }

    /// The persons with all who are linked with them, and all their entries.
    pub(super) async fn clusters(
        &self,
        persons: &[PersonId],
    ) -> Result<Vec<(Cluster, Vec<Entry>)>, NodeError> {
        let (mut seen, mut clusters) = (HashSet::new(), Vec::new());
        for person in persons {
            if !seen.contains(person) {
                let cluster = self.store.cluster(*person).await?;
                seen.extend(cluster.iter().copied());
                clusters.push(cluster);
            }
        }
        let all: Vec<PersonId> = clusters.iter().flatten().copied().collect();
        let mut entries: HashMap<PersonId, Vec<Stored>> = HashMap::new();
        for stored in self.store.entries_of(&all).await? {
            entries.entry(stored.entry.person).or_default().push(stored);
        }
        let mut told: HashMap<PersonId, Vec<Standing>> = HashMap::new();
        for standing in self.store.standings(&all).await? {
            told.entry(standing.person).or_default().push(standing);
        }
        let read = |persons: Vec<PersonId>| {
            let mut of: Vec<Stored> =
                persons.iter().filter_map(|person| entries.remove(person)).flatten().collect();
            of.sort_by_key(|stored| stored.seq);
            let told = persons.iter().filter_map(|person| told.remove(person)).flatten().collect();
            let below = aliases(&of);
            let entries = of.into_iter().map(|stored| stored.entry).collect();
            (Cluster { persons, told, below }, entries)
        };
        Ok(clusters.into_iter().map(read).collect())
    }

    /// Compares what is decided with what was told.
    fn compare(
        &self,
        cluster: &Cluster,
        known: &Known,
        rounding: &mut Rounding,
    ) -> Result<(), NodeError> {
        let regions = cluster.below.iter().map(|(region, _)| *region);
        let mut by_region: Vec<(RegionCode, Arc<[Decision]>)> = Vec::new();
        for region in std::iter::once(self.settings.region).chain(regions) {
            if by_region.iter().all(|(known, _)| *known != region) {
                let like = by_region.iter().find(|(other, _)| self.decide_alike(*other, region));
                let decisions = match like {
                    Some((_, decisions)) => Arc::clone(decisions),
                    None => self.decide(known, region)?.into(),
                };
                by_region.push((region, decisions));
            }
        }
        let mut events: Vec<&Decision> = Vec::new();
        for decision in by_region.iter().flat_map(|(_, decisions)| decisions.iter()) {
            if events.iter().all(|known| known.event() != decision.event()) {
                events.push(decision);
            }
        }
        for decision in &events {
            self.tell(cluster, decision, &by_region, rounding)?;
        }
        // What time was to change, in an event that is over: nothing is due any more.
        let over = |one: &&Standing| {
            one.due.is_some() && events.iter().all(|decision| *decision.event() != *one.event)
        };
        let over = cluster.told.iter().filter(over).cloned();
        rounding.round.standings.extend(over.map(|one| Standing { due: None, ..one }));
        Ok(())
    }

    fn tell(
        &self,
        cluster: &Cluster,
        decision: &Decision,
        by_region: &[(RegionCode, Arc<[Decision]>)],
        rounding: &mut Rounding,
    ) -> Result<(), NodeError> {
        let before: Vec<&Standing> =
            cluster.told.iter().filter(|one| *one.event == *decision.event()).collect();
        let first = before.is_empty();
        if first && decision.level() == Level::Green {
            return Ok(());
        }
        let due = self.due(decision);
        let same = same(decision)?;
        let mut all_told = before.len() == cluster.persons.len();
        for one in &before {
            all_told &= Told::read(one)?.same == same;
        }
        if all_told {
            let moved = before.into_iter().filter(|one| one.due != due);
            let moved = moved.map(|one| Standing { due, ..one.clone() });
            rounding.round.standings.extend(moved);
            return Ok(());
        }
        let told =
            self.enter(cluster.persons.first().copied(), decision, &same, &mut rounding.round)?;
        for person in &cluster.persons {
            rounding.round.standings.push(told.standing(*person, due)?);
        }
        for (region, person) in &cluster.below {
            let theirs = by_region.iter().find(|(known, _)| known == region);
            let theirs =
                theirs.and_then(|(_, all)| all.iter().find(|d| d.event() == decision.event()));
            let alike = match theirs {
                Some(theirs) => std::ptr::eq(theirs, decision) || self::same(theirs)? == same,
                // The event is not declared for them.
                None => continue,
            };
            let down = Down { person: *person, told: alike.then(|| told.clone()) };
            rounding.round.feed.push(self.down(*region, &down)?);
        }
        rounding.notices.push((cluster.persons.clone(), Notice::Level(Arc::new(told))));
        Ok(())
    }

    /// When to decide again though nothing is admitted; not for the sunset, which is everybody's.
    pub(super) fn due(&self, decision: &Decision) -> Option<Timestamp> {
        let (book, until) = (self.rulebook(), decision.holds_until());
        let sunset = book.events.iter().find(|event| *event.id == *decision.event());
        let lasts = sunset.is_some_and(|event| event.sunset <= until);
        (!lasts).then(|| until.max(self.now().plus_s(1)))
    }

    pub(super) fn down(&self, region: RegionCode, down: &Down) -> Result<NewFeedItem, NodeError> {
        let body = serde_json::to_string(down)
            .map_err(|error| NodeError::Setup(format!("decision: {error}")))?;
        let audience = Audience::Region(region);
        Ok(NewFeedItem { kind: DECISION.into(), audience, body, at: self.now() })
    }

    /// Puts a decision before the ledger; what is told of it. `same` is what makes it another than
    /// the last.
    pub(super) fn enter(
        &self,
        person: Option<PersonId>,
        decision: &Decision,
        same: &str,
        round: &mut Round,
    ) -> Result<Told, NodeError> {
        let Some(origin) = self.ledger_origin() else { return Told::of(decision, same, None) };
        let evidence: Vec<_> =
            decision.reasons().iter().flat_map(|reason| reason.evidence()).copied().collect();
        let document = serde_json::to_vec(decision).map_err(setup)?;
        let private = Private {
            person,
            evidence: evidence
                .into_iter()
                .take(hutong_model::limits::LEDGER_EVIDENCE_MAX)
                .collect(),
            document: Some(crate::ledger::digest(&document)),
            ..Private::default()
        };
        let public = self.public_of_decision(decision)?;
        let opening = Opening::new(public.kind(), private, &*self.entropy).map_err(setup)?;
        let leaf = Leaf::new(decision.decided_at(), public, opening.commitment()).map_err(setup)?;
        let entered = Entered {
            origin: origin.into(),
            leaf: hex::encode(leaf.hash().as_bytes()).into(),
            opening: STANDARD.encode(opening.encode()).into(),
        };
        round.leaves.push(leaf.encode());
        Told::of(decision, same, Some(entered))
    }

    fn public_of_decision(&self, decision: &Decision) -> Result<Public, NodeError> {
        let pack = self.rulebook().digest_of(decision.pack(), decision.pack_version());
        let mut rules = Vec::new();
        for reason in decision.reasons().iter().take(LEDGER_LEAF_NAMES_MAX) {
            rules.push(label(reason.rule())?);
        }
        Ok(Public::Decision {
            issuer: decision.issuer(),
            event: label(decision.event())?,
            pack: PackVersion {
                id: label(decision.pack())?,
                version: label(decision.pack_version())?,
                digest: pack,
            },
            rules,
            level: decision.level(),
            expires: decision.holds_until(),
        })
    }

    /// At any node: writes down what was decided about a person here, where it is not what they
    /// were told already; what they were told, in the same order.
    pub(crate) async fn note_decisions(
        &self,
        person: PersonId,
        decisions: &[&Decision],
    ) -> Result<Vec<Told>, NodeError> {
        let standings = self.store.standings(&[person]).await?;
        let (mut rounding, mut all) = (Rounding::default(), Vec::new());
        for decision in decisions {
            let same = same(decision)?;
            let before = standings.iter().find(|one| *one.event == *decision.event());
            let before = before.map(Told::read).transpose()?;
            if let Some(before) = before.filter(|before| before.same == same) {
                all.push(before);
                continue;
            }
            let told = self.enter(Some(person), decision, &same, &mut rounding.round)?;
            let due = self.is_root().then(|| self.due(decision)).flatten();
            rounding.round.standings.push(told.standing(person, due)?);
            let notice = Notice::Level(Arc::new(told.clone()));
            rounding.notices.push((vec![person], notice));
            all.push(told);
        }
        self.keep(rounding).await?;
        Ok(all)
    }
}

fn setup(error: impl std::fmt::Display) -> NodeError {
    NodeError::Setup(format!("decision: {error}"))
}

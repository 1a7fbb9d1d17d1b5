//! What a rule pack would change, in counts, before it is published. Nothing is written, and nobody
//! is named.

use crate::{Node, NodeError};
use hutong_model::Level;
use hutong_rules::Pack;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Persons by the level that they have and would have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Transition {
    /// By the rules in force; `none` where there is no level.
    pub from: Box<str>,
    /// By the other pack.
    pub to: Box<str>,
    /// How many persons.
    pub persons: u64,
}

/// What a pack would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Simulated {
    /// The event.
    pub event: Box<str>,
    /// Persons that were decided about.
    pub persons: u64,
    /// Every transition that occurs, those that change nothing too.
    pub transitions: Vec<Transition>,
    /// Reasons by rule: how many persons have it now, and would have it.
    pub rules: BTreeMap<Box<str>, (u64, u64)>,
}

impl Node {
    /// Decides about everybody of this region by another pack, beside the one in force.
    ///
    /// # Errors
    /// [`NodeError::NotFound`] where no such event is in force here; [`NodeError::Input`] where the
    /// pack cannot be used in it.
    pub async fn simulate_pack(
        &self,
        event: &str,
        source: &str,
        on_progress: impl Fn(u64),
    ) -> Result<Simulated, NodeError> {
        let pack = Pack::from_json(source)
            .map_err(|error| NodeError::not_permitted("source", error.to_string()))?;
        let in_force = self.events_in_force();
        let event = in_force.iter().find(|known| *known.id == *event);
        let event = event.ok_or(NodeError::NotFound("no event of this id is in force here"))?;
        let mut moves: BTreeMap<(Option<Level>, Option<Level>), u64> = BTreeMap::new();
        let mut rules: BTreeMap<Box<str>, (u64, u64)> = BTreeMap::new();
        let mut persons = 0;
        for person in self.own_persons().await? {
            let (_, stored) = self.local_entries(person).await?;
            let entries: Vec<_> = stored.into_iter().map(|stored| stored.entry).collect();
            let [now, then] = self.compare_in(event, &entries, &pack)?;
            for reason in now.iter().flat_map(|decision| decision.reasons()) {
                rules.entry(reason.rule().into()).or_default().0 += 1;
            }
            for reason in then.iter().flat_map(|decision| decision.reasons()) {
                rules.entry(reason.rule().into()).or_default().1 += 1;
            }
            let levels = (now.map(|decision| decision.level()), then.map(|d| d.level()));
            *moves.entry(levels).or_default() += 1;
            persons += 1;
            on_progress(persons);
        }
        let word = |level: Option<Level>| level.map_or("none", Level::as_str).into();
        let transitions = moves.into_iter().map(|((from, to), persons)| Transition {
            from: word(from),
            to: word(to),
            persons,
        });
        let transitions = transitions.collect();
        Ok(Simulated { event: event.id.clone(), persons, transitions, rules })
    }
}

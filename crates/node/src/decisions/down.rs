//! Below the root: what comes down about the persons of this node, and who is told.

use super::{
    Notice, Watch,
    round::{Down, Rounding},
};
use crate::{Node, NodeError, evaluate::Known, identity::aliases};
use hutong_model::PersonId;
use hutong_rules::Decision;
use std::sync::Arc;

impl Node {
    /// Takes what was decided above about a person of this node.
    pub(crate) async fn take_decision(&self, body: &str) -> Result<(), NodeError> {
        let down: Down = serde_json::from_str(body)
            .map_err(|error| NodeError::Parent(format!("feed decision: {error}")))?;
        let (cluster, stored) = self.local_entries(down.person).await?;
        if stored.is_empty() {
            tracing::warn!(person = %down.person, "a decision about nobody of here");
            return Ok(());
        }
        let mut rounding = Rounding::default();
        for (region, person) in aliases(&stored) {
            let further = Down { person, told: down.told.clone() };
            rounding.round.feed.push(self.down(region, &further)?);
        }
        let Some(told) = down.told else {
            self.keep(rounding).await?;
            return self.decide_here(down.person).await;
        };
        for person in &cluster {
            rounding.round.standings.push(told.standing(*person, None)?);
        }
        rounding.notices.push((cluster, Notice::Level(Arc::new(told))));
        self.keep(rounding).await?;
        Ok(())
    }

    /// Decides about a person by the rules of this node's region.
    async fn decide_here(&self, person: PersonId) -> Result<(), NodeError> {
        let history = self.whole_history(person).await?;
        let decisions = self.decide(&Known::of(history.entries), self.settings.region)?;
        let decisions: Vec<&Decision> = decisions.iter().collect();
        self.note_decisions(person, &decisions).await?;
        Ok(())
    }

    /// What a person was told in the events in force.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read.
    pub async fn told(&self, person: PersonId) -> Result<Vec<super::Told>, NodeError> {
        let (book, now) = (self.rulebook(), self.now());
        let runs =
            |id: &str| book.events.iter().any(|event| *event.id == *id && event.in_force(now));
        let standings = self.store.standings(&[person]).await?;
        let mut told: Vec<super::Told> = standings
            .iter()
            .filter(|one| runs(&one.event))
            .map(super::Told::read)
            .collect::<Result<_, _>>()?;
        told.sort_by(|a, b| b.level.cmp(&a.level).then_with(|| a.event.cmp(&b.event)));
        Ok(told)
    }

    /// Listens for what is said to a person; None where too many listen here.
    pub fn watch(&self, person: PersonId) -> Option<Watch> {
        self.notices.watch(person)
    }
}

//! Below the root: what comes down about the persons of this node, and who is told.

use super::{
    Notice, Told, Watch,
    round::{Cluster, Down, Rounding},
};
use crate::{Node, NodeError, evaluate::Known};
use hutong_model::PersonId;
use hutong_rules::Decision;
use hutong_store::FeedItem;
use std::{collections::HashMap, sync::Arc};

impl Node {
    /// Takes what was decided above about persons of this node: all at once, for there may be many.
    pub(crate) async fn take_decisions(&self, items: &[FeedItem]) -> Result<(), NodeError> {
        let read = |item: &FeedItem| {
            serde_json::from_str(&item.item.body)
                .map_err(|error| NodeError::Parent(format!("feed decision: {error}")))
        };
        let all: Vec<Down> = items.iter().map(read).collect::<Result<_, _>>()?;
        let mut persons: Vec<PersonId> = all.iter().map(|down| down.person).collect();
        persons.sort_unstable();
        persons.dedup();
        let clusters = self.clusters(&persons).await?;
        let of: HashMap<PersonId, &Cluster> = clusters
            .iter()
            .filter(|(_, entries)| !entries.is_empty())
            .flat_map(|(cluster, _)| cluster.persons.iter().map(move |person| (*person, cluster)))
            .collect();
        let (mut rounding, mut here) = (Rounding::default(), Vec::new());
        for Down { person, told } in all {
            let Some(cluster) = of.get(&person) else {
                tracing::warn!(%person, "a decision about nobody of here");
                continue;
            };
            for (region, person) in &cluster.below {
                let further = Down { person: *person, told: told.clone() };
                rounding.round.feed.push(self.down(*region, &further)?);
            }
            match told {
                Some(told) => tell(cluster, told, &mut rounding)?,
                None => here.push(person),
            }
        }
        self.keep(rounding).await?;
        for person in here {
            self.decide_here(person).await?;
        }
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
    pub async fn told(&self, person: PersonId) -> Result<Vec<Told>, NodeError> {
        let (book, now) = (self.rulebook(), self.now());
        let runs =
            |id: &str| book.events.iter().any(|event| *event.id == *id && event.in_force(now));
        let standings = self.store.standings(&[person]).await?;
        let mut told: Vec<Told> = standings
            .iter()
            .filter(|one| runs(&one.event))
            .map(Told::read)
            .collect::<Result<_, _>>()?;
        told.sort_by(|a, b| b.level.cmp(&a.level).then_with(|| a.event.cmp(&b.event)));
        Ok(told)
    }

    /// Listens for what is said to a person; None where too many listen here.
    pub fn watch(&self, person: PersonId) -> Option<Watch> {
        self.notices.watch(person)
    }
}

/// What was decided above, as those are told who are linked with each other.
fn tell(cluster: &Cluster, told: Told, rounding: &mut Rounding) -> Result<(), NodeError> {
    for person in &cluster.persons {
        rounding.round.standings.push(told.standing(*person, None)?);
    }
    rounding.notices.push((cluster.persons.clone(), Notice::Level(Arc::new(told))));
    Ok(())
}

//! The region's own records, person by person, for those who may take all of them. What is taken is
//! recorded for each person before it is handed over.

use crate::{Node, NodeError, identity::Identity, merge};
use futures::{StreamExt, TryStreamExt, stream};
use hutong_fhir::{ShownRecord, write::ShownPatient};
use hutong_model::{Catalogue, Entry, MemberId, PersonId, Purpose, RegionCode, Timestamp};
use hutong_store::{Access, Stored};
use std::collections::HashSet;

/// Persons whose histories are read, and whose accesses are recorded, at once: these share a
/// transaction.
const AT_ONCE: usize = 64;

/// Who takes the records, and by which right.
#[derive(Debug, Clone)]
pub struct Taker {
    /// Who.
    pub member: MemberId,
    /// Where.
    pub region: RegionCode,
    /// Why.
    pub purpose: Purpose,
    /// By which right, as it is shown to the persons: `legal:<basis>`.
    pub right: String,
}

/// What members of the region stated about one person.
#[derive(Debug, Clone)]
pub struct OwnHistory {
    /// Who it is; None where nothing of that is as new as asked for.
    pub patient: Option<ShownPatient>,
    /// The records as they stand after corrections; those that are as new as asked for.
    pub records: Vec<ShownRecord>,
}

/// A bulk export that goes on: persons who were taken together with others.
#[derive(Debug, Default)]
pub struct Taken {
    linked: HashSet<PersonId>,
}

impl Node {
    /// Everybody about whom members of this node's region have stated something, in the order in
    /// which they came. Holds one id for each.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read.
    pub async fn own_persons(&self) -> Result<Vec<PersonId>, NodeError> {
        let until = self.store.head().await?;
        let (mut seen, mut persons) = (HashSet::new(), Vec::new());
        let mut after = 0;
        while after < until
            && let Some(run) = self.run_after(after).await?
        {
            after = run.upto;
            let own = run.entries.iter().filter(|stored| self.is_own(&stored.entry));
            persons.extend(own.map(|own| own.entry.person).filter(|person| seen.insert(*person)));
        }
        Ok(persons)
    }

    /// What is known of these persons here, changed since a moment where one is given; recorded as
    /// accesses. Persons who were linked come once.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read, or an access not be recorded: then nothing is
    /// handed over.
    pub async fn take_own(
        &self,
        persons: &[PersonId],
        taker: &Taker,
        since: Option<Timestamp>,
        taken: &mut Taken,
    ) -> Result<Vec<OwnHistory>, NodeError> {
        let read = stream::iter(persons.iter().copied())
            .map(
                |person| async move { self.local_entries(person).await.map(|read| (person, read)) },
            )
            .buffered(AT_ONCE);
        let read: Vec<_> = read.try_collect().await?;
        let mut histories = Vec::with_capacity(read.len());
        for (person, (cluster, stored)) in read {
            if cluster.len() > 1 {
                if taken.linked.contains(&person) {
                    continue;
                }
                taken.linked.extend(&cluster);
            }
            let history = self.own_history(person, &cluster, stored, since);
            if history.patient.is_some() || !history.records.is_empty() {
                histories.push((person, history));
            }
        }
        let at = self.now();
        let accesses = histories.iter().map(|(person, history)| Access {
            person: *person,
            at,
            member: taker.member.clone(),
            on_behalf_of: None,
            region: taker.region,
            purpose: taker.purpose,
            right: taker.right.clone(),
            what: "export".into(),
            records: u32::try_from(history.records.len()).unwrap_or(u32::MAX),
        });
        let accesses: Vec<Access> = accesses.collect();
        stream::iter(accesses)
            .map(|access| self.store.record_access(access))
            .buffer_unordered(AT_ONCE)
            .try_collect::<()>()
            .await?;
        Ok(histories.into_iter().map(|(_, history)| history).collect())
    }

    fn own_history(
        &self,
        person: PersonId,
        cluster: &[PersonId],
        stored: Vec<Stored>,
        since: Option<Timestamp>,
    ) -> OwnHistory {
        let own: Vec<Stored> = stored.into_iter().filter(|s| self.is_own(&s.entry)).collect();
        let is_new = |entry: &Entry| since.is_none_or(|since| entry.times.admitted >= since);
        let says_who = |entry: &Entry| !entry.fact.is_record();
        let told = own.iter().any(|s| is_new(&s.entry) && (since.is_none() || says_who(&s.entry)));
        let patient = told.then(|| {
            let identity = Identity::from_entries(&own);
            let documents = identity.documents.into_iter().map(|(document, _)| document);
            ShownPatient {
                person,
                documents: documents.filter(|document| !document.is_local()).collect(),
                demographics: identity.demographics,
                guardians: identity.guardians,
                linked: cluster.iter().copied().filter(|other| *other != person).collect(),
            }
        });
        let entries = own.into_iter().map(|stored| stored.entry);
        let mut records = merge::shown(entries, Catalogue::builtin());
        records.retain(|record| {
            let others = record.corrections.iter().chain(&record.also);
            is_new(&record.entry) || others.into_iter().any(is_new)
        });
        OwnHistory { patient, records }
    }

    fn is_own(&self, entry: &Entry) -> bool {
        // Check-ins are for the person alone.
        entry.member.region() == self.settings.region && entry.fact.keep_until().is_none()
    }
}

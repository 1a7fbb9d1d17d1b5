//! The query service: a person's records from all regions, merged when read.

use crate::{
    Node, NodeError,
    check_ins::{Sight, leave_out},
    grants::Right,
    identity::Identity,
    merge,
    parent::Parent,
    wire::{AskHistory, Entries, unpack},
};
use hutong_fhir::ShownRecord;
use hutong_model::{Catalogue, Entry, Member, MemberId, PersonId, Purpose, limits};
use hutong_store::Access;
use std::collections::HashSet;
use std::sync::Arc;

/// What is asked for where a level is to be decided.
pub(crate) const LEVEL: &str = "level";

/// A person's records, merged, and who the person is.
#[derive(Debug, Clone)]
pub struct History {
    /// The person asked for.
    pub person: PersonId,
    /// Who they are.
    pub identity: Identity,
    /// The records, newest first.
    pub records: Vec<ShownRecord>,
    /// Whether every node above was reached; if not, records of other regions may be missing.
    pub complete: bool,
}

/// Who reads, why, and by which right.
#[derive(Debug, Clone)]
pub struct Reader {
    /// The member; the node itself where a resident reads their own.
    pub member: MemberId,
    /// Its region.
    pub region: hutong_model::RegionCode,
    /// Why.
    pub purpose: Purpose,
    /// By which right.
    pub right: Right,
    /// `history`, `level`.
    pub what: &'static str,
}

/// Results of searches, kept a while so that pages stay the same while records are written.
pub struct Searches {
    cache: quick_cache::sync::Cache<[u8; 16], Arc<Search>>,
}

/// One kept search.
#[derive(Debug)]
pub struct Search {
    /// Whose search: nobody else may page through it.
    pub reader: MemberId,
    /// The path and parameters it answers, without the paging ones.
    pub query: String,
    /// The result.
    pub history: Arc<History>,
}

impl Searches {
    pub(crate) fn new() -> Self {
        Self { cache: quick_cache::sync::Cache::new(limits::SEARCHES_MAX) }
    }
}

impl Node {
    /// The history of a person for a member that has a right to it; recorded as an access before
    /// it is returned.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read or the access not be recorded.
    pub async fn history(&self, person: PersonId, reader: Reader) -> Result<History, NodeError> {
        // What is shown may come from a replica; what decisions stand on never does.
        let (cluster, stored) = self.store.shown(&[person]).await?;
        let identity = Identity::from_entries(&stored);
        let mut entries: Vec<Entry> = stored.into_iter().map(|stored| stored.entry).collect();
        let mut complete = true;
        if let Some(parent) = &self.parent {
            let ask = AskHistory {
                whom: Self::whom(&cluster, &identity),
                on_behalf_of: reader.member.clone(),
                purpose: reader.purpose,
                right: reader.right.as_text(),
                what: reader.what.into(),
            };
            complete = self.add_from_above(parent, &ask, &mut entries).await;
        }
        let sight = match reader.right {
            Right::Own | Right::Guardian => Sight::Own,
            Right::Grant(_) | Right::Legal(_) => Sight::Others,
        };
        leave_out(&mut entries, sight, self.now());
        let identity = with_demographics(identity, &entries);
        let records = merge::shown(entries, Catalogue::builtin());
        self.store
            .record_access(Access {
                person,
                at: self.now(),
                member: reader.member,
                on_behalf_of: None,
                region: reader.region,
                purpose: reader.purpose,
                right: reader.right.as_text(),
                what: reader.what.into(),
                records: u32::try_from(records.len()).unwrap_or(u32::MAX),
            })
            .await?;
        Ok(History { person, identity, records, complete })
    }

    /// Adds the entries that the node above has and this one has not. Whether all were reached.
    async fn add_from_above(
        &self,
        parent: &Parent,
        ask: &AskHistory,
        entries: &mut Vec<Entry>,
    ) -> bool {
        match self.ask_entries(parent, ask).await {
            Ok(above) => {
                let known: HashSet<_> = entries.iter().map(|entry| entry.id).collect();
                entries.extend(above.entries.into_iter().filter(|e| !known.contains(&e.id)));
                above.complete
            }
            Err(error) => {
                metrics::counter!("hutong_history_incomplete_total").increment(1);
                tracing::warn!(error = %error, "a history without the node above");
                false
            }
        }
    }

    pub(crate) async fn ask_entries(
        &self,
        parent: &Parent,
        ask: &AskHistory,
    ) -> Result<Entries, NodeError> {
        let body = serde_json::to_vec(ask).map_err(|e| NodeError::Parent(e.to_string()))?;
        let answer = parent
            .post(
                "/v1/node/history",
                "application/json",
                body,
                limits::PARENT_MS_MAX,
                self.moment(),
            )
            .await?;
        unpack(&answer)
    }

    /// Everything about a person from everywhere, for the node's own work on the person's behalf
    /// (making their code, checking that a record is theirs).
    pub(crate) async fn whole_history(&self, person: PersonId) -> Result<Entries, NodeError> {
        let (cluster, stored) = self.local_entries(person).await?;
        let identity = Identity::from_entries(&stored);
        let mut entries: Vec<Entry> = stored.into_iter().map(|stored| stored.entry).collect();
        let mut complete = true;
        if let Some(parent) = &self.parent {
            let ask = AskHistory {
                whom: Self::whom(&cluster, &identity),
                on_behalf_of: self.member_id(),
                purpose: Purpose::PatientRequest,
                right: Right::Own.as_text(),
                what: LEVEL.into(),
            };
            complete = self.add_from_above(parent, &ask, &mut entries).await;
        }
        Ok(Entries { entries, complete })
    }

    /// Keeps a search for paging; its token.
    pub fn keep_search(
        &self,
        member: &Member,
        query: String,
        history: History,
    ) -> (String, Arc<Search>) {
        let token = self.entropy.bytes16();
        let search =
            Arc::new(Search { reader: member.id.clone(), query, history: Arc::new(history) });
        self.searches.cache.insert(token, search.clone());
        (hex::encode(token), search)
    }

    /// A kept search, for the member that made it.
    ///
    /// # Errors
    /// [`NodeError::NotFound`] where it is gone or another member's.
    pub fn kept_search(&self, member: &Member, token: &str) -> Result<Arc<Search>, NodeError> {
        let mut key = [0; 16];
        hex::decode_to_slice(token, &mut key)
            .ok()
            .and_then(|()| self.searches.cache.get(&key))
            .filter(|search| search.reader == member.id)
            .ok_or(NodeError::NotFound(
                "this search is no longer kept; start it again without a cursor",
            ))
    }
}

/// What other nodes state about who the person is, where this node knows nothing itself.
fn with_demographics(mut identity: Identity, entries: &[Entry]) -> Identity {
    for entry in entries {
        match &entry.fact {
            hutong_model::Fact::Demographics(stated) => {
                let known = &mut identity.demographics;
                known.name = known.name.take().or_else(|| stated.name.clone());
                known.sex = known.sex.or(stated.sex);
                known.birth_date = known.birth_date.or(stated.birth_date);
                known.residence = known.residence.or(stated.residence);
            }
            hutong_model::Fact::DocumentLinked(document)
                if !identity.documents.iter().any(|(known, _)| known == document) =>
            {
                identity.documents.push((document.clone(), entry.id));
            }
            _ => {}
        }
    }
    identity
}

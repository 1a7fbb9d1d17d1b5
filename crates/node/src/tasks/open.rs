//! Opening a task: who is meant, for one member and one purpose. It is an access like any other.

use super::Task;
use crate::{Node, NodeError, grants::Right, identity::Identity, wire::AskHistory};
use hutong_model::{Entry, EntryId, Fact, Member, PersonId, Purpose, RegionCode};
use hutong_store::{Access, Stored};
use serde::Serialize;

/// Who is meant, as far as it takes to find them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WhoIsMeant {
    /// Their id here.
    pub person: PersonId,
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Box<str>>,
    /// The strongest document, masked: enough to see that it is they.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// Telephone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<Box<str>>,
    /// Address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Box<str>>,
    /// Division of residence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub residence: Option<RegionCode>,
}

/// A task that was opened.
#[derive(Debug, Clone, Serialize)]
pub struct OpenedTask {
    /// The task.
    pub task: Task,
    /// Who is meant; None where it concerns an area.
    pub who: Option<WhoIsMeant>,
}

impl Node {
    /// The person that a task is about, for counting before it is opened.
    ///
    /// # Errors
    /// [`NodeError::NotFound`] where it is none of the member's area.
    pub async fn task_person(
        &self,
        by: &Member,
        id: EntryId,
    ) -> Result<Option<PersonId>, NodeError> {
        Ok(self.task_for(by, id).await?.person)
    }

    /// Opens a task. The access is recorded before the answer, with the purpose and the task's law,
    /// at each node that answered.
    ///
    /// # Errors
    /// [`NodeError::NotFound`] where it is none of the member's area; [`NodeError`] where the
    /// access cannot be recorded.
    pub async fn open_task(
        &self,
        by: &Member,
        purpose: Purpose,
        id: EntryId,
    ) -> Result<OpenedTask, NodeError> {
        let task = self.task_for(by, id).await?;
        let Some(person) = task.person else { return Ok(OpenedTask { task, who: None }) };
        let right = Right::Legal(task.legal_basis.chars().take(200).collect()).as_text();
        let what = format!("task:{}", task.kind.as_str());
        let identity = self.identity_for(person, by, purpose, (&right, &what)).await?;
        let access = Access {
            person,
            at: self.now(),
            member: by.id.clone(),
            on_behalf_of: None,
            region: by.region,
            purpose,
            right,
            what,
            records: 0,
        };
        self.store.record_access(access).await?;
        let known = &identity.demographics;
        let who = WhoIsMeant {
            person,
            name: known.name.clone(),
            document: identity.main_document().map(hutong_model::Document::masked),
            phone: known.phone.clone(),
            address: known.address.clone(),
            residence: known.residence,
        };
        Ok(OpenedTask { task, who: Some(who) })
    }

    /// Who somebody is, by what is known here, and where that is no name, by the nodes above.
    async fn identity_for(
        &self,
        person: PersonId,
        by: &Member,
        purpose: Purpose,
        (right, what): (&str, &str),
    ) -> Result<Identity, NodeError> {
        let (cluster, mut stored) = self.local_entries(person).await?;
        let identity = Identity::from_entries(&stored);
        let Some(parent) = self.parent.as_ref().filter(|_| identity.demographics.name.is_none())
        else {
            return Ok(identity);
        };
        let ask = AskHistory {
            whom: Self::whom(&cluster, &identity),
            on_behalf_of: by.id.clone(),
            purpose,
            right: right.to_owned(),
            what: what.to_owned(),
        };
        let says_who =
            |entry: &Entry| matches!(entry.fact, Fact::Demographics(_) | Fact::DocumentLinked(_));
        let above = match self.ask_entries(parent, &ask).await {
            Ok(above) => above.entries,
            Err(error) => {
                tracing::warn!(error = %error, "a task was opened without the node above");
                return Ok(identity);
            }
        };
        stored.extend(above.into_iter().filter(says_who).map(|entry| Stored { seq: 0, entry }));
        Ok(Identity::from_entries(&stored))
    }
}

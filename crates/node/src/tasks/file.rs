//! Tasks that an authority files itself, with a law.

use super::Task;
use crate::{Node, NodeError};
use hutong_model::{EntryId, Member, PersonId, RegionCode, Timestamp, limits, task::TaskKind};

/// What an authority files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTask {
    /// What is to be done.
    pub kind: TaskKind,
    /// Within which event.
    pub event: Box<str>,
    /// Why, in words for those who must act.
    pub reason: Box<str>,
    /// About whom; None for a task about an area.
    pub person: Option<PersonId>,
    /// The division or grid that must act; where the person lives, if absent.
    pub area: Option<RegionCode>,
    /// By when.
    pub due: Timestamp,
    /// When it is gone.
    pub expires: Timestamp,
}

impl Node {
    /// Files a task and sends it to where it must be seen to.
    ///
    /// # Errors
    /// [`NodeError::Input`] where it is outside of an event in force or of the member's region, has
    /// no reason, or no times that can be; [`NodeError::NotFound`] where the person is not known.
    pub async fn file_task(
        &self,
        by: &Member,
        legal_basis: &str,
        new: NewTask,
    ) -> Result<EntryId, NodeError> {
        let now = self.now();
        let event = self.events_in_force().into_iter().find(|event| event.id == new.event);
        let event = event
            .ok_or_else(|| NodeError::not_permitted("event", "no event of this id is in force"))?;
        if new.reason.trim().is_empty() || new.reason.len() > limits::TEXT_BYTES_MAX {
            let reason = "say what is to be done and why, in 1 to 512 bytes";
            return Err(NodeError::not_permitted("reason", reason));
        }
        let in_order = now < new.due && new.due <= new.expires;
        if !in_order || new.expires.since_s(now) > limits::TASK_S_MAX || new.expires > event.sunset
        {
            let reason =
                "a task is due before it expires, and that within thirty days and the event";
            return Err(NodeError::not_permitted("due", reason));
        }
        let area = self.area_of_new(&new).await?;
        if !by.region.contains(&area) {
            let reason = "the task lies outside of your organisation's region";
            return Err(NodeError::not_permitted("area", reason));
        }
        let task = Task {
            id: EntryId::from_bytes(self.entropy.bytes16()),
            kind: new.kind,
            event: new.event,
            legal_basis: legal_basis.into(),
            reason: new.reason,
            area,
            person: new.person,
            evidence: None,
            filed_by: Some(by.id.clone()),
            since: now,
            due: new.due,
            expires: new.expires,
            acknowledged: None,
            done: None,
            risen: false,
        };
        let id = task.id;
        self.send_task(task).await?;
        Ok(id)
    }

    async fn area_of_new(&self, new: &NewTask) -> Result<RegionCode, NodeError> {
        let of_area = new.kind == TaskKind::VerifyArea;
        match (new.person, new.area) {
            (None, Some(area)) if of_area => Ok(area),
            (Some(person), area) if !of_area => {
                if self.store.entries_of(&[person]).await?.is_empty() {
                    return Err(NodeError::NotFound("no such person here"));
                }
                let lives = self.identity(person).await?.demographics.residence;
                area.or(lives).ok_or_else(|| {
                    let reason = "nothing says where the person lives; name the division";
                    NodeError::not_permitted("area", reason)
                })
            }
            _ => {
                let reason = "verify-area is about an area, the other kinds are about a person";
                Err(NodeError::not_permitted("kind", reason))
            }
        }
    }
}

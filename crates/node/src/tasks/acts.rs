//! Taking a task on, and saying that it is done.

use super::{Acknowledged, Task, TaskState};
use crate::{Node, NodeError};
use hutong_model::{EntryId, Member, MemberId, Timestamp, limits};
use serde::{Deserialize, Serialize};

/// How a task came to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Done {
    /// Which member said so; None where a record or the end of the reason did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<MemberId>,
    /// When.
    pub at: Timestamp,
    /// What was found or done, in words.
    pub outcome: Box<str>,
}

impl Node {
    /// A member takes a task on. Again by the same member changes nothing.
    ///
    /// # Errors
    /// [`NodeError::NotFound`] where it is none of the member's area; [`NodeError::Conflict`] where
    /// another member has it, and it has not risen since.
    pub async fn acknowledge_task(&self, by: &Member, id: EntryId) -> Result<Task, NodeError> {
        let _turn = self.tasking.lock().await;
        let mut task = self.task_for(by, id).await?;
        if task.state() == TaskState::Done {
            return Err(NodeError::Conflict("the task is done".into()));
        }
        let rung = task.rung(self.now());
        match &task.acknowledged {
            Some(held) if held.by == by.id => return Ok(task),
            Some(held) if rung <= held.rung => {
                return Err(NodeError::Conflict("another organisation has taken it on".into()));
            }
            _ => {}
        }
        task.acknowledged = Some(Acknowledged { by: by.id.clone(), at: self.now(), rung });
        self.keep_task(&task).await?;
        Ok(task)
    }

    /// A member says that a task is done, and how.
    ///
    /// # Errors
    /// [`NodeError::NotFound`] where it is none of the member's area; [`NodeError::Input`] where it
    /// does not say how; [`NodeError::Conflict`] where it is done already, or another member's.
    pub async fn complete_task(
        &self,
        by: &Member,
        id: EntryId,
        outcome: &str,
    ) -> Result<Task, NodeError> {
        let outcome = outcome.trim();
        if outcome.is_empty() || outcome.len() > limits::TEXT_BYTES_MAX {
            let reason = "say what was found or done, in 1 to 512 bytes";
            return Err(NodeError::not_permitted("outcome", reason));
        }
        let _turn = self.tasking.lock().await;
        let mut task = self.task_for(by, id).await?;
        if task.state() == TaskState::Done {
            return Err(NodeError::Conflict("the task is done".into()));
        }
        if task.acknowledged.as_ref().is_none_or(|held| held.by != by.id) {
            let reason = "take the task on first: it says who answers for it";
            return Err(NodeError::Conflict(reason.into()));
        }
        task.done = Some(Done { by: Some(by.id.clone()), at: self.now(), outcome: outcome.into() });
        self.keep_task(&task).await?;
        Ok(task)
    }
}

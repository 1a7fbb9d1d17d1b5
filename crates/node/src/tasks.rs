//! Tasks: what must be done about whom, under which event and law, by when. Made by reasons of
//! decisions as the rule pack says, or filed by an authority; they go to the division and grid that
//! must act and to nobody else. Who is meant is learnt by opening one, which is recorded and shown
//! to the person. A task that nobody handles in its time rises to the division above, then to the
//! node above; where it has run out, it is gone. All of that is evaluated when it is read.

mod acts;
mod counts;
mod derive;
mod file;
mod open;
mod route;

pub use acts::Done;
pub use counts::{TaskCount, TaskReport};
pub use file::NewTask;
pub use open::{OpenedTask, WhoIsMeant};
pub use route::RoutedTask;

use crate::{Node, NodeError};
use hutong_model::{
    EntryId, Member, MemberId, MemberKind, MemberStatus, PersonId, Purpose, RegionCode, Timestamp,
    limits, task::TaskKind,
};
use serde::{Deserialize, Serialize};

const COLLECTION: &str = "task";

/// A task, as the node that must see to it keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Task {
    /// Its id, the same at every node.
    pub id: EntryId,
    /// What is to be done.
    pub kind: TaskKind,
    /// Within which event.
    pub event: Box<str>,
    /// By what law.
    pub legal_basis: Box<str>,
    /// Why: the code of a reason, or the words of whoever filed it.
    pub reason: Box<str>,
    /// The division or grid that must act.
    pub area: RegionCode,
    /// About whom, at this node; None where it concerns an area.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// The record that it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<EntryId>,
    /// The member that filed it; None where a reason made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filed_by: Option<MemberId>,
    /// Since when it waits here.
    pub since: Timestamp,
    /// By when it is to be handled.
    pub due: Timestamp,
    /// When it is gone.
    pub expires: Timestamp,
    /// Who took it on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<Acknowledged>,
    /// How it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<Done>,
    /// It has risen to the node above, which sees to it now.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub risen: bool,
}

/// A member took a task on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Acknowledged {
    /// Which member.
    pub by: MemberId,
    /// When.
    pub at: Timestamp,
    /// How far it had risen by then.
    pub rung: usize,
}

/// How a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskState {
    /// Nobody has taken it on.
    Waits,
    /// A member has taken it on.
    Acknowledged,
    /// It is done.
    Done,
}

impl TaskState {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waits => "waits",
            Self::Acknowledged => "acknowledged",
            Self::Done => "done",
        }
    }
    /// Reads a word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Waits, Self::Acknowledged, Self::Done].into_iter().find(|s| s.as_str() == text)
    }
}

impl Task {
    /// How it stands.
    pub const fn state(&self) -> TaskState {
        match (&self.done, &self.acknowledged) {
            (Some(_), _) => TaskState::Done,
            (None, Some(_)) => TaskState::Acknowledged,
            (None, None) => TaskState::Waits,
        }
    }
    /// Whether it still exists at a time.
    pub fn lives(&self, at: Timestamp) -> bool {
        at < self.expires
    }
    /// How many divisions it has risen: one each time that nobody handled it in the time given.
    /// Taking it on gives that time once more.
    pub fn rung(&self, at: Timestamp) -> usize {
        let span_s = self.due.since_s(self.since).max(1);
        let (from, rung) = match &self.acknowledged {
            Some(acknowledged) => (acknowledged.at, acknowledged.rung),
            None => (self.since, 0),
        };
        let until = self.done.as_ref().map_or(at, |done| done.at);
        let rises = usize::try_from(until.since_s(from).max(0) / span_s).unwrap_or(usize::MAX);
        rung.saturating_add(rises)
    }
    /// Whether it is past its time and not done.
    pub fn is_late(&self, at: Timestamp) -> bool {
        self.done.is_none() && self.due <= at
    }
}

impl Node {
    /// The tasks that this node sees to and that a member may see: of its own area, and come to its
    /// own division. By due time.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read.
    pub async fn tasks_for(&self, member: &Member) -> Result<Vec<Task>, NodeError> {
        let mut tasks = self.live_tasks().await?;
        tasks.retain(|task| self.is_for(task, member));
        tasks.sort_by_key(|task| (task.due, task.id));
        Ok(tasks)
    }

    /// The tasks about a person that this node sees to, for them to see. By due time.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read.
    pub async fn tasks_about(&self, person: PersonId) -> Result<Vec<Task>, NodeError> {
        let cluster = self.store.cluster(person).await?;
        let mut tasks = self.live_tasks().await?;
        tasks.retain(|task| task.person.is_some_and(|person| cluster.contains(&person)));
        tasks.sort_by_key(|task| (task.due, task.id));
        Ok(tasks)
    }

    /// All tasks that live and have not risen to the node above.
    pub(crate) async fn live_tasks(&self) -> Result<Vec<Task>, NodeError> {
        let now = self.now();
        let documents = self.store.documents(COLLECTION).await?;
        let read = documents.into_iter().filter_map(|(_, task)| serde_json::from_value(task).ok());
        Ok(read.filter(|task: &Task| task.lives(now) && !task.risen).collect())
    }

    /// Forgets tasks that ran out a day ago.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be written.
    pub async fn forget_tasks_once(&self) -> Result<(), NodeError> {
        let now = self.now();
        for (key, task) in self.store.documents(COLLECTION).await? {
            let task = serde_json::from_value::<Task>(task).ok();
            if task.is_some_and(|task| now.since_s(task.expires) >= limits::TASK_KEPT_S) {
                self.store.forget_document(COLLECTION, &key).await?;
            }
        }
        Ok(())
    }

    /// One task, where it lives and the member may see it.
    async fn task_for(&self, member: &Member, id: EntryId) -> Result<Task, NodeError> {
        let document = self.store.document(COLLECTION, &id.to_string()).await?;
        let task: Option<Task> = document.and_then(|task| serde_json::from_value(task).ok());
        let now = self.now();
        task.filter(|task| task.lives(now) && !task.risen && self.is_for(task, member))
            .ok_or(NodeError::NotFound("no such task of your area, or it has run out"))
    }

    async fn keep_task(&self, task: &Task) -> Result<(), NodeError> {
        let json = serde_json::to_value(task)
            .map_err(|error| NodeError::Setup(format!("task: {error}")))?;
        Ok(self.store.put_document(COLLECTION, &task.id.to_string(), json, self.now()).await?)
    }

    /// Whether a task has come to a member's division.
    fn is_for(&self, task: &Task, member: &Member) -> bool {
        let ladder = self.ladder(task.area);
        let at = ladder.iter().position(|division| *division == member.region);
        acts_on_tasks(member) && at.is_some_and(|at| at <= task.rung(self.now()))
    }

    /// The divisions that see to tasks of an area one after the other, the smallest first: those
    /// that have a member for it here.
    fn ladder(&self, area: RegionCode) -> Vec<RegionCode> {
        let members = self.list_members();
        let has_one = |division: &RegionCode| {
            members.iter().any(|member| member.region == *division && acts_on_tasks(member))
        };
        area.ancestry().into_iter().filter(has_one).collect()
    }
}

/// Whether tasks may go to a member at all: by kind, purpose and standing.
fn acts_on_tasks(member: &Member) -> bool {
    let kinds = [MemberKind::Clinic, MemberKind::Hospital, MemberKind::Department];
    kinds.contains(&member.kind)
        && member.status == MemberStatus::Active
        && member.purposes.contains(&Purpose::PublicHealth)
}

//! How tasks go down the tree to the node that must see to them, and up where nobody handled them
//! there. They travel without name or document: a person is named as nodes name persons to each
//! other.

use super::{COLLECTION, Task, TaskReport};
use crate::{Node, NodeError, feed::TASK, identity::alias};
use hutong_model::{Document, Entry, Member, MemberKind, MemberStatus, PersonId, RegionCode};
use hutong_store::Audience;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A task on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoutedTask {
    /// The task, without the person's id here.
    task: Task,
    /// The person, by the receiving node's own name for them where it is known, else by the sending
    /// node's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    whom: Option<Document>,
}

impl Node {
    /// Keeps a task here, or sends it to the node below that must see to it. One that is for a
    /// region above is left to the nodes above, which derive it themselves. Each task once.
    pub(super) async fn send_task(&self, task: Task) -> Result<(), NodeError> {
        if self.store.document(COLLECTION, &task.id.to_string()).await?.is_some() {
            return Ok(());
        }
        if let Some(child) = self.child_for(task.area) {
            let id = task.id.to_string();
            if self.store.use_once("task", &id, task.expires, self.now()).await? {
                let whom = self.whom_below(&child, task.person).await?;
                let routed = RoutedTask { task: Task { person: None, ..task }, whom };
                let area = routed.task.area;
                self.publish(TASK, Audience::Region(area), to_text(&routed)?).await?;
            }
            return Ok(());
        }
        let serves = self.settings.also_serves.iter().any(|region| region.contains(&task.area));
        if self.is_root() || serves || self.settings.region.contains(&task.area) {
            metrics::counter!("hutong_tasks_total", "kind" => task.kind.as_str()).increment(1);
            self.keep_task(&task).await?;
        }
        Ok(())
    }

    /// A task that came down the feed.
    pub(crate) async fn take_task(&self, body: &str) -> Result<(), NodeError> {
        let routed: RoutedTask = serde_json::from_str(body)
            .map_err(|error| NodeError::Parent(format!("a task: {error}")))?;
        let person = self.person_meant(routed.whom).await?;
        // The time that is given begins where the task can be seen.
        let span_s = routed.task.due.since_s(routed.task.since);
        let since = self.now();
        let due = since.plus_s(span_s).min(routed.task.expires);
        self.send_task(Task { person, since, due, ..routed.task }).await?;
        // What ends it may have come here before it.
        match person {
            Some(person) => self.see_to_person(person).await,
            None => Ok(()),
        }
    }

    /// Tells the node above how many tasks there are here, and hands it those that nobody handled.
    ///
    /// # Errors
    /// [`NodeError`] where it did not answer; they are handed over at the next try.
    pub async fn report_tasks_once(&self) -> Result<(), NodeError> {
        let Some(parent) = &self.parent else { return Ok(()) };
        let now = self.now();
        let tasks = self.live_tasks().await?;
        let own: Vec<Task> =
            tasks.into_iter().filter(|task| self.settings.region.contains(&task.area)).collect();
        let counts = super::counts::of(&own, now);
        let beyond = |task: &&Task| {
            task.done.is_none()
                && task.is_late(now)
                && task.rung(now) >= self.ladder(task.area).len()
        };
        let rising: Vec<Task> = own.iter().filter(beyond).cloned().collect();
        let routed = rising.iter().map(|task| {
            let whom = task.person.map(|person| alias(self.settings.region, person));
            RoutedTask { task: Task { person: None, acknowledged: None, ..task.clone() }, whom }
        });
        let report = TaskReport { at: now, counts, risen: routed.collect() };
        let _: serde_json::Value =
            parent.post_json("/v1/node/tasks", &report, self.moment()).await?;
        for task in rising {
            self.keep_task(&Task { risen: true, ..task }).await?;
        }
        Ok(())
    }

    /// Takes in what a node below says of its tasks.
    ///
    /// # Errors
    /// [`NodeError::Forbidden`] where a task is for an area that is not the child's: nothing is
    /// kept.
    pub async fn receive_tasks(&self, child: &Member, report: TaskReport) -> Result<(), NodeError> {
        let areas = report.counts.iter().map(|count| count.area);
        let mut all = areas.chain(report.risen.iter().map(|routed| routed.task.area));
        if all.any(|area| !child.region.contains(&area)) {
            return Err(NodeError::Forbidden("a task is for an area that is not yours"));
        }
        for routed in &report.risen {
            let person = self.person_meant(routed.whom.clone()).await?;
            let span_s = routed.task.due.since_s(routed.task.since);
            let (since, expires) = (self.now(), routed.task.expires);
            let due = since.plus_s(span_s).min(expires);
            let task = Task { person, since, due, risen: false, ..routed.task.clone() };
            if self.store.document(COLLECTION, &task.id.to_string()).await?.is_none() {
                self.keep_task(&task).await?;
            }
        }
        self.keep_report(child, report).await
    }

    /// The node below whose region an area lies in.
    fn child_for(&self, area: RegionCode) -> Option<Arc<Member>> {
        let children = self.list_members().into_iter().filter(|member| {
            member.kind == MemberKind::Node
                && member.status == MemberStatus::Active
                && member.region.contains(&area)
        });
        children.max_by_key(|member| member.region.ancestry().len())
    }

    async fn whom_below(
        &self,
        child: &Member,
        person: Option<PersonId>,
    ) -> Result<Option<Document>, NodeError> {
        let Some(person) = person else { return Ok(None) };
        let scope = format!("urn:hutong:node:{}:person", child.region);
        let identity = self.identity(person).await?;
        let mut known = identity.documents.into_iter().map(|(document, _)| document);
        let childs = known.rfind(|document| document.scope() == scope);
        Ok(Some(childs.unwrap_or_else(|| alias(self.settings.region, person))))
    }

    async fn person_meant(&self, whom: Option<Document>) -> Result<Option<PersonId>, NodeError> {
        let Some(whom) = whom else { return Ok(None) };
        let own = format!("urn:hutong:node:{}:person", self.settings.region);
        if whom.scope() == own {
            let named = PersonId::parse(whom.number()).ok();
            let Some(person) = named else { return Ok(None) };
            let entries: Vec<Entry> =
                self.store.entries_of(&[person]).await?.into_iter().map(|s| s.entry).collect();
            return Ok((!entries.is_empty()).then_some(person));
        }
        Ok(Some(self.person_for(vec![whom]).await?))
    }
}

fn to_text(routed: &RoutedTask) -> Result<String, NodeError> {
    serde_json::to_string(routed).map_err(|error| NodeError::Setup(format!("task: {error}")))
}

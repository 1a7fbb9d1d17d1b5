//! How many tasks there are: all that anybody learns who need not act.

use super::{RoutedTask, Task, TaskState};
use crate::{Node, NodeError};
use hutong_model::{Member, RegionCode, Timestamp, limits, task::TaskKind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const REPORTS: &str = "task-report";

/// How many tasks of a kind there are in a division or grid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TaskCount {
    /// The division or grid that must act.
    pub area: RegionCode,
    /// What is to be done.
    pub kind: TaskKind,
    /// How they stand.
    pub state: TaskState,
    /// How many.
    pub count: u64,
    /// How many of them are past their time.
    pub late: u64,
}

/// What a node tells the one above of its tasks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TaskReport {
    /// When.
    pub at: Timestamp,
    /// How many there are.
    pub counts: Vec<TaskCount>,
    /// Those that nobody there handled in time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub risen: Vec<RoutedTask>,
}

/// Counts of tasks by area, kind and state.
pub(super) fn of(tasks: &[Task], now: Timestamp) -> Vec<TaskCount> {
    let mut cells: BTreeMap<(RegionCode, TaskKind, TaskState), (u64, u64)> = BTreeMap::new();
    for task in tasks {
        let cell = cells.entry((task.area, task.kind, task.state())).or_default();
        cell.0 += 1;
        cell.1 += u64::from(task.is_late(now));
    }
    let counted = cells.into_iter().map(|((area, kind, state), (count, late))| TaskCount {
        area,
        kind,
        state,
        count,
        late,
    });
    counted.collect()
}

impl Node {
    /// How many tasks there are in a region: those that this node sees to, and those that the nodes
    /// below told of within the last day.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read.
    pub async fn task_counts(&self, region: RegionCode) -> Result<Vec<TaskCount>, NodeError> {
        let now = self.now();
        let mut counts = of(&self.live_tasks().await?, now);
        for (_, report) in self.store.documents(REPORTS).await? {
            let Ok(report) = serde_json::from_value::<TaskReport>(report) else { continue };
            if now.since_s(report.at) < limits::TASK_REPORT_S_MAX {
                counts.extend(report.counts);
            }
        }
        counts.retain(|count| region.contains(&count.area));
        counts.sort_by_key(|count| (count.area, count.kind, count.state));
        Ok(joined(counts))
    }

    pub(super) async fn keep_report(
        &self,
        child: &Member,
        report: TaskReport,
    ) -> Result<(), NodeError> {
        let report = TaskReport { risen: Vec::new(), at: self.now(), ..report };
        let held = self.store.document(REPORTS, child.id.as_str()).await?;
        let held = held.and_then(|held| serde_json::from_value::<TaskReport>(held).ok());
        let fresh = held.as_ref().is_some_and(|held| {
            held.counts == report.counts
                && report.at.since_s(held.at) < limits::TASK_REPORT_S_MAX / 2
        });
        if fresh {
            return Ok(());
        }
        let json = serde_json::to_value(&report)
            .map_err(|error| NodeError::Setup(format!("report of tasks: {error}")))?;
        Ok(self.store.put_document(REPORTS, child.id.as_str(), json, self.now()).await?)
    }
}

/// Counts of the same cell, from several nodes, in one. They come sorted.
fn joined(counts: Vec<TaskCount>) -> Vec<TaskCount> {
    let mut all: Vec<TaskCount> = Vec::with_capacity(counts.len());
    for count in counts {
        match all.last_mut() {
            Some(last)
                if (last.area, last.kind, last.state) == (count.area, count.kind, count.state) =>
            {
                last.count += count.count;
                last.late += count.late;
            }
            _ => all.push(count),
        }
    }
    all
}

//! Tasks, for those who must act: `docs/tasks.md`.

pub(crate) mod acknowledge;
pub(crate) mod complete;
pub(crate) mod counts;
pub(crate) mod file;
pub(crate) mod list;
pub(crate) mod open;

use crate::{problem::Problem, watermark::Watermark};
use hutong_model::EntryId;
use hutong_node::{Node, tasks::Task};
use serde::Serialize;
use utoipa::ToSchema;

/// A word in both languages.
#[derive(Serialize, ToSchema)]
pub struct Title {
    /// Chinese.
    #[schema(example = "单管复采")]
    zh: &'static str,
    /// English.
    #[schema(example = "Collect again, in a tube of one's own")]
    en: &'static str,
}

/// A task without anything that leads to a person.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TaskLine {
    /// Its id.
    #[schema(example = "0f8a7c1e5b9d4e3f8a7b6c5d4e3f2a1b")]
    id: String,
    /// `re-collect`, `visit`, `verify-area`.
    #[schema(example = "re-collect")]
    kind: &'static str,
    /// The kind in words.
    title: Title,
    /// Within which event.
    #[schema(example = "measles-2027")]
    event: String,
    /// The division or grid that must act.
    #[schema(example = "330106001005")]
    area: String,
    /// By when it is to be handled.
    due: String,
    /// When it is gone.
    expires: String,
    /// `waits`, `acknowledged`, `done`.
    #[schema(example = "waits")]
    state: &'static str,
    /// Past its time, and not done.
    late: bool,
    /// How many divisions it has risen because nobody handled it in time.
    risen: usize,
}

/// A task after something was done about it.
#[derive(Serialize, ToSchema)]
pub struct ChangedTask {
    task: TaskLine,
    watermark: Watermark,
}

impl TaskLine {
    pub(crate) fn of(node: &Node, task: &Task) -> Self {
        let (zh, en) = task.kind.title();
        Self {
            id: task.id.to_string(),
            kind: task.kind.as_str(),
            title: Title { zh, en },
            event: task.event.to_string(),
            area: task.area.to_string(),
            due: task.due.to_string(),
            expires: task.expires.to_string(),
            state: task.state().as_str(),
            late: task.is_late(node.now()),
            risen: task.rung(node.now()),
        }
    }
}

/// The id in a path.
fn id_of(text: &str) -> Result<EntryId, Problem> {
    EntryId::parse(text)
        .map_err(|_| Problem::not_found("no such task of your area, or it has run out"))
}

//! What is to be done on the ground, by whom it concerns: the kinds of tasks that go down the tree.

use serde::{Deserialize, Serialize};

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskKind {
    /// Take a sample of the person alone, in a tube of its own (单管复采): a pooled tube was
    /// positive, or a result was in the grey zone or positive for one target only.
    ReCollect,
    /// Visit the person (上门随访).
    Visit,
    /// Look after a listed area (核实风险区域). Concerns no person.
    VerifyArea,
}

impl TaskKind {
    /// All of them.
    pub const ALL: [TaskKind; 3] = [Self::ReCollect, Self::Visit, Self::VerifyArea];

    /// Its word in plain JSON, in counters and in rules.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReCollect => "re-collect",
            Self::Visit => "visit",
            Self::VerifyArea => "verify-area",
        }
    }
    /// Reads a word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
    /// What people see, in Chinese and in English.
    pub const fn title(self) -> (&'static str, &'static str) {
        match self {
            Self::ReCollect => ("单管复采", "Collect again, in a tube of one's own"),
            Self::Visit => ("上门随访", "Visit"),
            Self::VerifyArea => ("核实风险区域", "Look after a listed area"),
        }
    }
}

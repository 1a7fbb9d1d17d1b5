//! What a pack has people do: which reasons make a task for those on the ground, and how long
//! check-ins at places are kept. A pack that says nothing of check-ins has none collected.

use crate::RulesError;
use hutong_model::task::TaskKind;
use serde::Deserialize;

/// Longest that check-ins are kept, in days: two of the longest periods of observation.
const KEEP_DAYS_MAX: u16 = 28;
/// Longest that one check-in is taken to last, in minutes.
const STAY_MINUTES_MAX: u16 = 1440;
/// Longest that a task may wait, in hours.
const DUE_HOURS_MAX: u16 = 168;

/// How long check-ins are kept, and how long each is taken to last where nobody checks out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CheckIns {
    keep_days: u16,
    stay_minutes: u16,
}

impl CheckIns {
    /// How long one is kept, in seconds.
    pub fn keep_s(&self) -> i64 {
        i64::from(self.keep_days) * 86_400
    }
    /// How long one is taken to last, in seconds.
    pub fn stay_s(&self) -> i64 {
        i64::from(self.stay_minutes) * 60
    }
    pub(crate) fn check(&self) -> Result<(), RulesError> {
        let sound = (1..=KEEP_DAYS_MAX).contains(&self.keep_days)
            && (1..=STAY_MINUTES_MAX).contains(&self.stay_minutes);
        if sound {
            return Ok(());
        }
        Err(RulesError::Pack("check-ins are kept for 1 to 28 days, and last 1 to 1440 minutes"))
    }
}

/// A task that a reason, or the listing of an area, makes for those on the ground.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Duty {
    kind: TaskKind,
    due_hours: u16,
}

impl Duty {
    /// What is to be done.
    pub const fn kind(&self) -> TaskKind {
        self.kind
    }
    /// Within how many seconds.
    pub fn due_s(&self) -> i64 {
        i64::from(self.due_hours) * 3600
    }
    pub(crate) fn check(&self, of_area: bool) -> Result<(), &'static str> {
        if !(1..=DUE_HOURS_MAX).contains(&self.due_hours) {
            return Err("a task is due within 1 to 168 hours");
        }
        if of_area != (self.kind == TaskKind::VerifyArea) {
            return Err("verify-area is the task of areas, the others are those of rules");
        }
        Ok(())
    }
}

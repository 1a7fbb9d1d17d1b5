//! What the public leaves add up to: anyone gets the same numbers from the same log.

use crate::{AppealStage, EventStage, Kind, Label, Leaf, LedgerError, Public};
use hutong_model::limits::LEDGER_COUNT_ROWS_MAX;
use hutong_model::{Level, RegionCode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct KindKey {
    kind: Kind,
    issuer: RegionCode,
    event: Option<Label>,
    what: Option<&'static str>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct RuleKey {
    issuer: RegionCode,
    event: Label,
    pack: Label,
    version: Label,
    rule: Label,
    level: Level,
}

/// How many leaves of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KindCount {
    /// What they are about.
    pub kind: Kind,
    /// Whose acts they are.
    pub issuer: RegionCode,
    /// Inside which event, for what lies inside one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Label>,
    /// The level of decisions, the purpose of accesses, the stage of appeals and events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub what: Option<Box<str>>,
    /// How many.
    pub count: u64,
}

/// How many decisions rest on one rule. A decision that names two rules counts for both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RuleCount {
    /// The region that decided.
    pub issuer: RegionCode,
    /// Inside which event.
    pub event: Label,
    /// Id of the pack.
    pub pack: Label,
    /// Version of the pack.
    pub version: Label,
    /// The rule.
    pub rule: Label,
    /// The level.
    pub level: Level,
    /// How many.
    pub count: u64,
}

/// The counts of a log, or of its first so many leaves. As JSON: two lists, `kinds` and `rules`,
/// always in the same order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Rows", into = "Rows")]
pub struct Counts {
    kinds: BTreeMap<KindKey, u64>,
    rules: BTreeMap<RuleKey, u64>,
}

impl Counts {
    /// Counts one leaf.
    ///
    /// # Errors
    /// [`LedgerError::Large`] where there are more different rows than are kept.
    pub fn add(&mut self, leaf: &Leaf) -> Result<(), LedgerError> {
        let public = leaf.public();
        let (event, what) = particulars(public);
        let (kind, issuer, event) = (leaf.kind(), public.issuer(), event.cloned());
        *self.kinds.entry(KindKey { kind, issuer, event, what }).or_default() += 1;
        if let Public::Decision { issuer, event, pack, rules, level, .. } = public {
            for rule in rules {
                let key = RuleKey {
                    issuer: *issuer,
                    event: event.clone(),
                    pack: pack.id.clone(),
                    version: pack.version.clone(),
                    rule: rule.clone(),
                    level: *level,
                };
                *self.rules.entry(key).or_default() += 1;
            }
        }
        self.bounded()
    }
    fn bounded(&self) -> Result<(), LedgerError> {
        let max = LEDGER_COUNT_ROWS_MAX;
        if self.kinds.len() + self.rules.len() > max {
            return Err(LedgerError::Large { what: "rows of counts", max });
        }
        Ok(())
    }
    /// How many leaves of one kind.
    pub fn of_kind(&self, kind: Kind) -> u64 {
        self.kinds.iter().filter(|(key, _)| key.kind == kind).map(|(_, count)| count).sum()
    }
    /// Counts by kind, issuer, event and level, purpose or stage.
    pub fn kinds(&self) -> impl Iterator<Item = KindCount> {
        self.kinds.iter().map(|(key, count)| KindCount {
            kind: key.kind,
            issuer: key.issuer,
            event: key.event.clone(),
            what: key.what.map(Into::into),
            count: *count,
        })
    }
    /// Counts of decisions by issuer, event, pack, rule and level.
    pub fn rules(&self) -> impl Iterator<Item = RuleCount> {
        self.rules.iter().map(|(key, count)| RuleCount {
            issuer: key.issuer,
            event: key.event.clone(),
            pack: key.pack.clone(),
            version: key.version.clone(),
            rule: key.rule.clone(),
            level: key.level,
            count: *count,
        })
    }
}

fn particulars(public: &Public) -> (Option<&Label>, Option<&'static str>) {
    match public {
        Public::Decision { event, level, .. } => (Some(event), Some(level.as_str())),
        Public::Access { purpose, .. } => (None, Some(purpose.as_str())),
        Public::ManualEvidence { event, .. } | Public::Destruction { event, .. } => {
            (Some(event), None)
        }
        Public::Appeal { event, stage, .. } => (Some(event), Some(stage.as_str())),
        Public::Event { event, stage, .. } => (Some(event), Some(stage.as_str())),
        Public::RulePack { .. } | Public::TrustList { .. } | Public::Exception { .. } => {
            (None, None)
        }
    }
}

/// The words that may stand in [`KindCount::what`].
fn word(text: &str) -> Option<&'static str> {
    let levels = [Level::Green, Level::Yellow, Level::Red].map(Level::as_str);
    let purposes = hutong_model::Purpose::ALL.map(hutong_model::Purpose::as_str);
    let appeals = AppealStage::ALL.map(AppealStage::as_str);
    let events = EventStage::ALL.map(EventStage::as_str);
    levels.into_iter().chain(purposes).chain(appeals).chain(events).find(|word| *word == text)
}

/// How counts are written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rows {
    kinds: Vec<KindCount>,
    rules: Vec<RuleCount>,
}

impl From<Counts> for Rows {
    fn from(counts: Counts) -> Self {
        Self { kinds: counts.kinds().collect(), rules: counts.rules().collect() }
    }
}

impl TryFrom<Rows> for Counts {
    type Error = LedgerError;
    fn try_from(rows: Rows) -> Result<Self, LedgerError> {
        let wrong = |reason| LedgerError::Malformed { what: "counts", reason };
        let mut counts = Self::default();
        for row in rows.kinds {
            let what = row.what.as_deref().map(|text| word(text).ok_or(wrong("an unknown word")));
            let what = what.transpose()?;
            let key = KindKey { kind: row.kind, issuer: row.issuer, event: row.event, what };
            if counts.kinds.insert(key, row.count).is_some() {
                return Err(wrong("a row twice"));
            }
        }
        for row in rows.rules {
            let RuleCount { issuer, event, pack, version, rule, level, count } = row;
            let key = RuleKey { issuer, event, pack, version, rule, level };
            if counts.rules.insert(key, count).is_some() {
                return Err(wrong("a row twice"));
            }
        }
        counts.bounded()?;
        Ok(counts)
    }
}

//! Alarms: what looks like something else than work, stored for the authority to look into. They
//! name operators and numbers, never the persons who were read.

use crate::{Node, NodeError, evaluate::Known, measures::Order, watch::Operator};
use hutong_model::{
    EntryId, Fact, Level, Member, MemberId, OperatorId, Timestamp, evidence::Effect, limits,
};
use serde::{Deserialize, Serialize};

const COLLECTION: &str = "alarm";
/// Restrictions that rest on no evidence but the order.
const BARE: &str = "bare-restriction";
const DAY_S: i64 = 86_400;

/// By what rule an alarm was raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AlarmRule {
    /// One operator read many different persons in a short time.
    ManyPersons,
    /// One operator looked, again and again, for persons whom nobody knows or whom it may not read:
    /// names and numbers are being tried.
    Probing,
    /// An operator asked for more persons than one may read in a day.
    Quota,
    /// An organisation ordered restrictions of several people against whom nothing is on record.
    RestrictionsWithoutEvidence,
}

impl AlarmRule {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ManyPersons => "many-persons",
            Self::Probing => "probing",
            Self::Quota => "quota",
            Self::RestrictionsWithoutEvidence => "restrictions-without-evidence",
        }
    }
    /// What people see, in Chinese and in English.
    pub const fn title(self) -> (&'static str, &'static str) {
        match self {
            Self::ManyPersons => ("短时间内查询多人", "Many persons read in a short time"),
            Self::Probing => ("多次查询未果，疑似试探", "Many look-ups that found nobody: probing"),
            Self::Quota => ("超出每日查询限额", "More persons than one may read in a day"),
            Self::RestrictionsWithoutEvidence => {
                ("多人被限制而无对应证据", "Several people restricted with nothing on record")
            }
        }
    }
}

/// How an alarm was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// By which member.
    pub by: MemberId,
    /// When.
    pub at: Timestamp,
    /// What came of it, in words.
    pub finding: Box<str>,
}

/// An alarm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Alarm {
    /// Its id.
    pub id: EntryId,
    /// By what rule.
    pub rule: AlarmRule,
    /// About which member.
    pub member: MemberId,
    /// Who of it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<OperatorId>,
    /// Within which event, where it is about restrictions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Box<str>>,
    /// How many it took.
    pub count: usize,
    /// When it was raised.
    pub at: Timestamp,
    /// How it was closed; open where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<Closed>,
}

/// One restriction with nothing on record.
#[derive(Serialize, Deserialize)]
struct Bare {
    by: MemberId,
    event: Box<str>,
    at: Timestamp,
}

impl Node {
    /// Alarms, the newest first.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read.
    pub async fn alarms(&self) -> Result<Vec<Alarm>, NodeError> {
        let documents = self.store.documents(COLLECTION).await?;
        let read =
            documents.into_iter().filter_map(|(_, alarm)| serde_json::from_value(alarm).ok());
        let mut alarms: Vec<Alarm> = read.collect();
        alarms.sort_by_key(|alarm| (std::cmp::Reverse(alarm.at), alarm.id));
        Ok(alarms)
    }

    /// How many alarms are open.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read.
    pub async fn open_alarms(&self) -> Result<usize, NodeError> {
        Ok(self.alarms().await?.iter().filter(|alarm| alarm.closed.is_none()).count())
    }

    /// Closes an alarm.
    ///
    /// # Errors
    /// [`NodeError::NotFound`] where there is none that is open; [`NodeError::Conflict`] where it
    /// is about the member itself; [`NodeError::Input`] where it does not say what came of it.
    pub async fn close_alarm(
        &self,
        by: &Member,
        id: EntryId,
        finding: &str,
    ) -> Result<Alarm, NodeError> {
        let finding = finding.trim();
        if finding.is_empty() || finding.len() > limits::TEXT_BYTES_MAX {
            let reason = "say what came of it, in 1 to 512 bytes";
            return Err(NodeError::not_permitted("finding", reason));
        }
        let held = self.store.document(COLLECTION, &id.to_string()).await?;
        let alarm: Option<Alarm> = held.and_then(|alarm| serde_json::from_value(alarm).ok());
        let mut alarm = alarm
            .filter(|alarm| alarm.closed.is_none())
            .ok_or(NodeError::NotFound("no such alarm is open"))?;
        if alarm.member == by.id {
            let reason = "it is about your own organisation; another one must look into it";
            return Err(NodeError::Conflict(reason.into()));
        }
        alarm.closed = Some(Closed { by: by.id.clone(), at: self.now(), finding: finding.into() });
        self.keep_alarm(&alarm).await?;
        Ok(alarm)
    }

    /// Raises an alarm about an operator; one a day for each rule.
    pub(crate) async fn raise(
        &self,
        rule: AlarmRule,
        who: &Operator,
        count: usize,
    ) -> Result<(), NodeError> {
        self.raise_in(rule, who, None, count).await
    }

    async fn raise_in(
        &self,
        rule: AlarmRule,
        who: &Operator,
        event: Option<&str>,
        count: usize,
    ) -> Result<(), NodeError> {
        let now = self.now();
        let day = now.utc_date().epoch_day().to_be_bytes();
        let (whose, event_id) = (who.to_string(), event.unwrap_or_default());
        let parts = [rule.as_str().as_bytes(), whose.as_bytes(), event_id.as_bytes(), &day];
        let alarm = Alarm {
            id: EntryId::derive(COLLECTION, &parts),
            rule,
            member: who.member.clone(),
            operator: who.operator.clone(),
            event: event.map(Into::into),
            count,
            at: now,
            closed: None,
        };
        if self.store.document(COLLECTION, &alarm.id.to_string()).await?.is_some() {
            return Ok(());
        }
        metrics::counter!("hutong_alarms_total", "rule" => rule.as_str()).increment(1);
        tracing::warn!(alarm = %alarm.id, rule = rule.as_str(), who = %who, count, "alarm");
        self.keep_alarm(&alarm).await
    }

    /// After a measure was agreed: where it restricts somebody against whom nothing else is on
    /// record, it counts; several of one organisation in one event within a day raise an alarm.
    pub(crate) async fn watch_restriction(&self, order: &Order) -> Result<(), NodeError> {
        let Effect::Restrict { .. } = order.order.effect else { return Ok(()) };
        if self.has_evidence_besides_orders(order).await? {
            return Ok(());
        }
        let (by, event, at) = (order.ordered_by.clone(), order.order.event.clone(), self.now());
        let bare = Bare { by, event, at };
        let json = serde_json::to_value(&bare).map_err(unreadable)?;
        self.store.put_document(BARE, &order.id.to_string(), json, at).await?;
        let all = self.store.documents(BARE).await?.into_iter();
        let read = all.filter_map(|(_, bare)| serde_json::from_value::<Bare>(bare).ok());
        let recent = read.filter(|other| {
            other.by == bare.by && other.event == bare.event && at.since_s(other.at) < DAY_S
        });
        let count = recent.count();
        if count < limits::BARE_RESTRICTIONS_MAX {
            return Ok(());
        }
        let who = Operator { member: bare.by.clone(), operator: None };
        self.raise_in(AlarmRule::RestrictionsWithoutEvidence, &who, Some(&bare.event), count).await
    }

    /// Whether the rules would restrict the person in the event without anybody's order.
    async fn has_evidence_besides_orders(&self, order: &Order) -> Result<bool, NodeError> {
        let mut entries = self.whole_history(order.order.person).await?.entries;
        entries.retain(|entry| !matches!(entry.fact, Fact::Measure(_)));
        let mut decisions = self.decide(&Known::of(entries), self.settings.region)?.into_iter();
        let restricts = |decision: hutong_rules::Decision| {
            *decision.event() == *order.order.event && decision.level() != Level::Green
        };
        Ok(decisions.any(restricts))
    }

    async fn keep_alarm(&self, alarm: &Alarm) -> Result<(), NodeError> {
        let json = serde_json::to_value(alarm).map_err(unreadable)?;
        Ok(self.store.put_document(COLLECTION, &alarm.id.to_string(), json, self.now()).await?)
    }
}

fn unreadable(error: impl std::fmt::Display) -> NodeError {
    NodeError::Setup(format!("alarm: {error}"))
}

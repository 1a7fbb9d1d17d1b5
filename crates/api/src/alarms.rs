//! Alarms, for the authority.

pub(crate) mod close;
pub(crate) mod list;

use hutong_node::alarms::Alarm;
use serde::{Serialize, Serializer, ser::SerializeMap};
use utoipa::ToSchema;

/// An alarm with its rule in words.
pub(crate) struct AlarmJson(Alarm);

impl Serialize for AlarmJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let alarm = &self.0;
        let (zh, en) = alarm.rule.title();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &alarm.id)?;
        map.serialize_entry("rule", &alarm.rule)?;
        map.serialize_entry("title", &serde_json::json!({ "zh": zh, "en": en }))?;
        map.serialize_entry("member", &alarm.member)?;
        map.serialize_entry("operator", &alarm.operator)?;
        map.serialize_entry("event", &alarm.event)?;
        map.serialize_entry("count", &alarm.count)?;
        map.serialize_entry("at", &alarm.at)?;
        map.serialize_entry("closed", &alarm.closed)?;
        map.end()
    }
}

/// An alarm, as documented.
#[derive(Serialize, ToSchema)]
#[schema(as = Alarm)]
pub struct AlarmSchema {
    /// Its id.
    id: String,
    /// `many-persons`, `probing`, `quota`, `restrictions-without-evidence`.
    #[schema(example = "probing")]
    rule: String,
    /// The rule in words: `zh`, `en`.
    #[schema(value_type = Object)]
    title: String,
    /// About which member.
    #[schema(example = "330106.clinic-3")]
    member: String,
    /// Who of it, where it says so.
    operator: Option<String>,
    /// Within which event, where it is about restrictions.
    event: Option<String>,
    /// How many it took.
    #[schema(example = 20)]
    count: usize,
    /// When it was raised.
    at: String,
    /// How it was closed: `by`, `at`, `finding`; null while it is open.
    #[schema(value_type = Option<Object>)]
    closed: Option<String>,
}

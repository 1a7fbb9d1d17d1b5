//! Records in plain JSON.

use hutong_fhir::ShownRecord;
use hutong_model::{Entry, Fact, Issue, evidence::Exposure};
use serde::{Serialize, ser::SerializeMap};
use serde_json::{Value, json};
use utoipa::ToSchema;

/// One page of a person's records.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecordPage<'a> {
    /// The person.
    #[schema(example = "3f2a9c1be8d24f0b8f11aa02c4d5e6f7")]
    pub(crate) person: String,
    /// Records on all pages.
    #[schema(example = 12)]
    pub(crate) total: usize,
    /// Whether every node above was reached; if not, records of other regions may be missing.
    pub(crate) complete: bool,
    /// The records, newest first.
    #[schema(value_type = Vec<RecordSchema>)]
    pub(crate) records: Vec<RecordJson<'a>>,
    /// Where the next page begins; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
}

/// A record as shown, in JSON.
pub(crate) struct RecordJson<'a>(pub(crate) &'a ShownRecord);

/// The JSON of a record, as documented.
#[derive(Serialize, ToSchema)]
#[schema(as = Record)]
#[serde(rename_all = "camelCase")]
pub struct RecordSchema {
    /// Its id, the same at every node.
    #[schema(example = "0f8a7c1e5b9d4e3f8a7b6c5d4e3f2a1b")]
    id: String,
    /// Who stated it.
    #[schema(example = "330100.clinic-3")]
    member: String,
    /// The sender's own id.
    own_id: Option<String>,
    /// Region of the member.
    #[schema(example = "330100")]
    region: String,
    /// `first-hand`, `historical`, `declared`.
    #[schema(example = "first-hand")]
    source: String,
    /// `collected`, `received`, `performed`, `reported`, `admitted`, where known.
    #[schema(value_type = Object, example = json!({"performed": "2021-05-26", "admitted": "2021-05-26T03:12:00.000Z"}))]
    times: Value,
    /// `vaccination`, `test-result`, `health-declaration`, `trip-declaration`, `retraction`.
    #[schema(example = "vaccination")]
    kind: String,
    /// What it states.
    #[schema(value_type = Object)]
    value: Value,
    /// Withdrawn: it does not count.
    withdrawn: bool,
    /// Its earlier forms, and its withdrawal.
    #[schema(value_type = Vec<Object>)]
    corrections: Vec<Value>,
    /// Reports of the same event by others.
    #[schema(value_type = Vec<Object>)]
    also_reported_by: Vec<Value>,
    /// What deserves attention.
    #[schema(value_type = Vec<crate::schema::IssueSchema>)]
    notes: Vec<Issue>,
    /// The certificate or paper that it was brought in by: claim, certificate, statement.
    #[schema(value_type = Object)]
    voucher: Option<Value>,
}

impl Serialize for RecordJson<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ShownRecord { entry, corrections, also, notes, superseded, voucher } = self.0;
        let mut map = serializer.serialize_map(None)?;
        entry_fields(entry, &mut map)?;
        map.serialize_entry("withdrawn", superseded)?;
        map.serialize_entry("corrections", &entries(corrections))?;
        map.serialize_entry("alsoReportedBy", &entries(also))?;
        map.serialize_entry("notes", notes)?;
        if let Some(voucher) = voucher {
            map.serialize_entry("voucher", voucher)?;
        }
        map.end()
    }
}

/// An entry without the person: at other nodes the person has other ids.
struct EntryJson<'a>(&'a Entry);

impl Serialize for EntryJson<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        entry_fields(self.0, &mut map)?;
        map.end()
    }
}

fn entries(list: &[Entry]) -> Vec<EntryJson<'_>> {
    list.iter().map(EntryJson).collect()
}

fn entry_fields<M: SerializeMap>(entry: &Entry, map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("id", &entry.id)?;
    map.serialize_entry("member", &entry.member)?;
    if let Some(own_id) = &entry.own_id {
        map.serialize_entry("ownId", own_id)?;
    }
    map.serialize_entry("region", &entry.region)?;
    map.serialize_entry("source", &entry.source)?;
    map.serialize_entry("times", &entry.times)?;
    if let Some(replaces) = &entry.replaces {
        map.serialize_entry("replaces", replaces)?;
    }
    let (kind, value) = match &entry.fact {
        Fact::Vaccination(value) => ("vaccination", json!(value)),
        Fact::TestResult(value) => ("test-result", json!(value)),
        Fact::Retraction(reason) => ("retraction", json!({ "reason": reason })),
        Fact::HealthDeclaration(value) => ("health-declaration", json!(value)),
        Fact::TripDeclaration(value) => ("trip-declaration", json!(value)),
        Fact::Diagnosis(value) => ("diagnosis", json!(value)),
        Fact::Exposure(value) => ("exposure", exposure(value)),
        Fact::Stay(value) => ("stay", json!(value)),
        Fact::BorderEntry(value) => ("border-entry", json!(value)),
        Fact::Measure(value) => ("measure", json!(value)),
        _ => ("other", Value::Null), // never a record
    };
    map.serialize_entry("kind", kind)?;
    map.serialize_entry("value", &value)
}

/// Without the inquiry's number for the case, which would point at another person.
fn exposure(value: &Exposure) -> Value {
    json!(Exposure { case_number: None, ..value.clone() })
}

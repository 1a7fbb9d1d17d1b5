//! What is due, as documented.

use serde::Serialize;
use utoipa::ToSchema;

/// What a person's doses are worth, and what is due.
#[derive(Serialize, ToSchema)]
#[schema(as = Due)]
#[serde(rename_all = "camelCase")]
pub struct DueSchema {
    /// The person's id here.
    person: String,
    /// Day of the assessment.
    #[schema(example = "2027-03-01")]
    on: String,
    /// The region whose programme counts.
    #[schema(example = "310000")]
    region: String,
    /// The edition by which it was assessed, with what the region adds.
    #[schema(example = "cn-2026+310000")]
    edition: String,
    /// Its name: zh, en.
    #[schema(value_type = Object)]
    edition_name: String,
    /// How many of the edition's figures nobody has checked against their source.
    unverified_figures: usize,
    /// Whether every node above was reached; if not, doses given elsewhere may be missing.
    complete: bool,
    /// What is due, by vaccine group; the most urgent first.
    due: Vec<DueGroupSchema>,
    /// The doses, newest first: record, on, member, region, vaccine, counts, and evaluations
    /// (antigen, series, dose, number, status, due, sentence).
    #[schema(value_type = Vec<Object>)]
    doses: Vec<String>,
    /// What people should look at: record, text (zh, en).
    #[schema(value_type = Vec<Object>)]
    notes: Vec<String>,
}

/// What is due of a vaccine group.
#[derive(Serialize, ToSchema)]
#[schema(as = DueGroup)]
#[serde(rename_all = "camelCase")]
pub struct DueGroupSchema {
    /// The vaccine group, as the programme names it.
    #[schema(example = "DTP")]
    group: String,
    /// `overdue`, `due`, `possible`, `later`, `complete`, `immune`, `contraindicated`,
    /// `not-recommended`, `aged-out`.
    #[schema(example = "due")]
    state: String,
    /// The term of CDC's logic specification (CDSi 4.6, Table 3-3).
    #[schema(example = "Not Complete")]
    status: String,
    /// Ids of the doses that are next, in every edition the same.
    #[schema(example = json!(["DTaP-2"]))]
    doses: Option<Vec<String>>,
    /// Number of the dose that is next.
    number: Option<u16>,
    /// The first day on which it may be given.
    earliest: Option<String>,
    /// The recommended day.
    recommended: Option<String>,
    /// The day after which it is overdue.
    past_due: Option<String>,
    /// The last day on which it may be given.
    latest: Option<String>,
    /// Vaccines recommended for it: code, name (zh, en).
    #[schema(value_type = Option<Vec<Object>>)]
    vaccines: Option<Vec<String>>,
    /// All of it in a sentence: zh, en.
    #[schema(value_type = Object)]
    sentence: String,
}

//! Schemas of shared values in the OpenAPI document, and the error answers that many endpoints
//! have in common.

use crate::problem::ProblemBody;
use std::collections::BTreeMap;
use utoipa::{
    IntoResponses, PartialSchema, ToSchema,
    openapi::{RefOr, Response, ResponseBuilder, content::ContentBuilder, schema::Schema},
};

/// What is wrong with a piece of input.
#[derive(ToSchema, serde::Serialize)]
#[schema(as = Issue)]
pub struct IssueSchema {
    /// `error`, `warning`, `information`.
    #[schema(example = "error")]
    severity: String,
    /// A code of FHIR `issue-type`.
    #[schema(example = "value")]
    code: String,
    /// A FHIRPath, JSON field or column heading.
    #[schema(example = "Immunization.occurrenceDateTime")]
    field: Option<String>,
    /// What was wrong.
    #[schema(example = "the date lies in the future")]
    reason: String,
    /// What to do.
    #[schema(example = "give the date on which the dose was given")]
    remedy: Option<String>,
}

/// An identity document.
#[derive(ToSchema, serde::Serialize)]
#[schema(as = Document)]
pub struct DocumentSchema {
    /// `resident-id`, `hk-macao-permit`, `taiwan-permit`, `hk-macao-taiwan-residence-permit`,
    /// `permanent-residence-id`, `passport`, `birth-certificate`, `other`.
    #[schema(example = "resident-id")]
    kind: String,
    /// Issuing country of a passport (three letters); system URI of another identifier.
    scope: Option<String>,
    /// The number.
    #[schema(example = "11010519491231002X")]
    number: String,
}

/// A permission to read one person's records.
#[derive(ToSchema, serde::Serialize)]
#[schema(as = Grant, rename_all = "camelCase")]
pub struct GrantSchema {
    /// Its id.
    #[schema(example = "5e1f0c4ab0d24a8f9a0c7b0d55aa01fe")]
    id: String,
    /// Whose records: the person's id here.
    #[schema(example = "3f2a9c1be8d24f0b8f11aa02c4d5e6f7")]
    person: String,
    /// Who may read.
    #[schema(example = "330100.clinic-3")]
    member: String,
    /// For what.
    #[schema(example = "TREAT")]
    purpose: String,
    /// How it was given: `presentation`, `application`.
    #[schema(example = "presentation")]
    basis: String,
    /// From when.
    #[schema(example = "2026-11-22T10:00:00.000Z")]
    granted_at: String,
    /// Until when.
    #[schema(example = "2026-11-22T10:15:00.000Z")]
    expires_at: String,
}

/// One look at a person's records.
#[derive(ToSchema, serde::Serialize)]
#[schema(as = Access, rename_all = "camelCase")]
pub struct AccessSchema {
    /// Whose records.
    person: String,
    /// When.
    at: String,
    /// Who looked.
    member: String,
    /// The member that it asked for, where a node asked.
    on_behalf_of: Option<String>,
    /// Where.
    region: String,
    /// Why.
    purpose: String,
    /// By which right: `grant:…`, `legal:…`, `self`, `guardian`.
    right: String,
    /// What: `history`, `level`.
    what: String,
    /// How many records were shown.
    records: u32,
}

/// What became of something submitted.
#[derive(ToSchema, serde::Serialize)]
#[schema(as = Receipt, rename_all = "camelCase")]
pub struct ReceiptSchema {
    /// `admitted`, `duplicate`, `rejected`.
    #[schema(example = "admitted")]
    outcome: String,
    /// Id of the entry.
    entry: Option<String>,
    /// The person.
    person: Option<String>,
    /// The sender's own id.
    own_id: Option<String>,
    /// What is wrong or worth attention.
    #[schema(value_type = Vec<IssueSchema>)]
    issues: Option<Vec<()>>,
}

fn problem_response(description: &str) -> RefOr<Response> {
    let content = ContentBuilder::new()
        .schema(Some(RefOr::<Schema>::Ref(utoipa::openapi::Ref::from_schema_name("Problem"))))
        .build();
    ResponseBuilder::new()
        .description(description)
        .content("application/problem+json", content)
        .build()
        .into()
}

fn outcome_response(description: &str) -> RefOr<Response> {
    let content = ContentBuilder::new().build();
    ResponseBuilder::new()
        .description(description)
        .content("application/fhir+json", content)
        .build()
        .into()
}

type Responses = BTreeMap<String, RefOr<Response>>;

fn responses(list: &[(&str, &str)], make: fn(&str) -> RefOr<Response>) -> Responses {
    list.iter().map(|(status, text)| ((*status).to_owned(), make(text))).collect()
}

const MEMBER: [(&str, &str); 5] = [
    ("400", "Something in the request is wrong"),
    ("401", "No access token, or not a valid one"),
    ("403", "Not permitted to this member for this purpose"),
    ("404", "Nothing there, or nothing that the caller may know of"),
    ("429", "Too much at once; see Retry-After"),
];

/// Errors of endpoints for members.
pub struct MemberErrors;
impl IntoResponses for MemberErrors {
    fn responses() -> Responses {
        responses(&MEMBER, problem_response)
    }
}

/// Errors of FHIR endpoints.
pub struct FhirErrors;
impl IntoResponses for FhirErrors {
    fn responses() -> Responses {
        responses(&MEMBER, outcome_response)
    }
}

/// Errors of endpoints for residents.
pub struct ResidentErrors;
impl IntoResponses for ResidentErrors {
    fn responses() -> Responses {
        responses(
            &[
                ("400", "Something in the request is wrong"),
                ("401", "No session, or one that is over"),
                ("404", "Nothing there, or nothing that the caller may know of"),
                ("429", "Too much at once; see Retry-After"),
            ],
            problem_response,
        )
    }
}

/// Shared schemas by name, for the components of the document.
pub(crate) fn components() -> Vec<(String, RefOr<Schema>)> {
    let mut schemas = vec![
        ("Problem".to_owned(), ProblemBody::schema()),
        ("Issue".to_owned(), IssueSchema::schema()),
    ];
    ProblemBody::schemas(&mut schemas);
    schemas
}

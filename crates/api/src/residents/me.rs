//! `GET /v1/me`.

use crate::{access::Acting, problem::Problem, query::Query, schema::ResidentErrors};
use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

/// Who somebody is, as far as this node knows.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Me {
    /// The person's id here.
    #[schema(example = "3f2a9c1be8d24f0b8f11aa02c4d5e6f7")]
    person: String,
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "林知远")]
    name: Option<String>,
    /// `male`, `female`, `other`, `unknown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    sex: Option<&'static str>,
    /// Date of birth.
    #[serde(skip_serializing_if = "Option::is_none")]
    birth_date: Option<String>,
    /// Division of residence.
    #[serde(skip_serializing_if = "Option::is_none")]
    residence: Option<String>,
    /// Documents, their middle hidden.
    documents: Vec<MaskedDocument>,
    /// Who acts for the person: how many, and what they are to them.
    guardians: Vec<String>,
}

/// A document with its middle hidden.
#[derive(Serialize, ToSchema)]
pub struct MaskedDocument {
    /// What it is.
    #[schema(example = "resident-id")]
    kind: &'static str,
    /// The number with its middle hidden.
    #[schema(example = "3301**********2418")]
    number: String,
}

/// Who I am here.
#[utoipa::path(
    get, path = "/v1/me", tag = "Residents",
    params(("for" = Option<String>, Query, description = "A person whose guardian I am")),
    responses((status = 200, description = "The person", body = Me), ResidentErrors),
    security(("resident" = []))
)]
pub(crate) async fn me(acting: Acting, query: Query) -> Result<Json<Me>, Problem> {
    query.only(&["for"])?;
    let identity = acting.node().identity(acting.person).await?;
    let documents = identity.documents.iter().map(|(document, _)| document);
    let demographics = &identity.demographics;
    Ok(Json(Me {
        person: acting.person.to_string(),
        name: demographics.name.as_deref().map(str::to_owned),
        sex: demographics.sex.map(|sex| sex.as_str()),
        birth_date: identity.birth_date().map(|date| date.to_string()),
        residence: demographics.residence.map(|region| region.to_string()),
        documents: documents
            .filter(|document| !document.is_local())
            .map(|d| MaskedDocument { kind: d.kind().as_str(), number: d.masked() })
            .collect(),
        guardians: identity
            .guardians
            .iter()
            .map(|guardian| format!("{:?}", guardian.relation).to_lowercase())
            .collect(),
    }))
}

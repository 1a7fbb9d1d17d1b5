//! `POST /v1/call-applications` and its approvals (GB/T 38963 §6.5).

use super::created;
use crate::{
    access::{Caller, may},
    body::JsonBody,
    problem::Problem,
    rate::Bucket,
    schema::{DocumentSchema, GrantSchema, MemberErrors},
};
use axum::{Json, extract::Path, http::StatusCode, response::Response};
use hutong_model::Document;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whose records are applied for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// A document of the person.
    #[schema(value_type = DocumentSchema)]
    document: Document,
}

/// An application that waits for the person.
#[derive(Serialize, ToSchema)]
pub struct Waiting {
    /// Its id, for the approval; good for five minutes, for this member only.
    #[schema(example = "8f14e45fceea167a5a36dedd4bea2543.6c8349cc7260ae62e3b1396831a8398f")]
    application: String,
}

/// Apply for a person's records.
///
/// The person gets a one-time code and passes it on if they agree. The answer is the same whether
/// or not the document is known.
#[utoipa::path(
    post, path = "/v1/call-applications", tag = "Grants",
    request_body(content = Application),
    params(("Hutong-Purpose" = String, Header, description = "For what", example = "PATRQT")),
    responses((status = 202, description = "Waits for the person", body = Waiting), MemberErrors),
    security(("member" = []))
)]
pub(crate) async fn apply_to_call(
    caller: Caller<may::ApplyToCall>,
    JsonBody(application): JsonBody<Application>,
) -> Result<(StatusCode, Json<Waiting>), Problem> {
    let document = application.document;
    caller.count(Bucket::Application, Bucket::SignInDocument, &document.key())?;
    let id = caller.node().apply_to_call(document).await?;
    Ok((StatusCode::ACCEPTED, Json(Waiting { application: caller.ticket(&id) })))
}

/// The person's answer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// The one-time code that the person passed on.
    #[schema(example = "482913")]
    code: String,
}

/// Hand in the person's approval.
#[utoipa::path(
    post, path = "/v1/call-applications/{id}/approvals", tag = "Grants",
    request_body(content = Approval),
    params(
        ("id" = String, Path, description = "The application"),
        ("Hutong-Purpose" = String, Header, description = "For what", example = "PATRQT"),
    ),
    responses((status = 201, description = "The grant", body = GrantSchema), MemberErrors),
    security(("member" = []))
)]
pub(crate) async fn approve_call(
    caller: Caller<may::ApplyToCall>,
    Path(id): Path<String>,
    JsonBody(approval): JsonBody<Approval>,
) -> Result<Response, Problem> {
    let challenge = caller
        .open_ticket(&id)
        .ok_or_else(|| Problem::not_found("no such application of yours"))?;
    let (member, purpose) = (&caller.member, caller.purpose);
    let grant = caller.node().approve_call(member, purpose, challenge, &approval.code).await?;
    Ok(created(grant))
}

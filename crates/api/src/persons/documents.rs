//! `POST` and `DELETE /v1/persons/{id}/documents`.

use crate::{
    access::{Caller, may},
    body::JsonBody,
    problem::Problem,
    schema::{DocumentSchema, MemberErrors},
};
use axum::{Json, extract::Path, http::StatusCode};
use hutong_model::{Document, PersonId};
use serde::Serialize;
use utoipa::ToSchema;

/// The entry by which something was written.
#[derive(Serialize, ToSchema)]
pub struct Written {
    /// Its id.
    #[schema(example = "0f8a7c1e5b9d4e3f8a7b6c5d4e3f2a1b")]
    pub(crate) entry: String,
}

/// Link a document to a person.
///
/// Says that the number is this person's too. If another person had it, the two are linked, which
/// can be undone; where both have different lifelong numbers it is refused. Needs the person's
/// grant or a legal basis.
#[utoipa::path(
    post, path = "/v1/persons/{id}/documents", tag = "Persons",
    params(("id" = String, Path, description = "The person's id here")),
    request_body(content = DocumentSchema),
    responses(
        (status = 201, description = "Linked", body = Written),
        (status = 409, description = "It belongs to somebody with another lifelong number"),
        MemberErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn link_document(
    caller: Caller<may::LinkDocument>,
    Path(id): Path<String>,
    JsonBody(document): JsonBody<Document>,
) -> Result<(StatusCode, Json<Written>), Problem> {
    let person = readable(&caller, &id).await?;
    let entry = caller.node().link_document(&caller.member, person, document).await?;
    Ok((StatusCode::CREATED, Json(Written { entry: entry.to_string() })))
}

/// Take a document away from a person again.
///
/// Records stay where they are.
#[utoipa::path(
    delete, path = "/v1/persons/{id}/documents", tag = "Persons",
    params(("id" = String, Path, description = "The person's id here")),
    request_body(content = DocumentSchema),
    responses((status = 200, description = "Taken away", body = Written), MemberErrors),
    security(("member" = []))
)]
pub(crate) async fn unlink_document(
    caller: Caller<may::LinkDocument>,
    Path(id): Path<String>,
    JsonBody(document): JsonBody<Document>,
) -> Result<Json<Written>, Problem> {
    let person = readable(&caller, &id).await?;
    let entry = caller.node().unlink_document(&caller.member, person, document).await?;
    Ok(Json(Written { entry: entry.to_string() }))
}

/// The person, where the caller has a right to them.
async fn readable(caller: &Caller<may::LinkDocument>, id: &str) -> Result<PersonId, Problem> {
    let person = PersonId::parse(id).map_err(|_| {
        Problem::not_found("no such person, or no grant of theirs to you for this purpose")
    })?;
    caller.right_to(person).await?;
    Ok(person)
}

//! `POST /v1/person-links`.

use super::documents::Written;
use crate::{
    access::{Caller, may},
    body::JsonBody,
    problem::Problem,
    schema::MemberErrors,
};
use axum::{Json, http::StatusCode};
use hutong_model::{PersonId, limits::TEXT_BYTES_MAX};
use serde::Deserialize;
use utoipa::ToSchema;

/// Two persons who are one human being, or are not after all.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonLink {
    /// One of them.
    #[schema(value_type = String, example = "3f2a9c1be8d24f0b8f11aa02c4d5e6f7")]
    person: PersonId,
    /// The other.
    #[schema(value_type = String, example = "a1b2c3d4e5f60718293a4b5c6d7e8f90")]
    other: PersonId,
    /// Whether they are one.
    linked: bool,
    /// Why, in 1 to 512 bytes.
    #[schema(example = "name change certificate seen, file 2026-118")]
    reason: String,
}

/// Link two persons, or undo the link.
///
/// Nothing is copied or merged: the link can be undone at any time. For departments, under a named
/// legal basis.
#[utoipa::path(
    post, path = "/v1/person-links", tag = "Persons",
    request_body(content = PersonLink),
    params(("Hutong-Legal-Basis" = String, Header, description = "Law and article")),
    responses((status = 201, description = "Done", body = Written), MemberErrors),
    security(("member" = []))
)]
pub(crate) async fn link_persons(
    caller: Caller<may::LinkPersons>,
    JsonBody(link): JsonBody<PersonLink>,
) -> Result<(StatusCode, Json<Written>), Problem> {
    let reason = link.reason.trim();
    if reason.is_empty() || reason.len() > TEXT_BYTES_MAX {
        return Err(Problem::bad_request("say why, in 1 to 512 bytes"));
    }
    caller.right_to(link.person).await?;
    caller.right_to(link.other).await?;
    let PersonLink { person, other, linked, .. } = link;
    let entry = caller.node().link_persons(&caller.member, person, other, reason, linked).await?;
    Ok((StatusCode::CREATED, Json(Written { entry: entry.to_string() })))
}

//! `GET /fhir/Immunization/{id}`, `GET /fhir/Observation/{id}`: one record.

use super::answer;
use crate::{
    access::{Caller, may},
    paging::pairs,
    problem::Problem,
    schema::FhirErrors,
};
use axum::{extract::Path, http::Uri, response::Response};
use hutong_fhir::{ShownRecord, write};
use hutong_model::EntryId;

macro_rules! read_endpoint {
    ($(#[$doc:meta])* $name:ident, $path:literal, $kind:literal) => {
        $(#[$doc])*
        #[utoipa::path(
            get, path = $path, tag = "FHIR",
            params(
                ("id" = String, Path, description = "The record's id here"),
                ("Hutong-Purpose" = Option<String>, Header, description = "Why", example = "TREAT"),
            ),
            responses(
                (status = 200, description = "The record", content_type = "application/fhir+json"),
                FhirErrors,
            ),
            security(("member" = []))
        )]
        pub(crate) async fn $name(
            caller: Caller<may::ReadHistory>,
            Path(id): Path<String>,
            uri: Uri,
        ) -> Result<Response, Problem> {
            if pairs(&uri)?.iter().any(|(name, _)| name != "_format") {
                return Err(Problem::bad_request("reading a record takes no parameters"));
            }
            read(caller, &id, $kind).await
        }
    };
}

read_endpoint!(
    /// A vaccination, as it stands after its corrections.
    read_immunization, "/fhir/Immunization/{id}", "Immunization"
);
read_endpoint!(
    /// A test result, as it stands after its corrections.
    read_observation, "/fhir/Observation/{id}", "Observation"
);

async fn read(
    caller: Caller<may::ReadHistory>,
    id: &str,
    kind: &'static str,
) -> Result<Response, Problem> {
    let none = || Problem::not_found("no such record, or no grant of the person's to you");
    let id = EntryId::parse(id).map_err(|_| none())?;
    let node = caller.node();
    let stored = node.store().entry(id).await?.ok_or_else(none)?;
    let right = caller.right_to(stored.entry.person).await.map_err(|problem| {
        if problem.status() == axum::http::StatusCode::NOT_FOUND { none() } else { problem }
    })?;
    let history = node.history(stored.entry.person, caller.reader(right)).await?;
    let is_it = |record: &&ShownRecord| {
        let others = record.corrections.iter().chain(&record.also);
        record.entry.id == id || others.into_iter().any(|entry| entry.id == id)
    };
    let record = history.records.iter().find(is_it).ok_or_else(none)?;
    let mut body = Vec::with_capacity(2048);
    if record.resource_type() != Some(kind) || !write::record(record, &mut body) {
        return Err(none());
    }
    Ok(answer(body))
}

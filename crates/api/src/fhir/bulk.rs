//! Bulk export of the region's own records (HL7 FHIR Bulk Data Access 2.0, system and patient
//! level): ordered, made in the background, fetched as NDJSON.

mod jobs;
mod order;
mod vault;

pub(crate) use jobs::Exports;

use super::base;
use crate::{
    access::{Caller, may},
    paging::pairs,
    problem::Problem,
    schema::FhirErrors,
};
use axum::{
    body::{Body, Bytes},
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use hutong_model::Timestamp;
use hutong_node::bulk::Taker;
use jobs::{Job, State};
use order::Order;
use serde_json::json;
use std::{io, sync::Arc, time::Duration};

/// Seconds after which to ask again how an export stands.
const ASK_AGAIN_S: u32 = 5;

/// Order an export of the region's own records.
///
/// Patients, vaccinations and test results that members of this node's own region stated, as they
/// stand after corrections. For a department, under a legal basis; recorded as an access of every
/// person in it. An unknown parameter is an error.
#[utoipa::path(
    get, path = "/fhir/$export", tag = "FHIR",
    params(
        ("_type" = Option<String>, Query, description = "Patient, Immunization, Observation; several with commas"),
        ("_since" = Option<String>, Query, description = "Only what was admitted at or after this instant"),
        ("_outputFormat" = Option<String>, Query, description = "application/fhir+ndjson"),
        ("Prefer" = String, Header, description = "How", example = "respond-async"),
        ("Hutong-Purpose" = Option<String>, Header, description = "Why", example = "PUBHLTH"),
        ("Hutong-Legal-Basis" = String, Header, description = "Law and article"),
    ),
    responses(
        (status = 202, description = "It is being made; Content-Location is where to ask for it"),
        FhirErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn export(
    caller: Caller<may::ExportAll>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    kick_off(&caller, &headers, &uri)
}

/// Order an export of all patients of the region.
///
/// The same as `GET /fhir/$export`: everything that is kept is about patients.
#[utoipa::path(
    get, path = "/fhir/Patient/$export", tag = "FHIR",
    params(
        ("_type" = Option<String>, Query, description = "Patient, Immunization, Observation; several with commas"),
        ("_since" = Option<String>, Query, description = "Only what was admitted at or after this instant"),
        ("_outputFormat" = Option<String>, Query, description = "application/fhir+ndjson"),
        ("Prefer" = String, Header, description = "How", example = "respond-async"),
        ("Hutong-Purpose" = Option<String>, Header, description = "Why", example = "PUBHLTH"),
        ("Hutong-Legal-Basis" = String, Header, description = "Law and article"),
    ),
    responses(
        (status = 202, description = "It is being made; Content-Location is where to ask for it"),
        FhirErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn export_patients(
    caller: Caller<may::ExportAll>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    kick_off(&caller, &headers, &uri)
}

fn kick_off(
    caller: &Caller<may::ExportAll>,
    headers: &HeaderMap,
    uri: &Uri,
) -> Result<Response, Problem> {
    let order = Order::read(&pairs(uri)?, headers)?;
    let node = caller.node();
    let basis = caller.legal_basis.as_deref().ok_or_else(|| {
        Problem::bad_request("name law and article in the header Hutong-Legal-Basis")
    })?;
    let taker = Taker {
        member: caller.member.id.clone(),
        region: caller.region(),
        purpose: caller.purpose,
        right: format!("legal:{basis}"),
    };
    let path = uri.path_and_query().map_or(uri.path(), |path| path.as_str());
    let request = format!("{}{path}", node.settings().public_url);
    let id = caller.exports().begin(node, order, taker, request)?;
    let location = format!("{}/$export-status/{id}", base(node));
    let location = HeaderValue::from_str(&location).map_err(|_| Problem::internal())?;
    Ok((StatusCode::ACCEPTED, [(header::CONTENT_LOCATION, location)]).into_response())
}

/// How an export stands.
///
/// 202 while it is being made, with `X-Progress` and `Retry-After`; then 200 with the list of its
/// files, which are kept for an hour. For the member that ordered it.
#[utoipa::path(
    get, path = "/fhir/$export-status/{id}", tag = "FHIR",
    params(("id" = String, Path, description = "From Content-Location")),
    responses(
        (status = 202, description = "It is being made"),
        (status = 200, description = "The list of its files", body = serde_json::Value),
        (status = 410, description = "It was interrupted when the node was stopped; order it again"),
        FhirErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn export_status(
    caller: Caller<may::ExportAll>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let job = caller.exports().of(&id, &caller.member.id, caller.node().now())?;
    let state = job.state.lock().clone();
    match state {
        State::Running(done, all) => {
            let progress = match all {
                0 => "looking for whom there is".to_owned(),
                _ => format!("{done} of {all} persons"),
            };
            let progress = HeaderValue::from_str(&progress).map_err(|_| Problem::internal())?;
            let mut answer = StatusCode::ACCEPTED.into_response();
            answer.headers_mut().insert("x-progress", progress);
            answer.headers_mut().insert(header::RETRY_AFTER, ASK_AGAIN_S.into());
            Ok(answer)
        }
        State::Done(files, until) => {
            let at = format!("{}/$export-file/{id}", base(caller.node()));
            let output: Vec<_> = files
                .iter()
                .map(|file| {
                    let (kind, name) = (file.kind.as_str(), &file.name);
                    json!({ "type": kind, "url": format!("{at}/{name}"), "count": file.lines })
                })
                .collect();
            let manifest = json!({
                "transactionTime": job.note.at,
                "request": job.note.request,
                "requiresAccessToken": true,
                "output": output,
                "deleted": [],
                "error": [],
            });
            let body = serde_json::to_vec(&manifest).map_err(|_| Problem::internal())?;
            let headers = [
                (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
                (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
                (header::EXPIRES, http_date(until)),
            ];
            Ok((headers, body).into_response())
        }
        State::Failed => Err(Problem::internal()),
        State::Interrupted | State::Cancelled => Err(interrupted()),
    }
}

/// End an export.
///
/// Whether it is being made or kept: its files are removed.
#[utoipa::path(
    delete, path = "/fhir/$export-status/{id}", tag = "FHIR",
    params(("id" = String, Path, description = "From Content-Location")),
    responses((status = 202, description = "It is gone"), FhirErrors),
    security(("member" = []))
)]
pub(crate) async fn delete_export(
    caller: Caller<may::ExportAll>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let job = caller.exports().of(&id, &caller.member.id, caller.node().now())?;
    caller.exports().delete(&job);
    Ok(StatusCode::ACCEPTED)
}

/// A file of an export.
///
/// One resource a line. For the member that ordered it.
#[utoipa::path(
    get, path = "/fhir/$export-file/{id}/{file}", tag = "FHIR",
    params(
        ("id" = String, Path, description = "The export"),
        ("file" = String, Path, description = "From the list of its files"),
    ),
    responses(
        (status = 200, description = "The lines", content_type = "application/fhir+ndjson"),
        (status = 410, description = "The export was interrupted when the node was stopped"),
        FhirErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn export_file(
    caller: Caller<may::ExportAll>,
    Path((id, name)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let job = caller.exports().of(&id, &caller.member.id, caller.node().now())?;
    let number = match &*job.state.lock() {
        State::Done(files, _) => files.iter().find(|f| f.name == name).map(|f| f.number),
        State::Interrupted => return Err(interrupted()),
        _ => None,
    };
    let number = number.ok_or_else(|| Problem::not_found("no such file of this export"))?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/fhir+ndjson")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, Body::from_stream(opened(job, name, number))).into_response())
}

/// The lines of a file, opened as they are read. Where something is wrong the answer breaks off.
fn opened(
    job: Arc<Job>,
    name: String,
    number: u32,
) -> impl futures::Stream<Item = io::Result<Bytes>> {
    let (send, mut receive) = tokio::sync::mpsc::channel(2);
    tokio::task::spawn_blocking(move || {
        let Some(key) = &job.key else { return };
        let take = |bytes| send.blocking_send(Ok(bytes)).is_ok();
        if let Err(error) = vault::open(&job.folder.join(name), key, number, take) {
            tracing::warn!(%error, "a file of an export breaks off");
            let _ = send.blocking_send(Err(error));
        }
    });
    futures::stream::poll_fn(move |context| receive.poll_recv(context))
}

fn interrupted() -> Problem {
    Problem::gone(
        "the node was stopped while this export was made or kept, and its files are gone; order it \
         again",
    )
}

/// A moment as HTTP headers hold it (RFC 9110 §5.6.7).
fn http_date(at: Timestamp) -> HeaderValue {
    let ms = u64::try_from(at.unix_ms()).unwrap_or(0);
    let text = httpdate::fmt_http_date(std::time::UNIX_EPOCH + Duration::from_millis(ms));
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("0"))
}

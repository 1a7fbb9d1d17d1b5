//! `POST /v1/admissions`.

use super::{
    pipeline::{Form, Upload},
    receipts::{RowReceipt, Wanted},
    sheets::Kind,
};
use crate::{
    access::{Caller, may},
    body::{Incoming, media_type},
    load::Place,
    problem::Problem,
    query::Query,
    schema::MemberErrors,
};
use axum::{
    Extension,
    body::Body,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use futures::channel::mpsc;

/// Answers that wait for a slow reader.
const ANSWERS_WAITING: usize = 8;

/// Send records in bulk.
///
/// A stream of FHIR resources (one or one Bundle a line), a CSV file (UTF-8, GB18030 or UTF-16,
/// Chinese or English headings) or an Excel workbook, packed by gzip or zstd if you like. The
/// answer streams while the body is sent: a line for each row that was refused, not kept or
/// deserves attention (`receipts=all`: for every row; then read the answer while you send), and
/// last the summary. A row that was admitted is on disk, whatever happens to the rest; sending
/// again is harmless. Where the body cannot be read to its end, the last line has a `problem`
/// beside the summary of what came before.
#[utoipa::path(
    post, path = "/v1/admissions", tag = "Admission",
    params(
        ("receipts" = Option<String>, Query, description = "`rejects` (default) or `all`"),
        ("Content-Encoding" = Option<String>, Header, description = "gzip, zstd"),
    ),
    request_body(
        content(
            (serde_json::Value = "application/fhir+ndjson"),
            (String = "text/csv"),
            (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ),
    ),
    responses(
        (status = 200, description = "One JSON object a line: row receipts, then {\"summary\": …}", content(
            (RowReceipt<'static> = "application/x-ndjson"),
        )),
        (status = 413, description = "A packed body that unpacks to too much, before anything was read"),
        (status = 415, description = "Another content type or encoding"),
        MemberErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn admissions(
    caller: Caller<may::Admit>,
    query: Query,
    headers: HeaderMap,
    place: Option<Extension<Place>>,
    body: Incoming,
) -> Result<Response, Problem> {
    query.only(&["receipts"])?;
    let wanted = match query.get("receipts") {
        None | Some("rejects") => Wanted::Rejects,
        Some("all") => Wanted::All,
        Some(_) => return Err(Problem::bad_request("receipts is all or rejects")),
    };
    let form = match media_type(&headers).as_str() {
        "application/fhir+ndjson" | "application/x-ndjson" | "application/ndjson" => Form::Ndjson,
        "text/csv" => Form::Sheet(Kind::Csv),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => {
            Form::Sheet(Kind::Xlsx)
        }
        _ => {
            return Err(Problem::media_type(
                "send application/fhir+ndjson, text/csv or \
                 application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            ));
        }
    };
    let (send, lines) = mpsc::channel(ANSWERS_WAITING);
    let upload = Upload {
        node: caller.node().clone(),
        member: caller.member.clone(),
        form,
        wanted,
        request_id: query.request_id().to_owned(),
    };
    tokio::spawn(async move {
        upload.run(body, send).await;
        drop(place);
    });
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(lines)).into_response())
}

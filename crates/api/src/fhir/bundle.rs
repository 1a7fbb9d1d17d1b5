//! `POST /fhir`: a Bundle.

use super::{
    answer,
    sending::{self, Became},
};
use crate::{
    access::{Caller, may},
    body::FhirBody,
    outcome,
    problem::Problem,
    schema::FhirErrors,
};
use axum::{http::StatusCode, response::Response};
use hutong_fhir::{BundleKind, read_bundle, write::answer_bundle};
use hutong_model::{Issue, IssueCode};
use hutong_node::admit::Outcome;

/// Send a Bundle.
///
/// A `transaction` is written whole or not at all; in a `batch` or `collection` each entry stands
/// for itself. Resources of kinds that are not kept are answered as such and hinder nothing.
#[utoipa::path(
    post, path = "/fhir", tag = "FHIR",
    request_body(content = serde_json::Value, content_type = "application/fhir+json"),
    responses(
        (status = 200, description = "A Bundle of type transaction-response or batch-response, an entry for each entry sent", content_type = "application/fhir+json"),
        (status = 409, description = "The transaction was refused: an id is taken", content_type = "application/fhir+json"),
        (status = 422, description = "The transaction was refused; every reason", content_type = "application/fhir+json"),
        FhirErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn send_bundle(
    caller: Caller<may::Admit>,
    FhirBody(bytes): FhirBody,
) -> Result<Response, Problem> {
    let context = sending::context(&caller);
    let length = bytes.len();
    let bundle = sending::reading(length, move || read_bundle(&bytes, &context)).await?;
    let transaction = match bundle.kind {
        BundleKind::Transaction => true,
        BundleKind::Batch | BundleKind::Collection | BundleKind::Searchset => false,
        BundleKind::Unknown => {
            let issues: Vec<Issue> =
                bundle.rows.iter().flat_map(|row| row.issues().to_vec()).collect();
            return Ok(outcome::answer(StatusCode::BAD_REQUEST, &issues));
        }
        _ => {
            let issue = Issue::error(
                IssueCode::NotSupported,
                "Bundle.type",
                "a Bundle of this type is not taken in",
                "send a transaction, batch or collection",
            );
            return Ok(outcome::answer(StatusCode::UNPROCESSABLE_ENTITY, &[issue]));
        }
    };
    let mut kinds = Vec::with_capacity(bundle.rows.len());
    let mut rows = Vec::with_capacity(bundle.rows.len());
    for row in bundle.rows {
        kinds.push(row.locator.resource_type.clone());
        rows.push(sending::ready(caller.node(), &caller.member, row).await?);
    }
    let became = sending::admit(&caller, rows, transaction).await?;
    if transaction && became.iter().any(rejected) {
        return Ok(transaction_refused(&became));
    }
    let now = caller.node().now();
    let answers: Vec<_> = kinds
        .iter()
        .zip(&became)
        .map(|(kind, became)| sending::entry_answer(kind, became, now))
        .collect();
    let mut body = Vec::with_capacity(256 * answers.len() + 128);
    answer_bundle(transaction, &answers, &mut body);
    Ok(answer(body))
}

fn rejected(became: &Became) -> bool {
    matches!(became, Became::Decided(receipt) if receipt.outcome == Outcome::Rejected)
}

/// A refused transaction: the reasons, each at the entry it belongs to, the most telling status.
fn transaction_refused(became: &[Became]) -> Response {
    let mut issues = Vec::new();
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    for (index, one) in became.iter().enumerate().filter(|(_, one)| rejected(one)) {
        if matches!(sending::status(one), StatusCode::CONFLICT | StatusCode::BAD_REQUEST) {
            status = sending::status(one);
        }
        issues.extend(sending::issues(one).iter().map(|issue| {
            let field = format!("Bundle.entry[{index}].resource").into();
            let field = if issue.field.is_empty() {
                field
            } else {
                format!("{field} {}", issue.field).into()
            };
            Issue { field, ..issue.clone() }
        }));
    }
    outcome::answer(status, &issues)
}

//! `POST /v1/correction-requests/{id}/answers` (GB/T 38963 §6.8).

use crate::{
    access::{Caller, may},
    body::JsonBody,
    problem::Problem,
    schema::{MemberErrors, ReceiptSchema},
};
use axum::{Json, extract::Path, http::StatusCode};
use hutong_fhir::{ReadContext, RowResult, read_resource};
use hutong_model::{EntryId, limits::TEXT_BYTES_MAX};
use hutong_node::{
    admit::{Outcome, Receipt},
    corrections::Answer,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// What the member decided.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Decision {
    /// The record was wrong; `resource` is as it should be.
    Correct,
    /// The record should not exist.
    Withdraw,
    /// The record is right.
    Refuse,
}

/// An answer to a request for correction.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectionAnswer {
    /// What the member decided.
    answer: Decision,
    /// Why, in words for the person; 1 to 512 bytes.
    #[schema(example = "the lot was mistyped")]
    reason: String,
    /// The record as it should be: a FHIR Immunization or Observation.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    resource: Option<Box<RawValue>>,
}

/// Answer a request for correction.
///
/// A correction or withdrawal is a new record; the old one stays visible beside it.
#[utoipa::path(
    post, path = "/v1/correction-requests/{id}/answers", tag = "Corrections",
    params(("id" = String, Path, description = "The request")),
    request_body(content = CorrectionAnswer),
    responses(
        (status = 201, description = "Answered", body = ReceiptSchema),
        (status = 422, description = "The corrected record was refused; every reason"),
        MemberErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn answer_correction(
    caller: Caller<may::AnswerCorrection>,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<CorrectionAnswer>,
) -> Result<(StatusCode, Json<Receipt>), Problem> {
    let request = EntryId::parse(&id)
        .map_err(|_| Problem::not_found("no such request for one of your records"))?;
    let reason = body.reason.trim();
    if reason.is_empty() || reason.len() > TEXT_BYTES_MAX {
        return Err(Problem::bad_request("say why, in 1 to 512 bytes"));
    }
    let answer = match (body.answer, body.resource) {
        (Decision::Correct, Some(resource)) => corrected(&caller, &resource)?,
        (Decision::Correct, None) => {
            return Err(Problem::bad_request("give the record as it should be, as `resource`"));
        }
        (Decision::Withdraw, None) => Answer::Withdraw,
        (Decision::Refuse, None) => Answer::Refuse,
        _ => return Err(Problem::bad_request("`resource` goes only with the answer `correct`")),
    };
    let receipt = caller.node().answer_correction(&caller.member, request, answer, reason).await?;
    if receipt.outcome == Outcome::Rejected {
        return Err(Problem::unprocessable("the record was refused").with_issues(receipt.issues));
    }
    Ok((StatusCode::CREATED, Json(receipt)))
}

fn corrected(
    caller: &Caller<may::AnswerCorrection>,
    resource: &RawValue,
) -> Result<Answer, Problem> {
    let context = ReadContext::new(caller.member.id.clone(), caller.node().now());
    match read_resource(resource.get().as_bytes(), &context).result {
        RowResult::Submission(submission, _) => Ok(Answer::Correct(submission)),
        RowResult::NotKept(issue) => {
            Err(Problem::unprocessable("not a record that is kept").with_issues(vec![issue]))
        }
        RowResult::Rejected(issues) => {
            Err(Problem::unprocessable("the record was refused").with_issues(issues))
        }
    }
}

//! `POST /v1/evidence`.

use super::statement::Statement;
use crate::{
    access::{Caller, may},
    body::JsonBody,
    problem::Problem,
    schema::MemberErrors,
};
use axum::Json;
use hutong_model::{Issue, IssueCode, MemberKind, limits::EVIDENCE_BATCH_MAX};
use hutong_node::admit::{Outcome, Receipt};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;
use utoipa::ToSchema;

/// Statements of evidence.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// 1 to 1000 statements: `ownId`, `person` (`documents`, `name`), `occurred`, `reported`,
    /// `corrects`, and `about`: `diagnosis` (`agent`, `status`: suspected, confirmed, asymptomatic,
    /// recovered, excluded), `exposure` (`agent`, `contact`: close, secondary, shared; `place`,
    /// `setting`, `caseNumber`), `stay` (`place`, `from`, `until`, `knownBy`: check-in, declared,
    /// carrier, inquiry; `venue`), `border-entry` (`country`, `port`, `transport`).
    #[schema(value_type = Vec<Object>, example = json!([{
        "ownId": "inq-17",
        "person": {"documents": [{"kind": "resident-id", "number": "11010519491231002X"}]},
        "about": "exposure", "agent": "measles", "contact": "close",
        "occurred": "2027-03-01T10:00:00+08:00", "setting": "ward"
    }]))]
    statements: Vec<Value>,
}

/// A receipt for each statement, in order.
#[derive(Serialize, ToSchema)]
pub struct EvidenceReceipts {
    /// `outcome`: admitted, duplicate or rejected; `entry`, `person`, `ownId`, `issues`.
    #[schema(value_type = Vec<Object>)]
    receipts: Vec<Receipt>,
}

/// Admit evidence.
///
/// Departments state what they established, with a legal basis; hospitals state diagnoses. Each
/// statement is admitted or rejected by itself; sending again is harmless.
#[utoipa::path(
    post, path = "/v1/evidence", tag = "Admission",
    request_body(content = Evidence),
    responses((status = 200, description = "A receipt for each", body = EvidenceReceipts), MemberErrors),
    security(("member" = []))
)]
pub(crate) async fn evidence(
    caller: Caller<may::AdmitEvidence>,
    JsonBody(body): JsonBody<Evidence>,
) -> Result<Json<EvidenceReceipts>, Problem> {
    if !(1..=EVIDENCE_BATCH_MAX).contains(&body.statements.len()) {
        return Err(Problem::bad_request("send 1 to 1000 statements"));
    }
    let (node, now) = (caller.node(), caller.node().now());
    let all = caller.member.kind == MemberKind::Department;
    let mut receipts: Vec<Option<Receipt>> = Vec::with_capacity(body.statements.len());
    let mut submissions = Vec::new();
    for statement in body.statements {
        let read = serde_json::from_value::<Statement>(statement)
            .map_err(|error| vec![refused("statement", error.to_string())]);
        let read = read.and_then(|statement| match all || statement.is_diagnosis() {
            true => statement.submission(now),
            false => Err(vec![refused("about", "that is stated by departments")]),
        });
        match read {
            Ok(submission) => {
                submissions.push(Box::new(submission));
                receipts.push(None);
            }
            Err(issues) => receipts.push(Some(rejected(issues))),
        }
    }
    let mut admitted = node.admit(&caller.member, submissions, false).await?.into_iter();
    let receipts = receipts.into_iter().filter_map(|known| known.or_else(|| admitted.next()));
    Ok(Json(EvidenceReceipts { receipts: receipts.collect() }))
}

fn refused(field: &'static str, reason: impl Into<Cow<'static, str>>) -> Issue {
    Issue::error(IssueCode::Structure, field, reason, "")
}

fn rejected(issues: Vec<Issue>) -> Receipt {
    Receipt { outcome: Outcome::Rejected, entry: None, person: None, own_id: None, issues }
}

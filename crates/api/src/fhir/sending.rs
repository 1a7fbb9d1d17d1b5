//! From rows to receipts, and from receipts to FHIR answers; shared by what is sent one by one and
//! in Bundles.

use crate::{
    access::{Caller, Permission},
    problem::Problem,
};
use axum::http::StatusCode;
use hutong_fhir::{Locator, ReadContext, Row, RowResult, write::Answer};
use hutong_model::{
    Action, EntryId, Issue, IssueCode, Member, OriginId, Submission, Timestamp,
    limits::ADMIT_BATCH_MAX,
};
use hutong_node::{
    Node,
    admit::{Outcome, Receipt},
    tallies::Refusals,
};

/// Bodies larger than this are read on a thread of their own, in bytes.
const READ_HERE_MAX: usize = 64 * 1024;

/// Parses a body without holding up other requests.
pub(super) async fn reading<T: Send + 'static>(
    length: usize,
    read: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    if length <= READ_HERE_MAX {
        return Ok(read());
    }
    tokio::task::spawn_blocking(read).await.map_err(|_| Problem::internal())
}

/// Who sends, and when.
pub(super) fn context<A: Permission>(caller: &Caller<A>) -> ReadContext {
    ReadContext::new(caller.member.id.clone(), caller.node().now())
}

/// A row of a request after reading.
pub(super) enum Ready {
    /// To be admitted.
    Row(Box<Submission>, Vec<Issue>),
    /// Not kept.
    NotKept(Issue),
    /// Refused.
    Refused(Vec<Issue>),
}

/// What becomes of one row: receipts and, where it was not admitted, why.
pub(super) enum Became {
    /// It has a receipt.
    Decided(Receipt),
    /// Understood, but not something that is kept.
    NotKept(Issue),
}

/// Admits rows; one answer each, in order. With `all_or_none`, nothing is written unless every
/// row that should be kept can be.
pub(super) async fn admit<A: Permission>(
    caller: &Caller<A>,
    rows: Vec<Ready>,
    all_or_none: bool,
) -> Result<Vec<Became>, Problem> {
    let broken = all_or_none && rows.iter().any(|row| matches!(row, Ready::Refused(_)));
    let mut submissions = Vec::with_capacity(rows.len());
    let mut places: Vec<Result<Vec<Issue>, Became>> = Vec::with_capacity(rows.len());
    for row in rows {
        places.push(match row {
            Ready::NotKept(issue) => Err(Became::NotKept(issue)),
            Ready::Refused(issues) => Err(Became::Decided(refusal(None, issues))),
            Ready::Row(submission, _) if broken => {
                let issue = Issue::error(
                    IssueCode::BusinessRule,
                    "",
                    "not written, because another entry of the same transaction was refused",
                    "mend the refused entry and send the whole transaction again",
                );
                Err(Became::Decided(refusal(submission.own_id, vec![issue])))
            }
            Ready::Row(submission, warnings) => {
                submissions.push(submission);
                Ok(warnings)
            }
        });
    }
    if all_or_none && submissions.len() > ADMIT_BATCH_MAX {
        return Err(Problem::too_large(format!(
            "a transaction has at most {ADMIT_BATCH_MAX} entries that are kept, this one has {}; \
             nothing was written: send it as a batch, or in parts",
            submissions.len()
        )));
    }
    let receipts = match submissions.is_empty() {
        true => Vec::new(),
        false => caller.node().admit(&caller.member, submissions, all_or_none).await?,
    };
    let mut receipts = receipts.into_iter();
    let mut became = Vec::with_capacity(places.len());
    for place in places {
        became.push(match place {
            Err(became) => became,
            Ok(mut warnings) => {
                let mut receipt = receipts.next().ok_or_else(Problem::internal)?;
                warnings.append(&mut receipt.issues);
                receipt.issues = warnings;
                Became::Decided(receipt)
            }
        });
    }
    count_refusals(caller, &became).await;
    Ok(became)
}

async fn count_refusals<A: Permission>(caller: &Caller<A>, became: &[Became]) {
    let mut refusals = Refusals::default();
    for row in became {
        match row {
            Became::Decided(receipt) if receipt.outcome == Outcome::Rejected => {
                refusals.count(&receipt.issues);
            }
            _ => {}
        }
    }
    caller.node().count_refusals(&caller.member, refusals).await;
}

fn refusal(own_id: Option<OriginId>, issues: Vec<Issue>) -> Receipt {
    Receipt { outcome: Outcome::Rejected, entry: None, person: None, own_id, issues }
}

/// What a row asks for: as it was sent, or with PUT the correction of what is there.
pub(super) async fn ready(node: &Node, member: &Member, row: Row) -> Result<Ready, Problem> {
    let put = row.request.as_ref().filter(|request| &*request.method == "PUT");
    let put = put.map(|request| request.url.clone());
    match row.result {
        RowResult::NotKept(issue) => Ok(Ready::NotKept(issue)),
        RowResult::Rejected(issues) => Ok(Ready::Refused(issues)),
        RowResult::Submission(mut submission, warnings) => {
            if let Some(url) = put
                && let Err(issue) =
                    replace(node, member, &url, &row.locator, &mut submission).await?
            {
                return Ok(Ready::Refused(vec![issue]));
            }
            Ok(Ready::Row(submission, warnings))
        }
    }
}

/// Makes a submission the correction of the record that `url` (`TYPE/ID`) names: by the id that
/// this node gave it, or by the sender's own. Where nothing is there yet it stays new.
async fn replace(
    node: &Node,
    member: &Member,
    url: &str,
    locator: &Locator,
    submission: &mut Submission,
) -> Result<Result<(), Issue>, Problem> {
    if submission.fact.is_none() || submission.action != Action::New {
        return Ok(Ok(()));
    }
    let id = url.rsplit('/').next().unwrap_or_default();
    if let Ok(entry) = EntryId::parse(id) {
        let stored = node.store().entry(entry).await?;
        let own = stored.filter(|s| s.entry.member == member.id).and_then(|s| s.entry.own_id);
        let Some(own) = own else { return Ok(Err(not_yours())) };
        submission.action = Action::Correct(own);
        return Ok(Ok(()));
    }
    if locator.id.as_deref() != Some(id) {
        return Ok(Err(Issue::error(
            IssueCode::Value,
            "id",
            "the id of the resource is not the one in the address",
            "give the resource the id that the address has",
        )));
    }
    let Some(own) = submission.own_id.clone() else { return Ok(Ok(())) };
    let stored = node.store().entry(EntryId::of_record(&member.id, &own)).await?;
    let changed = stored.is_some_and(|stored| {
        let times =
            hutong_model::Times { admitted: stored.entry.times.admitted, ..submission.times };
        Some(&stored.entry.fact) != submission.fact.as_ref()
            || stored.entry.source != submission.source
            || stored.entry.times != times
    });
    if changed {
        submission.action = Action::Correct(own);
    }
    Ok(Ok(()))
}

fn not_yours() -> Issue {
    Issue::error(
        IssueCode::NotFound,
        "id",
        "there is no such record of yours",
        "a record can be corrected only by the member that stated it",
    )
}

/// Where something that was admitted is: `Immunization/ID`.
pub(super) fn location(kind: &str, receipt: &Receipt) -> Option<String> {
    match kind {
        "Patient" => receipt.person.map(|person| format!("Patient/{person}")),
        "DiagnosticReport" => receipt.entry.map(|entry| format!("Observation/{entry}")),
        kind => receipt.entry.map(|entry| format!("{kind}/{entry}")),
    }
}

/// The HTTP status that says what became of a row.
pub(super) fn status(became: &Became) -> StatusCode {
    match became {
        Became::NotKept(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Became::Decided(receipt) => match receipt.outcome {
            Outcome::Admitted => StatusCode::CREATED,
            Outcome::Duplicate => StatusCode::OK,
            Outcome::Rejected => {
                let any = |code| receipt.issues.iter().any(|issue| issue.code == code);
                if any(IssueCode::Structure) {
                    StatusCode::BAD_REQUEST
                } else if any(IssueCode::Conflict) {
                    StatusCode::CONFLICT
                } else if any(IssueCode::NotFound) {
                    StatusCode::NOT_FOUND
                } else {
                    StatusCode::UNPROCESSABLE_ENTITY
                }
            }
        },
    }
}

/// The issues that go with it.
pub(super) fn issues(became: &Became) -> &[Issue] {
    match became {
        Became::NotKept(issue) => std::slice::from_ref(issue),
        Became::Decided(receipt) => &receipt.issues,
    }
}

/// One entry of a response Bundle.
pub(super) fn entry_answer(kind: &str, became: &Became, now: Timestamp) -> Answer {
    let (status, location, at) = match became {
        Became::NotKept(_) => ("200 OK", None, None),
        Became::Decided(receipt) => match status(became) {
            StatusCode::CREATED => ("201 Created", location(kind, receipt), Some(now)),
            StatusCode::OK => ("200 OK", location(kind, receipt), None),
            StatusCode::BAD_REQUEST => ("400 Bad Request", None, None),
            StatusCode::CONFLICT => ("409 Conflict", None, None),
            StatusCode::NOT_FOUND => ("404 Not Found", None, None),
            _ => ("422 Unprocessable Entity", None, None),
        },
    };
    Answer { status, location, at, issues: issues(became).to_vec() }
}

//! `POST /v1/entry-checks`.

use crate::{
    access::{Caller, may},
    body::JsonBody,
    problem::Problem,
    schema::MemberErrors,
};
use axum::{
    Json,
    http::header,
    response::{IntoResponse, Response},
};
use hutong_model::{Date, Document, limits::ENTRY_CHECK_CHILDREN_MAX};
use hutong_node::{
    grants::Right,
    programme::entry::{EntryChild, EntryDays, EntryObstacle, EntryResult},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Most bytes of a row's reference.
const REFERENCE_BYTES_MAX: usize = 64;

/// A class list.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EntryCheck {
    /// Day for which the doses count; today where absent.
    #[schema(value_type = Option<String>, example = "2027-09-01")]
    on: Option<Date>,
    /// The day on which the term begins, or of the transfer; the day of the check where absent.
    #[schema(value_type = Option<String>, example = "2027-09-01")]
    term: Option<Date>,
    /// The children, at most 200.
    children: Vec<EntryRow>,
}

/// A row of a class list.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EntryRow {
    /// By what the school finds the row again; the answer has it.
    #[schema(example = "1-3-17")]
    reference: String,
    /// The child's name.
    #[serde(default)]
    #[schema(example = "林小满")]
    name: String,
    /// A document of the child's: kind, scope, number.
    #[serde(default)]
    #[schema(value_type = crate::schema::DocumentSchema)]
    document: serde_json::Value,
}

impl EntryRow {
    /// The child, where the row names one.
    fn child(&self) -> Option<EntryChild> {
        let document: Document = serde_json::from_value(self.document.clone()).ok()?;
        let name = self.name.trim();
        let named = name.chars().any(char::is_alphanumeric);
        named.then(|| EntryChild { name: name.into(), document })
    }
}

/// The answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EntryAnswer {
    #[serde(flatten)]
    days: EntryDays,
    totals: EntryTotals,
    children: Vec<EntryChecked>,
}

/// How many children of each result.
#[derive(Serialize, Default, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EntryTotals {
    /// All doses were given.
    complete: usize,
    /// Doses are missing.
    missing: usize,
    /// It cannot be said.
    cannot_assess: usize,
}

#[derive(Serialize)]
struct EntryChecked {
    reference: String,
    #[serde(flatten)]
    result: EntryResult,
}

/// The answer, as documented.
#[derive(Serialize, ToSchema)]
#[schema(as = EntryCheckAnswer)]
#[serde(rename_all = "camelCase")]
pub struct EntryAnswerSchema {
    /// The day for which the doses count.
    #[schema(example = "2027-09-01")]
    on: String,
    /// By when all children were checked: thirty days from the beginning of the term.
    #[schema(example = "2027-10-01")]
    check_by: String,
    /// By when those with missing doses are checked again.
    #[schema(example = "2027-12-31")]
    recheck_by: String,
    /// How many children of each result.
    totals: EntryTotals,
    /// One for each row, in the order of the list.
    children: Vec<EntryCheckedSchema>,
}

/// A row's result, as documented.
#[derive(Serialize, ToSchema)]
#[schema(as = EntryChecked)]
pub struct EntryCheckedSchema {
    /// The row's reference.
    #[schema(example = "1-3-17")]
    reference: String,
    /// `complete`, `missing`, `cannot-assess`.
    #[schema(example = "missing")]
    result: String,
    /// The region whose programme counts.
    region: Option<String>,
    /// The edition by which it was assessed.
    #[schema(example = "cn-2026")]
    edition: Option<String>,
    /// What is missing, the most urgent first: group, doses, number, recommended, overdue,
    /// vaccines, sentence.
    #[schema(value_type = Option<Vec<Object>>)]
    missing: Option<Vec<String>>,
    /// Where it is made up for: zh, en.
    #[schema(value_type = Option<Object>)]
    r#where: Option<String>,
    /// Why it cannot be said: `row`, `not-known`, `no-birth-date`, `no-edition`, `out-of-reach`,
    /// `undated`.
    reason: Option<String>,
    /// Why, and what to do: zh, en.
    #[schema(value_type = Option<Object>)]
    text: Option<String>,
}

/// Check a class before it enters a nursery or a school.
///
/// For each child: complete, missing (which doses, and where they are made up for), or why it
/// cannot be said. From the records of all regions, by the edition of the day and of the region
/// where the child lives. What was given, when and where is not told, nor anything about a child
/// whose name is not the document's. A row that is wrong does not stop the others. Each child is
/// recorded as an access and counts against the operator's daily quota; a list that goes beyond it
/// is 429, and can be sent again. Nothing is kept of the list: to check again, send it again. Takes
/// the purpose `SCHOOL` and a legal basis.
#[utoipa::path(
    post, path = "/v1/entry-checks", tag = "Programme",
    params(
        ("Hutong-Purpose" = Option<String>, Header, description = "Why", example = "SCHOOL"),
        ("Hutong-Legal-Basis" = String, Header, description = "Law and article"),
    ),
    request_body(content = EntryCheck),
    responses(
        (status = 200, description = "What is missing", body = EntryAnswerSchema),
        MemberErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn check_entry(
    caller: Caller<may::CheckEntry>,
    JsonBody(list): JsonBody<EntryCheck>,
) -> Result<Response, Problem> {
    let on = list.on.unwrap_or_else(|| caller.node().today());
    let days = EntryDays::new(on, list.term.unwrap_or(on));
    bounded(&list.children)?;
    let mut totals = EntryTotals::default();
    let mut children = Vec::with_capacity(list.children.len());
    for row in list.children {
        let result = check(&caller, &row, on).await?;
        *match &result {
            EntryResult::Complete(_) => &mut totals.complete,
            EntryResult::Missing { .. } => &mut totals.missing,
            EntryResult::CannotAssess { .. } => &mut totals.cannot_assess,
        } += 1;
        children.push(EntryChecked { reference: row.reference, result });
    }
    let answer = EntryAnswer { days, totals, children };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}

async fn check(
    caller: &Caller<may::CheckEntry>,
    row: &EntryRow,
    on: Date,
) -> Result<EntryResult, Problem> {
    let Some(child) = row.child() else { return Ok(EntryObstacle::Row.told()) };
    let reader = caller.reader(Right::Legal(caller.basis().into()));
    Ok(caller.node().check_entry(&child, &caller.operator(), reader, on).await?)
}

fn bounded(children: &[EntryRow]) -> Result<(), Problem> {
    if children.is_empty() || children.len() > ENTRY_CHECK_CHILDREN_MAX {
        return Err(Problem::bad_request("children: 1 to 200 rows"));
    }
    if children.iter().any(|row| row.reference.len() > REFERENCE_BYTES_MAX) {
        return Err(Problem::bad_request("reference: at most 64 bytes"));
    }
    Ok(())
}

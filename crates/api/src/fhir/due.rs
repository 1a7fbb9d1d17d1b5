//! `GET /fhir/ImmunizationRecommendation` and `GET /fhir/ImmunizationEvaluation`.

use super::{
    answer, base,
    search::{incomplete, no_such_person, refused},
    whose,
};
use crate::{
    access::{Caller, may},
    paging::pairs,
    problem::Problem,
    schema::FhirErrors,
};
use axum::{http::Uri, response::Response};
use hutong_fhir::{
    search::due_search,
    write::{Assessed, SearchsetPage, evaluation_searchset, recommendation_searchset},
};
use hutong_node::programme::DueWish;

/// What is due for a person.
///
/// One `ImmunizationRecommendation`, made for the day from the records of all regions, by the
/// edition of the day and of the person's region. Needs the person's grant or a legal basis;
/// recorded as an access.
#[utoipa::path(
    get, path = "/fhir/ImmunizationRecommendation", tag = "FHIR",
    params(
        ("patient" = Option<String>, Query, description = "The person's id here, or the member's own"),
        ("patient.identifier" = Option<String>, Query, description = "system|value of a document"),
        ("date" = Option<String>, Query, description = "Day of the assessment; today where absent"),
        ("Hutong-Purpose" = Option<String>, Header, description = "Why", example = "TREAT"),
    ),
    responses(
        (status = 200, description = "A Bundle of type searchset", content_type = "application/fhir+json"),
        FhirErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn recommendations(
    caller: Caller<may::ReadHistory>,
    uri: Uri,
) -> Result<Response, Problem> {
    assessed(caller, &uri, "ImmunizationRecommendation", |_| 1, recommendation_searchset).await
}

/// What a person's doses are worth.
///
/// An `ImmunizationEvaluation` for each dose and each best series that looked at it.
#[utoipa::path(
    get, path = "/fhir/ImmunizationEvaluation", tag = "FHIR",
    params(
        ("patient" = Option<String>, Query, description = "The person's id here, or the member's own"),
        ("patient.identifier" = Option<String>, Query, description = "system|value of a document"),
        ("date" = Option<String>, Query, description = "Day of the assessment; today where absent"),
        ("Hutong-Purpose" = Option<String>, Header, description = "Why", example = "TREAT"),
    ),
    responses(
        (status = 200, description = "A Bundle of type searchset", content_type = "application/fhir+json"),
        FhirErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn evaluations(
    caller: Caller<may::ReadHistory>,
    uri: Uri,
) -> Result<Response, Problem> {
    let count = |assessed: &Assessed| assessed.evaluations.len();
    assessed(caller, &uri, "ImmunizationEvaluation", count, evaluation_searchset).await
}

async fn assessed(
    caller: Caller<may::ReadHistory>,
    uri: &Uri,
    kind: &str,
    count: impl Fn(&Assessed) -> usize,
    write: impl Fn(&SearchsetPage<'_>, &Assessed, &mut Vec<u8>),
) -> Result<Response, Problem> {
    let pairs = pairs(uri)?;
    let search =
        due_search(pairs.iter().map(|(n, v)| (n.as_str(), v.as_str()))).map_err(refused)?;
    let node = caller.node();
    let Some(person) = whose::person(node, &caller.member, &search.patient).await? else {
        caller.missed().await?;
        return Err(no_such_person());
    };
    let right = caller.right_to(person).await?;
    let wish = DueWish { on: search.on, region: None };
    let due = node.doses_due(person, caller.reader(right), wish).await?;
    let assessed = due.to_fhir();
    let base = base(node);
    let issues = incomplete(due.complete);
    let page = SearchsetPage {
        base: &base,
        self_url: &format!("{base}/{kind}?{}", uri.query().unwrap_or_default()),
        next_url: None,
        total: count(&assessed) as u64,
        at: node.now(),
        issues: &issues,
    };
    let mut body = Vec::with_capacity(16 * 1024);
    write(&page, &assessed, &mut body);
    Ok(answer(body))
}

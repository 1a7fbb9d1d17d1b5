//! `GET /fhir/Patient/{id}`, `GET /fhir/Patient?identifier=`.

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
use axum::{extract::Path, http::Uri, response::Response};
use hutong_fhir::{
    search::patient_search,
    write::{Disclosure, SearchsetPage, ShownPatient, patient, patient_searchset},
};
use hutong_model::{PersonId, Purpose};
use hutong_node::{Node, history::History};

/// A person.
///
/// Needs the person's grant or a legal basis; recorded as an access.
#[utoipa::path(
    get, path = "/fhir/Patient/{id}", tag = "FHIR",
    params(
        ("id" = String, Path, description = "The person's id here"),
        ("Hutong-Purpose" = Option<String>, Header, description = "Why", example = "TREAT"),
    ),
    responses(
        (status = 200, description = "A Patient", content_type = "application/fhir+json"),
        FhirErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn read_patient(
    caller: Caller<may::ReadHistory>,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Response, Problem> {
    if pairs(&uri)?.iter().any(|(name, _)| name != "_format") {
        return Err(Problem::bad_request("reading a Patient takes no parameters"));
    }
    let person = PersonId::parse(&id).map_err(|_| no_such_person())?;
    let right = caller.right_to(person).await?;
    let history = caller.node().history(person, caller.reader(right)).await?;
    let shown = shown(caller.node(), &history).await?;
    let mut body = Vec::with_capacity(1024);
    patient(&shown, disclosure(caller.purpose), &mut body);
    Ok(answer(body))
}

/// Find a person by a document.
///
/// Answers only for persons whom the caller may read anyway, by a grant or a legal basis. For
/// anybody else the answer is the same as for a document that nobody has.
#[utoipa::path(
    get, path = "/fhir/Patient", tag = "FHIR",
    params(
        ("identifier" = String, Query, description = "system|value of a document"),
        ("_count" = Option<usize>, Query, description = "Entries in a page"),
        ("Hutong-Purpose" = Option<String>, Header, description = "Why", example = "TREAT"),
    ),
    responses(
        (status = 200, description = "A Bundle of type searchset", content_type = "application/fhir+json"),
        FhirErrors,
    ),
    security(("member" = []))
)]
pub(crate) async fn find_patient(
    caller: Caller<may::FindPerson>,
    uri: Uri,
) -> Result<Response, Problem> {
    let pairs = pairs(&uri)?;
    let search =
        patient_search(pairs.iter().map(|(n, v)| (n.as_str(), v.as_str()))).map_err(refused)?;
    let node = caller.node();
    let mut patients = Vec::new();
    let mut issues = Vec::new();
    let found = whose::by_token(node, &search.identifier).await?;
    if found.is_none() {
        caller.missed().await?;
    }
    if let Some(person) = found {
        match caller.right_to(person).await {
            Ok(right) => {
                let history = node.history(person, caller.reader(right)).await?;
                patients.push(shown(node, &history).await?);
                issues = incomplete(history.complete);
            }
            Err(problem) if problem.status() == axum::http::StatusCode::NOT_FOUND => {}
            Err(problem) => return Err(problem),
        }
    }
    let base = base(node);
    let page = SearchsetPage {
        base: &base,
        self_url: &format!("{base}/Patient?{}", uri.query().unwrap_or_default()),
        next_url: None,
        total: patients.len() as u64,
        at: node.now(),
        issues: &issues,
    };
    patients.truncate(search.page.count);
    let mut body = Vec::with_capacity(2048);
    patient_searchset(&page, &patients, disclosure(caller.purpose), &mut body);
    Ok(answer(body))
}

/// A person as shown: documents that mean something to people, everything else that is known.
pub(super) async fn shown(node: &Node, history: &History) -> Result<ShownPatient, Problem> {
    let identity = history.identity.clone();
    let linked = node.store().cluster(history.person).await?;
    Ok(ShownPatient {
        person: history.person,
        documents: identity
            .documents
            .into_iter()
            .map(|(document, _)| document)
            .filter(|document| !document.is_local())
            .collect(),
        demographics: identity.demographics,
        guardians: identity.guardians,
        linked: linked.into_iter().filter(|person| *person != history.person).collect(),
    })
}

/// A school checks doses; it does not need numbers and addresses.
pub(super) fn disclosure(purpose: Purpose) -> Disclosure {
    match purpose {
        Purpose::SchoolEntry => Disclosure::Masked,
        _ => Disclosure::Full,
    }
}

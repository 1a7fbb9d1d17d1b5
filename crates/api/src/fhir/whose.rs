//! From a search parameter to a person. Finding somebody is no right to read them.

use crate::problem::Problem;
use hutong_fhir::{
    search::{PatientQuery, Token},
    urls,
};
use hutong_model::{Document, DocumentKind, Member, PersonId};
use hutong_node::Node;

/// Begins the system of a passport number; the country follows.
const PASSPORT: &str = "http://hl7.org/fhir/sid/passport-";

/// The person that is asked for, if there is one.
pub(super) async fn person(
    node: &Node,
    member: &Member,
    query: &PatientQuery,
) -> Result<Option<PersonId>, Problem> {
    let document = match query {
        PatientQuery::Person(person) => return Ok(Some(*person)),
        PatientQuery::Id(id) => Document::identifier(&urls::member_patient(&member.id), id).ok(),
        PatientQuery::Identifier(token) => document(token),
    };
    by_document(node, document).await
}

/// The person that a token names, if there is one.
pub(super) async fn by_token(node: &Node, token: &Token) -> Result<Option<PersonId>, Problem> {
    by_document(node, document(token)).await
}

async fn by_document(node: &Node, document: Option<Document>) -> Result<Option<PersonId>, Problem> {
    let Some(document) = document else { return Ok(None) };
    let found = node.store().persons_by_documents(&[document]).await?;
    Ok(found.into_iter().flatten().next())
}

/// The document that an identifier names; None where its number is impossible.
fn document(token: &Token) -> Option<Document> {
    let system = token.system.as_deref()?;
    if let Some(country) = system.strip_prefix(PASSPORT) {
        return Document::parse(DocumentKind::Passport, country, &token.code).ok();
    }
    let own = |kind: &DocumentKind| *kind != DocumentKind::Other && kind.system() == system;
    match DocumentKind::ALL.into_iter().find(own) {
        Some(kind) => Document::parse(kind, "", &token.code).ok(),
        None => Document::identifier(system, &token.code).ok(),
    }
}

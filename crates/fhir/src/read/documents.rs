//! FHIR identifiers as identity documents.

use super::ReadContext;
use super::elements::{Identifier, extension};
use super::findings::Findings;
use crate::urls;
use hutong_model::{Document, DocumentError, DocumentKind, IssueCode};
use std::{borrow::Cow, collections::HashSet};

/// FHIR's systems of passport numbers, one per country.
const PASSPORT: &str = "http://hl7.org/fhir/sid/passport-";

/// The document that an identifier names. None where it has no value (noted) or is wrong (an
/// error that names the element, never the number).
pub(super) fn document(
    f: &mut Findings,
    path: impl Fn() -> String,
    ctx: &ReadContext,
    identifier: &Identifier<'_>,
) -> Option<Document> {
    let Some(value) = identifier.value.as_deref().filter(|v| !v.trim().is_empty()) else {
        let remedy = "give its value, or leave the identifier out";
        f.warning(IssueCode::Required, path(), "the identifier has no value", remedy);
        return None;
    };
    let (kind, scope) = classify(ctx, identifier);
    match Document::parse(kind, &scope, value) {
        Ok(document) => Some(document),
        Err(error) => {
            let (code, field) = match error {
                DocumentError::System => (IssueCode::Value, format!("{}.system", path())),
                _ => (IssueCode::Value, format!("{}.value", path())),
            };
            let reason = format!("{}: {error}", noun(kind));
            f.error(code, field, reason, "compare it with the document and correct it");
            None
        }
    }
}

const fn noun(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::ResidentId => "resident ID",
        DocumentKind::HkMacaoPermit => "travel permit (Hong Kong, Macao)",
        DocumentKind::TaiwanPermit => "travel permit (Taiwan)",
        DocumentKind::HkMacaoTaiwanResidencePermit => "residence permit (Hong Kong, Macao, Taiwan)",
        DocumentKind::PermanentResidenceId => "permanent residence ID",
        DocumentKind::Passport => "passport",
        DocumentKind::BirthCertificate => "birth certificate",
        DocumentKind::Other => "identifier",
    }
}

/// Which kind of document an identifier is: by its system, then by its type.
fn classify<'x>(ctx: &ReadContext, identifier: &'x Identifier<'_>) -> (DocumentKind, Cow<'x, str>) {
    let system = identifier.system.as_deref().map(str::trim).unwrap_or_default();
    if let Some(country) = system.strip_prefix(PASSPORT) {
        return (DocumentKind::Passport, Cow::Borrowed(country));
    }
    let country = || {
        let found = extension(&identifier.extension, urls::EXT_COUNTRY)?;
        found.value_code.as_deref().or(found.value_string.as_deref())
    };
    if let Some(kind) = by_system(system).or_else(|| by_type(identifier, country().is_some())) {
        let scope = if kind == DocumentKind::Passport { country() } else { None };
        return (kind, Cow::Borrowed(scope.unwrap_or_default()));
    }
    if system.is_empty() {
        return (DocumentKind::Other, Cow::Owned(urls::member_identifier(&ctx.member)));
    }
    (DocumentKind::Other, Cow::Borrowed(system))
}

fn by_system(system: &str) -> Option<DocumentKind> {
    if let Some(word) = system.strip_prefix("urn:hutong:id:") {
        return DocumentKind::parse(word).filter(|kind| *kind != DocumentKind::Other);
    }
    (system == DocumentKind::ResidentId.system()).then_some(DocumentKind::ResidentId)
}

fn by_type(identifier: &Identifier<'_>, has_country: bool) -> Option<DocumentKind> {
    let codings = identifier.kind.iter().flat_map(|kind| &kind.coding);
    codings.into_iter().find_map(|coding| {
        let code = coding.code.as_deref()?;
        match coding.system.as_deref()? {
            urls::CS_V2_0203 | "http://hl7.org/fhir/v2/0203" => match code {
                "NNCHN" => Some(DocumentKind::ResidentId),
                // A passport number of an unknown country stays an identifier of its system.
                "PPN" if has_country => Some(DocumentKind::Passport),
                _ => None,
            },
            urls::CS_DOCUMENT_KIND => {
                DocumentKind::parse(code).filter(|kind| *kind != DocumentKind::Other)
            }
            _ => None,
        }
    })
}

/// Puts documents in order, the strongest evidence first, each once.
pub(super) fn in_order(documents: &mut Vec<Document>) {
    documents.sort_by_key(|d| DocumentKind::ALL.iter().position(|kind| *kind == d.kind()));
    let mut seen = HashSet::with_capacity(documents.len());
    documents.retain(|document| seen.insert(document.clone()));
}

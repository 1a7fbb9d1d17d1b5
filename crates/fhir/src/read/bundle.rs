//! `Bundle` (HL7 FHIR R4 §2.37): several resources at once.

use super::elements::{Bundle, BundleEntry};
use super::subject::Patients;
use super::{Locator, ReadContext, Row, RowResult, checked, resource, short};
use crate::json;
use hutong_model::{
    Issue, IssueCode,
    limits::{BODY_BYTES_MAX, BUNDLE_ENTRIES_MAX},
};

/// What a Bundle is for (FHIR `bundle-type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BundleKind {
    /// All entries or none.
    Transaction,
    /// Each entry by itself.
    Batch,
    /// A set of resources.
    Collection,
    /// Results of a search.
    Searchset,
    /// A document.
    Document,
    /// A message.
    Message,
    /// Versions of resources.
    History,
    /// Answers to a transaction or batch.
    Response,
    /// Not said, or not readable.
    Unknown,
}

impl BundleKind {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "transaction" => Self::Transaction,
            "batch" => Self::Batch,
            "collection" => Self::Collection,
            "searchset" => Self::Searchset,
            "document" => Self::Document,
            "message" => Self::Message,
            "history" => Self::History,
            "transaction-response" | "batch-response" => Self::Response,
            _ => return None,
        })
    }
}

/// What a Bundle asks to be done with one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRequest {
    /// HTTP method, in capital letters.
    pub method: Box<str>,
    /// Address below the base, such as `Immunization`.
    pub url: Box<str>,
}

/// A Bundle, read.
#[derive(Debug)]
pub struct BundleRead {
    /// What it is for.
    pub kind: BundleKind,
    /// Its `id`.
    pub id: Option<Box<str>>,
    /// One row per resource, and one per entry that has none, in order. A Bundle that cannot be
    /// read at all has one rejected row.
    pub rows: Vec<Row>,
}

/// Reads a Bundle.
pub fn read_bundle(bytes: &[u8], ctx: &ReadContext) -> BundleRead {
    match checked(bytes, BODY_BYTES_MAX) {
        Ok(text) => read(text, ctx, &Locator::default()),
        Err(issue) => unreadable(Locator::default(), issue),
    }
}

fn unreadable(locator: Locator, issue: Issue) -> BundleRead {
    BundleRead { kind: BundleKind::Unknown, id: None, rows: vec![Row::rejected(locator, issue)] }
}

/// Reads a checked text that should be a Bundle; `at` is where it stands.
pub(super) fn read(text: &str, ctx: &ReadContext, at: &Locator) -> BundleRead {
    let mut locator = at.clone();
    match json::resource_type(text) {
        Ok(kind) if &*kind == "Bundle" => {}
        Ok(_) => {
            return unreadable(
                locator,
                Issue::error(
                    IssueCode::Structure,
                    "resourceType",
                    "this is not a Bundle",
                    "send a Bundle here, or the resource to the address of its type",
                ),
            );
        }
        Err(issue) => return unreadable(locator, issue),
    }
    locator.resource_type = "Bundle".into();
    let bundle = match json::parse::<Bundle<'_>>(text, "Bundle") {
        Ok(bundle) => bundle,
        Err(issue) => return unreadable(locator, issue),
    };
    let id = bundle.id.as_deref().and_then(short);
    let Some(kind) = bundle.kind.as_deref().and_then(BundleKind::parse) else {
        locator.id = id;
        let issue = Issue::error(
            IssueCode::Required,
            "Bundle.type",
            "the Bundle does not say what it is for, or says it in an unknown word",
            "give the type: transaction, batch or collection",
        );
        return unreadable(locator, issue);
    };
    let patients = patients(&bundle.entry, ctx);
    let mut rows = Vec::with_capacity(bundle.entry.len());
    for (index, entry) in bundle.entry.iter().enumerate() {
        let mut locator = at.clone();
        match locator.index {
            None => locator.index = Some(index),
            Some(_) => locator.inner = Some(index),
        }
        locator.full_url = entry.full_url.as_deref().and_then(short);
        entry_rows(entry, ctx, &patients, locator, &mut rows);
        // Bundles within it may have many entries each.
        if rows.len() > BUNDLE_ENTRIES_MAX {
            let mut locator = at.clone();
            locator.resource_type = "Bundle".into();
            return unreadable(locator, too_many());
        }
    }
    BundleRead { kind, id, rows }
}

fn too_many() -> Issue {
    Issue::error(
        IssueCode::TooLong,
        "Bundle.entry",
        format!("more than {BUNDLE_ENTRIES_MAX} entries"),
        "send several Bundles, or NDJSON with one resource in each line",
    )
}

fn patients(entries: &[BundleEntry<'_>], ctx: &ReadContext) -> Patients {
    let mut patients = Patients::default();
    for entry in entries {
        let Some(raw) = entry.resource else { continue };
        let is_patient = json::resource_type(raw.text()).is_ok_and(|kind| &*kind == "Patient");
        if is_patient && json::check_parts(raw.text()).is_ok() {
            patients.note(raw.text(), entry.full_url.as_deref(), ctx);
        }
    }
    patients
}

fn entry_rows(
    entry: &BundleEntry<'_>,
    ctx: &ReadContext,
    patients: &Patients,
    locator: Locator,
    rows: &mut Vec<Row>,
) {
    let request = entry.request.as_ref().and_then(|request| {
        Some(EntryRequest {
            method: request.method.as_deref()?.chars().take(16).collect::<String>().into(),
            url: request
                .url
                .as_deref()
                .unwrap_or_default()
                .chars()
                .take(512)
                .collect::<String>()
                .into(),
        })
    });
    if let Some(refused) = request.as_ref().and_then(|request| refuse(&request.method)) {
        let result = RowResult::Rejected(vec![refused]);
        rows.push(Row { locator, request, result });
        return;
    }
    let Some(raw) = entry.resource else {
        let reason = "the entry has no resource: there is nothing to keep";
        let issue = Issue::information(IssueCode::NotSupported, "Bundle.entry.resource", reason);
        rows.push(Row { locator, request, result: RowResult::NotKept(issue) });
        return;
    };
    if !raw.text().starts_with('{') {
        let issue = Issue::error(
            IssueCode::Structure,
            "Bundle.entry.resource",
            "the resource is not an object",
            "send the resource as a JSON object",
        );
        rows.push(Row { request, ..Row::rejected(locator, issue) });
        return;
    }
    let nested = json::resource_type(raw.text()).is_ok_and(|kind| &*kind == "Bundle");
    // One level of Bundles within Bundles is followed: that is what batch responses hold.
    if nested && locator.inner.is_none() {
        rows.append(&mut read(raw.text(), ctx, &locator).rows);
        return;
    }
    let row = resource(raw.text(), ctx, Some(patients), locator);
    rows.push(Row { request, ..row });
}

/// Methods that an append-only record base does not offer.
fn refuse(method: &str) -> Option<Issue> {
    let (reason, remedy) = match method {
        "POST" | "PUT" => return None,
        "DELETE" => (
            "records are never deleted",
            "send the record with the status entered-in-error: both stay visible",
        ),
        "PATCH" => (
            "records are never changed in part",
            "send the whole record with the extension urn:hutong:ext:replaces",
        ),
        "GET" | "HEAD" => {
            ("a Bundle is only for sending here", "send each search as a request of its own")
        }
        _ => ("the method is not one of FHIR's", "use POST or PUT"),
    };
    Some(Issue::error(IssueCode::NotSupported, "Bundle.entry.request.method", reason, remedy))
}

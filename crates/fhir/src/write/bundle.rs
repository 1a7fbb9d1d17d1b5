//! Bundles out: search results, everything of a person, answers to a Bundle sent.

use super::json::Json;
use super::{Disclosure, ShownPatient, ShownRecord, outcome, patient};
use hutong_model::{Issue, Timestamp};

/// One page of search results.
#[derive(Debug, Clone, Copy)]
pub struct SearchsetPage<'a> {
    /// Base address of the FHIR interface, without a slash at its end.
    pub base: &'a str,
    /// Address of this page.
    pub self_url: &'a str,
    /// Address of the next page, where there is one.
    pub next_url: Option<&'a str>,
    /// Matches on all pages.
    pub total: u64,
    /// When the search was answered.
    pub at: Timestamp,
    /// What the reader must know: above all, that the answer is not complete.
    pub issues: &'a [Issue],
}

/// Everything of a person, one page of it.
#[derive(Debug, Clone, Copy)]
pub struct EverythingPage<'a> {
    /// Addresses, total and issues.
    pub page: SearchsetPage<'a>,
    /// The person; on the first page only.
    pub patient: Option<&'a ShownPatient>,
    /// How much of the person is shown.
    pub disclosure: Disclosure,
    /// The records of this page.
    pub records: &'a [ShownRecord],
}

/// Appends a searchset of records. Entries that have no FHIR form are left out.
pub fn searchset(page: &SearchsetPage<'_>, records: &[ShownRecord], out: &mut Vec<u8>) {
    let mut json = Json::new(out);
    frame(&mut json, page, |j| records.iter().for_each(|record| match_entry(j, page.base, record)));
}

/// Appends a searchset of persons.
pub fn patient_searchset(
    page: &SearchsetPage<'_>,
    patients: &[ShownPatient],
    disclosure: Disclosure,
    out: &mut Vec<u8>,
) {
    let mut json = Json::new(out);
    frame(&mut json, page, |j| {
        patients.iter().for_each(|shown| patient_entry(j, page.base, shown, disclosure));
    });
}

/// Appends the answer to `Patient/ID/$everything`: the person first, then the records.
pub fn everything(answer: &EverythingPage<'_>, out: &mut Vec<u8>) {
    let page = &answer.page;
    let mut json = Json::new(out);
    frame(&mut json, page, |j| {
        if let Some(shown) = answer.patient {
            patient_entry(j, page.base, shown, answer.disclosure);
        }
        answer.records.iter().for_each(|record| match_entry(j, page.base, record));
    });
}

pub(super) fn frame(
    j: &mut Json<'_>,
    page: &SearchsetPage<'_>,
    entries: impl FnOnce(&mut Json<'_>),
) {
    j.object(|j| {
        j.string("resourceType", "Bundle");
        j.member("meta", |j| j.instant("lastUpdated", page.at));
        j.string("type", "searchset");
        j.bare("total", page.total);
        j.list("link", |j| {
            let links = [("self", Some(page.self_url)), ("next", page.next_url)];
            for (relation, url) in links {
                let Some(url) = url else { continue };
                j.object(|j| {
                    j.string("relation", relation);
                    j.string("url", url);
                });
            }
        });
        j.list("entry", |j| {
            entries(j);
            if !page.issues.is_empty() {
                j.object(|j| {
                    j.key("resource");
                    outcome::write(j, page.issues);
                    j.member("search", |j| j.string("mode", "outcome"));
                });
            }
        });
    });
}

fn match_entry(j: &mut Json<'_>, base: &str, shown: &ShownRecord) {
    let Some(kind) = shown.resource_type() else { return };
    j.object(|j| {
        j.id("fullUrl", &[base, "/", kind, "/"], shown.entry.id.as_bytes());
        j.key("resource");
        super::write_record(j, shown);
        j.member("search", |j| j.string("mode", "match"));
    });
}

fn patient_entry(j: &mut Json<'_>, base: &str, shown: &ShownPatient, disclosure: Disclosure) {
    j.object(|j| {
        j.id("fullUrl", &[base, "/Patient/"], shown.person.as_bytes());
        j.key("resource");
        patient::write(j, shown, disclosure);
        j.member("search", |j| j.string("mode", "match"));
    });
}

/// What became of one entry of a Bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status and its words: `201 Created`.
    pub status: &'static str,
    /// Address of what was written, relative to the base: `Immunization/ID`.
    pub location: Option<String>,
    /// When it was written.
    pub at: Option<Timestamp>,
    /// Issues, if any.
    pub issues: Vec<Issue>,
}

/// Appends a `transaction-response` (where `transaction`) or `batch-response`, one entry per
/// answer, in the order of the entries sent.
pub fn answer_bundle(transaction: bool, answers: &[Answer], out: &mut Vec<u8>) {
    Json::new(out).object(|j| {
        j.string("resourceType", "Bundle");
        j.string("type", if transaction { "transaction-response" } else { "batch-response" });
        j.list("entry", |j| answers.iter().for_each(|answer| j.object(|j| fill(j, answer))));
    });
}

fn fill(j: &mut Json<'_>, answer: &Answer) {
    j.member("response", |j| {
        j.string("status", answer.status);
        j.maybe("location", answer.location.as_deref());
        if let Some(at) = answer.at {
            j.instant("lastModified", at);
        }
        if !answer.issues.is_empty() {
            j.key("outcome");
            outcome::write(j, &answer.issues);
        }
    });
}

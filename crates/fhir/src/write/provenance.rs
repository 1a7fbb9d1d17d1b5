//! Where a record comes from, what became of it, and who else reported it.

use super::json::Json;
use super::{ShownRecord, Voucher};
use crate::urls;
use hutong_model::{Entry, Fact, Precision, Source, When};

/// `resourceType`, `id` and `meta`.
pub(super) fn head(j: &mut Json<'_>, kind: &str, shown: &ShownRecord) {
    let entry = &shown.entry;
    j.string("resourceType", kind);
    j.id("id", &[], entry.id.as_bytes());
    j.member("meta", |j| {
        j.instant("lastUpdated", entry.times.admitted);
        j.joined("source", &["urn:hutong:member:", entry.member.as_str()]);
    });
}

/// The sender's own id, as an identifier that its sender can send back.
pub(super) fn identifier(j: &mut Json<'_>, entry: &Entry) {
    let Some(own) = &entry.own_id else { return };
    j.list("identifier", |j| {
        j.object(|j| {
            j.joined("system", &["urn:hutong:member:", entry.member.as_str(), ":record"]);
            j.string("value", own.as_str());
        });
    });
}

/// Reference to the person.
pub(super) fn person(j: &mut Json<'_>, key: &str, entry: &Entry) {
    j.member(key, |j| j.id("reference", &["Patient/"], entry.person.as_bytes()));
}

/// An extension with one value.
pub(super) fn extension(j: &mut Json<'_>, url: &str, value: impl FnOnce(&mut Json<'_>)) {
    j.object(|j| {
        j.string("url", url);
        value(j);
    });
}

/// Extensions that every record has, within its list of extensions.
pub(super) fn extensions(j: &mut Json<'_>, kind: &str, shown: &ShownRecord) {
    let entry = &shown.entry;
    origin(j, urls::EXT_ORIGIN, entry);
    match entry.source {
        // FHIR has an element for these two, but not in every resource.
        Source::FirstHand => {}
        Source::Historical => {
            extension(j, urls::EXT_SOURCE, |j| j.string("valueCode", "historical"));
        }
        Source::Declared => extension(j, urls::EXT_SOURCE, |j| j.string("valueCode", "declared")),
    }
    if let Some(target) = entry.replaces {
        extension(j, urls::EXT_CORRECTS, |j| {
            j.member("valueReference", |j| j.id("reference", &[kind, "/"], target.as_bytes()));
        });
    }
    shown.corrections.iter().for_each(|entry| correction(j, kind, entry));
    shown.also.iter().for_each(|entry| origin(j, urls::EXT_ALSO_REPORTED, entry));
    if let Some(by) = &shown.voucher {
        voucher(j, by);
    }
    for note in &shown.notes {
        extension(j, urls::EXT_WARNING, |j| j.string("valueString", &note.reason));
    }
}

/// The certificate or paper by which a record was brought in.
fn voucher(j: &mut Json<'_>, by: &Voucher) {
    j.object(|j| {
        j.list("extension", |j| {
            extension(j, "claim", |j| j.id("valueId", &[], by.claim.as_bytes()));
            if let Some(certificate) = &by.certificate {
                words(j, "format", "valueCode", &certificate.format);
                words(j, "result", "valueCode", &certificate.result);
                if let Some(issuer) = &certificate.issuer {
                    words(j, "issuer", "valueString", issuer);
                }
            }
            if let Some(statement) = &by.statement {
                words(j, "statement", "valueString", statement);
            }
        });
        j.string("url", urls::EXT_VOUCHER);
    });
}

/// Member, region, own id, source and time of admission of an entry.
fn origin(j: &mut Json<'_>, url: &str, entry: &Entry) {
    j.object(|j| {
        j.list("extension", |j| {
            extension(j, "entry", |j| j.id("valueId", &[], entry.id.as_bytes()));
            words(j, "member", "valueString", entry.member.as_str());
            words(j, "region", "valueCode", entry.region.as_str());
            if let Some(own) = &entry.own_id {
                words(j, "own-id", "valueString", own.as_str());
            }
            words(j, "source", "valueCode", source_word(entry.source));
            if let Some(when) = entry.times.occurred() {
                extension(j, "occurred", |j| j.when("valueDateTime", when));
            }
            admitted(j, entry);
        });
        j.string("url", url);
    });
}

fn admitted(j: &mut Json<'_>, entry: &Entry) {
    extension(j, "admitted", |j| j.instant("valueInstant", entry.times.admitted));
}

fn words(j: &mut Json<'_>, url: &str, value: &str, text: &str) {
    extension(j, url, |j| j.string(value, text));
}

const fn source_word(source: Source) -> &'static str {
    match source {
        Source::FirstHand => "first-hand",
        Source::Historical => "historical",
        Source::Declared => "declared",
    }
}

/// An earlier form of the record, or its withdrawal.
fn correction(j: &mut Json<'_>, kind: &str, entry: &Entry) {
    j.object(|j| {
        j.list("extension", |j| {
            extension(j, "entry", |j| {
                j.member("valueReference", |j| {
                    j.id("reference", &[kind, "/"], entry.id.as_bytes());
                });
            });
            let word = match entry.fact {
                Fact::Retraction(_) => "withdrawal",
                _ => "earlier",
            };
            words(j, "kind", "valueCode", word);
            words(j, "member", "valueString", entry.member.as_str());
            words(j, "region", "valueCode", entry.region.as_str());
            admitted(j, entry);
            if let Fact::Retraction(reason) = &entry.fact {
                words(j, "reason", "valueString", reason);
            }
        });
        j.string("url", urls::EXT_CORRECTION);
    });
}

/// A time that FHIR has no element for.
pub(super) fn time(j: &mut Json<'_>, url: &str, when: Option<When>) {
    if let Some(when) = when {
        extension(j, url, |j| j.when("valueDateTime", when));
    }
}

/// Whether a time can stand in an element of type `instant`.
pub(super) fn is_instant(when: Option<When>) -> bool {
    when.is_some_and(|when| when.precision() == Precision::Instant)
}

/// The remarks.
pub(super) fn note(j: &mut Json<'_>, note: Option<&str>) {
    j.list("note", |j| {
        if let Some(note) = note {
            j.object(|j| j.string("text", note));
        }
    });
}

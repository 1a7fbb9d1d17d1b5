//! Test results as `Observation`.

use super::ShownRecord;
use super::json::Json;
use super::provenance::{self, extension};
use crate::urls;
use hutong_model::{TestOutcome, TestResult};

/// Appends one.
pub(super) fn write(j: &mut Json<'_>, shown: &ShownRecord, r: &TestResult) {
    j.object(|j| fill(j, shown, r));
}

fn fill(j: &mut Json<'_>, shown: &ShownRecord, r: &TestResult) {
    let entry = &shown.entry;
    let times = &entry.times;
    provenance::head(j, "Observation", shown);
    let issued = provenance::is_instant(times.reported);
    j.list("extension", |j| {
        provenance::extensions(j, "Observation", shown);
        provenance::time(j, urls::EXT_RECEIVED, times.received);
        provenance::time(j, urls::EXT_PERFORMED, times.performed);
        if !issued {
            provenance::time(j, urls::EXT_REPORTED, times.reported);
        }
        if let Some(place) = r.place {
            extension(j, urls::EXT_PLACE, |j| j.string("valueCode", place.as_str()));
        }
        if let Some(tube) = &r.tube {
            extension(j, urls::EXT_TUBE, |j| j.string("valueString", tube));
        }
        if let Some(size) = r.pool_size {
            extension(j, urls::EXT_POOL_SIZE, |j| j.bare("valuePositiveInt", size));
        }
        if r.specimen.is_some() {
            extension(j, urls::EXT_SPECIMEN, |j| {
                j.concept("valueCodeableConcept", r.specimen.as_ref());
            });
        }
    });
    provenance::identifier(j, entry);
    let status = match (shown.superseded, r.outcome, entry.replaces) {
        (true, ..) => "entered-in-error",
        (_, TestOutcome::Pending, _) => "registered",
        (_, _, Some(_)) => "corrected",
        _ => "final",
    };
    j.string("status", status);
    category(j);
    j.concepts("code", &r.code);
    provenance::person(j, "subject", entry);
    if let Some(when) = times.collected {
        j.when("effectiveDateTime", when);
    }
    if let Some(when) = times.reported.filter(|_| issued) {
        j.when("issued", when);
    }
    j.list("performer", |j| {
        if let Some(laboratory) = &r.performer {
            j.object(|j| {
                j.string("type", "Organization");
                j.string("display", laboratory);
            });
        }
    });
    value(j, r);
    provenance::note(j, r.note.as_deref());
    j.concept("method", r.method.as_ref());
}

fn category(j: &mut Json<'_>) {
    j.list("category", |j| {
        j.object(|j| {
            j.list("coding", |j| {
                j.object(|j| {
                    j.string("system", urls::CS_CATEGORY);
                    j.string("code", "laboratory");
                });
            });
        });
    });
}

/// The number as the value where there is one, and the verdict as its interpretation; else the
/// verdict as the value.
fn value(j: &mut Json<'_>, r: &TestResult) {
    if let Some(number) = &r.value {
        j.quantity("valueQuantity", Some(number));
        if r.outcome != TestOutcome::Measured {
            j.list("interpretation", |j| j.object(|j| outcome(j, r.outcome)));
        }
        return;
    }
    match r.outcome {
        TestOutcome::Pending => {}
        verdict => j.member("valueCodeableConcept", |j| outcome(j, verdict)),
    }
}

/// The codings of a verdict: SNOMED CT for others, and our own word.
fn outcome(j: &mut Json<'_>, outcome: TestOutcome) {
    let (snomed, word, text) = match outcome {
        TestOutcome::Positive => (Some("260373001"), "positive", "Detected"),
        TestOutcome::Negative => (Some("260415000"), "negative", "Not detected"),
        TestOutcome::Inconclusive => (Some("419984006"), "inconclusive", "Inconclusive"),
        TestOutcome::Pending => (None, "pending", "Pending"),
        TestOutcome::Invalid => (Some("455371000124106"), "invalid", "Invalid result"),
        TestOutcome::Measured => (None, "measured", "Measured"),
    };
    j.list("coding", |j| {
        if let Some(code) = snomed {
            j.object(|j| {
                j.string("system", urls::CS_SNOMED);
                j.string("code", code);
                j.string("display", text);
            });
        }
        j.object(|j| {
            j.string("system", urls::CS_OUTCOME);
            j.string("code", word);
        });
    });
}

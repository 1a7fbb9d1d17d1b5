//! Vaccinations as `Immunization`.

use super::json::Json;
use super::provenance::{self, extension};
use super::{ShownRecord, UNKNOWN_TIME};
use crate::urls;
use hutong_model::{Source, Vaccination, When};

/// Appends one.
pub(super) fn write(j: &mut Json<'_>, shown: &ShownRecord, v: &Vaccination) {
    j.object(|j| fill(j, shown, v));
}

fn fill(j: &mut Json<'_>, shown: &ShownRecord, v: &Vaccination) {
    let entry = &shown.entry;
    provenance::head(j, "Immunization", shown);
    j.list("extension", |j| {
        provenance::extensions(j, "Immunization", shown);
        provenance::time(j, urls::EXT_COLLECTED, entry.times.collected);
        provenance::time(j, urls::EXT_RECEIVED, entry.times.received);
        if let Some(place) = v.place {
            extension(j, urls::EXT_PLACE, |j| j.string("valueCode", place.as_str()));
        }
        if let Some(code) = &v.trace_code {
            extension(j, urls::EXT_TRACE_CODE, |j| j.string("valueString", code));
        }
    });
    provenance::identifier(j, entry);
    let status = match (shown.superseded, v.not_done) {
        (true, _) => "entered-in-error",
        (false, true) => "not-done",
        (false, false) => "completed",
    };
    j.string("status", status);
    j.concept("statusReason", v.not_done_reason.as_ref());
    j.concepts("vaccineCode", &v.vaccine);
    provenance::person(j, "patient", entry);
    match entry.times.performed {
        Some(when) => j.when("occurrenceDateTime", when),
        None => j.string("occurrenceString", UNKNOWN_TIME),
    }
    if let Some(when) = entry.times.reported {
        j.when("recorded", when);
    }
    j.bare("primarySource", entry.source == Source::FirstHand);
    if let Some(maker) = &v.manufacturer {
        j.member("manufacturer", |j| {
            if !maker.code.is_empty() {
                j.member("identifier", |j| {
                    j.maybe("system", Some(&*maker.system).filter(|s| !s.is_empty()));
                    j.string("value", &maker.code);
                });
            }
            j.maybe("display", maker.display.as_deref());
        });
    }
    j.maybe("lotNumber", v.lot.as_deref());
    if let Some(day) = v.lot_expires {
        j.when("expirationDate", When::day(day));
    }
    j.concept("site", v.site.as_ref());
    j.concept("route", v.route.as_ref());
    j.quantity("doseQuantity", v.amount.as_ref());
    performers(j, v);
    provenance::note(j, v.note.as_deref());
    if v.subpotent {
        j.bare("isSubpotent", true);
    }
    if v.dose_number.is_some() || v.series_doses.is_some() {
        j.list("protocolApplied", |j| j.object(|j| protocol(j, v)));
    }
}

fn protocol(j: &mut Json<'_>, v: &Vaccination) {
    if let Some(number) = v.dose_number {
        j.bare("doseNumberPositiveInt", number);
    }
    if let Some(doses) = v.series_doses {
        j.bare("seriesDosesPositiveInt", doses);
    }
}

fn performers(j: &mut Json<'_>, v: &Vaccination) {
    j.list("performer", |j| {
        if let Some(unit) = &v.performer {
            j.object(|j| {
                j.member("actor", |j| {
                    j.string("type", "Organization");
                    j.string("display", unit);
                });
            });
        }
        if let Some(person) = &v.vaccinator {
            j.object(|j| {
                j.member("function", |j| {
                    j.list("coding", |j| {
                        j.object(|j| {
                            j.string("system", "http://terminology.hl7.org/CodeSystem/v2-0443");
                            j.string("code", "AP");
                        });
                    });
                });
                j.member("actor", |j| {
                    j.string("type", "Practitioner");
                    j.string("display", person);
                });
            });
        }
    });
}

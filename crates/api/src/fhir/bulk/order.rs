//! What was asked of a bulk export: strict, as everything that is asked here.

use crate::problem::Problem;
use axum::http::HeaderMap;
use hutong_model::Timestamp;

/// A resource type that is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Patient,
    Immunization,
    Observation,
}

impl Kind {
    pub(super) const ALL: [Kind; 3] = [Self::Patient, Self::Immunization, Self::Observation];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Patient => "Patient",
            Self::Immunization => "Immunization",
            Self::Observation => "Observation",
        }
    }
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) kinds: Vec<Kind>,
    pub(super) since: Option<Timestamp>,
}

impl Order {
    /// Reads parameters and headers.
    pub(super) fn read(pairs: &[(String, String)], headers: &HeaderMap) -> Result<Self, Problem> {
        let prefer = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
        let mut wishes = prefer.flat_map(|value| value.split([',', ';']));
        if !wishes.any(|wish| wish.trim().eq_ignore_ascii_case("respond-async")) {
            return Err(Problem::bad_request(
                "an export is made in the background: send the header Prefer: respond-async",
            ));
        }
        let mut order = Order { kinds: Vec::new(), since: None };
        for (name, value) in pairs {
            match name.as_str() {
                "_outputFormat" => format(value)?,
                "_since" if order.since.is_none() => order.since = Some(instant(value)?),
                "_type" => {
                    for kind in value.split(',') {
                        let kind = Kind::ALL.into_iter().find(|known| known.as_str() == kind);
                        order.kinds.push(kind.ok_or_else(|| {
                            Problem::bad_request(
                                "_type names Patient, Immunization, Observation, several with \
                                 commas; nothing else is exported",
                            )
                        })?);
                    }
                }
                _ => {
                    return Err(Problem::bad_request(
                        "an export takes _type, _since (once) and _outputFormat, and no other \
                         parameter",
                    ));
                }
            }
        }
        if order.kinds.is_empty() {
            order.kinds = Kind::ALL.to_vec();
        }
        Ok(order)
    }
}

fn format(value: &str) -> Result<(), Problem> {
    match value {
        "application/fhir+ndjson" | "application/ndjson" | "ndjson" => Ok(()),
        _ => Err(Problem::bad_request("_outputFormat is application/fhir+ndjson")),
    }
}

fn instant(value: &str) -> Result<Timestamp, Problem> {
    Timestamp::parse(value).map_err(|_| {
        Problem::bad_request("_since is an instant with its offset: 2026-11-22T08:00:00+08:00")
    })
}

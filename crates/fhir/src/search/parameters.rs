//! What can be searched for, as it is documented.

/// A search parameter, as it is documented.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Its FHIR search type.
    pub kind: &'static str,
    /// What it does.
    pub meaning: &'static str,
}

const fn parameter(name: &'static str, kind: &'static str, meaning: &'static str) -> Parameter {
    Parameter { name, kind, meaning }
}

/// Parameters of `Patient`.
pub const PATIENT: &[Parameter] = &[
    parameter("identifier", "token", "system|value of a document; required"),
    parameter("_count", "number", "entries in a page"),
    parameter("_cursor", "string", "where the page begins; from a next link"),
    parameter("_format", "token", "json"),
];
/// Parameters of `Immunization`.
pub const IMMUNIZATION: &[Parameter] = &[
    parameter("patient", "reference", "the person; required"),
    parameter("patient.identifier", "token", "the person by a document, system|value"),
    parameter("date", "date", "when it was given: eq, ne, gt, ge, lt, le; may be repeated"),
    parameter("vaccine-code", "token", "system|code or code; several with commas"),
    parameter("status", "token", "completed, not-done, entered-in-error"),
    parameter("identifier", "token", "the sender's own id, system|value or value"),
    parameter("_count", "number", "entries in a page"),
    parameter("_cursor", "string", "where the page begins; from a next link"),
    parameter("_sort", "string", "only -date, which is always the order"),
    parameter("_format", "token", "json"),
];
/// Parameters of `Observation`.
pub const OBSERVATION: &[Parameter] = &[
    parameter("patient", "reference", "the person; required"),
    parameter("subject", "reference", "the same as patient"),
    parameter("patient.identifier", "token", "the person by a document, system|value"),
    parameter("date", "date", "when the sample was taken: eq, ne, gt, ge, lt, le; may be repeated"),
    parameter("code", "token", "system|code or code; several with commas"),
    parameter("category", "token", "only laboratory is kept"),
    parameter("status", "token", "registered, final, corrected, entered-in-error"),
    parameter("identifier", "token", "the sender's own id, system|value or value"),
    parameter("_count", "number", "entries in a page"),
    parameter("_cursor", "string", "where the page begins; from a next link"),
    parameter("_sort", "string", "only -date, which is always the order"),
    parameter("_format", "token", "json"),
];
/// Parameters of `ImmunizationRecommendation` and `ImmunizationEvaluation`.
pub const DUE: &[Parameter] = &[
    parameter("patient", "reference", "the person; required"),
    parameter("patient.identifier", "token", "the person by a document, system|value"),
    parameter("date", "date", "day of the assessment; today where absent"),
    parameter("_format", "token", "json"),
];
/// Parameters of `Patient/ID/$everything`.
pub const EVERYTHING: &[Parameter] = &[
    parameter("start", "date", "the first day"),
    parameter("end", "date", "the last day"),
    parameter("_type", "token", "Patient, Immunization, Observation; several with commas"),
    parameter("_count", "number", "entries in a page"),
    parameter("_cursor", "string", "where the page begins; from a next link"),
    parameter("_format", "token", "json"),
];

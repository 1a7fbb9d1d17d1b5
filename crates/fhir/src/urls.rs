//! URIs that Hutong gives meaning to in FHIR: extensions and identifier systems of its own, and
//! the code systems of others that it reads.

/// Extension on a record: an earlier record of the same sender that this one replaces
/// (`valueIdentifier`).
pub const EXT_REPLACES: &str = "urn:hutong:ext:replaces";
/// Extension on a record shown: the entry that it replaces (`valueReference`).
pub const EXT_CORRECTS: &str = "urn:hutong:ext:corrects";
/// Extension on a record shown: an earlier form of it, or its withdrawal (complex: entry, kind,
/// member, region, admitted, reason).
pub const EXT_CORRECTION: &str = "urn:hutong:ext:correction";
/// Extension on a record: how the sender knows (`valueCode` of `first-hand`, `historical`,
/// `declared`).
pub const EXT_SOURCE: &str = "urn:hutong:ext:source";
/// Extension on a record: when the sample was taken (`valueDateTime`).
pub const EXT_COLLECTED: &str = "urn:hutong:ext:collected";
/// Extension on a record: when the sample reached the laboratory (`valueDateTime`).
pub const EXT_RECEIVED: &str = "urn:hutong:ext:received";
/// Extension on a record: when the test was done (`valueDateTime`).
pub const EXT_PERFORMED: &str = "urn:hutong:ext:performed";
/// Extension on a record: when the result was released, where it is not a full instant
/// (`valueDateTime`).
pub const EXT_REPORTED: &str = "urn:hutong:ext:reported";
/// Extension on a record shown: who stated it, where and when it was admitted (complex).
pub const EXT_ORIGIN: &str = "urn:hutong:ext:origin";
/// Extension on a record shown: another origin that reported the same fact (complex).
pub const EXT_ALSO_REPORTED: &str = "urn:hutong:ext:also-reported-by";
/// Extension on a record shown: something that deserves attention (`valueString`).
pub const EXT_WARNING: &str = "urn:hutong:ext:warning";
/// Extension on a record shown: the certificate or paper that it was brought in by (complex).
pub const EXT_VOUCHER: &str = "urn:hutong:ext:voucher";
/// Extension on an Observation: people whose samples share the tube (`valuePositiveInt`).
pub const EXT_POOL_SIZE: &str = "urn:hutong:ext:pool-size";
/// Extension on an Observation: code of the tube (`valueString` or `valueIdentifier`).
pub const EXT_TUBE: &str = "urn:hutong:ext:tube";
/// Extension on an Observation: the specimen (`valueCodeableConcept`).
pub const EXT_SPECIMEN: &str = "urn:hutong:ext:specimen";
/// Extension on a record: division where it happened (`valueCode`, GB/T 2260).
pub const EXT_PLACE: &str = "urn:hutong:ext:place";
/// Extension on an Immunization: trace code of the package (`valueString`, NMPAB/T 1002).
pub const EXT_TRACE_CODE: &str = "urn:hutong:ext:trace-code";
/// Extension on a Patient's address: division of residence (`valueCode`, GB/T 2260).
pub const EXT_DIVISION: &str = "urn:hutong:ext:division";
/// Extension on `Patient.contact`: the guardian's document (`valueIdentifier`).
pub const EXT_DOCUMENT: &str = "urn:hutong:ext:document";
/// Extension on a Patient: the mother's document, for a child without its own
/// (`valueIdentifier`).
pub const EXT_MOTHER: &str = "urn:hutong:ext:mother";
/// Extension on an identifier: issuing country of a passport (`valueCode`, three letters).
pub const EXT_COUNTRY: &str = "urn:hutong:ext:country";
/// Extension on an identifier shown: part of the value is hidden (`valueBoolean`).
pub const EXT_MASKED: &str = "urn:hutong:ext:masked";

/// Code system of [`DocumentKind`](hutong_model::DocumentKind) words.
pub const CS_DOCUMENT_KIND: &str = "urn:hutong:cs:document-kind";
/// Code system of [`TestOutcome`](hutong_model::TestOutcome) words.
pub const CS_OUTCOME: &str = "urn:hutong:cs:test-outcome";
/// HL7 v2 table 0203, identifier types.
pub const CS_V2_0203: &str = "http://terminology.hl7.org/CodeSystem/v2-0203";
/// HL7 v3 `RoleCode`.
pub const CS_ROLE: &str = "http://terminology.hl7.org/CodeSystem/v3-RoleCode";
/// HL7 v3 `ObservationInterpretation`.
pub const CS_INTERPRETATION: &str =
    "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation";
/// SNOMED CT.
pub const CS_SNOMED: &str = "http://snomed.info/sct";
/// LOINC.
pub const CS_LOINC: &str = "http://loinc.org";
/// Categories of observations.
pub const CS_CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/observation-category";

/// The prefix of URIs that name a member.
const MEMBER: &str = "urn:hutong:member:";

/// The URI of a member, as `meta.source` carries it.
pub fn member(id: &hutong_model::MemberId) -> String {
    format!("{MEMBER}{id}")
}

/// The identifier system of a member's own Patient ids.
pub fn member_patient(id: &hutong_model::MemberId) -> String {
    format!("{MEMBER}{id}:patient")
}

/// The identifier system of identifiers that a member sends without a system.
pub fn member_identifier(id: &hutong_model::MemberId) -> String {
    format!("{MEMBER}{id}:identifier")
}

/// The identifier system of a member's own record ids.
pub fn member_record(id: &hutong_model::MemberId) -> String {
    format!("{MEMBER}{id}:record")
}

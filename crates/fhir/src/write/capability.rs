//! What this interface can do, as `CapabilityStatement` (HL7 FHIR R4).

use super::json::Json;
use crate::search::{self, Parameter};
use hutong_model::{Catalogue, Timestamp};

/// Where operations of bulk export are defined (HL7 FHIR Bulk Data Access 2.0).
const BULK: &str = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition";
/// Where the forecast is defined (HL7 FHIR Immunization Decision Support Forecast 1.0).
const FORECAST: &str = "http://hl7.org/fhir/us/immds/OperationDefinition/ImmDSForecastOperation";

/// What a node says of itself.
#[derive(Debug, Clone, Copy)]
pub struct CapabilityInfo<'a> {
    /// Base address of the FHIR interface.
    pub base: &'a str,
    /// Name of the node.
    pub name: &'a str,
    /// Version of the software.
    pub version: &'a str,
    /// When this statement became true.
    pub at: Timestamp,
}

/// Appends the statement.
pub fn capability_statement(info: &CapabilityInfo<'_>, out: &mut Vec<u8>) {
    Json::new(out).object(|j| {
        j.string("resourceType", "CapabilityStatement");
        j.string("status", "active");
        j.shown("date", info.at);
        j.string("kind", "instance");
        j.string("fhirVersion", "4.0.1");
        j.list("format", |j| {
            j.text("application/fhir+json");
            j.text("json");
        });
        j.member("software", |j| {
            j.string("name", "Hutong");
            j.string("version", info.version);
        });
        j.member("implementation", |j| {
            j.string("description", info.name);
            j.string("url", info.base);
        });
        j.list("rest", |j| j.object(rest));
    });
}

fn rest(j: &mut Json<'_>) {
    j.string("mode", "server");
    j.shown(
        "documentation",
        format_args!(
            "Append-only. Unknown search parameters are refused. Vaccine and test catalogue {}.",
            Catalogue::builtin().version()
        ),
    );
    j.member("security", |j| {
        j.list("service", |j| {
            j.object(|j| {
                j.list("coding", |j| {
                    j.object(|j| {
                        j.string(
                            "system",
                            "http://terminology.hl7.org/CodeSystem/restful-security-service",
                        );
                        j.string("code", "SMART-on-FHIR");
                    });
                });
            });
        });
    });
    j.list("resource", |j| {
        resource(j, "Patient", &["create", "search-type", "read"], search::PATIENT);
        resource(j, "Immunization", &["create", "search-type", "read"], search::IMMUNIZATION);
        resource(j, "Observation", &["create", "search-type", "read"], search::OBSERVATION);
        resource(j, "ImmunizationRecommendation", &["search-type"], search::DUE);
        resource(j, "ImmunizationEvaluation", &["search-type"], search::DUE);
        resource(j, "DiagnosticReport", &["create"], &[]);
    });
    j.list("interaction", |j| {
        for code in ["transaction", "batch"] {
            j.object(|j| j.string("code", code));
        }
    });
    j.list("operation", |j| {
        operation(j, "export", &format!("{BULK}/export"));
        operation(j, "immds-forecast", FORECAST);
    });
}

fn operation(j: &mut Json<'_>, name: &str, definition: &str) {
    j.object(|j| {
        j.string("name", name);
        j.string("definition", definition);
    });
}

fn resource(j: &mut Json<'_>, kind: &str, interactions: &[&str], parameters: &[Parameter]) {
    j.object(|j| {
        j.string("type", kind);
        j.list("interaction", |j| {
            interactions.iter().for_each(|code| j.object(|j| j.string("code", code)));
        });
        j.list("searchParam", |j| {
            for parameter in parameters {
                j.object(|j| {
                    j.string("name", parameter.name);
                    j.string("type", parameter.kind);
                    j.string("documentation", parameter.meaning);
                });
            }
        });
        if kind == "Patient" {
            j.list("operation", |j| {
                let definition = "http://hl7.org/fhir/OperationDefinition/Patient-everything";
                operation(j, "everything", definition);
                operation(j, "export", &format!("{BULK}/patient-export"));
            });
        }
    });
}

//! An invented child with a mother.

use super::{
    Town,
    people::{RESIDENT_ID, lin, resident_id},
};
use serde_json::{Value, json};

/// The birth date of 林小满.
pub const BORN: &str = "2024-05-01";

/// The number of 林小满, a girl.
pub fn number() -> String {
    resident_id("330106", BORN, 366)
}

/// 林小满 as a FHIR Patient whose mother is Lin.
pub fn patient() -> Value {
    let mother = lin();
    json!({
        "resourceType": "Patient",
        "id": "child-1",
        "identifier": [{ "system": RESIDENT_ID, "value": number() }],
        "name": [{ "text": "林小满" }],
        "gender": "female",
        "birthDate": BORN,
        "contact": [{
            "relationship": [{ "coding": [{
                "system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code": "MTH",
            }] }],
            "name": { "text": mother.name },
            "extension": [{
                "url": "urn:hutong:ext:document",
                "valueIdentifier": { "system": RESIDENT_ID, "value": mother.number },
            }],
        }],
    })
}

/// A dose of hers by a code of the project's catalogue.
pub fn dose(own_id: &str, vaccine: &str, date: &str) -> Value {
    json!({
        "resourceType": "Immunization",
        "id": own_id,
        "status": "completed",
        "vaccineCode": { "coding": [{ "system": "urn:hutong:cs:cn-vaccine", "code": vaccine }] },
        "patient": { "identifier": { "system": RESIDENT_ID, "value": number() } },
        "occurrenceDateTime": date,
        "primarySource": true,
        "lotNumber": format!("L{own_id}"),
    })
}

/// The doses of her first year: DTP's second too early, nothing after.
pub const DOSES: &[(&str, &str, &str)] = &[
    ("bcg", "BCG", "2024-05-01"),
    ("hepb-1", "HEPB", "2024-05-01"),
    ("hepb-2", "HEPB", "2024-06-03"),
    ("hepb-3", "HEPB", "2024-11-04"),
    ("ipv-1", "IPV", "2024-07-01"),
    ("ipv-2", "IPV", "2024-08-01"),
    ("bopv-1", "BOPV", "2024-09-02"),
    ("dtap-1", "DTAP", "2024-08-01"),
    ("dtap-2", "DTAP", "2024-08-12"),
];

/// Has a clinic state her and her doses; her id here.
pub async fn known(town: &Town, token: &str) -> String {
    let created = town.send_fhir(token, "/fhir/Patient", &patient()).await.expect(201);
    let ward = created.header("location").rsplit('/').next().expect("an id").to_owned();
    for (own_id, vaccine, date) in DOSES {
        let dose = dose(own_id, vaccine, date);
        town.send_fhir(token, "/fhir/Immunization", &dose).await.expect(201);
    }
    ward
}

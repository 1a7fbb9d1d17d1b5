//! Invented people and their records.

use serde_json::{Value, json};

/// An invented person.
pub struct Someone {
    pub name: &'static str,
    pub number: String,
    pub born: &'static str,
}

/// A resident ID of an invented person, with its check digit (GB 11643).
pub fn resident_id(division: &str, born: &str, order: u16) -> String {
    let digits = format!("{division}{}{order:03}", born.replace('-', ""));
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = digits.bytes().zip(WEIGHTS).map(|(d, w)| u32::from(d - b'0') * w).sum();
    let check = b"10X98765432"[(sum % 11) as usize];
    format!("{digits}{}", char::from(check))
}

/// 林知远, born 1988-03-14.
pub fn lin() -> Someone {
    Someone {
        name: "林知远", number: resident_id("330106", "1988-03-14", 241), born: "1988-03-14"
    }
}

/// 苏禾, born 1993-07-02.
pub fn su() -> Someone {
    Someone { name: "苏禾", number: resident_id("440103", "1993-07-02", 128), born: "1993-07-02" }
}

/// The system of resident IDs.
pub const RESIDENT_ID: &str = "urn:oid:2.16.156.10011.1.3";

impl Someone {
    /// As a FHIR Patient.
    pub fn patient(&self) -> Value {
        json!({
            "resourceType": "Patient",
            "id": format!("p-{}", &self.number[14..]),
            "identifier": [{ "system": RESIDENT_ID, "value": self.number }],
            "name": [{ "text": self.name }],
            "birthDate": self.born,
        })
    }

    /// A dose of theirs, as a FHIR Immunization.
    pub fn dose(&self, own_id: &str, date: &str) -> Value {
        json!({
            "resourceType": "Immunization",
            "id": own_id,
            "status": "completed",
            "vaccineCode": { "coding": [{ "system": "http://hl7.org/fhir/sid/cvx", "code": "140" }] },
            "patient": { "identifier": { "system": RESIDENT_ID, "value": self.number } },
            "occurrenceDateTime": date,
            "primarySource": true,
            "lotNumber": format!("L{own_id}"),
        })
    }

    /// A nucleic-acid result of theirs, as a FHIR Observation.
    pub fn test(&self, own_id: &str, at: &str, positive: bool) -> Value {
        let (code, word) =
            if positive { ("260373001", "Detected") } else { ("260415000", "Not detected") };
        json!({
            "resourceType": "Observation",
            "id": own_id,
            "status": "final",
            "code": { "coding": [{ "system": "http://loinc.org", "code": "94500-6" }] },
            "subject": { "identifier": { "system": RESIDENT_ID, "value": self.number } },
            "effectiveDateTime": at,
            "valueCodeableConcept": {
                "coding": [{ "system": "http://snomed.info/sct", "code": code, "display": word }]
            },
        })
    }

    /// Their document in plain JSON.
    pub fn document(&self) -> Value {
        json!({ "kind": "resident-id", "number": self.number })
    }
}

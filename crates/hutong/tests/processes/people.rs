//! Invented children and what is recorded about them.

use serde_json::{Value, json};

/// The system of resident IDs.
pub const RESIDENT_ID: &str = "urn:oid:2.16.156.10011.1.3";

/// Codes of vaccines (CVX) that are told apart.
pub const VACCINES: [&str; 4] = ["20", "08", "10", "03"];

/// Days on which children are born.
const BIRTH_DAYS: u32 = 12 * 28;

/// An invented child.
#[derive(Debug, Clone)]
pub struct Person {
    pub name: String,
    pub number: String,
    pub born: String,
}

/// A child of a number below 300,000; each number is another child.
pub fn child(number: u32) -> Person {
    let (day, order) = (number % BIRTH_DAYS, number / BIRTH_DAYS);
    let born = format!("2020-{:02}-{:02}", day / 28 + 1, day % 28 + 1);
    let id = resident_id("330106", &born, order);
    Person { name: format!("童{number}"), number: id, born }
}

/// A resident ID with its check digit (GB 11643, ISO 7064 MOD 11-2).
pub fn resident_id(division: &str, born: &str, order: u32) -> String {
    let digits = format!("{division}{}{order:03}", born.replace('-', ""));
    assert_eq!(digits.len(), 17);
    let sum = digits.bytes().fold(0, |sum, digit| (sum + u32::from(digit - b'0')) * 2 % 11);
    let last = match (12 - sum) % 11 {
        10 => 'X',
        value => char::from_digit(value, 10).expect("a digit"),
    };
    format!("{digits}{last}")
}

impl Person {
    /// As a FHIR Patient.
    pub fn patient(&self, id: &str) -> Value {
        json!({
            "resourceType": "Patient",
            "id": id,
            "identifier": [{ "system": RESIDENT_ID, "value": self.number }],
            "name": [{ "text": self.name }],
            "birthDate": self.born,
        })
    }

    /// A dose of theirs as a FHIR Immunization.
    pub fn dose(&self, own_id: &str, cvx: &str, date: &str) -> Value {
        json!({
            "resourceType": "Immunization",
            "id": own_id,
            "status": "completed",
            "vaccineCode": { "coding": [{ "system": "http://hl7.org/fhir/sid/cvx", "code": cvx }] },
            "patient": { "identifier": { "system": RESIDENT_ID, "value": self.number } },
            "occurrenceDateTime": date,
            "primarySource": true,
            "lotNumber": format!("L{own_id}"),
        })
    }
}

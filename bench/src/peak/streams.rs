//! What is asked of the region in the rehearsal.

use super::nation::{ROWS_OF_A_REQUEST, Rates};
use crate::{
    doses,
    residents::{Resident, request},
    server::Server,
    stream::Stream,
};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// Connections of each kind: enough that a slow answer holds no other question up.
pub const CONNECTIONS: u64 = 128;

/// Who asks and who is asked about.
pub struct Cast {
    /// Persons who are known, by number, with their first doses.
    pub persons: u64,
    /// Ids of some of them.
    pub ids: Arc<[String]>,
    /// Residents who are signed in.
    pub residents: Arc<[Resident]>,
}

/// Codes made for residents.
pub fn codes(node: &Server, cast: &Cast, per_second: Option<f64>, connections: u64) -> Stream {
    let (address, asking, keeping) = (node.address, cast.residents.clone(), cast.residents.clone());
    let of = |residents: &[Resident], question: u64| (question % residents.len() as u64) as usize;
    Stream {
        name: "codes made",
        address,
        per_second,
        connections,
        ask: Box::new(move |n| Some(asking[of(&asking, n)].wants_code(address))),
        look: Box::new(move |n, answer| keeping[of(&keeping, n)].keep(answer)),
    }
}

/// Codes verified, as residents show them at that moment.
pub fn verifications(node: &Server, cast: &Cast, rates: &Rates) -> Stream {
    let (address, residents) = (node.address, cast.residents.clone());
    let token = node.lasting_token("330000.gate", "verifier");
    Stream {
        name: "codes verified",
        address,
        per_second: Some(rates.verifications),
        connections: CONNECTIONS,
        ask: Box::new(move |n| {
            let shown = residents[(n * 7919 % residents.len() as u64) as usize].shows()?;
            let body = serde_json::json!({ "codes": [shown] }).to_string();
            Some(request(address, "/v1/verifications", Some(&token.text()), &body))
        }),
        look: Box::new(|_, answer| answer.contains("\"result\":\"green\"")),
    }
}

/// New doses of known persons, a few a request, as clinics send them; how many rows were
/// acknowledged.
pub fn admissions(node: &Server, cast: &Cast, rates: &Rates) -> (Stream, Arc<AtomicU64>) {
    let (address, persons) = (node.address, cast.persons);
    let token = node.lasting_token("330000.clinic-0", "clinic");
    let acknowledged = Arc::new(AtomicU64::new(0));
    let count = acknowledged.clone();
    let stream = Stream {
        name: "admissions of 10 rows",
        address,
        per_second: Some(rates.admissions),
        connections: CONNECTIONS,
        ask: Box::new(move |n| {
            let rows = n * ROWS_OF_A_REQUEST..(n + 1) * ROWS_OF_A_REQUEST;
            let lines: String =
                rows.map(|row| doses::dose(row % persons, doses::DOSES + row / persons)).collect();
            let token = token.text();
            Some(format!(
                "POST /v1/admissions?receipts=all HTTP/1.1\r\nhost: {address}\r\nauthorization: \
                 Bearer {token}\r\nhutong-purpose: REPORT\r\ncontent-type: \
                 application/fhir+ndjson\r\ncontent-length: {}\r\n\r\n{lines}",
                lines.len()
            ))
        }),
        look: Box::new(move |_, answer| {
            let admitted = answer.matches("\"outcome\":\"admitted\"").count() as u64;
            count.fetch_add(admitted, Ordering::Relaxed);
            admitted == ROWS_OF_A_REQUEST
        }),
    };
    (stream, acknowledged)
}

/// Histories read by a department.
pub fn histories(node: &Server, cast: &Cast, rates: &Rates) -> Stream {
    let (address, persons) = (node.address, cast.ids.clone());
    let token = node.lasting_token("330000.department", "department");
    Stream {
        name: "histories read",
        address,
        per_second: Some(rates.histories),
        connections: CONNECTIONS,
        ask: Box::new(move |n| {
            let person = &persons[(n * 7919 % persons.len() as u64) as usize];
            let token = token.text();
            Some(format!(
                "GET /fhir/Immunization?patient={person} HTTP/1.1\r\nhost: {address}\r\n\
                 authorization: Bearer {token}\r\nhutong-purpose: PUBHLTH\r\nhutong-legal-basis: \
                 Law on the Prevention of Infectious Diseases, article 39\r\n\r\n"
            ))
        }),
        look: Box::new(|_, answer| answer.contains("\"resourceType\":\"Bundle\"")),
    }
}

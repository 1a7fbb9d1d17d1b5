//! The text that the benchmarks send: persons and their doses as FHIR NDJSON, made by counting.

use std::fmt::Write;

/// Doses of each person.
pub const DOSES: u64 = 10;

const CVX: [(&str, &str); 5] = [
    ("140", "Influenza, seasonal, injectable, preservative free"),
    ("08", "Hep B, adolescent or pediatric"),
    ("10", "IPV"),
    ("20", "DTaP"),
    ("03", "MMR"),
];
const DISTRICTS: [&str; 4] = ["330106", "330108", "330203", "440305"];
const WEIGHTS: [u64; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: &[u8; 11] = b"10X98765432";

/// Lines of a chunk at most.
const CHUNK_LINES: u64 = 1_000;

/// What one sender tells of: so many persons, from a number on.
#[derive(Debug, Clone, Copy)]
pub struct Sender {
    first: u64,
    /// How many persons.
    pub persons: u64,
}

impl Sender {
    /// Doses of its persons together.
    pub fn records(&self) -> u64 {
        self.persons * DOSES
    }

    /// Bytes of the line of a dose, its end not counted.
    pub fn bytes_of_a_dose(&self) -> usize {
        let mut out = String::new();
        immunization(&mut out, self.first, 0);
        out.len() - 1
    }

    /// Numbers of its persons.
    pub fn numbers(self) -> std::ops::Range<u64> {
        self.first..self.first + self.persons
    }

    /// A part of its persons.
    pub fn part(&self, from: u64, persons: u64) -> Self {
        Self { first: self.first + from, persons: persons.min(self.persons - from) }
    }

    /// Its persons, line by line, in chunks.
    pub fn patients(self) -> impl Iterator<Item = Vec<u8>> + Send {
        self.chunks(patient)
    }

    /// Its doses: first the first of each person, then the second …, so that the doses of a person
    /// lie far apart, as they come in over years.
    pub fn doses(self) -> impl Iterator<Item = Vec<u8>> + Send {
        (0..DOSES)
            .flat_map(move |dose| self.chunks(move |out, number| immunization(out, number, dose)))
    }

    fn chunks(
        self,
        line: impl Fn(&mut String, u64) + Send,
    ) -> impl Iterator<Item = Vec<u8>> + Send {
        let (mut at, end) = (self.first, self.first + self.persons);
        std::iter::from_fn(move || {
            let upto = (at + CHUNK_LINES).min(end);
            let mut out = String::with_capacity((CHUNK_LINES * 820) as usize);
            for number in at..upto {
                line(&mut out, number);
            }
            at = upto;
            (!out.is_empty()).then(|| out.into_bytes())
        })
    }
}

/// Senders that tell of about `records` doses together, of persons from a number on.
pub fn senders(count: u64, first: u64, records: u64) -> Vec<Sender> {
    let persons = records.div_ceil(DOSES).div_ceil(count);
    (0..count).map(|at| Sender { first: first + at * persons, persons }).collect()
}

/// A dose of a person, as a line.
pub fn dose(number: u64, dose: u64) -> String {
    let mut out = String::new();
    immunization(&mut out, number, dose);
    out
}

/// A resident ID of this form and check digit (GB 11643); nobody's in particular.
pub fn resident_id(number: u64) -> String {
    let (order, day) = (number % 1000, number / 1000 % (60 * 336));
    let (year, month, day) = (1950 + day / 336, day / 28 % 12 + 1, day % 28 + 1);
    let district = DISTRICTS[(number / 1000 / (60 * 336)) as usize % DISTRICTS.len()];
    let body = format!("{district}{year}{month:02}{day:02}{order:03}");
    let sum: u64 =
        body.bytes().zip(WEIGHTS).map(|(digit, weight)| u64::from(digit - b'0') * weight).sum();
    format!("{body}{}", char::from(CHECKS[(sum % 11) as usize]))
}

// INVARIANT of both: writing into a text cannot fail.

fn patient(out: &mut String, number: u64) {
    let id = resident_id(number);
    let born = format!("{}-{}-{}", &id[6..10], &id[10..12], &id[12..14]);
    let _ = writeln!(
        out,
        "{{\"resourceType\":\"Patient\",\"id\":\"p{number:08}\",\"identifier\":[{{\"system\":\
         \"urn:oid:2.16.156.10011.1.3\",\"value\":\"{id}\"}}],\"name\":[{{\"use\":\"official\",\
         \"text\":\"某{number}\"}}],\"telecom\":[{{\"system\":\"phone\",\"value\":\"139{number:08}\"}}],\
         \"gender\":\"female\",\"birthDate\":\"{born}\",\"address\":[{{\"use\":\"home\",\
         \"text\":\"文三路{number}号\"}}]}}"
    );
}

fn immunization(out: &mut String, number: u64, dose: u64) {
    let id = resident_id(number);
    let (code, name) = CVX[(dose as usize) % CVX.len()];
    let (year, month, day) = (2012 + dose, number % 12 + 1, number % 28 + 1);
    let _ = writeln!(
        out,
        "{{\"resourceType\":\"Immunization\",\"id\":\"d{number:08}-{dose}\",\"status\":\"completed\",\
         \"vaccineCode\":{{\"coding\":[{{\"system\":\"http://hl7.org/fhir/sid/cvx\",\"code\":\"{code}\",\
         \"display\":\"{name}\"}}]}},\"patient\":{{\"reference\":\"Patient/p{number:08}\",\"identifier\":\
         {{\"system\":\"urn:oid:2.16.156.10011.1.3\",\"value\":\"{id}\"}}}},\"occurrenceDateTime\":\
         \"{year}-{month:02}-{day:02}T09:30:00+08:00\",\"recorded\":\"{year}-{month:02}-{day:02}\",\
         \"primarySource\":true,\"manufacturer\":{{\"display\":\"Invented Biologicals\"}},\
         \"lotNumber\":\"L{year}{month:02}{dose:02}\",\"expirationDate\":\"{}-{month:02}-28\",\
         \"site\":{{\"text\":\"left upper arm\"}},\"route\":{{\"text\":\"intramuscular\"}},\
         \"doseQuantity\":{{\"value\":0.5,\"unit\":\"mL\"}},\"performer\":[{{\"actor\":{{\"type\":\
         \"Organization\",\"display\":\"Clinic of the West Lake\"}}}}],\"protocolApplied\":\
         [{{\"doseNumberPositiveInt\":{}}}]}}",
        year + 2,
        dose / CVX.len() as u64 + 1,
    );
}

//! A population as FHIR R4 NDJSON: for each reporter, a line for every person it knows, followed
//! by the lines of what it reports about them.

use crate::config::Config;
use crate::mistakes::Mistake;
use crate::person::{Person, Record, Reporter, persons};
use hutong_model::{
    Coding, Document, DocumentKind, Fact, RegionCode, Source, TestOutcome, TestResult, Times,
    Vaccination, When,
};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

const NATIONALITY: &str = "http://hl7.org/fhir/StructureDefinition/patient-nationality";
const ROLE: &str = "http://terminology.hl7.org/CodeSystem/v3-RoleCode";
const SNOMED: &str = "http://snomed.info/sct";

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Totals {
    /// Persons with at least one record.
    pub persons: u64,
    /// Patient lines: one for each person and reporter.
    pub patients: u64,
    /// Immunization lines.
    pub doses: u64,
    /// Of these, from another clinic's booklet.
    pub duplicates: u64,
    /// Observation lines.
    pub tests: u64,
    /// Lines with each kind of mistake.
    pub mistakes: BTreeMap<Mistake, u64>,
    /// Records of each reporter.
    pub by_reporter: BTreeMap<Reporter, u64>,
    /// Bytes.
    pub bytes: u64,
}

impl Totals {
    /// Lines in all.
    pub fn lines(&self) -> u64 {
        self.patients + self.doses + self.tests
    }

    fn count(&mut self, record: &Record) {
        match record.fact {
            Fact::Vaccination(_) => self.doses += 1,
            _ => self.tests += 1,
        }
        self.duplicates += u64::from(record.source == Source::Historical);
        *self.by_reporter.entry(record.reporter).or_default() += 1;
        if let Some(mistake) = record.mistake {
            *self.mistakes.entry(mistake).or_default() += 1;
        }
    }
}

/// Writes a population, person by person, to one writer for each reporter. `open` is called once
/// for each, at its first line.
///
/// # Errors
/// Those of the writers; a [`Config`] that does not pass [`Config::check`] is
/// [`io::ErrorKind::InvalidInput`].
pub fn write_ndjson<W: Write>(
    config: &Config,
    open: impl FnMut(&Reporter) -> io::Result<W>,
) -> io::Result<Totals> {
    write_ndjson_telling(config, open, |_| {})
}

/// As [`write_ndjson`], and tells after each person how many are done.
///
/// # Errors
/// As [`write_ndjson`].
pub fn write_ndjson_telling<W: Write>(
    config: &Config,
    mut open: impl FnMut(&Reporter) -> io::Result<W>,
    mut told: impl FnMut(u64),
) -> io::Result<Totals> {
    config.check().map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    let mut totals = Totals::default();
    let mut sinks: BTreeMap<Reporter, W> = BTreeMap::new();
    let mut line = String::new();
    for person in persons(config) {
        totals.persons += u64::from(!person.records.is_empty());
        for reporter in person.reporters() {
            line.clear();
            totals.patients += 1;
            for record in write_person(&mut line, &person, &reporter) {
                totals.count(record);
            }
            totals.bytes += line.len() as u64;
            let sink = match sinks.entry(reporter) {
                std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
                std::collections::btree_map::Entry::Vacant(entry) => entry.insert(open(&reporter)?),
            };
            sink.write_all(line.as_bytes())?;
        }
        told(person.index + 1);
    }
    sinks.values_mut().try_for_each(W::flush)?;
    Ok(totals)
}

/// Appends the lines that a reporter sends about a person, and gives the records they are of.
pub fn write_person<'p>(
    out: &mut String,
    person: &'p Person,
    reporter: &Reporter,
) -> Vec<&'p Record> {
    let own: Vec<&Record> = person.records.iter().filter(|r| r.reporter == *reporter).collect();
    patient(out, person);
    for record in &own {
        match &record.fact {
            Fact::Vaccination(dose) => immunization(out, person, record, dose),
            Fact::TestResult(result) => observation(out, person, record, result),
            _ => {}
        }
    }
    own
}

/// Appends a text as a JSON string.
fn string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Appends `,"name":"text"`.
fn field(out: &mut String, name: &str, text: &str) {
    let _ = write!(out, ",\"{name}\":");
    string(out, text);
}

fn identifier(out: &mut String, document: &Document, spoilt: bool) {
    out.push_str("{\"system\":");
    string(out, &document.system());
    let number = document.number();
    let Some(last) = number.chars().next_back().filter(|_| spoilt) else {
        field(out, "value", number);
        out.push('}');
        return;
    };
    // Any other check digit is a wrong one.
    let wrong = if last == '7' { '8' } else { '7' };
    field(out, "value", &format!("{}{wrong}", &number[..number.len() - last.len_utf8()]));
    out.push('}');
}

fn patient(out: &mut String, person: &Person) {
    let who = &person.subject.demographics;
    out.push_str("{\"resourceType\":\"Patient\"");
    field(out, "id", &person.local_id);
    if let Some(nationality) = &who.nationality {
        let _ = write!(
            out,
            ",\"extension\":[{{\"url\":\"{NATIONALITY}\",\"extension\":[{{\"url\":\"code\",\
             \"valueCodeableConcept\":{{\"coding\":[{{\"system\":\"urn:iso:std:iso:3166\",\
             \"code\":\"{nationality}\"}}]}}}}]}}]"
        );
    }
    if !person.newborn {
        out.push_str(",\"identifier\":[");
        for (place, document) in person.subject.documents.iter().enumerate() {
            if place > 0 {
                out.push(',');
            }
            identifier(out, document, false);
        }
        out.push(']');
    }
    if let Some(name) = &who.name {
        out.push_str(",\"name\":[{\"use\":\"official\"");
        field(out, "text", name);
        out.push_str("}]");
    }
    if let Some(phone) = &who.phone {
        let _ = write!(
            out,
            ",\"telecom\":[{{\"system\":\"phone\",\"value\":\"{phone}\",\"use\":\"mobile\"}}]"
        );
    }
    field(out, "gender", who.sex.unwrap_or(hutong_model::Sex::Unknown).as_str());
    if let Some(born) = who.birth_date {
        let _ = write!(out, ",\"birthDate\":\"{born}\"");
    }
    if let (Some(place), Some(address)) = (who.residence, &who.address) {
        let _ = write!(
            out,
            ",\"address\":[{{\"extension\":[{{\"url\":\"urn:hutong:ext:division\",\
             \"valueCode\":\"{place}\"}}],\"use\":\"home\""
        );
        field(out, "text", address);
        out.push_str("}]");
    }
    if let Some(mother) = person.subject.guardians.first() {
        let _ = write!(
            out,
            ",\"contact\":[{{\"extension\":[{{\"url\":\"urn:hutong:ext:document\",\
             \"valueIdentifier\":"
        );
        identifier(out, &mother.document, false);
        let _ = write!(
            out,
            "}}],\"relationship\":[{{\"coding\":[{{\"system\":\"{ROLE}\",\"code\":\"MTH\"}}]}}]"
        );
        if let Some(name) = &mother.name {
            out.push_str(",\"name\":{\"text\":");
            string(out, name);
            out.push('}');
        }
        out.push_str("}]");
    }
    out.push_str("}\n");
}

/// The id of a record, its person, and its extensions.
fn head(out: &mut String, kind: &str, subject: &str, person: &Person, record: &Record) {
    let _ = write!(out, "{{\"resourceType\":\"{kind}\",\"id\":\"{}\"", record.own_id);
    let _ = write!(
        out,
        ",\"identifier\":[{{\"system\":\"urn:hutong:member:{}:record\",\"value\":\"{}\"}}]",
        record.reporter, record.own_id
    );
    let _ = write!(out, ",\"{subject}\":{{\"reference\":\"Patient/{}\"", person.local_id);
    let document = person.subject.documents.first().filter(|_| !person.newborn);
    if let Some(document) = document {
        out.push_str(",\"identifier\":");
        let wrong = record.mistake == Some(Mistake::WrongCheckDigit)
            && document.kind() == DocumentKind::ResidentId;
        identifier(out, document, wrong);
    }
    out.push('}');
}

fn coding(out: &mut String, name: &str, coding: &Coding) {
    let _ = write!(
        out,
        ",\"{name}\":{{\"coding\":[{{\"system\":\"{}\",\"code\":\"{}\"}}]}}",
        coding.system, coding.code
    );
}

fn place(out: &mut String, place: Option<RegionCode>) {
    if let Some(place) = place {
        let _ = write!(out, "{{\"url\":\"urn:hutong:ext:place\",\"valueCode\":\"{place}\"}},");
    }
}

/// Closes a list of extensions that ends in a comma, or takes an empty one away.
fn close_extensions(out: &mut String, began: usize) {
    if out.ends_with(',') {
        out.pop();
        out.push(']');
    } else {
        out.truncate(began);
    }
}

fn performer(out: &mut String, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        let (open, close) = if name == "actor" {
            (",\"performer\":[{\"actor\":{\"display\":", "}}]")
        } else {
            (",\"performer\":[{\"display\":", "}]")
        };
        out.push_str(open);
        string(out, text);
        out.push_str(close);
    }
}

fn immunization(out: &mut String, person: &Person, record: &Record, dose: &Vaccination) {
    head(out, "Immunization", "patient", person, record);
    let began = out.len();
    out.push_str(",\"extension\":[");
    place(out, dose.place);
    close_extensions(out, began);
    out.push_str(",\"status\":\"completed\"");
    if let Some(vaccine) = dose.vaccine.first() {
        coding(out, "vaccineCode", vaccine);
    }
    if let Some(when) = record.times.performed {
        let date = when.date().civil();
        if record.mistake == Some(Mistake::ImpossibleDate) {
            let _ = write!(out, ",\"occurrenceDateTime\":\"{:04}-02-30\"", date.year());
        } else {
            let _ = write!(out, ",\"occurrenceDateTime\":\"{when}\"");
        }
    }
    let _ = write!(out, ",\"primarySource\":{}", record.source == Source::FirstHand);
    if let Some(lot) = &dose.lot {
        field(out, "lotNumber", lot);
    }
    if let Some(expires) = dose.lot_expires {
        let _ = write!(out, ",\"expirationDate\":\"{expires}\"");
    }
    for (name, coding) in [("site", &dose.site), ("route", &dose.route)] {
        if let Some(text) = coding.as_ref().and_then(|coding| coding.display.as_deref()) {
            let _ = write!(out, ",\"{name}\":{{\"text\":\"{text}\"}}");
        }
    }
    if let Some(maker) = dose.manufacturer.as_ref().and_then(|coding| coding.display.as_deref()) {
        let _ = write!(out, ",\"manufacturer\":{{\"display\":\"{maker}\"}}");
    }
    performer(out, "actor", dose.performer.as_deref());
    if let Some(number) = dose.dose_number {
        let _ = write!(out, ",\"protocolApplied\":[{{\"doseNumberPositiveInt\":{number}}}]");
    }
    out.push_str("}\n");
}

fn time(out: &mut String, url: &str, when: Option<When>) {
    if let Some(when) = when {
        let _ = write!(out, "{{\"url\":\"{url}\",\"valueDateTime\":\"{when}\"}},");
    }
}

fn observation(out: &mut String, person: &Person, record: &Record, result: &TestResult) {
    head(out, "Observation", "subject", person, record);
    let began = out.len();
    let Times { collected, received, performed, reported, .. } = record.times;
    out.push_str(",\"extension\":[");
    place(out, result.place);
    time(out, "urn:hutong:ext:received", received);
    time(out, "urn:hutong:ext:performed", performed);
    if let Some(size) = result.pool_size {
        let _ =
            write!(out, "{{\"url\":\"urn:hutong:ext:pool-size\",\"valuePositiveInt\":{size}}},");
    }
    if let Some(tube) = &result.tube {
        let _ = write!(out, "{{\"url\":\"urn:hutong:ext:tube\",\"valueString\":\"{tube}\"}},");
    }
    if let Some(text) = result.specimen.as_ref().and_then(|coding| coding.display.as_deref()) {
        let _ = write!(
            out,
            "{{\"url\":\"urn:hutong:ext:specimen\",\"valueCodeableConcept\":{{\"text\":\"{text}\"}}}},"
        );
    }
    close_extensions(out, began);
    let pending = result.outcome == TestOutcome::Pending;
    field(out, "status", if pending { "registered" } else { "final" });
    if let Some(code) = result.code.first() {
        coding(out, "code", code);
    }
    if let Some(when) = collected {
        let _ = write!(out, ",\"effectiveDateTime\":\"{when}\"");
    }
    if let Some(when) = reported {
        let _ = write!(out, ",\"issued\":\"{when}\"");
    }
    performer(out, "display", result.performer.as_deref());
    let concept = match result.outcome {
        TestOutcome::Negative => Some("260415000"),
        TestOutcome::Positive => Some("260373001"),
        TestOutcome::Inconclusive => Some("419984006"),
        _ => None,
    };
    if let Some(concept) = concept {
        coding(out, "valueCodeableConcept", &Coding::new(SNOMED, concept));
    }
    if let Some(value) = &result.value {
        let unit = value.unit.as_deref().unwrap_or_default();
        let _ = write!(
            out,
            ",\"valueQuantity\":{{\"value\":{},\"unit\":\"{unit}\",\
             \"system\":\"http://unitsofmeasure.org\",\"code\":\"{unit}\"}}",
            value.value
        );
    }
    out.push_str("}\n");
}

//! Records out of a FHIR R4 Bundle, as SMART Health Cards hold one: a Patient, Immunizations, and
//! Observations of laboratory results.

use super::json::{list, owned, text};
use super::record::{
    CatalogueCode, Coded, Name, PersonDocument, PersonShown, Provenance, Record, TestResult,
    Vaccination,
};
use super::refusal::Refusal;
use super::value_sets::Set;
use hutong_model::Catalogue;
use hutong_model::limits::FOREIGN_RECORDS_MAX;
use serde_json::Value;

/// Reads a Bundle. Resources of other kinds are passed over.
pub(crate) fn read(bundle: &Value) -> Result<(Option<PersonShown>, Vec<Record>), Refusal> {
    let wrong = |name: &str| Refusal::schema(format!("fhirBundle/{name}"));
    if text(bundle, "resourceType") != Some("Bundle") {
        return Err(wrong("resourceType"));
    }
    let entries = bundle.get("entry").and_then(Value::as_array).ok_or_else(|| wrong("entry"))?;
    if entries.len() > FOREIGN_RECORDS_MAX {
        return Err(wrong("entry"));
    }
    let (mut found, mut records) = (None, Vec::new());
    for entry in entries {
        let resource = entry.get("resource").ok_or_else(|| wrong("entry/resource"))?;
        match text(resource, "resourceType") {
            Some("Patient") if found.is_none() => found = Some(person(resource)),
            // One card is one person's.
            Some("Patient") => return Err(wrong("entry/Patient")),
            Some("Immunization") => records.extend(immunization(resource)),
            Some("Observation") => records.extend(observation(resource)),
            Some(_) => {}
            None => return Err(wrong("entry/resource/resourceType")),
        }
    }
    Ok((found, records))
}

fn person(patient: &Value) -> PersonShown {
    let name = list(patient, "name").first().unwrap_or(&Value::Null);
    let given: Vec<&str> = list(name, "given").iter().filter_map(Value::as_str).collect();
    let document = |identifier: &Value| {
        Some(PersonDocument {
            kind: coding(identifier.get("type")?).and_then(|(_, code, _)| Some(code?.into())),
            number: text(identifier, "value")?.into(),
        })
    };
    PersonShown {
        name: Name {
            text: owned(name, "text"),
            family: owned(name, "family"),
            given: (!given.is_empty()).then(|| given.join(" ").into()),
            ..Name::default()
        },
        birth_date: owned(patient, "birthDate"),
        sex: owned(patient, "gender"),
        nationality: None,
        documents: list(patient, "identifier").iter().filter_map(document).collect(),
    }
}

/// A dose, if it was given: one that was not, or was entered in error, is none.
fn immunization(resource: &Value) -> Option<Record> {
    if text(resource, "status") != Some("completed") {
        return None;
    }
    let code = resource.get("vaccineCode")?;
    let mut vaccination = Vaccination {
        product: coded(code, Set::Products),
        maker: resource.get("manufacturer").and_then(maker),
        date: owned(resource, "occurrenceDateTime").or_else(|| owned(resource, "occurrenceString")),
        lot: owned(resource, "lotNumber"),
        provenance: provenance(resource, "performer"),
        ..Vaccination::default()
    };
    let protocol = list(resource, "protocolApplied").first().unwrap_or(&Value::Null);
    vaccination.dose = super::json::number(protocol, "doseNumberPositiveInt");
    vaccination.doses = super::json::number(protocol, "seriesDosesPositiveInt");
    let target = list(protocol, "targetDisease").first();
    vaccination.target = target.and_then(|target| coded(target, Set::Agents));
    vaccination.find_in_catalogue();
    if vaccination.catalogue.is_none() {
        name_by_catalogue(&mut vaccination, code);
    }
    Some(Record::Vaccination(Box::new(vaccination)))
}

/// Names a vaccine by our own catalogue, which knows CVX and other systems whole.
fn name_by_catalogue(vaccination: &mut Vaccination, code: &Value) {
    let known = list(code, "coding").iter().find_map(|coding| {
        Catalogue::builtin().vaccine(text(coding, "system")?, text(coding, "code")?)
    });
    let (Some(known), Some(product)) = (known, &mut vaccination.product) else { return };
    product.en = Some((&*known.name_en).into());
    product.zh = Some((&*known.name_zh).into());
    let (system, code) = (known.system.to_string().into(), known.code.to_string().into());
    vaccination.catalogue = Some(CatalogueCode { system, code });
}

fn maker(manufacturer: &Value) -> Option<Coded> {
    let identifier = manufacturer.get("identifier").unwrap_or(&Value::Null);
    match text(identifier, "value") {
        Some(code) => {
            let system = text(identifier, "system").unwrap_or_default();
            Some(Coded::in_system(Set::Makers, system, code))
        }
        None => text(manufacturer, "display").map(Coded::named),
    }
}

/// A laboratory result, if it is final.
fn observation(resource: &Value) -> Option<Record> {
    if !matches!(text(resource, "status"), Some("final" | "amended" | "corrected")) {
        return None;
    }
    let mut test = TestResult {
        test: coded(resource.get("code")?, Set::Tests),
        sampled_at: owned(resource, "effectiveDateTime"),
        reported_at: owned(resource, "issued"),
        result: resource.get("valueCodeableConcept").and_then(|v| coded(v, Set::Results)),
        provenance: provenance(resource, "performer"),
        ..TestResult::default()
    };
    if test.result.is_none() {
        test.result = text(resource, "valueString").map(Coded::named);
    }
    test.find_in_value_sets();
    Some(Record::Test(Box::new(test)))
}

fn provenance(resource: &Value, performers: &str) -> Provenance {
    let display = |performer: &Value| {
        text(performer.get("actor").unwrap_or(performer), "display").map(Into::into)
    };
    let identifier = list(resource, "identifier").first().unwrap_or(&Value::Null);
    Provenance {
        performer: list(resource, performers).iter().find_map(display),
        certificate: owned(identifier, "value"),
        ..Provenance::default()
    }
}

/// System, code and display of the first coding.
type Coding<'j> = (Option<&'j str>, Option<&'j str>, Option<&'j str>);

fn coding(concept: &Value) -> Option<Coding<'_>> {
    let coding = list(concept, "coding").first()?;
    Some((text(coding, "system"), text(coding, "code"), text(coding, "display")))
}

fn coded(concept: &Value, set: Set) -> Option<Coded> {
    match coding(concept) {
        Some((system, Some(code), display)) => {
            let coded = Coded::in_system(set, system.unwrap_or_default(), code);
            Some(coded.or_named(display.or_else(|| text(concept, "text"))))
        }
        _ => text(concept, "text").map(Coded::named),
    }
}

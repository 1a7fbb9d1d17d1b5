//! Certificates of the WHO in the envelope of Electronic Health Certificates (WHO SMART Trust,
//! HCERT 1.1): the Digital Vaccination Certificate, of which the International Certificate of
//! Vaccination or Prophylaxis (ICVP) is a kind, under -6; the DDCC core data sets of vaccination
//! status (3) and test result (4); and the first edition, which had no claim around it.

use super::json::{list, number, owned, text};
use super::record::{
    Coded, Name, PersonDocument, PersonShown, Provenance, Record, TestResult, Vaccination,
};
use super::refusal::Refusal;
use super::value_sets::Set;
use hutong_model::limits::FOREIGN_RECORDS_MAX;
use serde_json::Value;

/// Diseases (ICD-11) under which a vaccination certificate is an ICVP: the International Health
/// Regulations (annexes 6 and 7) name yellow fever, and polio and meningitis by recommendation.
const ICVP_DISEASES: [&str; 3] = ["1D47", "1C81", "1C1C"];

/// What was read.
pub(crate) struct Who {
    pub(crate) person: PersonShown,
    pub(crate) records: Vec<Record>,
    /// Whether it is an ICVP or another Digital Vaccination Certificate.
    pub(crate) vaccination_certificate: bool,
}

/// A Digital Vaccination Certificate: one, or a list of them.
pub(crate) fn read_dvc(content: &Value) -> Result<Who, Refusal> {
    let certificates = match content {
        Value::Array(list) if (1..=FOREIGN_RECORDS_MAX).contains(&list.len()) => list.as_slice(),
        Value::Object(_) => std::slice::from_ref(content),
        _ => return Err(Refusal::schema("dvc")),
    };
    let person = dvc_person(&certificates[0])?;
    let mut records = Vec::new();
    for certificate in certificates {
        let doses = ["v", "vx", "vaccineDetails"].iter().find_map(|name| certificate.get(name));
        match doses.ok_or(Refusal::schema("dvc/v"))? {
            Value::Array(doses) if doses.len() <= FOREIGN_RECORDS_MAX => {
                for dose in doses {
                    records.push(dvc_dose(dose)?);
                }
            }
            dose => records.push(dvc_dose(dose)?),
        }
    }
    Ok(Who { person, records, vaccination_certificate: true })
}

/// The first of several names of a member: the short one of the code, the long one of the model.
fn any<'j>(json: &'j Value, names: [&str; 2]) -> Option<&'j str> {
    names.into_iter().find_map(|name| text(json, name))
}

fn dvc_person(certificate: &Value) -> Result<PersonShown, Refusal> {
    let name = any(certificate, ["n", "name"]).ok_or(Refusal::schema("dvc/n"))?;
    let number = text(certificate, "nid");
    let kind = any(certificate, ["ndt", "identifierType"]);
    Ok(PersonShown {
        name: Name { text: Some(name.into()), ..Name::default() },
        birth_date: owned(certificate, "dob"),
        sex: any(certificate, ["s", "sex"]).map(sex),
        nationality: any(certificate, ["ntl", "nationality"]).map(Into::into),
        documents: number
            .map(|number| PersonDocument { kind: kind.map(Into::into), number: number.into() })
            .into_iter()
            .collect(),
    })
}

fn dvc_dose(dose: &Value) -> Result<Record, Refusal> {
    let coded = |set: Set, names: [&str; 2]| any(dose, names).map(|code| Coded::of(set, code));
    let series = any(dose, ["dn", "doseNumber"]);
    let target = coded(Set::Agents, ["tg", "disease"]);
    let vaccine = coded(Set::Prophylaxes, ["vp", "vaccineClassification"]);
    if vaccine.is_none() {
        return Err(Refusal::schema("dvc/v/vp"));
    }
    let mut vaccination = Vaccination {
        target: Some(target.ok_or(Refusal::schema("dvc/v/tg"))?),
        vaccine,
        product: coded(Set::Products, ["mp", "vaccineTradeItem"]),
        maker: any(dose, ["ma", "manufacturer"]).map(Coded::named),
        dose: number(dose, "dn").or_else(|| series.and_then(dose_of_word)),
        date: Some(any(dose, ["dt", "date"]).ok_or(Refusal::schema("dvc/v/dt"))?.into()),
        lot: any(dose, ["bo", "batchNo"]).map(Into::into),
        valid_from: owned(dose, "vls"),
        valid_until: owned(dose, "vle"),
        provenance: Provenance {
            country: owned(dose, "co"),
            authority: any(dose, ["is", "issuer"]).map(Into::into),
            certificate: owned(dose, "ci"),
            performer: any(dose, ["cn", "clinicianName"]).map(Into::into),
        },
        ..Vaccination::default()
    };
    vaccination.find_in_catalogue();
    Ok(Record::Vaccination(Box::new(vaccination)))
}

/// The number that a word such as `secondDose` stands for.
fn dose_of_word(word: &str) -> Option<u32> {
    let word = word.to_ascii_lowercase();
    let words = ["first", "second", "third", "fourth"];
    let place = words.iter().position(|start| word.starts_with(start))?;
    u32::try_from(place + 1).ok()
}

/// Whether a dose is of the diseases of the International Health Regulations.
pub(crate) fn is_icvp(records: &[Record]) -> bool {
    records.iter().any(|record| match record {
        Record::Vaccination(vaccination) => {
            vaccination.target.as_ref().is_some_and(|target| ICVP_DISEASES.contains(&&*target.code))
        }
        _ => false,
    })
}

/// A DDCC core data set, of vaccination status or of a test result.
pub(crate) fn read_ddcc(content: &Value) -> Result<Who, Refusal> {
    let set = match content {
        Value::Array(list) => list.first().ok_or(Refusal::schema("ddcc"))?,
        other => other,
    };
    let name = text(set, "name").ok_or(Refusal::schema("ddcc/name"))?;
    let certificate = set.get("certificate").unwrap_or(set);
    let id = set.get("hcid").or_else(|| certificate.get("hcid"));
    let id = id.and_then(|id| id.as_str().or_else(|| text(id, "value")));
    let mut records = Vec::new();
    if let Some(test) = set.get("test") {
        records.push(ddcc_test(test, id));
    }
    // In the first edition the dose's fields stand beside the person's.
    match set.get("vaccination") {
        Some(dose) => records.push(ddcc_dose(dose, id)),
        None if set.get("vaccine").is_some() => records.push(ddcc_dose(set, id)),
        None => {}
    }
    if records.is_empty() {
        return Err(Refusal::schema("ddcc/vaccination|test"));
    }
    let passport = set.get("meta").and_then(|meta| text(meta, "passportNumber"));
    let document = |number: &str, kind: Option<&str>| PersonDocument {
        kind: kind.map(Into::into),
        number: number.into(),
    };
    let identifier = set.get("identifier");
    let identifier = identifier.and_then(|id| id.as_str().or_else(|| text(id, "value")));
    let documents = identifier.map(|number| document(number, None));
    let documents = documents.into_iter().chain(passport.map(|p| document(p, Some("passport"))));
    let person = PersonShown {
        name: Name { text: Some(name.into()), ..Name::default() },
        birth_date: owned(set, "birthDate"),
        sex: set.get("sex").and_then(|s| s.as_str().or_else(|| text(s, "code"))).map(sex),
        nationality: None,
        documents: documents.collect(),
    };
    Ok(Who { person, records, vaccination_certificate: false })
}

/// Whether a payload without claims is a certificate of the first edition.
pub(crate) fn is_first_edition(payload: &Value) -> bool {
    payload.get("name").is_some()
        && (payload.get("test").is_some() || payload.get("vaccine").is_some())
}

fn ddcc_dose(dose: &Value, id: Option<&str>) -> Record {
    let mut vaccination = Vaccination {
        target: coding(dose, "disease", Set::Agents),
        vaccine: coding(dose, "vaccine", Set::Prophylaxes),
        product: coding(dose, "brand", Set::Products),
        maker: coding(dose, "maholder", Set::Makers)
            .or_else(|| coding(dose, "ma_holder", Set::Makers))
            .or_else(|| coding(dose, "manufacturer", Set::Makers)),
        dose: number(dose, "dose"),
        doses: number(dose, "total_doses").or_else(|| number(dose, "totalDoses")),
        date: owned(dose, "date"),
        lot: owned(dose, "lot"),
        valid_from: owned(dose, "validFrom").or_else(|| owned(dose, "vaccine_valid")),
        provenance: ddcc_provenance(dose, id),
        ..Vaccination::default()
    };
    vaccination.find_in_catalogue();
    Record::Vaccination(Box::new(vaccination))
}

fn ddcc_test(test: &Value, id: Option<&str>) -> Record {
    let mut result = TestResult {
        target: coding(test, "pathogen", Set::Agents),
        test: coding(test, "type", Set::Tests),
        device: coding(test, "brand", Set::Products),
        sampled_at: owned(test, "date"),
        result: coding(test, "result", Set::Results),
        provenance: ddcc_provenance(test, id),
        ..TestResult::default()
    };
    result.find_in_value_sets();
    Record::Test(Box::new(result))
}

fn ddcc_provenance(entry: &Value, id: Option<&str>) -> Provenance {
    let country = entry.get("country");
    let country = country.and_then(|c| c.as_str().or_else(|| text(c, "code")));
    Provenance {
        country: country.map(Into::into),
        authority: owned(entry, "pha"),
        certificate: id.map(Into::into),
        performer: owned(entry, "centre"),
    }
}

/// A Coding, or the code alone.
fn coding(entry: &Value, name: &str, set: Set) -> Option<Coded> {
    match entry.get(name)? {
        Value::String(code) => Some(Coded::of(set, code)),
        coding => {
            let system = text(coding, "system").unwrap_or_default();
            let coded = Coded::in_system(set, system, text(coding, "code")?);
            Some(coded.or_named(text(coding, "display")))
        }
    }
}

fn sex(code: &str) -> Box<str> {
    match code {
        "M" | "m" | "male" => "male".into(),
        "F" | "f" | "female" => "female".into(),
        other => other.into(),
    }
}

/// The first of the links of a Verifiable Health Link claim (5): a text, a map, or a list.
pub(crate) fn link(content: &Value) -> Option<String> {
    let entry = match content {
        Value::Array(list) => list.first()?,
        other => other,
    };
    match entry {
        Value::String(text) => Some(text.clone()),
        Value::Object(_) => text(entry, "u").map(str::to_owned),
        _ => None,
    }
    .filter(|_| list(content, "").is_empty())
}

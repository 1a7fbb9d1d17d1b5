//! `Patient` (HL7 FHIR R4 §8.1): who somebody is.

use super::documents::{document, in_order};
use super::elements::{Address, Contact, ContactPoint, Extension, HumanName, Patient, extension};
use super::findings::Findings;
use super::subject::Scene;
use super::{RowResult, coded, short, times};
use crate::{json, urls};
use hutong_model::{
    Action, Demographics, Document, DocumentKind, Guardian, Issue, IssueCode, Sex, Source, Subject,
    Submission, Times,
    limits::{DOCUMENTS_PER_SUBJECT_MAX, GUARDIANS_PER_SUBJECT_MAX},
    person::Relation,
};

const ANIMAL: &str = "http://hl7.org/fhir/StructureDefinition/patient-animal";
const NATIONALITY: &str = "http://hl7.org/fhir/StructureDefinition/patient-nationality";

/// Reads a Patient.
pub(super) fn read(text: &str, scene: &Scene<'_>) -> (Option<Box<str>>, RowResult) {
    let patient = match json::parse::<Patient<'_>>(text, "Patient") {
        Ok(patient) => patient,
        Err(issue) => return (None, RowResult::Rejected(vec![issue])),
    };
    let id = patient.id.as_deref().and_then(short);
    if extension(&patient.extension, ANIMAL).is_some() {
        let reason = "this Patient is an animal; only persons are kept";
        let issue = Issue::information(IssueCode::NotSupported, "Patient", reason);
        return (id, RowResult::NotKept(issue));
    }
    let mut f = Findings::default();
    let subject = person(&mut f, scene, &patient);
    let submission = subject.filter(|s| has_document(&mut f, s)).map(|subject| Submission {
        own_id: None,
        action: Action::New,
        subject,
        source: Source::FirstHand,
        times: Times::default(),
        fact: None,
    });
    (id, f.finish(submission))
}

fn has_document(f: &mut Findings, subject: &Subject) -> bool {
    if subject.documents.is_empty() {
        f.missing("Patient.identifier", "give the number of a document, or an id");
    }
    !subject.documents.is_empty()
}

/// Everything a Patient says about who it is. None where it cannot be used at all.
pub(super) fn person(
    f: &mut Findings,
    scene: &Scene<'_>,
    patient: &Patient<'_>,
) -> Option<Subject> {
    let demographics = demographics(f, scene, patient);
    let mut documents = Vec::with_capacity(patient.identifier.len() + 2);
    for (i, identifier) in patient.identifier.iter().enumerate() {
        let path = || format!("Patient.identifier[{i}]");
        documents.extend(document(f, path, scene.ctx, identifier));
    }
    let mut guardians = Vec::new();
    for (i, contact) in patient.contact.iter().enumerate() {
        guardians.extend(guardian(f, scene, i, contact));
    }
    if guardians.len() > GUARDIANS_PER_SUBJECT_MAX {
        let reason = format!("more than {GUARDIANS_PER_SUBJECT_MAX} guardians");
        f.error(IssueCode::TooLong, "Patient.contact", reason, "send those who act for the child");
        return None;
    }
    documents.extend(newborn(f, scene, patient, &documents, &demographics, &guardians));
    in_order(&mut documents);
    if let Some(id) = scene.local_id(patient.id.as_deref()) {
        let local = scene.local_document(f, "Patient.id", id)?;
        documents.retain(|d| *d != local);
        documents.push(local);
    }
    if documents.len() > DOCUMENTS_PER_SUBJECT_MAX {
        let reason = format!("more than {DOCUMENTS_PER_SUBJECT_MAX} identifiers, its id included");
        let remedy = "send the identifiers that others know the person by";
        f.error(IssueCode::TooLong, "Patient.identifier", reason, remedy);
        return None;
    }
    contradictions(f, &documents, &demographics);
    Some(Subject { documents, demographics, guardians })
}

fn demographics(f: &mut Findings, scene: &Scene<'_>, patient: &Patient<'_>) -> Demographics {
    let now = scene.ctx.now();
    let sex = patient.gender.as_deref().and_then(|code| {
        let sex = Sex::parse(code);
        if sex.is_none() {
            let remedy = "use male, female, other or unknown";
            f.error(IssueCode::CodeInvalid, "Patient.gender", "the code is not known", remedy);
        }
        sex
    });
    let birth = times::when(f, "Patient.birthDate", patient.birth_date.as_deref(), now);
    let birth_date =
        birth.and_then(|_| times::day(f, "Patient.birthDate", patient.birth_date.as_deref()));
    let died_field = "Patient.deceasedDateTime";
    let died_text = patient.deceased_date_time.as_deref();
    let died = times::when(f, died_field, died_text, now);
    times::not_before_birth(f, died_field, died, birth_date);
    let died = died.and_then(|_| times::day(f, died_field, died_text));
    if patient.deceased_boolean == Some(true) {
        let remedy = "send deceasedDateTime";
        let reason = "a death without its date is not kept";
        f.warning(IssueCode::NotSupported, "Patient.deceasedBoolean", reason, remedy);
    }
    let home = home(&patient.address);
    Demographics {
        name: best_name(&patient.name)
            .and_then(|name| f.words("Patient.name", full_name(name).as_deref())),
        sex,
        birth_date,
        phone: f.text("Patient.telecom", phone(&patient.telecom)),
        residence: home.and_then(|address| {
            coded::place(f, "Patient.address", &address.extension, urls::EXT_DIVISION)
        }),
        address: home.and_then(|a| f.words("Patient.address", address_text(a).as_deref())),
        nationality: nationality(&patient.extension).map(Into::into),
        died,
    }
}

/// Notes where a document and the other elements say different things.
fn contradictions(f: &mut Findings, documents: &[Document], demographics: &Demographics) {
    const REMEDY: &str = "compare both with the document";
    let within = documents.iter().find_map(Document::birth_date);
    if let (Some(within), Some(stated)) = (within, demographics.birth_date)
        && within != stated
    {
        let reason = "the birth date differs from the one within the document's number";
        f.warning(IssueCode::BusinessRule, "Patient.birthDate", reason, REMEDY);
    }
    let within = documents.iter().find_map(Document::sex);
    if let (Some(within), Some(stated @ (Sex::Male | Sex::Female))) = (within, demographics.sex)
        && within != stated
    {
        let reason = "the sex differs from the one within the document's number";
        f.warning(IssueCode::BusinessRule, "Patient.gender", reason, REMEDY);
    }
}

fn is_cjk(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}'
        | '\u{3040}'..='\u{30ff}' | '\u{ac00}'..='\u{d7af}')
}

/// The name to keep: not an old one; official before usual before others; of equals the first,
/// but one in Chinese characters before its transcription.
fn best_name<'x, 'a>(names: &'x [HumanName<'a>]) -> Option<&'x HumanName<'a>> {
    let rank = |name: &HumanName<'_>| {
        let used = match name.used.as_deref() {
            Some("official") => 0,
            Some("usual") | None => 1,
            Some("old" | "maiden" | "temp" | "anonymous") => 3,
            Some(_) => 2,
        };
        let latin = full_name(name).is_none_or(|text| !text.chars().any(is_cjk));
        (used, latin)
    };
    names.iter().filter(|name| full_name(name).is_some()).min_by_key(|name| rank(name))
}

/// One text: `text`, else family and given in the order of their script.
fn full_name(name: &HumanName<'_>) -> Option<String> {
    if let Some(text) = name.text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        return Some(text.to_owned());
    }
    let family = name.family.as_deref().map(str::trim).unwrap_or_default();
    let given: Vec<&str> = name.given.iter().flatten().map(|part| part.trim()).collect();
    let cjk = family.chars().chain(given.iter().flat_map(|part| part.chars())).any(is_cjk);
    let joined = if cjk {
        format!("{family}{}", given.concat())
    } else {
        format!("{} {family}", given.join(" "))
    };
    let joined = joined.trim();
    (!joined.is_empty()).then(|| joined.to_owned())
}

/// The telephone number to keep: a mobile one before others, never an old one.
fn phone<'x>(telecom: &'x [ContactPoint<'_>]) -> Option<&'x str> {
    let of = |wanted: fn(Option<&str>) -> bool| {
        telecom.iter().find_map(|point| {
            let right = point.system.as_deref() == Some("phone") && wanted(point.used.as_deref());
            point.value.as_deref().filter(|_| right)
        })
    };
    of(|used| used == Some("mobile")).or_else(|| of(|used| used != Some("old")))
}

fn home<'x, 'a>(addresses: &'x [Address<'a>]) -> Option<&'x Address<'a>> {
    let current = |a: &&Address<'_>| a.used.as_deref() != Some("old");
    addresses
        .iter()
        .find(|a| a.used.as_deref() == Some("home"))
        .or_else(|| addresses.iter().find(current))
}

/// One text: `text`, else the parts in the order of their script.
fn address_text(address: &Address<'_>) -> Option<String> {
    if let Some(text) = address.text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        return Some(text.to_owned());
    }
    let lines = address.line.iter().flatten().map(|line| &**line);
    let larger =
        [&address.district, &address.city, &address.state].into_iter().filter_map(|p| p.as_deref());
    let mut parts: Vec<&str> = lines.chain(larger).filter(|part| !part.trim().is_empty()).collect();
    if parts.iter().any(|part| part.chars().any(is_cjk)) {
        let line_count = address.line.iter().flatten().count().min(parts.len());
        parts[line_count..].reverse();
        parts.rotate_left(line_count);
        return Some(parts.concat());
    }
    parts.extend(address.country.as_deref());
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Three letters of ISO 3166-1 within the extension that HL7 defines for it.
fn nationality<'x>(extensions: &'x [Extension<'_>]) -> Option<&'x str> {
    let code = extension(&extension(extensions, NATIONALITY)?.extension, "code")?;
    let codings = &code.value_codeable_concept.as_ref()?.coding;
    let three = |text: &&str| text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase());
    codings.iter().filter_map(|c| c.code.as_deref()).find(three)
}

fn relation(contact: &Contact<'_>) -> Option<Relation> {
    let codes = contact.relationship.iter().flat_map(|concept| &concept.coding);
    codes.into_iter().find_map(|coding| match coding.code.as_deref()? {
        "MTH" | "NMTH" | "72705000" => Some(Relation::Mother),
        "FTH" | "NFTH" | "66839005" => Some(Relation::Father),
        "GUARD" => Some(Relation::Guardian),
        _ => None,
    })
}

fn guardian(
    f: &mut Findings,
    scene: &Scene<'_>,
    index: usize,
    contact: &Contact<'_>,
) -> Option<Guardian> {
    let relation = relation(contact)?;
    let stated = extension(&contact.extension, urls::EXT_DOCUMENT);
    let Some(identifier) = stated.and_then(|e| e.value_identifier.as_ref()) else {
        f.warning(
            IssueCode::Required,
            format!("Patient.contact[{index}]"),
            "a parent or guardian without a document is not kept",
            "give the document in the extension urn:hutong:ext:document",
        );
        return None;
    };
    let path = || format!("Patient.contact[{index}].extension.valueIdentifier");
    let document = document(f, path, scene.ctx, identifier)?;
    let name = contact.name.as_ref().and_then(full_name);
    Some(Guardian { document, relation, name: f.words("Patient.contact.name", name.as_deref()) })
}

/// A child without a document of its own is known by its mother's, its birth date and its order.
fn newborn(
    f: &mut Findings,
    scene: &Scene<'_>,
    patient: &Patient<'_>,
    documents: &[Document],
    demographics: &Demographics,
    guardians: &[Guardian],
) -> Option<Document> {
    if documents.iter().any(|d| d.kind() != DocumentKind::Other) {
        return None;
    }
    let stated = extension(&patient.extension, urls::EXT_MOTHER);
    let mother = match stated.and_then(|e| e.value_identifier.as_ref()) {
        Some(identifier) => {
            let path = || "Patient.extension.valueIdentifier".to_owned();
            document(f, path, scene.ctx, identifier)?
        }
        None => guardians.iter().find(|g| g.relation == Relation::Mother)?.document.clone(),
    };
    let born = demographics.birth_date?;
    let order = match (patient.multiple_birth_integer, patient.multiple_birth_boolean) {
        (Some(order), _) => coded::count(f, "Patient.multipleBirthInteger", Some(order.text()))?,
        (None, Some(true)) => {
            f.warning(
                IssueCode::Required,
                "Patient.multipleBirthInteger",
                "of children born together, the order says which one this is",
                "send multipleBirthInteger instead of multipleBirthBoolean",
            );
            return None;
        }
        (None, _) => 1,
    };
    Some(Document::newborn(&mother, born, u8::try_from(order).unwrap_or(u8::MAX)))
}

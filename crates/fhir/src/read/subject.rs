//! Who a record is about: references to patients, followed within the resource and its Bundle.

use super::coded::{find_contained, identifier_text};
use super::documents::{document, in_order};
use super::elements::{self, Identifier, Patient, Reference};
use super::findings::Findings;
use super::{ReadContext, names, patient};
use crate::json::{self, Raw};
use hutong_model::{Date, Document, IssueCode, OriginId, Subject};
use std::collections::HashMap;

/// What is known while one resource is read.
pub(super) struct Scene<'c> {
    pub(super) ctx: &'c ReadContext,
    pub(super) patients: Option<&'c Patients>,
    pub(super) full_url: Option<&'c str>,
}

/// The patients of a Bundle, by `fullUrl` and by `Patient/id`.
#[derive(Debug, Default)]
pub(super) struct Patients {
    known: Vec<(Vec<Document>, Option<Date>)>,
    by_name: HashMap<Box<str>, usize>,
}

impl Patients {
    /// Notes the Patient of an entry. Where something is wrong with it, only the sender's own
    /// reference to it is used: its records are not lost over a mistyped identifier.
    pub(super) fn note(&mut self, text: &str, full_url: Option<&str>, ctx: &ReadContext) {
        let scene = Scene { ctx, patients: None, full_url };
        let Ok(resource) = json::parse::<Patient<'_>>(text, "Patient") else { return };
        let mut f = Findings::default();
        let subject = patient::person(&mut f, &scene, &resource);
        let own = scene.local_id(resource.id.as_deref());
        let known = match (f.finish(None), subject) {
            (super::RowResult::Rejected(errors), Some(subject)) if errors.is_empty() => {
                let born = born(&subject);
                (subject.documents, born)
            }
            _ => match own.and_then(|id| Document::identifier(&ctx.patient_system, id).ok()) {
                Some(document) => (vec![document], None),
                None => return,
            },
        };
        let at = self.known.len();
        self.known.push(known);
        if let Some(url) = full_url {
            self.by_name.insert(url.into(), at);
        }
        if let Some(id) = resource.id.as_deref() {
            self.by_name.insert(format!("Patient/{id}").into(), at);
        }
    }

    fn find(&self, name: &str) -> Option<&(Vec<Document>, Option<Date>)> {
        self.by_name.get(name).map(|at| &self.known[*at])
    }
}

/// The birth date that a subject states, else the one within a document.
pub(super) fn born(subject: &Subject) -> Option<Date> {
    let within = || subject.documents.iter().find_map(Document::birth_date);
    subject.demographics.birth_date.or_else(within)
}

/// Who it is.
pub(super) enum Who {
    /// A person, and the birth date if it is known.
    Person(Subject, Option<Date>),
    /// Something else: a group, a device, an animal.
    NotAPerson(String),
    /// Not said, or wrong: the findings say why.
    Nobody,
}

/// What a reference was followed to.
enum Found {
    Person(Subject, Option<Date>),
    Other(String),
}

/// How to mend a reference that leads nowhere.
const REMEDY: &str =
    "refer to the person as Patient/ID, by an identifier, or by an entry of the Bundle";

/// What a reference points to.
enum Target<'x> {
    Contained(&'x str),
    Patient(&'x str),
    Entry,
    Conditional(&'x str, &'x str),
    Other(&'x str),
    Malformed,
}

fn target(reference: &str) -> Target<'_> {
    if reference.starts_with('#') {
        return Target::Contained(reference);
    }
    if reference.starts_with("urn:uuid:") || reference.starts_with("urn:oid:") {
        return Target::Entry;
    }
    if let Some(query) = reference.strip_prefix("Patient?identifier=") {
        return match query.split_once('|') {
            Some((system, value)) if !query.contains(['&', '%', ',']) => {
                Target::Conditional(system, value)
            }
            _ => Target::Malformed,
        };
    }
    let plain = reference.split_once("/_history/").map_or(reference, |(plain, _)| plain);
    let Some((head, id)) = plain.rsplit_once('/') else { return Target::Malformed };
    let kind = head.rsplit_once('/').map_or(head, |(_, kind)| kind);
    if id.is_empty() {
        Target::Malformed
    } else if kind == "Patient" {
        Target::Patient(id)
    } else if names::RESOURCES.binary_search(&kind).is_ok() {
        Target::Other(kind)
    } else {
        Target::Malformed
    }
}

impl Scene<'_> {
    /// The sender's own id for a Patient: its `id`, else the UUID of its Bundle entry.
    pub(super) fn local_id<'x>(&'x self, id: Option<&'x str>) -> Option<&'x str> {
        let entry = || self.full_url.and_then(|url| url.strip_prefix("urn:uuid:"));
        id.filter(|id| !id.is_empty()).or_else(entry)
    }

    /// The sender's own id for a record: its first identifier, else its type and id, else the
    /// UUID of its Bundle entry.
    pub(super) fn own_id(
        &self,
        f: &mut Findings,
        kind: &'static str,
        id: Option<&str>,
        identifiers: &[Identifier<'_>],
    ) -> Option<OriginId> {
        let own_system = &self.ctx.record_system;
        if let Some(text) = identifiers.iter().find_map(|i| identifier_text(i, own_system)) {
            return f.origin_id(format!("{kind}.identifier"), &text);
        }
        if let Some(id) = id.filter(|id| !id.is_empty()) {
            return f.origin_id(format!("{kind}.id"), &format!("{kind}/{id}"));
        }
        if let Some(url) = self.full_url.filter(|url| url.starts_with("urn:uuid:")) {
            return f.origin_id(format!("{kind}.fullUrl"), url);
        }
        f.error(
            IssueCode::Required,
            format!("{kind}.identifier"),
            "the record has no id of the sender's own",
            "give it an identifier (or id) that stays the same when it is sent again",
        );
        None
    }

    /// Follows a reference to the person of a record. `field` names it.
    pub(super) fn who(
        &self,
        f: &mut Findings,
        field: &'static str,
        contained: &[Raw<'_>],
        reference: Option<&Reference<'_>>,
    ) -> Who {
        let errors = f.errors();
        let who = self.find(f, field, contained, reference);
        // An identifier without a value deserves a warning only, where there are others.
        if matches!(who, Who::Nobody) && f.errors() == errors {
            f.missing(field, REMEDY);
        }
        who
    }

    fn find(
        &self,
        f: &mut Findings,
        field: &'static str,
        contained: &[Raw<'_>],
        reference: Option<&Reference<'_>>,
    ) -> Who {
        let Some(reference) = reference else {
            f.missing(field, REMEDY);
            return Who::Nobody;
        };
        if let Some(kind) = reference.kind.as_deref().filter(|kind| *kind != "Patient") {
            return Who::NotAPerson(kind.chars().take(64).collect());
        }
        let followed = match reference.reference.as_deref() {
            Some(text) => self.follow(f, field, contained, text),
            None if reference.identifier.is_some() => Some(Found::Person(Subject::default(), None)),
            None => {
                f.missing(field, REMEDY);
                None
            }
        };
        let (mut subject, birth) = match followed {
            Some(Found::Person(subject, birth)) => (subject, birth),
            Some(Found::Other(kind)) => return Who::NotAPerson(kind),
            None => return Who::Nobody,
        };
        if let Some(identifier) = &reference.identifier {
            let path = || format!("{field}.identifier");
            if let Some(stated) = document(f, path, self.ctx, identifier) {
                subject.documents.insert(0, stated);
                in_order(&mut subject.documents);
            }
        }
        if subject.documents.is_empty() {
            return Who::Nobody;
        }
        let birth = birth.or_else(|| born(&subject));
        Who::Person(subject, birth)
    }

    /// Follows the text of a reference. None where the findings say why it leads nowhere.
    fn follow(
        &self,
        f: &mut Findings,
        field: &'static str,
        contained: &[Raw<'_>],
        text: &str,
    ) -> Option<Found> {
        let entry = |name: &str| self.patients.and_then(|all| all.find(name));
        let known = |(documents, born): &(Vec<Document>, Option<Date>)| {
            let documents = documents.clone();
            Found::Person(Subject { documents, ..Subject::default() }, *born)
        };
        let only = |document: Document| {
            Found::Person(Subject { documents: vec![document], ..Subject::default() }, None)
        };
        match target(text.trim()) {
            Target::Other(kind) => Some(Found::Other(kind.to_owned())),
            Target::Contained(id) => {
                let subject = self.contained_person(f, field, contained, id)?;
                Some(Found::Person(subject, None))
            }
            Target::Patient(id) => match entry(text).or_else(|| entry(&format!("Patient/{id}"))) {
                Some(found) => Some(known(found)),
                None => self.local_document(f, field, id).map(only),
            },
            Target::Entry => {
                let found = entry(text).map(known);
                if found.is_none() {
                    let reason = "the reference points to no Patient entry of the same Bundle";
                    f.error(IssueCode::NotFound, field, reason, REMEDY);
                }
                found
            }
            Target::Conditional(system, value) => {
                conditional(f, field, self.ctx, system, value).map(only)
            }
            Target::Malformed => {
                let reason = "the reference is not one to a Patient";
                f.error(IssueCode::Value, field, reason, REMEDY);
                None
            }
        }
    }

    /// The document that stands for the sender's own Patient id.
    pub(super) fn local_document(
        &self,
        f: &mut Findings,
        field: &'static str,
        id: &str,
    ) -> Option<Document> {
        match Document::identifier(&self.ctx.patient_system, id) {
            Ok(document) => Some(document),
            Err(error) => {
                f.error(IssueCode::Value, field, error.to_string(), "use a shorter id");
                None
            }
        }
    }

    fn contained_person(
        &self,
        f: &mut Findings,
        field: &'static str,
        contained: &[Raw<'_>],
        id: &str,
    ) -> Option<Subject> {
        let Some(raw) = find_contained(contained, id) else {
            let remedy = "contain the Patient under this id, or refer to it as Patient/ID";
            f.error(IssueCode::NotFound, field, "no contained resource has this id", remedy);
            return None;
        };
        // A contained id means nothing outside its resource: only real identifiers count.
        let nameless = Scene { ctx: self.ctx, patients: None, full_url: None };
        let mut resource = match json::parse::<Patient<'_>>(raw.text(), "Patient") {
            Ok(resource) => resource,
            Err(issue) => {
                f.error(issue.code, issue.field, issue.reason, issue.remedy);
                return None;
            }
        };
        resource.id = None;
        let subject = patient::person(f, &nameless, &resource)?;
        if subject.documents.is_empty() {
            let remedy = "give it an identifier, such as the number of a document";
            f.error(IssueCode::Required, field, "the contained Patient has no identifier", remedy);
            return None;
        }
        Some(subject)
    }
}

fn conditional(
    f: &mut Findings,
    field: &'static str,
    ctx: &ReadContext,
    system: &str,
    value: &str,
) -> Option<Document> {
    let quoted = serde_json::json!({ "system": system, "value": value }).to_string();
    let identifier = json::parse::<elements::Identifier<'_>>(&quoted, field).ok()?;
    document(f, || field.to_owned(), ctx, &identifier)
}

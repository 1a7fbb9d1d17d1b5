//! Persons as `Patient`.

use super::json::Json;
use super::provenance::extension;
use crate::urls;
use hutong_model::{
    Date, Demographics, Document, DocumentKind, Guardian, PersonId, person::Relation,
};

/// How much of a person is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disclosure {
    /// Everything.
    Full,
    /// Name and numbers with their middle hidden, the year of birth; no address, no telephone.
    Masked,
}

/// A person as shown.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownPatient {
    /// The person, pseudonymous.
    pub person: PersonId,
    /// Documents.
    pub documents: Vec<Document>,
    /// What else is known.
    pub demographics: Demographics,
    /// Who acts for the person.
    pub guardians: Vec<Guardian>,
    /// Other ids that stand for the same human being.
    pub linked: Vec<PersonId>,
}

/// Appends a person as `Patient`.
pub fn patient(shown: &ShownPatient, disclosure: Disclosure, out: &mut Vec<u8>) {
    write(&mut Json::new(out), shown, disclosure);
}

pub(super) fn write(j: &mut Json<'_>, shown: &ShownPatient, disclosure: Disclosure) {
    j.object(|j| fill(j, shown, disclosure));
}

fn fill(j: &mut Json<'_>, shown: &ShownPatient, disclosure: Disclosure) {
    let full = disclosure == Disclosure::Full;
    let d = &shown.demographics;
    j.string("resourceType", "Patient");
    j.id("id", &[], shown.person.as_bytes());
    if !full {
        j.member("meta", |j| {
            j.list("security", |j| {
                j.object(|j| {
                    j.string("system", "http://terminology.hl7.org/CodeSystem/v3-ObservationValue");
                    j.string("code", "MASKED");
                });
            });
        });
    }
    j.list("extension", |j| {
        if let Some(country) = d.nationality.as_deref().filter(|_| full) {
            nationality(j, country);
        }
    });
    j.list("identifier", |j| {
        shown.documents.iter().for_each(|document| j.object(|j| identifier(j, document, full)));
    });
    j.list("name", |j| {
        let name = if full { d.name.as_deref().map(str::to_owned) } else { d.masked_name() };
        if let Some(name) = name {
            j.object(|j| j.string("text", &name));
        }
    });
    if full && let Some(phone) = &d.phone {
        j.list("telecom", |j| {
            j.object(|j| {
                j.string("system", "phone");
                j.string("value", phone);
                j.string("use", "mobile");
            });
        });
    }
    if let Some(sex) = d.sex {
        j.string("gender", sex.as_str());
    }
    if let Some(born) = d.birth_date {
        birth(j, born, full);
    }
    if let Some(died) = d.died {
        if full { j.shown("deceasedDateTime", died) } else { j.bare("deceasedBoolean", true) }
    }
    if full {
        address(j, d);
        j.list("contact", |j| shown.guardians.iter().for_each(|g| j.object(|j| contact(j, g))));
    }
    j.list("link", |j| {
        for other in &shown.linked {
            j.object(|j| {
                j.member("other", |j| j.shown("reference", format_args!("Patient/{other}")));
                j.string("type", "seealso");
            });
        }
    });
}

fn birth(j: &mut Json<'_>, born: Date, full: bool) {
    if full {
        j.shown("birthDate", born);
    } else {
        j.shown("birthDate", format_args!("{:04}", born.civil().year()));
    }
}

fn nationality(j: &mut Json<'_>, country: &str) {
    j.object(|j| {
        j.list("extension", |j| {
            extension(j, "code", |j| {
                j.member("valueCodeableConcept", |j| {
                    j.list("coding", |j| {
                        j.object(|j| {
                            j.string("system", "urn:iso:std:iso:3166");
                            j.string("code", country);
                        });
                    });
                });
            });
        });
        j.string("url", "http://hl7.org/fhir/StructureDefinition/patient-nationality");
    });
}

fn identifier(j: &mut Json<'_>, document: &Document, full: bool) {
    if !full {
        j.list("extension", |j| {
            extension(j, urls::EXT_MASKED, |j| j.bare("valueBoolean", true));
        });
    }
    if document.kind() != DocumentKind::Other {
        j.member("type", |j| {
            j.list("coding", |j| {
                j.object(|j| {
                    j.string("system", urls::CS_DOCUMENT_KIND);
                    j.string("code", document.kind().as_str());
                });
            });
        });
    }
    j.string("system", &document.system());
    if full {
        j.string("value", document.number());
    } else {
        j.string("value", &document.masked());
    }
}

fn address(j: &mut Json<'_>, d: &Demographics) {
    if d.address.is_none() && d.residence.is_none() {
        return;
    }
    j.list("address", |j| {
        j.object(|j| {
            j.list("extension", |j| {
                if let Some(division) = d.residence {
                    extension(j, urls::EXT_DIVISION, |j| j.shown("valueCode", division));
                }
            });
            j.string("use", "home");
            j.maybe("text", d.address.as_deref());
        });
    });
}

fn contact(j: &mut Json<'_>, guardian: &Guardian) {
    let role = match guardian.relation {
        Relation::Mother => "MTH",
        Relation::Father => "FTH",
        Relation::Guardian => "GUARD",
    };
    j.list("extension", |j| {
        extension(j, urls::EXT_DOCUMENT, |j| {
            j.member("valueIdentifier", |j| identifier(j, &guardian.document, true));
        });
    });
    j.list("relationship", |j| {
        j.object(|j| {
            j.list("coding", |j| {
                j.object(|j| {
                    j.string("system", urls::CS_ROLE);
                    j.string("code", role);
                });
            });
        });
    });
    if let Some(name) = &guardian.name {
        j.member("name", |j| j.string("text", name));
    }
}

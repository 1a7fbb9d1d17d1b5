//! Who a row is about.

use crate::cells::Row;
use crate::fields::Field;
use crate::words::{Group, Words};
use hutong_model::{
    Demographics, Document, DocumentKind, Guardian, IssueCode, Sex, Subject, person::Relation,
};

/// Reads the person. Where `required`, there must be a document, or the mother's and a birth date.
pub(crate) fn read_subject(row: &mut Row<'_>, required: bool) -> Subject {
    let mut demographics = Demographics {
        name: row.text(Field::Name),
        sex: row.word(Field::Sex, Group::Sex).and_then(Sex::parse),
        birth_date: row.date(Field::BirthDate),
        phone: row.text(Field::Phone),
        residence: row.region(Field::Residence),
        address: row.text(Field::Address),
        nationality: country(row, Field::Nationality),
        died: None,
    };
    let scope = country(row, Field::DocumentCountry);
    let own = document(row, Field::DocumentType, Field::DocumentNumber, scope.as_deref());
    let mut guardians = Vec::new();
    for (kind, number, name, relation) in [
        (
            Field::MotherDocumentType,
            Field::MotherDocumentNumber,
            Field::MotherName,
            Relation::Mother,
        ),
        (
            Field::FatherDocumentType,
            Field::FatherDocumentNumber,
            Field::FatherName,
            Relation::Father,
        ),
        (
            Field::GuardianDocumentType,
            Field::GuardianDocumentNumber,
            Field::GuardianName,
            Relation::Guardian,
        ),
    ] {
        if let Some(document) = document(row, kind, number, None) {
            guardians.push(Guardian { document, relation, name: row.text(name) });
        }
    }
    let own = match own {
        Some(document) => {
            agree(row, &document, &mut demographics);
            Some(document)
        }
        None => newborn(row, &demographics, &guardians, required),
    };
    Subject { documents: own.into_iter().collect(), demographics, guardians }
}

/// A child known by its mother's document and its day of birth.
fn newborn(
    row: &mut Row<'_>,
    demographics: &Demographics,
    guardians: &[Guardian],
    required: bool,
) -> Option<Document> {
    if row.get(Field::DocumentNumber).is_some() {
        // What is wrong with it has been said.
        return None;
    }
    let mother = guardians.iter().find(|guardian| guardian.relation == Relation::Mother);
    let order = match row.get(Field::BirthOrder).map(str::parse::<u8>) {
        None => 1,
        Some(Ok(order @ 1..=20)) => order,
        Some(_) => {
            row.error(
                Field::BirthOrder,
                IssueCode::Value,
                "the order of birth is a number from 1",
                "write 1 for the first born, 2 for the second",
            );
            return None;
        }
    };
    if let (Some(mother), Some(born)) = (mother, demographics.birth_date) {
        return Some(Document::newborn(&mother.document, born, order));
    }
    if required {
        row.error(
            Field::DocumentNumber,
            IssueCode::Required,
            "the row says nothing by which the person can be found",
            "write the person's document number, or for a newborn the mother's and the birth date",
        );
    }
    None
}

/// What a document number says about its holder must not contradict the row; where the row is
/// silent, it is taken from the number.
fn agree(row: &mut Row<'_>, document: &Document, demographics: &mut Demographics) {
    if let Some(born) = document.birth_date() {
        if demographics.birth_date.is_some_and(|stated| stated != born) {
            row.warning(
                Field::BirthDate,
                "the birth date is not the one within the document number",
                "correct the one that is wrong",
            );
        }
        demographics.birth_date.get_or_insert(born);
    }
    if let Some(sex) = document.sex() {
        let other = |stated| matches!(stated, Sex::Male | Sex::Female) && stated != sex;
        if demographics.sex.is_some_and(other) {
            row.warning(
                Field::Sex,
                "the sex is not the one within the document number",
                "correct the one that is wrong",
            );
        }
        demographics.sex.get_or_insert(sex);
    }
}

/// Three letters of ISO 3166-1, from those, from two letters, or from a name.
fn country(row: &mut Row<'_>, field: Field) -> Option<Box<str>> {
    let text = row.get(field)?;
    if let Some(code) = Words::get().code(Group::Country, text) {
        return Some(code.into());
    }
    if text.len() == 3 && text.bytes().all(|b| b.is_ascii_alphabetic()) {
        return Some(text.to_ascii_uppercase().into());
    }
    row.error(
        field,
        IssueCode::CodeInvalid,
        "this is not the code of a country",
        "write three letters of ISO 3166-1, such as CHN",
    );
    None
}

fn document(
    row: &mut Row<'_>,
    kind_field: Field,
    number_field: Field,
    country: Option<&str>,
) -> Option<Document> {
    let number = row.get(number_field)?;
    let word = if row.get(kind_field).is_some() {
        row.word(kind_field, Group::DocumentType)?
    } else if let Some(word) = guess(number) {
        word
    } else {
        row.error(
            kind_field,
            IssueCode::Required,
            "the number is not that of a resident ID, and the type of document is missing",
            "write the type of document, or correct the number",
        );
        return None;
    };
    let system = || -> Option<Box<str>> {
        row.get(Field::DocumentSystem).map(Box::from).or_else(|| row.ctx.document_system.clone())
    };
    let (kind, scope): (DocumentKind, Box<str>) = match DocumentKind::parse(word) {
        Some(DocumentKind::Passport) => (DocumentKind::Passport, country.unwrap_or("").into()),
        Some(DocumentKind::Other) => match system() {
            Some(system) => (DocumentKind::Other, system),
            None => {
                row.error(
                    Field::DocumentSystem,
                    IssueCode::Required,
                    "a document of another type needs the URI of its identifier system",
                    "add the column, or choose a type of the template",
                );
                return None;
            }
        },
        Some(kind) => (kind, "".into()),
        // A household register and a driving licence carry the holder's resident ID.
        None if Document::parse(DocumentKind::ResidentId, "", number).is_ok() => {
            (DocumentKind::ResidentId, "".into())
        }
        None => (DocumentKind::Other, format!("urn:hutong:id:{word}").into()),
    };
    match Document::parse(kind, &scope, number) {
        Ok(document) => Some(document),
        Err(error) => {
            row.error(
                number_field,
                IssueCode::Value,
                error.to_string(),
                "compare the number with the document, and the type of document with the number",
            );
            None
        }
    }
}

/// The type that a number must be of by its form: only where no other type has that form.
fn guess(number: &str) -> Option<&'static str> {
    let plain: String = number.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let head = plain.get(..2).filter(|_| plain.is_ascii());
    match plain.len() {
        18 if matches!(head, Some("81" | "82" | "83")) => Some("hk-macao-taiwan-residence-permit"),
        18 if plain.starts_with('9') => Some("permanent-residence-id"),
        15 | 18 if head.is_some_and(digits) => Some("resident-id"),
        _ => None,
    }
}

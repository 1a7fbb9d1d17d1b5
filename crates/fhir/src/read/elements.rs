//! FHIR data types and resources as they are read: the elements that Hutong looks at, borrowed
//! from the input; all others are skipped (HL7 FHIR R4 §2.24, §10.1, §9.3, §8.1).

use crate::json::{Num, Raw, Str};
use hutong_model::limits::BUNDLE_ENTRIES_MAX;
use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, SeqAccess, Visitor};
use std::{fmt, marker::PhantomData};

/// Declares structs that are read from JSON: every element optional, others skipped.
macro_rules! elements {
    ($($(#[$doc:meta])* $name:ident { $($(#[$attr:meta])* $field:ident : $type:ty),* $(,)? })*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Default, serde::Deserialize)]
            #[serde(rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
            pub(super) struct $name<'a> {
                $($(#[$attr])* #[serde(default)] pub(super) $field: $type,)*
            }
        )*
    };
}

elements! {
    /// A code of a code system.
    Coding { system: Option<Str<'a>>, code: Option<Str<'a>>, display: Option<Str<'a>> }
    /// Codes and a text for one meaning.
    Concept { coding: Vec<Coding<'a>>, text: Option<Str<'a>> }
    /// A business identifier.
    Identifier {
        #[serde(rename = "type")] kind: Option<Concept<'a>>,
        system: Option<Str<'a>>,
        value: Option<Str<'a>>,
        extension: Vec<Extension<'a>>,
    }
    /// A reference to another resource.
    Reference {
        reference: Option<Str<'a>>,
        #[serde(rename = "type")] kind: Option<Str<'a>>,
        identifier: Option<Identifier<'a>>,
        display: Option<Str<'a>>,
    }
    /// An amount.
    Quantity {
        value: Option<Num<'a>>,
        comparator: Option<Str<'a>>,
        unit: Option<Str<'a>>,
        code: Option<Str<'a>>,
    }
    /// Two amounts.
    Ratio { numerator: Option<Quantity<'a>>, denominator: Option<Quantity<'a>> }
    /// From (and until, which is not looked at).
    Period { start: Option<Str<'a>> }
    /// A remark.
    Annotation { text: Option<Str<'a>> }
    /// An extension, with the value types that Hutong's own use.
    Extension {
        url: Option<Str<'a>>,
        extension: Vec<Extension<'a>>,
        value_string: Option<Str<'a>>,
        value_code: Option<Str<'a>>,
        value_date_time: Option<Str<'a>>,
        value_instant: Option<Str<'a>>,
        value_date: Option<Str<'a>>,
        value_positive_int: Option<Num<'a>>,
        value_integer: Option<Num<'a>>,
        value_unsigned_int: Option<Num<'a>>,
        value_identifier: Option<Box<Identifier<'a>>>,
        value_codeable_concept: Option<Concept<'a>>,
    }
    /// A person's name.
    HumanName {
        #[serde(rename = "use")] used: Option<Str<'a>>,
        text: Option<Str<'a>>,
        family: Option<Str<'a>>,
        given: Vec<Option<Str<'a>>>,
    }
    /// A telephone number or the like.
    ContactPoint {
        system: Option<Str<'a>>,
        value: Option<Str<'a>>,
        #[serde(rename = "use")] used: Option<Str<'a>>,
    }
    /// A postal address.
    Address {
        #[serde(rename = "use")] used: Option<Str<'a>>,
        text: Option<Str<'a>>,
        line: Vec<Option<Str<'a>>>,
        city: Option<Str<'a>>,
        district: Option<Str<'a>>,
        state: Option<Str<'a>>,
        country: Option<Str<'a>>,
        extension: Vec<Extension<'a>>,
    }
    /// Someone to turn to about a patient.
    Contact {
        relationship: Vec<Concept<'a>>,
        name: Option<HumanName<'a>>,
        extension: Vec<Extension<'a>>,
    }
    /// A person.
    Patient {
        #[serde(rename = "resourceType")] _resource_type: Option<IgnoredText<'a>>,
        id: Option<Str<'a>>,
        extension: Vec<Extension<'a>>,
        identifier: Vec<Identifier<'a>>,
        name: Vec<HumanName<'a>>,
        telecom: Vec<ContactPoint<'a>>,
        gender: Option<Str<'a>>,
        birth_date: Option<Str<'a>>,
        deceased_boolean: Option<bool>,
        deceased_date_time: Option<Str<'a>>,
        address: Vec<Address<'a>>,
        multiple_birth_boolean: Option<bool>,
        multiple_birth_integer: Option<Num<'a>>,
        contact: Vec<Contact<'a>>,
    }
    /// Who took part.
    Performer { function: Option<Concept<'a>>, actor: Option<Reference<'a>> }
    /// The protocol a dose followed.
    Protocol {
        dose_number_positive_int: Option<Num<'a>>,
        dose_number_string: Option<Str<'a>>,
        series_doses_positive_int: Option<Num<'a>>,
        series_doses_string: Option<Str<'a>>,
    }
    /// A dose.
    Immunization {
        #[serde(rename = "resourceType")] _resource_type: Option<IgnoredText<'a>>,
        id: Option<Str<'a>>,
        extension: Vec<Extension<'a>>,
        contained: Vec<Raw<'a>>,
        identifier: Vec<Identifier<'a>>,
        status: Option<Str<'a>>,
        status_reason: Option<Concept<'a>>,
        vaccine_code: Option<Concept<'a>>,
        patient: Option<Reference<'a>>,
        occurrence_date_time: Option<Str<'a>>,
        occurrence_string: Option<Str<'a>>,
        recorded: Option<Str<'a>>,
        primary_source: Option<bool>,
        manufacturer: Option<Reference<'a>>,
        lot_number: Option<Str<'a>>,
        expiration_date: Option<Str<'a>>,
        site: Option<Concept<'a>>,
        route: Option<Concept<'a>>,
        dose_quantity: Option<Quantity<'a>>,
        performer: Vec<Performer<'a>>,
        note: Vec<Annotation<'a>>,
        is_subpotent: Option<bool>,
        protocol_applied: Vec<Protocol<'a>>,
    }
    /// Something observed.
    Observation {
        #[serde(rename = "resourceType")] _resource_type: Option<IgnoredText<'a>>,
        id: Option<Str<'a>>,
        extension: Vec<Extension<'a>>,
        contained: Vec<Raw<'a>>,
        identifier: Vec<Identifier<'a>>,
        status: Option<Str<'a>>,
        code: Option<Concept<'a>>,
        subject: Option<Reference<'a>>,
        effective_date_time: Option<Str<'a>>,
        effective_instant: Option<Str<'a>>,
        effective_period: Option<Period<'a>>,
        issued: Option<Str<'a>>,
        performer: Vec<Reference<'a>>,
        value_codeable_concept: Option<Concept<'a>>,
        value_string: Option<Str<'a>>,
        value_boolean: Option<bool>,
        value_integer: Option<Num<'a>>,
        value_quantity: Option<Quantity<'a>>,
        value_ratio: Option<Ratio<'a>>,
        data_absent_reason: Option<Concept<'a>>,
        interpretation: Vec<Concept<'a>>,
        note: Vec<Annotation<'a>>,
        method: Option<Concept<'a>>,
        specimen: Option<Reference<'a>>,
        device: Option<Reference<'a>>,
        has_member: Vec<Reference<'a>>,
    }
    /// A report over observations.
    Report {
        #[serde(rename = "resourceType")] _resource_type: Option<IgnoredText<'a>>,
        id: Option<Str<'a>>,
        extension: Vec<Extension<'a>>,
        contained: Vec<Raw<'a>>,
        identifier: Vec<Identifier<'a>>,
        status: Option<Str<'a>>,
        code: Option<Concept<'a>>,
        subject: Option<Reference<'a>>,
        effective_date_time: Option<Str<'a>>,
        effective_period: Option<Period<'a>>,
        issued: Option<Str<'a>>,
        performer: Vec<Reference<'a>>,
        specimen: Vec<Reference<'a>>,
        result: Vec<Reference<'a>>,
        conclusion: Option<Str<'a>>,
        conclusion_code: Vec<Concept<'a>>,
    }
    /// Named parameters of an operation.
    Parameters {
        #[serde(rename = "resourceType")] _resource_type: Option<IgnoredText<'a>>,
        parameter: Vec<Part<'a>>,
    }
    /// One of them.
    Part {
        name: Option<Str<'a>>,
        value_date: Option<Str<'a>>,
        value_date_time: Option<Str<'a>>,
        resource: Option<Raw<'a>>,
    }
    /// Who takes part in an operation: a patient who is not named.
    Taker {
        #[serde(rename = "resourceType")] _resource_type: Option<IgnoredText<'a>>,
        id: Option<Str<'a>>,
        gender: Option<Str<'a>>,
        birth_date: Option<Str<'a>>,
    }
    /// A dose as far as a programme looks at it.
    Dose {
        #[serde(rename = "resourceType")] _resource_type: Option<IgnoredText<'a>>,
        id: Option<Str<'a>>,
        status: Option<Str<'a>>,
        vaccine_code: Option<Concept<'a>>,
        occurrence_date_time: Option<Str<'a>>,
        manufacturer: Option<Reference<'a>>,
        expiration_date: Option<Str<'a>>,
        is_subpotent: Option<bool>,
    }
    /// A condition, or an observation of one.
    State {
        #[serde(rename = "resourceType")] _resource_type: Option<IgnoredText<'a>>,
        status: Option<Str<'a>>,
        verification_status: Option<Concept<'a>>,
        code: Option<Concept<'a>>,
        onset_date_time: Option<Str<'a>>,
        effective_date_time: Option<Str<'a>>,
        recorded_date: Option<Str<'a>>,
        abatement_date_time: Option<Str<'a>>,
    }
    /// How a specimen was taken.
    Collection { collected_date_time: Option<Str<'a>>, collected_period: Option<Period<'a>> }
    /// A specimen, where it is contained in an observation.
    Specimen {
        identifier: Vec<Identifier<'a>>,
        accession_identifier: Option<Identifier<'a>>,
        #[serde(rename = "type")] kind: Option<Concept<'a>>,
        received_time: Option<Str<'a>>,
        collection: Option<Collection<'a>>,
    }
    /// A contained organisation or device, for its name.
    Named { name: Option<Str<'a>> }
    /// What any resource says of itself.
    AnyResource {
        #[serde(rename = "resourceType")] _resource_type: Option<Str<'a>>,
        id: Option<Str<'a>>,
    }
    /// What a Bundle asks to be done with an entry.
    Request { method: Option<Str<'a>>, url: Option<Str<'a>> }
    /// An entry of a Bundle.
    BundleEntry {
        full_url: Option<Str<'a>>,
        resource: Option<Raw<'a>>,
        request: Option<Request<'a>>,
    }
    /// A Bundle.
    Bundle {
        #[serde(rename = "resourceType")] _resource_type: Option<IgnoredText<'a>>,
        id: Option<Str<'a>>,
        #[serde(rename = "type")] kind: Option<Str<'a>>,
        #[serde(deserialize_with = "entries")] entry: Vec<BundleEntry<'a>>,
    }
}

/// A value whose presence is noted, so that it is refused when it comes twice.
#[derive(Debug, Default)]
pub(super) struct IgnoredText<'a>(PhantomData<&'a ()>);

impl<'de> Deserialize<'de> for IgnoredText<'_> {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(d).map(|_| Self(PhantomData))
    }
}

/// The extension of a URL.
pub(super) fn extension<'x, 'a>(list: &'x [Extension<'a>], url: &str) -> Option<&'x Extension<'a>> {
    list.iter().find(|e| e.url.as_deref() == Some(url))
}

/// The entries of a Bundle, as many as may be: `{},` is short to write and long to hold.
fn entries<'de: 'a, 'a, D: Deserializer<'de>>(d: D) -> Result<Vec<BundleEntry<'a>>, D::Error> {
    struct Entries<'a>(PhantomData<&'a ()>);
    impl<'de: 'a, 'a> Visitor<'de> for Entries<'a> {
        type Value = Vec<BundleEntry<'a>>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut entries = Vec::new();
            while let Some(entry) = list.next_element()? {
                if entries.len() >= BUNDLE_ENTRIES_MAX {
                    let wanted = format!("expected at most {BUNDLE_ENTRIES_MAX} entries");
                    return Err(A::Error::custom(wanted));
                }
                entries.push(entry);
            }
            Ok(entries)
        }
    }
    d.deserialize_seq(Entries(PhantomData))
}

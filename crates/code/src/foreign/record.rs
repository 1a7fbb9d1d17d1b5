//! One model for what certificates of all systems state.

use super::value_sets::{Row, Set};
use hutong_model::Catalogue;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

type Text = Box<str>;

/// A code with its names, where the value sets have them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Coded {
    /// URI of the code system, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<Cow<'static, str>>,
    /// The code as it stands in the certificate; empty where there is only a name.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub code: Text,
    /// Its name in English, or as the certificate has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub en: Option<Cow<'static, str>>,
    /// Its name in Chinese.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zh: Option<Cow<'static, str>>,
}

impl Coded {
    /// A code of a value set.
    pub(crate) fn of(set: Set, code: &str) -> Self {
        Self::of_row(set.row(code), code)
    }
    fn of_row(row: Option<&'static Row>, code: &str) -> Self {
        Self {
            system: row.map(|row| Cow::Borrowed(&*row.system)),
            code: code.into(),
            en: row.map(|row| Cow::Borrowed(&*row.en)),
            zh: row.map(|row| Cow::Borrowed(&*row.zh)),
        }
    }
    /// A code of a system that the certificate names; the value set may add names.
    pub(crate) fn in_system(set: Set, system: &str, code: &str) -> Self {
        let row = set.row(code).filter(|row| system.is_empty() || &*row.system == system);
        let mut coded = Self::of_row(row, code);
        if coded.system.is_none() && !system.is_empty() {
            coded.system = Some(Cow::Owned(system.into()));
        }
        coded
    }
    /// Only a name.
    pub(crate) fn named(name: &str) -> Self {
        Self { en: Some(Cow::Owned(name.into())), ..Self::default() }
    }
    /// The same, with this name where the value set has none.
    pub(crate) fn or_named(mut self, name: Option<&str>) -> Self {
        if self.en.is_none() {
            self.en = name.map(|name| Cow::Owned(name.into()));
        }
        self
    }
}

/// A place in our own catalogue of vaccines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogueCode {
    /// URI of the code system.
    pub system: Cow<'static, str>,
    /// The code.
    pub code: Cow<'static, str>,
}

/// A person's name, as far as the certificate has it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Name {
    /// The whole name as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Text>,
    /// Family names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<Text>,
    /// Given names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<Text>,
    /// Family names in the letters of a machine-readable passport (ICAO Doc 9303 part 3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family_latin: Option<Text>,
    /// Given names in those letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_latin: Option<Text>,
}

/// A document of the person that the certificate names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonDocument {
    /// What kind, in the certificate's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Text>,
    /// Its number.
    pub number: Text,
}

/// Whom the certificate is about.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PersonShown {
    /// The name.
    pub name: Name,
    /// Date of birth, as exact as it is known: a year, a month, or a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<Text>,
    /// Sex: `male`, `female`, or what the certificate has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sex: Option<Text>,
    /// Nationality.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nationality: Option<Text>,
    /// Documents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<PersonDocument>,
}

/// Who vouches for a record.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Provenance {
    /// The country where it happened (ISO 3166-1), as the certificate has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Text>,
    /// The authority that states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<Text>,
    /// The id of the certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Text>,
    /// Where it was done, or by whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub performer: Option<Text>,
}

/// A dose.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Vaccination {
    /// What it protects against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Coded>,
    /// The kind of vaccine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vaccine: Option<Coded>,
    /// The product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<Coded>,
    /// Its maker, or who is admitted to sell it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maker: Option<Coded>,
    /// What our own catalogue calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalogue: Option<CatalogueCode>,
    /// The name under which China's authority (NMPA) admitted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nmpa: Option<Cow<'static, str>>,
    /// Which dose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dose: Option<u32>,
    /// Of how many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doses: Option<u32>,
    /// When, as exact as it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Text>,
    /// Batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<Text>,
    /// From when the certificate of the dose counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Text>,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Text>,
    /// Who vouches for it.
    #[serde(flatten)]
    pub provenance: Provenance,
}

impl Vaccination {
    /// The same, with what follows from its codes where nothing is stated: maker, place in our
    /// catalogue, name in China.
    pub(crate) fn completed(mut self) -> Self {
        let (catalogue, nmpa) = (self.catalogue.take(), self.nmpa.take());
        self.find_in_catalogue();
        let place = |coded: &Option<Coded>| {
            let coded = coded.as_ref()?;
            let found = Catalogue::builtin().vaccine(coded.system.as_deref()?, &coded.code)?;
            let (system, code) = (Cow::Borrowed(&*found.system), Cow::Borrowed(&*found.code));
            Some(CatalogueCode { system, code })
        };
        let found = self.catalogue.take();
        let found = found.or_else(|| place(&self.product)).or_else(|| place(&self.vaccine));
        self.catalogue = catalogue.or(found);
        self.nmpa = nmpa.or(self.nmpa);
        self
    }

    /// Says what our catalogue and China's authority call it, by product, else by kind.
    pub(crate) fn find_in_catalogue(&mut self) {
        let product = self.product.as_ref().and_then(|p| Set::Products.row(&p.code));
        let kind = self.vaccine.as_ref().and_then(|v| Set::Prophylaxes.row(&v.code));
        if self.maker.is_none() {
            let maker = product.and_then(|row| row.maker.as_deref());
            self.maker = maker.map(|code| Coded::of(Set::Makers, code));
        }
        self.nmpa = product.and_then(|row| row.nmpa.as_deref()).map(Cow::Borrowed);
        let found = product.and_then(|row| row.catalogue.as_ref());
        let found = found.or_else(|| kind.and_then(|row| row.catalogue.as_ref()));
        if let Some([system, code]) = found {
            let (system, code) = (Cow::Borrowed(&**system), Cow::Borrowed(&**code));
            self.catalogue = Some(CatalogueCode { system, code });
        }
    }
}

/// The result of a test.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestResult {
    /// What was looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Coded>,
    /// The kind of test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<Coded>,
    /// `nucleic-acid`, `antigen`, or nothing where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Cow<'static, str>>,
    /// The name of the test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Text>,
    /// The device, or its maker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<Coded>,
    /// When the sample was taken (RFC 3339, with the time zone where it is known).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampled_at: Option<Text>,
    /// When the result was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported_at: Option<Text>,
    /// The result as the certificate has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Coded>,
    /// `negative`, `positive`, `inconclusive`, or nothing where the code is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Cow<'static, str>>,
    /// Who vouches for it.
    #[serde(flatten)]
    pub provenance: Provenance,
}

impl TestResult {
    /// The same, with what follows from its codes where nothing is stated: kind and outcome.
    pub(crate) fn completed(mut self) -> Self {
        let (kind, outcome) = (self.kind.take(), self.outcome.take());
        self.find_in_value_sets();
        self.kind = kind.or(self.kind);
        self.outcome = outcome.or(self.outcome);
        self
    }

    /// Says what kind of test it is and what its result means.
    pub(crate) fn find_in_value_sets(&mut self) {
        let kind = self.test.as_ref().and_then(|test| Set::Tests.row(&test.code));
        self.kind = kind.and_then(|row| row.kind.as_deref()).map(Cow::Borrowed);
        let outcome = self.result.as_ref().and_then(|result| Set::Results.row(&result.code));
        self.outcome = outcome.and_then(|row| row.outcome.as_deref()).map(Cow::Borrowed);
    }
}

/// A recovery.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recovery {
    /// From what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Coded>,
    /// Date of the first positive result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_positive: Option<Text>,
    /// From when the certificate counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Text>,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Text>,
    /// Who vouches for it.
    #[serde(flatten)]
    pub provenance: Provenance,
}

/// What a certificate states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Record {
    /// A dose.
    Vaccination(Box<Vaccination>),
    /// The result of a test.
    Test(Box<TestResult>),
    /// A recovery.
    Recovery(Box<Recovery>),
}

impl Record {
    /// The same, with what follows from its codes where nothing is stated: a vaccine's maker, its
    /// place in our catalogue and its name in China, a test's kind and outcome. As certificates of
    /// ours are read.
    pub fn completed(self) -> Self {
        match self {
            Self::Vaccination(vaccination) => Self::Vaccination(Box::new(vaccination.completed())),
            Self::Test(test) => Self::Test(Box::new(test.completed())),
            recovery @ Self::Recovery(_) => recovery,
        }
    }
    /// Who vouches for it.
    pub fn provenance(&self) -> &Provenance {
        match self {
            Self::Vaccination(vaccination) => &vaccination.provenance,
            Self::Test(test) => &test.provenance,
            Self::Recovery(recovery) => &recovery.provenance,
        }
    }
}

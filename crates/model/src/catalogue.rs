//! The catalogue: which vaccines and tests are known, under which codes, as versioned data.
//!
//! The data lies in `data/catalogue.json` and is read once. A look-up by code allocates nothing.
//! Chinese national codes stand beside short codes of our own, because the national list is not
//! published as a whole; the CVX list is complete, so an unknown CVX code is an error of the
//! sender.

mod data;

use crate::record::TestKind;
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, sync::OnceLock};

/// CVX: vaccines administered (US CDC), complete here.
pub const CVX: &str = "http://hl7.org/fhir/sid/cvx";
/// Vaccines used in China: our own short codes, and national four-digit codes where known.
pub const CN_VACCINE: &str = "urn:hutong:cs:cn-vaccine";
/// LOINC.
pub const LOINC: &str = "http://loinc.org";
/// SNOMED CT.
pub const SNOMED: &str = "http://snomed.info/sct";
/// Our own codes of tests.
pub const TEST: &str = "urn:hutong:cs:test";

/// What is given under a vaccine code. Only [`ProductKind::Vaccine`] counts as a dose in a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProductKind {
    /// A vaccine.
    #[default]
    Vaccine,
    /// Ready-made antibodies: immune globulin, antitoxin, monoclonal antibody.
    Antibody,
    /// A skin test.
    SkinTest,
    /// Nothing that immunises (a reserved code, an adjuvant given apart, "none given").
    None,
    /// Something, and nobody knows what.
    Unknown,
}

/// A vaccine that is known by a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vaccine {
    /// URI of the code system.
    pub system: Box<str>,
    /// The code.
    pub code: Box<str>,
    /// Short name in English.
    pub name_en: Box<str>,
    /// Short name in Chinese.
    pub name_zh: Box<str>,
    /// Families it belongs to: what it protects against, in the catalogue's words (`measles`,
    /// `hepatitis-b`, `covid-19`). A combination vaccine has several. Antibodies and skin tests
    /// have
    /// families of their own (`rabies-antibody`, `tuberculosis-skin-test`), so that they never pass
    /// for a dose. Empty where nobody knows what was given: such a dose never merges.
    pub families: Vec<Box<str>>,
    /// What it is.
    pub kind: ProductKind,
    /// Other names found in spreadsheets.
    pub aliases: Vec<Box<str>>,
    /// Where the code comes from.
    pub source: Box<str>,
    /// Whether the code was checked against a published list.
    pub verified: bool,
}

impl Vaccine {
    /// Whether both protect against something in common.
    pub fn shares_family(&self, other: &Vaccine) -> bool {
        self.families.iter().any(|family| other.families.contains(family))
    }
}

/// A test that is known by a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// URI of the code system.
    pub system: Box<str>,
    /// The code.
    pub code: Box<str>,
    /// Short name in English.
    pub name_en: Box<str>,
    /// Short name in Chinese.
    pub name_zh: Box<str>,
    /// What is looked for.
    pub kind: TestKind,
    /// Disease agent, in the catalogue's words.
    pub agent: Box<str>,
    /// Other names found in spreadsheets.
    pub aliases: Vec<Box<str>>,
    /// Whether the code was checked against a published list.
    pub verified: bool,
}

/// The catalogue of one version.
#[derive(Debug, Default)]
pub struct Catalogue {
    version: Box<str>,
    vaccines: Vec<Vaccine>,
    tests: Vec<Test>,
    managed: Vec<Box<str>>,
    vaccine_at: Index,
    test_at: Index,
    vaccine_named: HashMap<Box<str>, usize>,
    test_named: HashMap<Box<str>, usize>,
    window_default: u16,
    windows: HashMap<Box<str>, u16>,
    window_max: u16,
}

/// System, then code, to the place in the list.
type Index = HashMap<Box<str>, HashMap<Box<str>, usize>>;

impl Catalogue {
    /// The catalogue that comes with this release.
    pub fn builtin() -> &'static Catalogue {
        static BUILTIN: OnceLock<Catalogue> = OnceLock::new();
        BUILTIN.get_or_init(|| {
            // INVARIANT: the embedded file is read by the tests of every build.
            Catalogue::from_json(include_str!("../data/catalogue.json")).unwrap_or_default()
        })
    }

    /// Reads a catalogue from its JSON form (see `data/catalogue.json`).
    ///
    /// # Errors
    /// [`serde_json::Error`] where the text is not such a catalogue.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str::<data::CatalogueData>(text).map(data::build)
    }

    /// Which edition it is, by year and month: `2026-11`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Whether the catalogue holds every code of a vaccine system, so that an unknown code of it is
    /// wrong and not merely new to us.
    pub fn manages_vaccines(&self, system: &str) -> bool {
        self.managed.iter().any(|managed| &**managed == system)
    }

    /// The vaccine under a code. A CVX code may lack its leading zero (`8` for `08`).
    pub fn vaccine(&self, system: &str, code: &str) -> Option<&Vaccine> {
        let codes = self.vaccine_at.get(system)?;
        let place = codes.get(code).or_else(|| {
            let [digit @ b'1'..=b'9'] = code.as_bytes() else { return None };
            codes.get(std::str::from_utf8(&[b'0', *digit]).ok()?)
        })?;
        self.vaccines.get(*place)
    }

    /// The vaccine of a name or alias, Chinese or English. Case, blanks and the width of characters
    /// do not matter.
    pub fn vaccine_by_name(&self, name: &str) -> Option<&Vaccine> {
        self.vaccines.get(*self.vaccine_named.get(plain_name(name).as_str())?)
    }

    /// All vaccines, in the order of the file.
    pub fn vaccines(&self) -> impl Iterator<Item = &Vaccine> {
        self.vaccines.iter()
    }

    /// The test under a code.
    pub fn test(&self, system: &str, code: &str) -> Option<&Test> {
        self.tests.get(*self.test_at.get(system)?.get(code)?)
    }

    /// The test of a name or alias, as [`Catalogue::vaccine_by_name`].
    pub fn test_by_name(&self, name: &str) -> Option<&Test> {
        self.tests.get(*self.test_named.get(plain_name(name).as_str())?)
    }

    /// All tests, in the order of the file.
    pub fn tests(&self) -> impl Iterator<Item = &Test> {
        self.tests.iter()
    }

    /// How many days two statements of one dose of this family may lie apart and still be taken for
    /// the same dose when a history is read.
    ///
    /// Three days, unless the data says otherwise: enough for a dose entered after a weekend, and
    /// less than the shortest interval of any series (a week). Families whose doses follow each
    /// other within days (rabies after a bite: days 0, 3, 7; oral typhoid: every second day) have
    /// 0:
    /// the same day only.
    pub fn merge_window_days(&self, family: &str) -> u16 {
        self.windows.get(family).copied().unwrap_or(self.window_default)
    }

    /// The longest of all these windows, in days: doses further apart are two, of whatever family.
    pub fn merge_window_days_max(&self) -> u16 {
        self.window_max
    }
}

/// A name as it is compared: half width, lower case, without blanks.
fn plain_name(name: &str) -> String {
    name.chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
            c => c,
        })
        .filter(|c| !c.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect()
}

//! What codes of certificates mean: vaccines, makers, tests, results, countries. Versioned data,
//! in `data/value-sets.json`; vaccines lead to our own catalogue.

use serde::Deserialize;
use std::collections::HashMap;
use std::sync::OnceLock;

/// One code.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    pub(crate) system: Box<str>,
    pub(crate) code: Box<str>,
    pub(crate) en: Box<str>,
    pub(crate) zh: Box<str>,
    /// System and code in our catalogue, of a vaccine.
    #[serde(default)]
    pub(crate) catalogue: Option<[Box<str>; 2]>,
    /// Further CVX codes under which adapted forms of a product go.
    #[serde(default)]
    pub(crate) also: Vec<Box<str>>,
    /// Code of the maker, of a product.
    #[serde(default)]
    pub(crate) maker: Option<Box<str>>,
    /// Code of the kind of vaccine, of a product.
    #[serde(default)]
    pub(crate) vaccine: Option<Box<str>>,
    /// What else a maker is called in records.
    #[serde(default)]
    pub(crate) known_as: Vec<Box<str>>,
    /// Family of vaccines in our catalogue that protect against it, of a disease.
    #[serde(default)]
    pub(crate) family: Option<Box<str>>,
    /// Whether new certificates of the EU may state it: some codes were withdrawn there, some were
    /// never listed and are only met.
    #[serde(default = "listed")]
    pub(crate) eu: bool,
    /// The name admitted by China's authority, of a product.
    #[serde(default)]
    pub(crate) nmpa: Option<Box<str>>,
    /// Kind of a test.
    #[serde(default)]
    pub(crate) kind: Option<Box<str>>,
    /// Meaning of a result.
    #[serde(default)]
    pub(crate) outcome: Option<Box<str>>,
}

const fn listed() -> bool {
    true
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    version: Box<str>,
    agents: Vec<Row>,
    prophylaxes: Vec<Row>,
    products: Vec<Row>,
    makers: Vec<Row>,
    tests: Vec<Row>,
    results: Vec<Row>,
    countries: Vec<[Box<str>; 4]>,
}

/// A value set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Set {
    /// Diseases.
    Agents,
    /// Kinds of vaccines.
    Prophylaxes,
    /// Vaccines.
    Products,
    /// Their makers.
    Makers,
    /// Kinds of tests.
    Tests,
    /// Their results.
    Results,
}

/// A country.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country {
    /// ISO 3166-1 alpha-2.
    pub alpha2: &'static str,
    /// ISO 3166-1 alpha-3.
    pub alpha3: &'static str,
    /// Name in English.
    pub en: &'static str,
    /// Name in Chinese.
    pub zh: &'static str,
}

struct Sets {
    version: Box<str>,
    rows: [Rows; 6],
    countries: Vec<[Box<str>; 4]>,
}

/// Rows in the order of the file, and where each code is.
struct Rows {
    list: Vec<Row>,
    at: HashMap<Box<str>, usize>,
}

impl Rows {
    fn new(list: Vec<Row>) -> Self {
        let at = list.iter().enumerate().map(|(place, row)| (row.code.clone(), place)).collect();
        Self { list, at }
    }
}

fn sets() -> &'static Sets {
    static SETS: OnceLock<Sets> = OnceLock::new();
    SETS.get_or_init(|| {
        // INVARIANT: the embedded file is read by the tests of every build.
        let data: Data =
            serde_json::from_str(include_str!("../../data/value-sets.json")).unwrap_or_default();
        let lists =
            [data.agents, data.prophylaxes, data.products, data.makers, data.tests, data.results];
        Sets { version: data.version, rows: lists.map(Rows::new), countries: data.countries }
    })
}

impl Set {
    /// The row of a code.
    pub(crate) fn row(self, code: &str) -> Option<&'static Row> {
        let rows = &sets().rows[self as usize];
        rows.list.get(*rows.at.get(code)?)
    }
    /// All rows, in the order of the file.
    pub(crate) fn rows(self) -> &'static [Row] {
        &sets().rows[self as usize].list
    }
}

/// Which edition the value sets are, by year and month; empty if they could not be read.
pub fn version() -> &'static str {
    &sets().version
}

/// The country of an alpha-2 or alpha-3 code, or of one that is used in its place (`EL`, `UK`).
pub fn country(code: &str) -> Option<Country> {
    let code = match code {
        "EL" => "GR",
        "UK" => "GB",
        other => other,
    };
    let row = sets().countries.iter().find(|row| &*row[0] == code || &*row[1] == code)?;
    let [alpha2, alpha3, en, zh] = row;
    Some(Country { alpha2, alpha3, en, zh })
}

/// Whether two codes are of the same country, however each is written.
pub(crate) fn same_country(one: &str, other: &str) -> bool {
    let name = |code: &str| country(&code.to_ascii_uppercase()).map(|country| country.alpha2);
    one.eq_ignore_ascii_case(other) || name(one).is_some_and(|known| Some(known) == name(other))
}

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
    /// Code of the maker, of a product.
    #[serde(default)]
    pub(crate) maker: Option<Box<str>>,
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
    rows: [HashMap<Box<str>, Row>; 6],
    countries: Vec<[Box<str>; 4]>,
}

fn sets() -> &'static Sets {
    static SETS: OnceLock<Sets> = OnceLock::new();
    SETS.get_or_init(|| {
        // INVARIANT: the embedded file is read by the tests of every build.
        let data: Data =
            serde_json::from_str(include_str!("../../data/value-sets.json")).unwrap_or_default();
        let by_code =
            |rows: Vec<Row>| rows.into_iter().map(|row| (row.code.clone(), row)).collect();
        let lists =
            [data.agents, data.prophylaxes, data.products, data.makers, data.tests, data.results];
        Sets { version: data.version, rows: lists.map(by_code), countries: data.countries }
    })
}

impl Set {
    /// The row of a code.
    pub(crate) fn row(self, code: &str) -> Option<&'static Row> {
        sets().rows[self as usize].get(code)
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

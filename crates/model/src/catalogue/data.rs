//! The JSON form of the catalogue, and how it is indexed.

use super::{Catalogue, Index, ProductKind, Test, Vaccine, plain_name};
use crate::record::TestKind;
use serde::Deserialize;
use std::collections::HashMap;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CatalogueData {
    version: Box<str>,
    merge_window_days: Windows,
    vaccine_systems: Vec<VaccineSystem>,
    test_systems: Vec<TestSystem>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Windows {
    default: u16,
    families: HashMap<Box<str>, u16>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VaccineSystem {
    system: Box<str>,
    /// Whether every code of the system is listed.
    complete: bool,
    source: Box<str>,
    vaccines: Vec<VaccineData>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VaccineData {
    code: Box<str>,
    en: Box<str>,
    zh: Box<str>,
    families: Vec<Box<str>>,
    #[serde(default)]
    kind: ProductKind,
    #[serde(default)]
    aliases: Vec<Box<str>>,
    /// Where it differs from the source of its system.
    source: Option<Box<str>>,
    #[serde(default = "yes")]
    verified: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TestSystem {
    system: Box<str>,
    #[serde(rename = "source")]
    _source: Box<str>,
    tests: Vec<TestData>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TestData {
    code: Box<str>,
    en: Box<str>,
    zh: Box<str>,
    kind: TestKind,
    agent: Box<str>,
    #[serde(default)]
    aliases: Vec<Box<str>>,
    #[serde(default = "yes")]
    verified: bool,
}

fn yes() -> bool {
    true
}

/// Indexes the data. Of two entries that share a name the earlier one in the file has it.
pub(super) fn build(data: CatalogueData) -> Catalogue {
    let windows = &data.merge_window_days;
    let mut catalogue = Catalogue {
        window_max: windows.families.values().copied().fold(windows.default, u16::max),
        version: data.version,
        window_default: data.merge_window_days.default,
        windows: data.merge_window_days.families,
        ..Catalogue::default()
    };
    for group in data.vaccine_systems {
        if group.complete {
            catalogue.managed.push(group.system.clone());
        }
        for vaccine in group.vaccines {
            catalogue.vaccines.push(Vaccine {
                system: group.system.clone(),
                code: vaccine.code,
                name_en: vaccine.en,
                name_zh: vaccine.zh,
                families: vaccine.families,
                kind: vaccine.kind,
                aliases: vaccine.aliases,
                source: vaccine.source.unwrap_or_else(|| group.source.clone()),
                verified: vaccine.verified,
            });
        }
    }
    for group in data.test_systems {
        for test in group.tests {
            catalogue.tests.push(Test {
                system: group.system.clone(),
                code: test.code,
                name_en: test.en,
                name_zh: test.zh,
                kind: test.kind,
                agent: test.agent,
                aliases: test.aliases,
                verified: test.verified,
            });
        }
    }
    index(&mut catalogue);
    catalogue
}

fn index(catalogue: &mut Catalogue) {
    for (place, vaccine) in catalogue.vaccines.iter().enumerate() {
        put(&mut catalogue.vaccine_at, &vaccine.system, &vaccine.code, place);
        let names = [&vaccine.name_zh, &vaccine.name_en];
        name(&mut catalogue.vaccine_named, names.into_iter().chain(&vaccine.aliases), place);
    }
    for (place, test) in catalogue.tests.iter().enumerate() {
        put(&mut catalogue.test_at, &test.system, &test.code, place);
        let names = [&test.name_zh, &test.name_en];
        name(&mut catalogue.test_named, names.into_iter().chain(&test.aliases), place);
    }
}

fn put(index: &mut Index, system: &str, code: &str, place: usize) {
    index.entry(system.into()).or_default().entry(code.into()).or_insert(place);
}

fn name<'a>(
    index: &mut HashMap<Box<str>, usize>,
    names: impl Iterator<Item = &'a Box<str>>,
    place: usize,
) {
    for name in names {
        index.entry(plain_name(name).into()).or_insert(place);
    }
}

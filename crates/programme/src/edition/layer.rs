//! Files of an edition become one sheet; an edition is laid over the one that it is based on; a
//! region's pack is added to it.

use std::collections::BTreeMap;

use super::text::{AntigenText, Sheet};
use super::{MOST_BYTES, MOST_FILES};
use crate::error::LoadError;
use crate::supporting::Effect;

/// Bases of bases.
const MOST_LAYERS: usize = 20;

pub(super) fn read(file: &str, text: &str) -> Result<Sheet, LoadError> {
    let wrong = |why: String| LoadError::Unreadable { file: file.to_owned(), why };
    if text.len() > MOST_BYTES {
        return Err(wrong(format!("more than {MOST_BYTES} bytes")));
    }
    toml::from_str(text).map_err(|error| wrong(error.to_string()))
}

/// Sheets by the id of their edition.
pub(super) fn gather<'a, N: AsRef<str>>(
    files: impl IntoIterator<Item = (N, &'a str)>,
) -> Result<BTreeMap<String, Sheet>, LoadError> {
    let mut sheets: BTreeMap<String, Sheet> = BTreeMap::new();
    for (number, (file, text)) in files.into_iter().enumerate() {
        let file = file.as_ref();
        if number == MOST_FILES {
            let place = file.to_owned();
            return Err(LoadError::TooMany { place, what: "files", most: MOST_FILES });
        }
        let sheet = read(file, text)?;
        let head = sheet.edition.as_ref().map(|head| head.id.clone());
        let Some(id) = head.or_else(|| sheet.part_of.clone()) else {
            let why = "neither [edition] nor part_of".into();
            return Err(LoadError::Unreadable { file: file.to_owned(), why });
        };
        gather_into(sheets.entry(id).or_default(), sheet, file)?;
    }
    let orphan = sheets.iter().find(|(_, sheet)| sheet.edition.is_none());
    match orphan {
        Some((id, _)) => Err(unknown(id, "edition", id)),
        None => Ok(sheets),
    }
}

fn gather_into(all: &mut Sheet, part: Sheet, file: &str) -> Result<(), LoadError> {
    if part.edition.is_some() && all.edition.is_some() {
        return Err(repeated(file, "[edition]", ""));
    }
    if let Some(twice) = part.antigen.iter().find(|it| antigen(all, &it.name).is_some()) {
        return Err(LoadError::Twice { antigen: twice.name.clone() });
    }
    all.edition = part.edition.or(all.edition.take());
    all.sources.extend(part.sources);
    all.vaccine.extend(part.vaccine);
    all.group.extend(part.group);
    all.apart.extend(part.apart);
    all.observation.extend(part.observation);
    all.antigen.extend(part.antigen);
    Ok(())
}

/// An edition over all that it is based on.
pub(super) fn resolve(sheets: &BTreeMap<String, Sheet>, id: &str) -> Result<Sheet, LoadError> {
    let mut layers = Vec::new();
    let mut next = Some(id);
    while let Some(id) = next {
        if layers.len() == MOST_LAYERS {
            return Err(LoadError::CyclicBase { edition: id.to_owned() });
        }
        let sheet = sheets.get(id).ok_or_else(|| unknown(id, "edition", id))?;
        next = sheet.edition.as_ref().and_then(|head| head.base.as_deref());
        layers.push(sheet);
    }
    let mut full = Sheet::default();
    for layer in layers.into_iter().rev() {
        lay(&mut full, layer);
    }
    Ok(full)
}

/// What the layer says replaces what was said of the same antigen, vaccine type or group.
fn lay(full: &mut Sheet, layer: &Sheet) {
    full.edition.clone_from(&layer.edition);
    full.sources.extend(layer.sources.clone());
    put(&mut full.vaccine, &layer.vaccine, |one, other| one.code == other.code);
    put(&mut full.group, &layer.group, |one, other| one.name == other.name);
    put(&mut full.observation, &layer.observation, |one, other| one.key == other.key);
    put(&mut full.antigen, &layer.antigen, |one, other| one.name == other.name);
    full.apart.extend(layer.apart.iter().cloned());
}

fn put<T: Clone>(all: &mut Vec<T>, new: &[T], same: impl Fn(&T, &T) -> bool) {
    for item in new {
        match all.iter_mut().find(|it| same(it, item)) {
            Some(place) => place.clone_from(item),
            None => all.push(item.clone()),
        }
    }
}

/// Adds a region's pack: new vaccine types, observations, groups and antigens, and series of
/// national antigens in series groups of their own.
pub(super) fn add(full: &mut Sheet, pack: &Sheet, region: &str) -> Result<(), LoadError> {
    let taken = |what, name: &str| {
        Err(LoadError::National { region: region.into(), what, name: name.into() })
    };
    for vaccine in &pack.vaccine {
        if full.vaccine.iter().any(|it| it.code == vaccine.code || it.number == vaccine.number) {
            return taken("vaccine type", &vaccine.code);
        }
    }
    for group in &pack.group {
        if full.group.iter().any(|it| it.name == group.name) {
            return taken("vaccine group", &group.name);
        }
    }
    for observation in &pack.observation {
        let same = |it: &super::text::ObservationText| {
            it.key == observation.key || it.code == observation.code
        };
        if full.observation.iter().any(same) {
            return taken("observation", &observation.key);
        }
    }
    for new in &pack.antigen {
        match full.antigen.iter_mut().find(|it| it.name == new.name) {
            None => full.antigen.push(new.clone()),
            Some(national) => add_series(national, new, region)?,
        }
    }
    full.vaccine.extend(pack.vaccine.iter().cloned());
    full.group.extend(pack.group.iter().cloned());
    full.observation.extend(pack.observation.iter().cloned());
    full.apart.extend(pack.apart.iter().cloned());
    full.sources.extend(pack.sources.clone());
    if let Some(head) = &mut full.edition {
        head.id = format!("{}+{region}", head.id);
        if let Some(added) = &pack.edition {
            head.name = format!("{}；{}", head.name, added.name);
            head.name_en = format!("{}; {}", head.name_en, added.name_en);
        }
    }
    Ok(())
}

fn add_series(
    national: &mut AntigenText,
    new: &AntigenText,
    region: &str,
) -> Result<(), LoadError> {
    let taken = |what, name: &str| {
        Err(LoadError::National { region: region.into(), what, name: name.into() })
    };
    if !new.contraindication.is_empty() {
        return taken("contraindications of antigen", &new.name);
    }
    for series in &new.series {
        if national.series.iter().any(|it| it.name == series.name) {
            return taken("series", &series.name);
        }
        if national.series.iter().any(|it| it.series_group == series.series_group) {
            return taken("series group of", &series.name);
        }
    }
    national.series.extend(new.series.iter().cloned());
    Ok(())
}

/// The days of an edition, cut where a pack begins and ends: which days, and whether within it.
pub(super) fn split(whole: Effect, pack: Effect) -> Vec<(Effect, bool)> {
    let from = whole.from.max(pack.from);
    let to = match (whole.to, pack.to) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    };
    if from.zip(to).is_some_and(|(from, to)| to < from) {
        return vec![(whole, false)];
    }
    let mut parts = Vec::new();
    if from > whole.from {
        parts.push((Effect { from: whole.from, to: from.map(crate::Day::before) }, false));
    }
    parts.push((Effect { from, to }, true));
    if to != whole.to {
        parts.push((Effect { from: to.map(crate::Day::after), to: whole.to }, false));
    }
    parts
}

fn antigen<'a>(sheet: &'a Sheet, name: &str) -> Option<&'a AntigenText> {
    sheet.antigen.iter().find(|antigen| antigen.name == name)
}

pub(super) fn unknown(place: &str, what: &'static str, name: &str) -> LoadError {
    LoadError::Unknown { place: place.to_owned(), what, name: name.to_owned() }
}

pub(super) fn repeated(place: &str, what: &'static str, name: &str) -> LoadError {
    LoadError::Repeated { place: place.to_owned(), what, name: name.to_owned() }
}

//! Schedule supporting data.

use std::collections::BTreeMap;

use roxmltree::Node;

use super::{At, child, children, cvx, own_text, string, text};
use crate::codes::ObservationCode;
use crate::error::LoadError;
use crate::supporting::{CodedObservation, Conflict, Schedule, VaccineAntigens, VaccineGroup};

pub(super) fn read(root: Node<'_, '_>, at: &At<'_>) -> Result<Schedule, LoadError> {
    let part = |name| child(root, name).ok_or_else(|| at.missing(name));
    let conflicts = child(root, "liveVirusConflicts").into_iter();
    let conflicts = conflicts.flat_map(|list| children(list, "liveVirusConflict"));
    let vaccines = children(part("cvxToAntigenMap")?, "cvxMap");
    let observations = child(root, "observations").into_iter();
    let observations = observations.flat_map(|list| children(list, "observation"));
    Ok(Schedule {
        conflicts: conflicts.map(|node| conflict(node, at)).collect::<Result<_, _>>()?,
        groups: groups(root, at)?,
        vaccines: vaccines.map(|node| vaccine(node, at)).collect::<Result<_, _>>()?,
        observations: observations.map(|node| observation(node, at)).collect::<Result<_, _>>()?,
    })
}

fn conflict(node: Node<'_, '_>, at: &At<'_>) -> Result<Conflict, LoadError> {
    let at = at.inside("live virus conflict");
    let side = |name| {
        let node = child(node, name).ok_or_else(|| at.missing(name))?;
        at.need(node, "cvx", cvx)
    };
    let span = |name| at.span(node, name)?.ok_or_else(|| at.missing(name));
    Ok(Conflict {
        previous: side("previous")?,
        current: side("current")?,
        begin: span("conflictBeginInterval")?,
        min_end: span("minConflictEndInterval")?,
        end: span("conflictEndInterval")?,
    })
}

fn groups(root: Node<'_, '_>, at: &At<'_>) -> Result<Vec<VaccineGroup>, LoadError> {
    let mut full = BTreeMap::new();
    let list = child(root, "vaccineGroups").ok_or_else(|| at.missing("vaccineGroups"))?;
    for node in children(list, "vaccineGroup") {
        let name = text(node, "name").ok_or_else(|| at.missing("name"))?;
        full.insert(name, at.inside(name).flag(node, "administerFullVaccineGroup")?);
    }
    let map = "vaccineGroupToAntigenMap";
    let map = child(root, map).ok_or_else(|| at.missing(map))?;
    let mut groups: Vec<VaccineGroup> = Vec::new();
    for node in children(map, "vaccineGroupMap") {
        let name = text(node, "name").ok_or_else(|| at.missing("name"))?;
        let full = full.get(name).copied().unwrap_or(false);
        let antigens = children(node, "antigen").filter_map(own_text).map(str::to_owned).collect();
        groups.push(VaccineGroup { name: name.to_owned(), full, antigens });
    }
    Ok(groups)
}

fn vaccine(node: Node<'_, '_>, at: &At<'_>) -> Result<VaccineAntigens, LoadError> {
    let at = at.inside("CVX to antigen map");
    let code = at.need(node, "cvx", cvx)?;
    let at = at.inside(&code.to_string());
    let mut antigens = Vec::new();
    for node in children(node, "association") {
        let name = text(node, "antigen").ok_or_else(|| at.missing("antigen"))?;
        let begin = at.span(node, "associationBeginAge")?;
        antigens.push((name.to_owned(), begin, at.span(node, "associationEndAge")?));
    }
    Ok(VaccineAntigens {
        cvx: code,
        name: string(node, "shortDescription"),
        coded: Vec::new(),
        antigens,
    })
}

fn observation(node: Node<'_, '_>, at: &At<'_>) -> Result<CodedObservation, LoadError> {
    let at = at.inside("observations");
    let values = child(node, "codedValues").into_iter();
    let values = values.flat_map(|list| children(list, "codedValue"));
    let coded = values.map(|value| (string(value, "codeSystem"), string(value, "code")));
    Ok(CodedObservation {
        code: at.need(node, "observationCode", ObservationCode::parse)?,
        title: string(node, "observationTitle"),
        coded: coded.filter(|(_, code)| !code.is_empty()).collect(),
    })
}

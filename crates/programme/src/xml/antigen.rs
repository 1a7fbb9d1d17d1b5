//! Antigen supporting data, down to the series.

use roxmltree::Node;

use super::{At, child, children, cvx, own_text, small, string, text};
use crate::codes::ObservationCode;
use crate::error::LoadError;
use crate::patient::Gender;
use crate::supporting::{
    Antigen, BirthImmunity, Contraindication, Effect, Immunity, Indication, Select, Series,
    SeriesType, VaccineAges,
};

pub(super) fn read(root: Node<'_, '_>, at: At<'_>) -> Result<Antigen, LoadError> {
    let first = child(root, "series").ok_or_else(|| at.missing("series"))?;
    let name = text(first, "targetDisease").ok_or_else(|| at.missing("targetDisease"))?;
    let series = children(root, "series").map(|node| series(node, name, &at));
    Ok(Antigen {
        name: name.to_owned(),
        immunity: immunity(root, &at)?,
        contraindications: contraindications(root, &at)?,
        series: series.collect::<Result<_, _>>()?,
    })
}

fn immunity(root: Node<'_, '_>, at: &At<'_>) -> Result<Immunity, LoadError> {
    let mut found = Immunity::default();
    let at = at.inside("immunity");
    for node in children(root, "immunity") {
        for node in children(node, "clinicalHistory") {
            let code = at.value(node, "guidelineCode", ObservationCode::parse)?;
            found.history.extend(code);
        }
        for node in children(node, "dateOfBirth") {
            let Some(before) = at.day(node, "immunityBirthDate")? else { continue };
            let mut exclusions = Vec::new();
            for node in children(node, "exclusion") {
                exclusions.extend(at.value(node, "exclusionCode", ObservationCode::parse)?);
            }
            let country = string(node, "birthCountry");
            found.births.push(BirthImmunity { before, country, exclusions });
        }
    }
    Ok(found)
}

fn contraindications(root: Node<'_, '_>, at: &At<'_>) -> Result<Vec<Contraindication>, LoadError> {
    let mut found = Vec::new();
    let at = at.inside("contraindications");
    for node in children(root, "contraindications") {
        for (level, of_vaccine) in [("vaccineGroup", false), ("vaccine", true)] {
            let lists = children(node, level);
            for node in lists.flat_map(|list| children(list, "contraindication")) {
                found.extend(contraindication(node, of_vaccine, &at)?);
            }
        }
    }
    Ok(found)
}

fn contraindication(
    node: Node<'_, '_>,
    of_vaccine: bool,
    at: &At<'_>,
) -> Result<Option<Contraindication>, LoadError> {
    let code = at.value(node, "observationCode", ObservationCode::parse)?;
    let Some(observation) = code else { return Ok(None) };
    let mut vaccines = Vec::new();
    for node in children(node, "contraindicatedVaccine") {
        vaccines.extend(vaccine_ages(node, at)?);
    }
    Ok(Some(Contraindication {
        observation,
        text: string(node, "contraindicationText"),
        guidance: string(node, "contraindicationGuidance"),
        begin: at.span(node, "beginAge")?,
        end: at.span(node, "endAge")?,
        vaccines: of_vaccine.then_some(vaccines),
        precaution: false,
    }))
}

pub(super) fn vaccine_ages(
    node: Node<'_, '_>,
    at: &At<'_>,
) -> Result<Option<VaccineAges>, LoadError> {
    let Some(cvx) = at.value(node, "cvx", cvx)? else { return Ok(None) };
    let begin = at.span(node, "beginAge")?;
    Ok(Some(VaccineAges { cvx, begin, end: at.span(node, "endAge")? }))
}

fn series(node: Node<'_, '_>, antigen: &str, at: &At<'_>) -> Result<Series, LoadError> {
    let name = text(node, "seriesName").ok_or_else(|| at.missing("seriesName"))?;
    let at = at.inside(name);
    let disease = text(node, "targetDisease").unwrap_or(antigen);
    if disease != antigen {
        return Err(at.bad("targetDisease", disease));
    }
    let kind = |text: &str| match text.to_ascii_lowercase().as_str() {
        "standard" => Some(SeriesType::Standard),
        "risk" => Some(SeriesType::Risk),
        "evaluation only" => Some(SeriesType::EvaluationOnly),
        _ => None,
    };
    let mut equivalent = Vec::new();
    for list in children(node, "equivalentSeriesGroups").filter_map(own_text) {
        let numbers: Option<Vec<u8>> = list.split([';', ',']).map(|it| small(it.trim())).collect();
        equivalent.extend(numbers.ok_or_else(|| at.bad("equivalentSeriesGroups", list))?);
    }
    let select_node = child(node, "selectSeries").ok_or_else(|| at.missing("selectSeries"))?;
    let genders = children(node, "requiredGender").filter_map(own_text).map(Gender::parse);
    let guidance = children(node, "seriesAdminGuidance").filter_map(own_text);
    let indications = children(node, "indication").map(|node| indication(node, &at));
    let indications = indications.filter_map(Result::transpose).collect::<Result<_, _>>()?;
    let doses = children(node, "seriesDose").enumerate();
    let doses = doses
        .map(|(number, node)| super::dose::read(node, &at.inside(&format!("dose {}", number + 1))));
    Ok(Series {
        name: name.to_owned(),
        vaccine_group: text(node, "vaccineGroup").unwrap_or(antigen).to_owned(),
        kind: at.need(node, "seriesType", kind)?,
        genders: genders.collect(),
        born: Effect::default(),
        equivalent,
        select: select(select_node, &at)?,
        guidance: guidance.map(str::to_owned).collect(),
        indications,
        doses: doses.collect::<Result<_, _>>()?,
    })
}

fn select(node: Node<'_, '_>, at: &At<'_>) -> Result<Select, LoadError> {
    let priority = |text: &str| match text.as_bytes() {
        [letter @ (b'A'..=b'Z' | b'a'..=b'z')] => Some(letter.to_ascii_uppercase() - b'A'),
        _ => None,
    };
    Ok(Select {
        default: at.flag(node, "defaultSeries")?,
        product: at.flag(node, "productPath")?,
        group: at.need(node, "seriesGroup", small)?,
        group_name: string(node, "seriesGroupName"),
        priority: at.value(node, "seriesPriority", priority)?.unwrap_or(0),
        preference: at.value(node, "seriesPreference", small)?,
        min_age: at.span(node, "minAgeToStart")?,
        max_age: at.span(node, "maxAgeToStart")?,
    })
}

fn indication(node: Node<'_, '_>, at: &At<'_>) -> Result<Option<Indication>, LoadError> {
    let Some(code) = child(node, "observationCode") else { return Ok(None) };
    let Some(observation) = at.value(code, "code", ObservationCode::parse)? else {
        return Ok(None);
    };
    Ok(Some(Indication {
        observation,
        text: string(node, "description"),
        guidance: string(node, "guidance"),
        begin: at.span(node, "beginAge")?,
        end: at.span(node, "endAge")?,
    }))
}

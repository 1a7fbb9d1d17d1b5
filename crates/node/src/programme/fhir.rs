//! An assessment as FHIR shows it: `ImmunizationEvaluation` and `ImmunizationRecommendation`.

use super::{Due, DueState, GivenDose, answer};
use hutong_fhir::write::{Assessed, DueRow, Evaluated, Target};
use hutong_model::Coding;
use hutong_programme::{
    Assessment, EvaluationStatus, GroupForecast, Language, PatientSeries, Programme,
};
use hutong_rules::Text;

impl Due {
    /// As FHIR shows it, in Chinese and English.
    pub fn to_fhir(&self) -> Assessed {
        Assessed {
            id: Some(self.person.to_string()),
            patient: Target::Resource("Patient", self.person.to_string()),
            on: self.on,
            edition: self.edition.to_string(),
            evaluations: self.doses.iter().flat_map(evaluations).collect(),
            due: self.due.iter().map(row).collect(),
            notes: self.notes.iter().flat_map(|note| texts(&note.text)).collect(),
        }
    }
}

fn texts(text: &Text) -> Vec<String> {
    vec![text.zh.to_string(), text.en.to_string()]
}

fn evaluations(dose: &GivenDose) -> impl Iterator<Item = Evaluated> + '_ {
    dose.evaluations.iter().enumerate().map(|(at, one)| Evaluated {
        id: Some(format!("{}-{}", dose.record, at + 1)),
        disease: one.antigen.to_string(),
        event: Target::Resource("Immunization", dose.record.to_string()),
        valid: one.status == EvaluationStatus::Valid,
        reasons: texts(&one.sentence),
        series: one.series.to_string(),
        dose_number: one.number,
    })
}

fn row(group: &answer::DueGroup) -> DueRow {
    DueRow {
        group: group.group.to_string(),
        vaccines: group.vaccines.iter().map(named).collect(),
        status: status(group.state),
        status_text: group.status.into(),
        reasons: texts(&group.sentence),
        doses: (!group.doses.is_empty()).then(|| group.doses.join(", ")),
        number: group.number,
        earliest: group.earliest,
        recommended: group.recommended,
        past_due: group.past_due,
        latest: group.latest,
    }
}

fn named(vaccine: &answer::NamedVaccine) -> Coding {
    Coding { display: Some(vaccine.name.zh.clone()), ..vaccine.code.clone() }
}

/// FHIR's code for a status; none for a dose that need not be given yet, that is no longer given,
/// or that is not recommended.
const fn status(state: DueState) -> Option<&'static str> {
    match state {
        DueState::Overdue => Some("overdue"),
        DueState::Due => Some("due"),
        DueState::Complete => Some("complete"),
        DueState::Immune => Some("immune"),
        DueState::Contraindicated => Some("contraindicated"),
        DueState::Possible | DueState::Later | DueState::NotRecommended | DueState::AgedOut => None,
    }
}

/// Evaluations of the best series, group by group, for doses that `event` names.
pub(super) fn of_series(
    programme: &Programme,
    assessment: &Assessment,
    languages: &[Language],
    event: impl Fn(usize) -> Target,
) -> Vec<Evaluated> {
    let mut found = Vec::new();
    for series in answer::best(assessment) {
        for one in assessment.evaluations_of(series) {
            found.push(Evaluated {
                id: None,
                disease: programme.antigen(series.antigen).name.clone(),
                event: event(usize::from(one.dose)),
                valid: one.status == EvaluationStatus::Valid,
                reasons: languages.iter().map(|language| one.sentence(*language)).collect(),
                series: series_name(programme, series).to_owned(),
                dose_number: one.target.map(|target| u32::from(target) + 1),
            });
        }
    }
    found
}

/// What is due of a vaccine group.
pub(super) fn of_group(
    programme: &Programme,
    assessment: &Assessment,
    group: &GroupForecast,
    languages: &[Language],
) -> DueRow {
    use super::patient::date;
    let doses = answer::next_doses(programme, assessment, group);
    let vaccines = answer::recommended(programme, assessment, group);
    let dates = group.dates;
    DueRow {
        group: programme.group_name(group.group).to_owned(),
        vaccines: vaccines.iter().map(named).collect(),
        status: status(answer::state(assessment, group)),
        status_text: group.status.term().to_owned(),
        reasons: languages.iter().map(|it| assessment.sentence(group, *it)).collect(),
        doses: (!doses.is_empty()).then(|| doses.join(", ")),
        number: assessment.dose_number(group),
        earliest: dates.map(|dates| date(dates.earliest)),
        recommended: dates.map(|dates| date(dates.recommended)),
        past_due: dates.and_then(|dates| dates.past_due).map(date),
        latest: dates.and_then(|dates| dates.latest).map(date),
    }
}

fn series_name<'p>(programme: &'p Programme, series: &PatientSeries) -> &'p str {
    let antigen = programme.antigen(series.antigen);
    antigen.series.get(usize::from(series.series)).map_or("", |it| &it.name)
}

//! What is said about a person: what each dose is worth, and what is due, in Chinese and English.

use super::{Assessed, patient::date};
use crate::history::History;
use hutong_model::{Catalogue, Coding, Date, Entry, EntryId, Fact, MemberId, PersonId, RegionCode};
use hutong_programme::{
    Assessment, Edition, EvaluationStatus, GroupForecast, Language, Note, PatientSeries, Programme,
    SeriesStatus,
};
use hutong_rules::Text;
use serde::Serialize;

/// What a person's doses are worth, and what is due.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Due {
    /// The person.
    pub person: PersonId,
    /// Day of the assessment.
    pub on: Date,
    /// The region whose programme counts.
    pub region: RegionCode,
    /// The edition by which it was assessed.
    pub edition: Box<str>,
    /// Its name.
    pub edition_name: Text,
    /// How many of the edition's figures nobody has checked against their source.
    pub unverified_figures: usize,
    /// Whether every node above was reached; if not, doses given elsewhere may be missing.
    pub complete: bool,
    /// Whether there are doses whose day is not known; the notes name them.
    #[serde(skip)]
    pub undated: bool,
    /// What is due, by vaccine group; the most urgent first.
    pub due: Vec<DueGroup>,
    /// The doses, newest first, and what they are worth.
    pub doses: Vec<GivenDose>,
    /// What people should look at.
    pub notes: Vec<DueNote>,
}

/// Where a vaccine group stands on the day of assessment. In the order of urgency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DueState {
    /// The day by which the dose should have been given has passed.
    Overdue,
    /// The recommended day has come.
    Due,
    /// The earliest day has come, the recommended one has not.
    Possible,
    /// The earliest day has not come.
    Later,
    /// All doses were given.
    Complete,
    /// There is evidence of immunity.
    Immune,
    /// There is a contraindication.
    Contraindicated,
    /// Nothing is recommended because of past doses.
    NotRecommended,
    /// Too old for it.
    AgedOut,
}

/// What is due of a vaccine group.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DueGroup {
    /// The vaccine group, as the programme names it.
    pub group: Box<str>,
    /// Where it stands.
    pub state: DueState,
    /// The specification's term for it (CDSi 4.6, Table 3-3).
    pub status: &'static str,
    /// Ids of the doses that are next, in every edition the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub doses: Vec<Box<str>>,
    /// Number of the dose that is next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u16>,
    /// The first day on which it may be given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub earliest: Option<Date>,
    /// The recommended day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recommended: Option<Date>,
    /// The day after which it is overdue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub past_due: Option<Date>,
    /// The last day on which it may be given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest: Option<Date>,
    /// Vaccines recommended for it, the first coding that of the project's catalogue.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vaccines: Vec<NamedVaccine>,
    /// All of it in a sentence.
    pub sentence: Text,
}

/// A vaccine and its names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NamedVaccine {
    /// Its code.
    pub code: Coding,
    /// Its names.
    pub name: Text,
}

/// A dose and what it is worth.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GivenDose {
    /// Its record.
    pub record: EntryId,
    /// When it was given.
    pub on: Date,
    /// Who reported it.
    pub member: MemberId,
    /// In which region.
    pub region: RegionCode,
    /// The vaccine as it was stated.
    pub vaccine: Vec<Coding>,
    /// Whether it counts in any series.
    pub counts: bool,
    /// What it is worth in each best series that looked at it; none where the programme has no such
    /// vaccine.
    pub evaluations: Vec<OfDose>,
}

/// What a dose is worth in a series.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OfDose {
    /// The antigen.
    pub antigen: Box<str>,
    /// The series.
    pub series: Box<str>,
    /// Id of the dose that it was evaluated against.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dose: Option<Box<str>>,
    /// Its number in the series, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// `valid`, `not-valid`, `extraneous`, `sub-standard`.
    pub status: EvaluationStatus,
    /// The first day on which it would not have been too early, where it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<Date>,
    /// All of it in a sentence.
    pub sentence: Text,
}

/// Something that people should look at.
#[derive(Debug, Clone, Serialize)]
pub struct DueNote {
    /// The record that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<EntryId>,
    /// What about it.
    pub text: Text,
}

/// Puts an answer together.
pub(super) fn due(
    history: &History,
    region: RegionCode,
    edition: &Edition,
    assessed: &Assessed<'_>,
) -> Due {
    let (assessment, programme) = (&assessed.assessment, &edition.programme);
    let mut due: Vec<DueGroup> =
        assessment.groups.iter().map(|group| of_group(programme, assessment, group)).collect();
    due.sort_by_key(|group| (group.state, group.recommended));
    Due {
        person: history.person,
        on: date(assessment.on),
        region,
        edition: edition.id.as_str().into(),
        edition_name: both(|language| edition.name(language).to_owned()),
        unverified_figures: edition.unverified.len(),
        complete: history.complete,
        undated: !assessed.taken.undated.is_empty(),
        due,
        doses: doses(programme, assessed),
        notes: notes(programme, assessed),
    }
}

/// A text in both languages.
pub(super) fn both(text: impl Fn(Language) -> String) -> Text {
    Text { zh: text(Language::Chinese).into(), en: text(Language::English).into() }
}

/// Where a vaccine group stands.
pub(crate) fn state(assessment: &Assessment, group: &GroupForecast) -> DueState {
    match (group.status, group.dates) {
        (SeriesStatus::NotComplete, Some(dates)) => {
            if dates.past_due.is_some_and(|day| day < assessment.on) {
                DueState::Overdue
            } else if dates.recommended <= assessment.on {
                DueState::Due
            } else if dates.earliest <= assessment.on {
                DueState::Possible
            } else {
                DueState::Later
            }
        }
        (SeriesStatus::Complete, _) => DueState::Complete,
        (SeriesStatus::Immune, _) => DueState::Immune,
        (SeriesStatus::Contraindicated, _) => DueState::Contraindicated,
        (SeriesStatus::AgedOut, _) => DueState::AgedOut,
        (SeriesStatus::NotRecommended | SeriesStatus::NotComplete, _) => DueState::NotRecommended,
    }
}

fn of_group(programme: &Programme, assessment: &Assessment, group: &GroupForecast) -> DueGroup {
    let dates = group.dates;
    DueGroup {
        group: programme.group_name(group.group).into(),
        state: state(assessment, group),
        status: group.status.term(),
        doses: next_doses(programme, assessment, group).into_iter().map(Into::into).collect(),
        number: dates.and_then(|_| assessment.dose_number(group)),
        earliest: dates.map(|dates| date(dates.earliest)),
        recommended: dates.map(|dates| date(dates.recommended)),
        past_due: dates.and_then(|dates| dates.past_due).map(date),
        latest: dates.and_then(|dates| dates.latest).map(date),
        vaccines: recommended(programme, assessment, group),
        sentence: both(|language| assessment.sentence(group, language)),
    }
}

/// Ids of the doses that are next, each once.
pub(crate) fn next_doses<'p>(
    programme: &'p Programme,
    assessment: &Assessment,
    group: &GroupForecast,
) -> Vec<&'p str> {
    let mut ids: Vec<&str> = Vec::new();
    for series in assessment.contained(group) {
        let antigen = programme.antigen(series.antigen);
        let doses = antigen.series.get(usize::from(series.series)).map(|it| &it.doses);
        let target = series.forecast.target.map(usize::from);
        let next = doses.zip(target).and_then(|(doses, target)| doses.get(target));
        ids.extend(next.map(|dose| dose.id.as_str()).filter(|id| !id.is_empty()));
    }
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// The vaccines that are recommended for what is next, each once.
pub(super) fn recommended(
    programme: &Programme,
    assessment: &Assessment,
    group: &GroupForecast,
) -> Vec<NamedVaccine> {
    if group.dates.is_none() {
        return Vec::new();
    }
    let mut found: Vec<NamedVaccine> = Vec::new();
    for series in assessment.contained(group) {
        for vaccine in programme.recommended(series) {
            let Some(known) = programme.vaccine(vaccine.ages.cvx) else { continue };
            let Some((system, code)) = known.coded.first() else { continue };
            let english = Catalogue::builtin().vaccine(system, code);
            let english = english.map_or(known.name.as_str(), |it| &it.name_en);
            let name = Text { zh: known.name.as_str().into(), en: english.into() };
            let named = NamedVaccine { code: Coding::new(system, code), name };
            if !found.contains(&named) {
                found.push(named);
            }
        }
    }
    found
}

fn doses(programme: &Programme, assessed: &Assessed<'_>) -> Vec<GivenDose> {
    let best = best(&assessed.assessment);
    let of = |place: usize, entry: &Entry| {
        let evaluations = of_dose(programme, &assessed.assessment, &best, place);
        let Fact::Vaccination(stated) = &entry.fact else { return None };
        Some(GivenDose {
            record: entry.id,
            on: date(assessed.taken.patient.doses[place].date),
            member: entry.member.clone(),
            region: entry.region,
            vaccine: stated.vaccine.clone(),
            counts: evaluations.iter().any(|one| one.status == EvaluationStatus::Valid),
            evaluations,
        })
    };
    let entries = assessed.taken.entries.iter().enumerate();
    entries.filter_map(|(place, entry)| of(place, entry)).collect()
}

/// The best series of all groups, each once.
pub(super) fn best(assessment: &Assessment) -> Vec<&PatientSeries> {
    let mut found: Vec<&PatientSeries> = Vec::new();
    for series in assessment.groups.iter().flat_map(|group| assessment.contained(group)) {
        if !found.iter().any(|known| std::ptr::eq(*known, series)) {
            found.push(series);
        }
    }
    found
}

fn of_dose(
    programme: &Programme,
    assessment: &Assessment,
    best: &[&PatientSeries],
    place: usize,
) -> Vec<OfDose> {
    let mut found = Vec::new();
    for series in best {
        let antigen = programme.antigen(series.antigen);
        let Some(of_series) = antigen.series.get(usize::from(series.series)) else { continue };
        let all = assessment.evaluations_of(series).iter();
        for one in all.filter(|one| usize::from(one.dose) == place) {
            let target = one.target.and_then(|target| of_series.doses.get(usize::from(target)));
            let id = target.map(|dose| dose.id.as_str()).filter(|id| !id.is_empty());
            found.push(OfDose {
                antigen: antigen.name.as_str().into(),
                series: of_series.name.as_str().into(),
                dose: id.map(Into::into),
                number: one.target.map(|target| u32::from(target) + 1),
                status: one.status,
                due: one.due.map(date),
                sentence: both(|language| one.sentence(language)),
            });
        }
    }
    found
}

fn notes(programme: &Programme, assessed: &Assessed<'_>) -> Vec<DueNote> {
    let record = |dose: u16| assessed.taken.entries.get(usize::from(dose)).map(|entry| entry.id);
    let of = |note: &Note| {
        let (about, title) = match note {
            Note::BeforeBirth(dose)
            | Note::Future(dose)
            | Note::UnknownVaccine(dose)
            | Note::SameDay(dose)
            | Note::TooManyDoses(dose) => (record(*dose), None),
            Note::PossibleIndication(_, code) | Note::PossibleContraindication(_, code) => {
                (None, programme.observation(*code).map(|it| it.title.as_str()))
            }
            Note::TooManyObservations(_) | Note::NotBorn => (None, None),
        };
        let words = |language| match title {
            Some(title) => format!("{title}: {}", note.words(language)),
            None => note.words(language).to_owned(),
        };
        DueNote { record: about, text: both(words) }
    };
    let undated = assessed.taken.undated.iter().map(|entry| DueNote {
        record: Some(entry.id),
        text: Text {
            zh: "接种日期不详，未评价".into(),
            en: "the day of the dose is not known: not evaluated".into(),
        },
    });
    assessed.assessment.notes.iter().map(of).chain(undated).collect()
}

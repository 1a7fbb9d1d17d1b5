//! The operation `$immds-forecast` (HL7 FHIR Immunization Decision Support Forecast): a day, a
//! patient and doses in, evaluations and a recommendation out. Nothing of it is kept.

use super::{
    fhir::{of_group, of_series},
    patient::day,
    vaccines::vaccine,
};
use hutong_fhir::{
    ForecastRequest, StatedDose, StatedState,
    write::{Assessed, Target, forecast_answer},
};
use hutong_model::{Date, Issue, IssueCode, Sex, catalogue::SNOMED};
use hutong_programme::{
    Assessment, Dose, Editions, Gender, Language, Mvx, Note, Observation, ObservationCode, Patient,
    Programme,
};

/// Answers a request by the programme for its day.
///
/// # Errors
/// Every reason against it, with the place.
pub fn forecast<'p>(
    request: &[u8],
    programme: impl FnOnce(Date) -> Result<&'p Programme, String>,
    languages: &[Language],
) -> Result<Vec<u8>, Vec<Issue>> {
    let request = hutong_fhir::read_forecast(request)?;
    let programme = programme(request.on).map_err(|why| {
        vec![Issue::error(IssueCode::BusinessRule, "Parameters.assessmentDate", why, "")]
    })?;
    let patient = patient(programme, &request)?;
    let assessment = programme.assess(&patient, day(request.on));
    let asked = Asked { request: &request, programme, patient: &patient, assessment };
    let mut out = Vec::with_capacity(8 * 1024);
    forecast_answer(&asked.assessed(languages), &mut out);
    Ok(out)
}

struct Asked<'a> {
    request: &'a ForecastRequest,
    programme: &'a Programme,
    patient: &'a Patient,
    assessment: Assessment,
}

impl Asked<'_> {
    fn assessed(&self, languages: &[Language]) -> Assessed {
        let (programme, assessment) = (self.programme, &self.assessment);
        let groups = assessment.groups.iter();
        Assessed {
            id: None,
            patient: match &self.request.patient {
                Some(id) => Target::Resource("Patient", id.to_string()),
                None => Target::Words("the patient of the request".into()),
            },
            on: self.request.on,
            edition: assessment.version.to_string(),
            evaluations: of_series(programme, assessment, languages, |dose| self.event(dose)),
            due: groups.map(|it| of_group(programme, assessment, it, languages)).collect(),
            notes: languages.iter().flat_map(|language| self.notes(*language)).collect(),
        }
    }

    fn event(&self, dose: usize) -> Target {
        match self.request.doses.get(dose).and_then(|dose| dose.id.as_deref()) {
            Some(id) => Target::Resource("Immunization", id.to_owned()),
            None => {
                let given = self.patient.doses[dose];
                Target::Words(format!("{} on {}", given.cvx, given.date))
            }
        }
    }

    fn notes(&self, language: Language) -> impl Iterator<Item = String> {
        self.assessment.notes.iter().map(move |note| {
            let about = match note {
                Note::BeforeBirth(dose)
                | Note::Future(dose)
                | Note::UnknownVaccine(dose)
                | Note::SameDay(dose)
                | Note::TooManyDoses(dose) => self.name(usize::from(*dose)),
                Note::PossibleIndication(_, code) | Note::PossibleContraindication(_, code) => {
                    self.programme.observation(*code).map(|it| it.title.clone())
                }
                Note::TooManyObservations(_) | Note::NotBorn => None,
            };
            let words = note.words(language);
            about.map_or_else(|| words.to_owned(), |about| format!("{about}: {words}"))
        })
    }

    /// A dose by its id, or by its day.
    fn name(&self, dose: usize) -> Option<String> {
        let stated = self.request.doses.get(dose)?;
        Some(stated.id.as_ref().map_or_else(|| stated.date.to_string(), ToString::to_string))
    }
}

fn patient(programme: &Programme, request: &ForecastRequest) -> Result<Patient, Vec<Issue>> {
    let (mut doses, mut issues) = (Vec::new(), Vec::new());
    for stated in &request.doses {
        match dose(programme, stated) {
            Some(dose) => doses.push(dose),
            None => issues.push(Issue::error(
                IssueCode::CodeInvalid,
                format!("immunization {}", stated.place),
                "vaccineCode: no code or name that is known",
                "give a code of the catalogue, a CVX code or a name",
            )),
        }
    }
    if !issues.is_empty() {
        issues.truncate(hutong_model::limits::ISSUES_PER_RESOURCE_MAX);
        return Err(issues);
    }
    Ok(Patient {
        birth: day(request.birth),
        gender: match request.sex {
            Sex::Female => Gender::Female,
            Sex::Male => Gender::Male,
            Sex::Unknown | Sex::Other => Gender::Unknown,
        },
        birth_country: None,
        doses,
        observations: request.states.iter().flat_map(|it| observations(programme, it)).collect(),
    })
}

fn dose(programme: &Programme, stated: &StatedDose) -> Option<Dose> {
    let cvx = vaccine(programme, &stated.vaccine)?;
    Some(Dose {
        mvx: stated.maker.as_deref().and_then(Mvx::parse),
        expires: stated.expires.map(day),
        condition: stated.subpotent,
        ..Dose::new(day(stated.date), cvx)
    })
}

/// Health states that the programme knows. One that it does not know changes nothing.
fn observations(programme: &Programme, stated: &StatedState) -> Vec<Observation> {
    let mut found = Vec::new();
    for coding in &stated.codes {
        // CDC's and WHO's data name this system by a word.
        let system = if *coding.system == *SNOMED { "SNOMED" } else { &coding.system };
        let codes: Vec<ObservationCode> = programme.observations_of(system, &coding.code).collect();
        found.extend(codes.into_iter().map(|code| Observation {
            date: stated.since.map(day),
            end: stated.until.map(day),
            certain: stated.certain,
            ..Observation::new(code)
        }));
    }
    found
}

/// Answers a request by the edition of its day, in Chinese and English.
///
/// # Errors
/// Every reason against it, with the place.
pub fn forecast_for_region(request: &[u8], editions: &Editions) -> Result<Vec<u8>, Vec<Issue>> {
    let of_day = |on: Date| match editions.on(day(on)) {
        Some(edition) => Ok(&edition.programme),
        None => Err(format!("no edition of the programme is for {on}")),
    };
    forecast(request, of_day, &[Language::Chinese, Language::English])
}

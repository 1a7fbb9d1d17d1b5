//! A programme: supporting data, checked and indexed once.

use crate::assessment::Assessment;
use crate::check;
use crate::codes::{CodeSet, Cvx, ObservationCode};
use crate::date::{Day, Span};
use crate::engine;
use crate::error::LoadError;
use crate::patient::Patient;
use crate::supporting::{Antigen, CodedObservation, Conflict, SupportingData, VaccineAntigens};
use crate::xml;

/// A programme, ready to assess people. Cheap to share between threads by reference.
#[derive(Debug)]
pub struct Programme {
    data: SupportingData,
    /// By vaccine type: where its antigens lie in `antigens_of`.
    vaccines: Vec<(u16, u16)>,
    antigens_of: Vec<Association>,
    /// By impacted vaccine type: where its conflicts lie in `conflicts`.
    impacted: Vec<(u16, u16)>,
    conflicts: Vec<Conflict>,
    /// Vaccine types that keep others off.
    pub(crate) conflicting: CodeSet,
    pub(crate) antigens: Vec<AntigenIndex>,
    pub(crate) groups: Vec<GroupIndex>,
}

/// An antigen of a vaccine type, within ages (4.2, note 2a).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Association {
    pub(crate) antigen: u8,
    pub(crate) begin: Option<Span>,
    pub(crate) end: Option<Span>,
}

#[derive(Debug)]
pub(crate) struct AntigenIndex {
    /// Groups of series; one whose skips look at another's completeness comes after it.
    pub(crate) groups: Vec<SeriesGroup>,
    /// By series and dose: vaccines that put off a forecast (CALCDTCONFLICT-3).
    pub(crate) conflicts: Vec<Vec<Vec<(Cvx, Span)>>>,
}

#[derive(Debug)]
pub(crate) struct SeriesGroup {
    pub(crate) number: u8,
    /// Numbers of its series.
    pub(crate) series: Vec<u8>,
    /// Equivalent series groups by series (8.8).
    pub(crate) has_risk: bool,
}

#[derive(Debug)]
pub(crate) struct GroupIndex {
    pub(crate) full: bool,
    pub(crate) antigens: Vec<u8>,
}

impl Programme {
    /// Reads CDC's supporting data as published: names (for errors) and texts of the XML files.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong, with file, series and dose.
    pub fn parse<'a, N: AsRef<str>>(
        files: impl IntoIterator<Item = (N, &'a str)>,
    ) -> Result<Programme, LoadError> {
        Programme::new(xml::read(files)?)
    }

    /// A programme of supporting data, wherever they are from.
    ///
    /// # Errors
    ///
    /// Data that contradict themselves: antigens without series, ages that end before they begin,
    /// conditional skips that wait for each other.
    pub fn new(data: SupportingData) -> Result<Programme, LoadError> {
        check::check(&data)?;
        let mut antigens = Vec::with_capacity(data.antigens.len());
        for antigen in &data.antigens {
            let groups = check::series_groups(antigen)?;
            antigens.push(AntigenIndex { groups, conflicts: forecast_conflicts(antigen, &data) });
        }
        let number = |name: &str| data.antigens.iter().position(|it| it.name == name);
        let numbered = |names: &[String]| {
            let found = names.iter().filter_map(|name| number(name));
            found.map(|number| number as u8).collect()
        };
        let groups = data.schedule.groups.iter();
        let groups = groups
            .map(|group| GroupIndex { full: group.full, antigens: numbered(&group.antigens) })
            .collect();
        let (vaccines, antigens_of) = by_code(&data.schedule.vaccines, |vaccine| {
            let found = vaccine.antigens.iter().filter_map(|(name, begin, end)| {
                let antigen = number(name)? as u8;
                Some(Association { antigen, begin: *begin, end: *end })
            });
            (vaccine.cvx, found.collect())
        });
        let mut by_current: Vec<(Cvx, Vec<Conflict>)> = Vec::new();
        for conflict in &data.schedule.conflicts {
            match by_current.iter_mut().find(|(current, _)| *current == conflict.current) {
                Some((_, list)) => list.push(*conflict),
                None => by_current.push((conflict.current, vec![*conflict])),
            }
        }
        let (impacted, conflicts) = by_code(&by_current, Clone::clone);
        let mut conflicting = CodeSet::default();
        for conflict in &conflicts {
            conflicting.insert(conflict.previous);
        }
        Ok(Programme {
            data,
            vaccines,
            antigens_of,
            impacted,
            conflicts,
            conflicting,
            antigens,
            groups,
        })
    }

    /// The supporting data.
    #[must_use]
    pub fn data(&self) -> &SupportingData {
        &self.data
    }

    /// Evaluates a history and forecasts what is next, as of a day (chapter 4).
    ///
    /// Time and space are bounded: only the first [`engine::MOST_DOSES`] doses and
    /// [`engine::MOST_OBSERVATIONS`] observations are looked at.
    #[must_use]
    pub fn assess(&self, patient: &Patient, on: Day) -> Assessment {
        engine::assess(self, patient, on)
    }

    /// The antigen with a number of an [`Assessment`].
    #[must_use]
    pub fn antigen(&self, number: u8) -> &Antigen {
        &self.data.antigens[usize::from(number)]
    }

    /// The number of a vaccine group, by name; letter case does not matter.
    #[must_use]
    pub fn group(&self, name: &str) -> Option<u8> {
        let name = name.trim();
        let found = self.data.schedule.groups.iter();
        let found = found.map(|group| &group.name).position(|it| it.eq_ignore_ascii_case(name))?;
        u8::try_from(found).ok()
    }

    /// Name of a vaccine group with a number of an [`Assessment`].
    #[must_use]
    pub fn group_name(&self, number: u8) -> &str {
        &self.data.schedule.groups[usize::from(number)].name
    }

    /// A vaccine type of the schedule.
    #[must_use]
    pub fn vaccine(&self, cvx: Cvx) -> Option<&VaccineAntigens> {
        self.data.schedule.vaccines.iter().find(|vaccine| vaccine.cvx == cvx)
    }

    /// The vaccine type with a code of another system (CVX, or a national catalogue).
    #[must_use]
    pub fn vaccine_of(&self, system: &str, code: &str) -> Option<Cvx> {
        let same = |coded: &(String, String)| coded.0 == system && coded.1 == code;
        let mut all = self.data.schedule.vaccines.iter();
        all.find(|vaccine| vaccine.coded.iter().any(same)).map(|vaccine| vaccine.cvx)
    }

    /// Coded observations with a code of another system ("SNOMED", "CDCPHINVS", "CVX").
    pub fn observations_of<'a>(
        &'a self,
        system: &'a str,
        code: &'a str,
    ) -> impl Iterator<Item = ObservationCode> + 'a {
        let same =
            move |coded: &(String, String)| coded.0.eq_ignore_ascii_case(system) && coded.1 == code;
        let found = self.data.schedule.observations.iter();
        found.filter(move |it| it.coded.iter().any(same)).map(|it| it.code)
    }

    /// A coded observation.
    #[must_use]
    pub fn observation(&self, code: ObservationCode) -> Option<&CodedObservation> {
        self.data.schedule.observations.iter().find(|it| it.code == code)
    }

    pub(crate) fn associations(&self, cvx: Cvx) -> &[Association] {
        slice(&self.vaccines, &self.antigens_of, cvx)
    }

    pub(crate) fn conflicts_with(&self, current: Cvx) -> &[Conflict] {
        slice(&self.impacted, &self.conflicts, current)
    }
}

/// Lists by code, one after the other, and where each lies.
fn by_code<T, U>(items: &[T], list: impl Fn(&T) -> (Cvx, Vec<U>)) -> (Vec<(u16, u16)>, Vec<U>) {
    let mut places = vec![(0, 0); usize::from(Cvx::LIMIT)];
    let mut all = Vec::new();
    for item in items {
        let (code, list) = list(item);
        let start = all.len() as u16;
        all.extend(list);
        places[usize::from(code.0)] = (start, all.len() as u16);
    }
    (places, all)
}

fn slice<'a, T>(places: &[(u16, u16)], all: &'a [T], code: Cvx) -> &'a [T] {
    let (start, end) = places.get(usize::from(code.0)).copied().unwrap_or((0, 0));
    &all[usize::from(start)..usize::from(end)]
}

fn forecast_conflicts(antigen: &Antigen, data: &SupportingData) -> Vec<Vec<Vec<(Cvx, Span)>>> {
    let of_dose = |dose: &crate::supporting::SeriesDose| {
        let mut found: Vec<(Cvx, Span)> = Vec::new();
        for conflict in &data.schedule.conflicts {
            let impacted = dose.preferable.iter().any(|it| it.ages.cvx == conflict.current);
            if !impacted {
                continue;
            }
            match found.iter_mut().find(|(previous, _)| *previous == conflict.previous) {
                Some((_, end)) if end.about() < conflict.end.about() => *end = conflict.end,
                Some(_) => {}
                None => found.push((conflict.previous, conflict.end)),
            }
        }
        found
    };
    antigen.series.iter().map(|series| series.doses.iter().map(of_dose).collect()).collect()
}

//! The doses to come, one after the other: what is next, what is next after that, as if each were
//! given on its recommended day. A forecast knows only the next dose (CDSi, chapter 7); a family
//! wants to know the year.

use super::answer::{self, NamedVaccine};
use hutong_model::Date;
use hutong_programme::{Assessment, Cvx, Day, Dose, GroupForecast, Patient, Programme};

/// Days on which something is given, at most.
const DAYS_MAX: usize = 64;
/// How far a plan reaches, in days: the programme for children ends with their eighteenth year.
const REACH_DAYS: i32 = 18 * 366;

/// A dose to come.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    /// The vaccine group.
    pub(super) group: String,
    /// Ids of the doses that it would be.
    pub(super) doses: Vec<String>,
    /// Its number.
    pub(super) number: Option<u16>,
    /// The day: recommended, or that of the plan where it has passed.
    pub(super) on: Date,
    /// The vaccines recommended for it.
    pub(super) vaccines: Vec<NamedVaccine>,
    /// Whether it is the next one, not one that follows from others.
    pub(super) next: bool,
    /// The group's forecast as it is for the next dose, in sentences.
    pub(super) sentence: hutong_rules::Text,
}

/// Plans the doses to come, from a day on.
pub(super) fn plan(programme: &Programme, patient: &Patient, on: Day) -> Vec<Planned> {
    let mut patient = patient.clone();
    let (mut planned, mut at) = (Vec::new(), on);
    let mut begun: Vec<u8> = Vec::new();
    let mut stuck: Vec<u8> = Vec::new();
    for _ in 0..DAYS_MAX {
        let assessment = programme.assess(&patient, at);
        let next = |group: &GroupForecast| group.dates.map(|dates| dates.recommended.max(at));
        let open = |group: &&GroupForecast| !stuck.contains(&group.group);
        let Some(day) = assessment.groups.iter().filter(open).filter_map(next).min() else { break };
        if day.number() - on.number() > REACH_DAYS {
            break;
        }
        // What has moved by then is seen as it is then: conflicts, seasons, ages.
        let then = if day == at { assessment } else { programme.assess(&patient, day) };
        at = day;
        let mut given: Vec<Cvx> = Vec::new();
        for group in then.groups.iter().filter(|it| it.dates.is_some_and(|d| d.recommended <= day))
        {
            if stuck.contains(&group.group) || group.dates.is_some_and(|d| day < d.earliest) {
                continue;
            }
            let Some(cvx) = vaccine(programme, &then, group) else {
                stuck.push(group.group);
                continue;
            };
            planned.push(of_group(programme, &then, group, !begun.contains(&group.group)));
            begun.push(group.group);
            if !given.contains(&cvx) {
                given.push(cvx);
            }
        }
        if given.is_empty() {
            // What was due is not any more (a forecast of another day): leave it.
            let late =
                then.groups.iter().filter(|it| it.dates.is_some_and(|d| d.recommended <= day));
            stuck.extend(late.map(|group| group.group));
            if !then.groups.iter().any(|it| it.dates.is_some() && !stuck.contains(&it.group)) {
                break;
            }
            continue;
        }
        patient.doses.extend(given.into_iter().map(|cvx| Dose::new(day, cvx)));
        at = day.after();
    }
    planned
}

/// The vaccine that a plan gives: the first that is recommended.
fn vaccine(programme: &Programme, then: &Assessment, group: &GroupForecast) -> Option<Cvx> {
    let series = then.contained(group);
    series.flat_map(|series| programme.recommended(series)).map(|it| it.ages.cvx).next()
}

fn of_group(
    programme: &Programme,
    then: &Assessment,
    group: &GroupForecast,
    next: bool,
) -> Planned {
    let doses = answer::next_doses(programme, then, group);
    Planned {
        group: programme.group_name(group.group).to_owned(),
        doses: doses.into_iter().map(str::to_owned).collect(),
        number: then.dose_number(group),
        on: super::patient::date(then.on),
        vaccines: answer::recommended(programme, then, group),
        next,
        sentence: answer::both(|language| then.sentence(group, language)),
    }
}

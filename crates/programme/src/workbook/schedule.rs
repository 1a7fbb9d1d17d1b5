//! Lists of the schedule, each told by its heading.

use super::row::{Row, Sheet};
use crate::error::LoadError;
use crate::supporting::{CodedObservation, Conflict, Schedule, VaccineAntigens, VaccineGroup};

/// Reads a sheet into the schedule; false if it is no list of the schedule.
pub(super) fn read(sheet: &Sheet, schedule: &mut Schedule) -> Result<bool, LoadError> {
    let Some((heading, rows)) = sheet.rows.split_first() else { return Ok(false) };
    let each: fn(&Row, &mut Schedule) -> Result<(), LoadError> =
        match (heading.label(), heading.cell(1).unwrap_or_default()) {
            ("CVX", _) => vaccine,
            ("Vaccine Group", "Antigen") => antigen_of_group,
            ("Vaccine Group Name", _) => group_flag,
            ("Observation Code", _) => observation,
            (label, _) if label.starts_with("Previous Vaccine Type") => conflict,
            (label, _) => return Err(heading.wrong(format!("unknown list {label:?}"))),
        };
    rows.iter().try_for_each(|row| each(row, schedule))?;
    Ok(true)
}

fn vaccine(row: &Row, schedule: &mut Schedule) -> Result<(), LoadError> {
    let cvx = row.vaccine(0)?;
    let antigen = (row.required(2)?.to_owned(), row.span(3)?, row.span(4)?);
    match schedule.vaccines.iter_mut().find(|vaccine| vaccine.cvx == cvx) {
        Some(vaccine) => vaccine.antigens.push(antigen),
        None => {
            let (name, coded) = (row.text(1), Vec::new());
            schedule.vaccines.push(VaccineAntigens { cvx, name, coded, antigens: vec![antigen] });
        }
    }
    Ok(())
}

/// The vaccine group of a name, new where there is none yet.
fn group<'a>(row: &Row, schedule: &'a mut Schedule) -> Result<&'a mut VaccineGroup, LoadError> {
    let name = row.required(0)?;
    let groups = &mut schedule.groups;
    let place = groups.iter().position(|group| group.name == name).unwrap_or(groups.len());
    if place == groups.len() {
        groups.push(VaccineGroup { name: name.to_owned(), full: false, antigens: Vec::new() });
    }
    Ok(&mut groups[place])
}

fn antigen_of_group(row: &Row, schedule: &mut Schedule) -> Result<(), LoadError> {
    let antigen = row.required(1)?.to_owned();
    group(row, schedule)?.antigens.push(antigen);
    Ok(())
}

fn group_flag(row: &Row, schedule: &mut Schedule) -> Result<(), LoadError> {
    let full = row.flag(1)?;
    group(row, schedule)?.full = full;
    Ok(())
}

fn observation(row: &Row, schedule: &mut Schedule) -> Result<(), LoadError> {
    let code = row.observation(0)?.ok_or_else(|| row.wrong("no code"))?;
    let systems = ["SNOMED", "CVX", "CDCPHINVS"].into_iter().enumerate();
    let coded = systems.filter_map(|(place, system)| {
        let text = row.cell(5 + place)?;
        let inner = text.strip_suffix(')').and_then(|text| text.rsplit_once('('));
        Some((system.to_owned(), inner.map_or(text, |(_, code)| code).to_owned()))
    });
    let (title, coded) = (row.text(1), coded.collect());
    schedule.observations.push(CodedObservation { code, title, coded });
    Ok(())
}

fn conflict(row: &Row, schedule: &mut Schedule) -> Result<(), LoadError> {
    let span = |place| row.span(place)?.ok_or_else(|| row.wrong("no interval"));
    let (previous, current, end) = (row.vaccine(0)?, row.vaccine(1)?, span(4)?);
    let min_end = row.span(3)?.unwrap_or(end);
    schedule.conflicts.push(Conflict { previous, current, begin: span(2)?, min_end, end });
    Ok(())
}

//! The editions of a region: the national ones, and in them what the region filed.

use crate::{Node, NodeError, rulebook::programmes::FiledProgrammePack};
use hutong_model::{Date, RegionCode};
use hutong_programme::{Edition, Editions, Pack};
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

/// Editions by region, with the packs that they were made with.
#[derive(Default)]
pub(crate) struct EditionPlace(Mutex<HashMap<RegionCode, Made>>);

struct Made {
    packs: Vec<Box<str>>,
    editions: Arc<Editions>,
}

/// The national editions, as they come with this release.
///
/// # Errors
/// None that a release has.
pub(crate) fn national() -> Result<Arc<Editions>, NodeError> {
    static NATIONAL: OnceLock<Arc<Editions>> = OnceLock::new();
    if let Some(made) = NATIONAL.get() {
        return Ok(Arc::clone(made));
    }
    let made = Editions::china().map_err(|error| NodeError::Setup(error.to_string()))?;
    Ok(Arc::clone(NATIONAL.get_or_init(|| Arc::new(made))))
}

/// The edition for an assessment on a day.
///
/// # Errors
/// [`NodeError::Conflict`] where none is for that day.
pub(crate) fn on(editions: &Editions, day: Date) -> Result<&Edition, NodeError> {
    editions
        .on(super::patient::day(day))
        .ok_or_else(|| NodeError::Conflict(format!("no edition of the programme is for {day}")))
}

impl Node {
    /// The editions for the people of a region.
    ///
    /// # Errors
    /// [`NodeError::Setup`] where the national ones cannot be read.
    pub fn programme_editions(&self, region: RegionCode) -> Result<Arc<Editions>, NodeError> {
        let (national, region) = (national()?, region.province());
        let book = self.rulebook();
        let mut filed: Vec<&FiledProgrammePack> =
            book.programmes.iter().filter(|pack| pack.filed.region == region).collect();
        if filed.is_empty() {
            return Ok(national);
        }
        filed.sort_by_key(|pack| pack.first_day);
        let packs: Vec<Box<str>> = filed.iter().map(|pack| pack.id.clone()).collect();
        let mut held = self.editions.0.lock();
        if let Some(made) = held.get(&region).filter(|made| made.packs == packs) {
            return Ok(Arc::clone(&made.editions));
        }
        let editions = with_packs(national, &filed);
        held.insert(region, Made { packs, editions: Arc::clone(&editions) });
        Ok(editions)
    }
}

/// The national editions with packs, the earliest first. One that begins takes the place of the one
/// before; one that does not fit was not published by this release, and is left out.
fn with_packs(national: Arc<Editions>, filed: &[&FiledProgrammePack]) -> Arc<Editions> {
    let mut editions = national;
    for (place, one) in filed.iter().enumerate() {
        let Some(mut pack) = one.pack() else { continue };
        hold(&mut pack, filed.get(place + 1).map(|next| next.first_day));
        match editions.with(&pack) {
            Ok(more) => editions = Arc::new(more),
            Err(error) => tracing::error!(pack = &*one.id, %error, "left out"),
        }
    }
    editions
}

fn hold(pack: &mut Pack, next: Option<Date>) {
    let before = next.map(|day| super::patient::day(day).before());
    pack.effect.to = match (pack.effect.to, before) {
        (Some(to), Some(before)) => Some(to.min(before)),
        (to, before) => to.or(before),
    };
}

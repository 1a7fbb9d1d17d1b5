//! Check-ins: the person scans the code of a place, and their own node keeps that they were there.
//! Only while an event is in force whose rules ask for it, only for as long as these say, never
//! passed up, never shown to anybody but the person and whoever acts for them. What becomes of one
//! is decided by the event's rules, as of any stay.

use crate::{Node, NodeError};
use hutong_model::{
    Entry, EntryId, Fact, PersonId, RegionCode, Source, Timestamp, When,
    evidence::{Stay, StaySource},
    limits,
};
use serde::Serialize;

/// What a person's telephone hands in.
#[derive(Debug, Clone)]
pub struct NewCheckIn {
    /// The text of the code that was scanned.
    pub code: String,
    /// When.
    pub at: Timestamp,
    /// When the person left, where that is known.
    pub until: Option<Timestamp>,
}

/// A check-in as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckIn {
    /// The entry.
    pub entry: EntryId,
    /// What the place is called.
    pub name: Box<str>,
    /// The division or grid that it lies in.
    pub division: RegionCode,
    /// From when.
    pub at: Timestamp,
    /// Until when, as far as it is known or the rules take it to last.
    pub until: Timestamp,
    /// Until when it is kept.
    pub keep_until: Timestamp,
}

/// Who sees a person's entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    /// The person, whoever acts for them, and what decides about their level.
    Own,
    /// Anybody else.
    Others,
}

/// Leaves out check-ins that are no longer kept, and for others all of them.
pub(crate) fn leave_out(entries: &mut Vec<Entry>, sight: Sight, now: Timestamp) {
    entries.retain(|entry| match entry.fact.keep_until() {
        Some(until) => sight == Sight::Own && now < until,
        None => true,
    });
}

impl Node {
    /// Keeps a check-in of a person's.
    ///
    /// # Errors
    /// [`NodeError::Input`] where the code is not authentic or the time cannot be;
    /// [`NodeError::Conflict`] where no event in force asks for check-ins: nothing is kept.
    pub async fn check_in(&self, person: PersonId, new: NewCheckIn) -> Result<CheckIn, NodeError> {
        let now = self.now();
        let place = self.read_place_code(&new.code)?;
        let ahead_s = new.at.since_s(now);
        if ahead_s > limits::CLOCK_SKEW_S_MAX || -ahead_s > limits::CHECK_IN_LATE_S_MAX {
            let reason = "a check-in is handed in within 48 hours, and not before it happens";
            return Err(NodeError::not_permitted("at", reason));
        }
        let (keep_until, stay_s) = self.check_ins_kept(place.division, new.at)?;
        let until = new.until.unwrap_or_else(|| new.at.plus_s(stay_s));
        if until < new.at || until.since_s(new.at) > 86_400 {
            return Err(NodeError::not_permitted(
                "until",
                "a visit ends within a day after it begins",
            ));
        }
        let stay = Stay {
            place: place.division,
            from: new.at,
            until: Some(until),
            known_by: StaySource::CheckIn,
            venue: Some(place.name.clone()),
            keep_until: Some(keep_until),
        };
        let mut row = self.row_about(person, &self.as_member(), Fact::Stay(stay), Source::Declared);
        // The same visit, handed in again, is the same entry.
        let minute = new.at.unix_s() / 60;
        let parts = [person.as_bytes().as_slice(), place.place.as_bytes(), &minute.to_be_bytes()];
        row.facts[0].id = EntryId::derive("check-in", &parts);
        row.facts[0].times.performed = Some(When::instant(new.at, 0));
        let entry = self.admit_own(row).await?.entry;
        metrics::counter!("hutong_check_ins_total").increment(1);
        let (name, division) = (place.name, place.division);
        Ok(CheckIn { entry, name, division, at: new.at, until, keep_until })
    }

    /// A person's check-ins that are kept, the newest first.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read.
    pub async fn check_ins(&self, person: PersonId) -> Result<Vec<CheckIn>, NodeError> {
        let (_, stored) = self.local_entries(person).await?;
        let now = self.now();
        let mut kept: Vec<CheckIn> =
            stored.into_iter().filter_map(|stored| of_entry(&stored.entry, now)).collect();
        kept.sort_by_key(|check_in| (std::cmp::Reverse(check_in.at), check_in.entry));
        Ok(kept)
    }

    /// Until when a check-in is kept, and how long it is taken to last, by the rules of the events
    /// in force there or here.
    fn check_ins_kept(
        &self,
        division: RegionCode,
        at: Timestamp,
    ) -> Result<(Timestamp, i64), NodeError> {
        let (book, here, now) = (self.rulebook(), self.settings.region, self.now());
        let concerns = |event: &&crate::rulebook::events::DeclaredEvent| {
            event.in_force(now) && (event.is_for(division) || event.is_for(here))
        };
        let asked = book.events.iter().filter(concerns).filter_map(|event| {
            let rules = book.pack(&event.kind, here, now).check_ins()?;
            Some((at.plus_s(rules.keep_s()).min(event.sunset), rules.stay_s()))
        });
        let longest = asked.max().filter(|(keep_until, _)| now < *keep_until);
        longest.ok_or_else(|| {
            let reason = "no event is in force whose rules ask for check-ins; nothing was kept \
                          (目前没有要求登记场所的事件，未作任何记录)";
            NodeError::Conflict(reason.into())
        })
    }
}

fn of_entry(entry: &Entry, now: Timestamp) -> Option<CheckIn> {
    let Fact::Stay(stay) = &entry.fact else { return None };
    let keep_until = stay.keep_until.filter(|until| now < *until)?;
    Some(CheckIn {
        entry: entry.id,
        name: stay.venue.clone().unwrap_or_default(),
        division: stay.place,
        at: stay.from,
        until: stay.until.unwrap_or(stay.from),
        keep_until,
    })
}

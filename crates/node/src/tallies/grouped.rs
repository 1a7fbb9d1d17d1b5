//! Counters as somebody asks for them: added up over what they do not want to tell apart.

use crate::{Node, NodeError};
use hutong_model::{Date, MemberId, RegionCode};
use hutong_store::{Cell, Facet, Wanted};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What counters can be told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// The day.
    Day,
    /// The region, as precisely as it was stated.
    Region,
    /// The first two digits of the region.
    Province,
    /// The member.
    Member,
    /// Vaccine, kind and outcome, delay, reason.
    What,
    /// The number of the dose.
    Dose,
    /// The age band.
    Age,
    /// The sex.
    Sex,
}

impl By {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Day,
        Self::Region,
        Self::Province,
        Self::Member,
        Self::What,
        Self::Dose,
        Self::Age,
        Self::Sex,
    ];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Region => "region",
            Self::Province => "province",
            Self::Member => "member",
            Self::What => "what",
            Self::Dose => "dose",
            Self::Age => "age",
            Self::Sex => "sex",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.as_str() == word)
    }
}

/// A number with what it counts. Only the parts that were asked for are there.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// The day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<Date>,
    /// GB/T 2260 code of the region; of the province where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Box<str>>,
    /// Member id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<Box<str>>,
    /// Vaccine families or code, kind and outcome, delay, reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub what: Option<Box<str>>,
    /// Number of the dose; 0 where not stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dose: Option<u16>,
    /// First year of the age band; 255 where the age is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age: Option<u8>,
    /// GB/T 2261.1: 0 unknown, 1 male, 2 female, 9 other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sex: Option<u8>,
    /// How many.
    #[serde(default)]
    pub count: i64,
}

impl Group {
    fn of(cell: Cell, by: &[By]) -> Self {
        let mut group = Self::default();
        for by in by {
            match by {
                By::Day => group.day = Some(cell.day),
                By::Region => group.region = Some(cell.region.clone()),
                By::Province => {
                    let province = cell.region.get(..2).map(|two| format!("{two}0000").into());
                    group.region = Some(province.unwrap_or_default());
                }
                By::Member => group.member = Some(cell.member.clone()),
                By::What => group.what = Some(cell.what.clone()),
                By::Dose => group.dose = Some(cell.dose),
                By::Age => group.age = Some(cell.age),
                By::Sex => group.sex = Some(cell.sex),
            }
        }
        group
    }
}

/// What somebody asks to have counted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AskCounts {
    /// What about.
    pub facet: Facet,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Only what happened, or was stated by members, in this region.
    pub region: RegionCode,
    /// Only this member's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<MemberId>,
    /// What to tell apart; all else is added up.
    pub by: Vec<By>,
}

impl AskCounts {
    fn covers(&self, cell: &Cell) -> bool {
        let within = match cell.member.is_empty() {
            true => RegionCode::parse(&cell.region).ok(),
            false => MemberId::parse(&cell.member).ok().map(|member| member.region()),
        };
        within.is_some_and(|region| self.region.contains(&region))
            && self.member.as_ref().is_none_or(|member| member.as_str() == &*cell.member)
    }
}

impl Node {
    /// Counters, added up as they are asked for; in order.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read.
    pub async fn counts(&self, ask: &AskCounts) -> Result<Vec<Group>, NodeError> {
        let AskCounts { facet, from, to, .. } = *ask;
        let mut groups: BTreeMap<Group, i64> = BTreeMap::new();
        let found = self.store.tallies(&Wanted { facet, from, to }).await?;
        for (cell, count) in found.into_iter().filter(|(cell, _)| ask.covers(cell)) {
            *groups.entry(Group::of(cell, &ask.by)).or_insert(0) += count;
        }
        let groups = groups.into_iter().filter(|(_, count)| *count != 0);
        Ok(groups.map(|(group, count)| Group { count, ..group }).collect())
    }
}

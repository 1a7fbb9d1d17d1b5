//! Areas and how they are listed (风险区域): by event and division, over time. A listing is never
//! overwritten; a change ends one and begins the next.

use super::{Document, Rulebook};
use crate::{Node, NodeError};
use hutong_model::{
    RegionCode, Timestamp,
    evidence::{AreaGrade, AreaListing},
    limits,
};
use serde::{Deserialize, Serialize};

/// What an authority lists an area as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewListing {
    /// Within which event.
    pub event: Box<str>,
    /// The division or grid.
    pub area: RegionCode,
    /// What it is listed as; `null` ends its listing.
    pub grade: Option<AreaGrade>,
    /// Until when; until further notice where absent.
    #[serde(default)]
    pub until: Option<Timestamp>,
    /// The act that says so.
    pub legal_basis: Box<str>,
}

/// One listing, and who listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Listed {
    /// What it was listed as.
    pub grade: AreaGrade,
    /// From when.
    pub from: Timestamp,
    /// Until when; until further notice where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// The act that said so.
    pub legal_basis: Box<str>,
    /// The member that listed it.
    pub by: Box<str>,
}

/// All listings of one area in one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AreaDocument {
    /// The event.
    pub event: Box<str>,
    /// The division or grid.
    pub area: RegionCode,
    /// Its listings, oldest first.
    pub listed: Vec<Listed>,
}

impl Document for AreaDocument {
    const KIND: &'static str = "area";
    fn key(&self) -> String {
        format!("{}/{}", self.event, self.area)
    }
}

impl AreaDocument {
    pub(crate) fn listings(&self) -> impl Iterator<Item = AreaListing> + '_ {
        self.listed.iter().map(|listed| AreaListing {
            area: self.area,
            grade: listed.grade,
            from: listed.from,
            until: listed.until,
        })
    }
}

impl Rulebook {
    fn area(&self, event: &str, area: RegionCode) -> Option<&AreaDocument> {
        self.listed.iter().find(|document| *document.event == *event && document.area == area)
    }
}

impl Node {
    /// The areas that are listed in events that are not over, with all their listings.
    pub fn areas(&self) -> Vec<AreaDocument> {
        let (book, now) = (self.rulebook(), self.now());
        let runs = |id: &str| book.events.iter().any(|e| *e.id == *id && now < e.sunset);
        book.listed.iter().filter(|document| runs(&document.event)).cloned().collect()
    }

    /// At the root: lists an area from now on, and ends its former listing.
    pub(super) async fn list_area(
        &self,
        new: NewListing,
        by: &str,
    ) -> Result<AreaDocument, NodeError> {
        let (book, now) = (self.rulebook(), self.now());
        let event = book.events.iter().find(|event| event.id == new.event);
        let event = event
            .filter(|event| event.in_force(now))
            .ok_or_else(|| NodeError::not_permitted("event", "no event of this id is in force"))?;
        if !event.is_for(new.area) {
            return Err(NodeError::not_permitted(
                "area",
                "the event was not declared for this area",
            ));
        }
        if new.until.is_some_and(|until| until <= now) {
            return Err(NodeError::not_permitted("until", "a listing ends after it begins"));
        }
        if new.legal_basis.trim().is_empty() || new.legal_basis.len() > limits::TEXT_BYTES_MAX {
            return Err(NodeError::not_permitted("legalBasis", "name the act in 1 to 512 bytes"));
        }
        let mut document = book.area(&new.event, new.area).cloned().unwrap_or(AreaDocument {
            event: new.event,
            area: new.area,
            listed: Vec::new(),
        });
        let open = document.listed.iter_mut().filter(|l| l.until.is_none_or(|until| now < until));
        for former in open {
            former.until = Some(now);
        }
        if let Some(grade) = new.grade {
            let legal_basis = new.legal_basis;
            let until = new.until;
            document.listed.push(Listed { grade, from: now, until, legal_basis, by: by.into() });
        }
        self.publish_document(&document).await?;
        Ok(document)
    }
}

//! Places whose codes people scan (场所码). A member registers a place and gets a signed code to
//! print; the node knows nothing of who scans it: check-ins lie at each person's own node.

use crate::{Node, NodeError};
use hutong_code::{PlaceClaims, PlaceError, PlaceKind};
use hutong_model::{EntryId, Member, MemberId, RegionCode, Timestamp, limits};
use serde::{Deserialize, Serialize};

const COLLECTION: &str = "place";

/// What a member registers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPlace {
    /// What it is called.
    pub name: Box<str>,
    /// The division or grid that it lies in.
    pub division: RegionCode,
    /// What it is.
    pub kind: PlaceKind,
}

/// A registered place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// Its id.
    pub id: EntryId,
    /// What it is called.
    pub name: Box<str>,
    /// The division or grid that it lies in.
    pub division: RegionCode,
    /// What it is.
    pub kind: PlaceKind,
    /// The member that registered it.
    pub member: MemberId,
    /// When.
    pub registered_at: Timestamp,
}

/// The code of a place, to print.
#[derive(Debug, Clone)]
pub struct PlaceCode {
    /// The text of the QR symbol.
    pub text: String,
    /// Until when it is scanned.
    pub expires_at: Timestamp,
}

impl Node {
    /// Registers a place of a member's. The same name in the same division is the same place.
    ///
    /// # Errors
    /// [`NodeError::Input`] where the name is empty or too long, or the division outside of where
    /// the member is; [`NodeError::Conflict`] where the member has too many.
    pub async fn register_place(&self, by: &Member, new: NewPlace) -> Result<Place, NodeError> {
        let name = new.name.trim();
        if !(1..=limits::PLACE_NAME_BYTES_MAX).contains(&name.len())
            || name.chars().any(char::is_control)
        {
            return Err(NodeError::not_permitted(
                "name",
                "say what it is called, in 1 to 96 bytes",
            ));
        }
        if !by.region.contains(&new.division) {
            let reason = "the place lies outside of your organisation's region";
            return Err(NodeError::not_permitted("division", reason));
        }
        let parts = [by.id.as_str().as_bytes(), new.division.as_str().as_bytes(), name.as_bytes()];
        let place = Place {
            id: EntryId::derive("place", &parts),
            name: name.into(),
            division: new.division,
            kind: new.kind,
            member: by.id.clone(),
            registered_at: self.now(),
        };
        let own = self.places_of(by).await?;
        if let Some(known) = own.iter().find(|known| known.id == place.id && known.kind == new.kind)
        {
            return Ok(known.clone());
        }
        if own.len() >= limits::PLACES_PER_MEMBER_MAX {
            return Err(NodeError::Conflict("your organisation has 10000 places already".into()));
        }
        let json = serde_json::to_value(&place).map_err(unreadable)?;
        self.store.put_document(COLLECTION, &place.id.to_string(), json, self.now()).await?;
        Ok(place)
    }

    /// A member's places, by name.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read.
    pub async fn places_of(&self, member: &Member) -> Result<Vec<Place>, NodeError> {
        let documents = self.store.documents(COLLECTION).await?;
        let read =
            documents.into_iter().filter_map(|(_, place)| serde_json::from_value(place).ok());
        let mut own: Vec<Place> = read.filter(|place: &Place| place.member == member.id).collect();
        own.sort_by(|a, b| a.name.cmp(&b.name).then(a.id.cmp(&b.id)));
        Ok(own)
    }

    /// A member's place.
    ///
    /// # Errors
    /// [`NodeError::NotFound`] where it is none of the member's.
    pub async fn place_of(&self, member: &Member, id: EntryId) -> Result<Place, NodeError> {
        let document = self.store.document(COLLECTION, &id.to_string()).await?;
        let place: Option<Place> = document.and_then(|place| serde_json::from_value(place).ok());
        place
            .filter(|place| place.member == member.id)
            .ok_or(NodeError::NotFound("your organisation has no such place"))
    }

    /// The code of a place, signed anew.
    ///
    /// # Errors
    /// [`NodeError::Setup`] where the node's key fails.
    pub fn place_code(&self, place: &Place) -> Result<PlaceCode, NodeError> {
        let now = self.now();
        let claims = PlaceClaims {
            issuer: self.settings.region,
            place: place.id,
            division: place.division,
            name: place.name.clone(),
            kind: place.kind,
            issued_at: now,
            expires_at: now.plus_s(limits::PLACE_CODE_S),
        };
        let text = claims.issue(self.keys.assertion()).map_err(unreadable)?;
        Ok(PlaceCode { text, expires_at: claims.expires_at })
    }

    /// What the code of a place says, where it is authentic, by the trust list.
    pub(crate) fn read_place_code(&self, text: &str) -> Result<PlaceClaims, NodeError> {
        let trust = self
            .trust_list()
            .ok_or_else(|| NodeError::Parent("no trust list has come down yet".into()))?;
        PlaceClaims::verify(text, trust.list(), self.now()).map_err(|error| {
            let reason = match error {
                PlaceError::Key(_) | PlaceError::Signature(_) => {
                    format!("not the code of a place that a region issued: {error}")
                }
                other => other.to_string(),
            };
            NodeError::not_permitted("code", reason)
        })
    }
}

fn unreadable(error: impl std::fmt::Display) -> NodeError {
    NodeError::Setup(format!("place: {error}"))
}

//! The extractor of a resident's own endpoints: a session, and whom it acts for.

use super::{App, caller::bearer};
use crate::problem::Problem;
use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};
use hutong_model::{PersonId, Purpose};
use hutong_node::{Node, grants::Right, history::Reader};
use std::sync::Arc;

/// What every session token begins with.
const PREFIX: &str = "hts_";

/// A signed-in resident.
pub struct Resident {
    /// Who is signed in.
    pub person: PersonId,
    token: String,
    node: Arc<Node>,
}

impl Resident {
    /// The node.
    pub fn node(&self) -> &Arc<Node> {
        &self.node
    }
    /// The session token.
    pub fn token(&self) -> &str {
        &self.token
    }
}

impl FromRequestParts<App> for Resident {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let token = bearer(&parts.headers)?.to_owned();
        let refused = || Problem::unauthorized("sign in again: the session is unknown or over");
        if !token.starts_with(PREFIX) {
            return Err(refused());
        }
        let node = app.0.node.clone();
        let session = node.session(&token).await.map_err(|error| match error {
            hutong_node::NodeError::Forbidden(_) => refused(),
            other => other.into(),
        })?;
        Ok(Self { person: session.person, token, node })
    }
}

/// A signed-in resident and the person they act for: themselves, or with `?for=PERSON` someone
/// whose guardian they are.
pub struct Acting {
    /// Who is signed in.
    pub resident: Resident,
    /// Whom it is about.
    pub person: PersonId,
}

impl Acting {
    /// The node.
    pub fn node(&self) -> &Arc<Node> {
        &self.resident.node
    }

    /// The resident as a reader of histories.
    pub fn reader(&self) -> Reader {
        let own = self.person == self.resident.person;
        Reader {
            member: self.node().member_id(),
            region: self.node().settings().region,
            purpose: Purpose::PatientRequest,
            right: if own { Right::Own } else { Right::Guardian },
            what: "history",
        }
    }
}

impl FromRequestParts<App> for Acting {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let resident = Resident::from_request_parts(parts, app).await?;
        let Query(query) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
            .map_err(|_| Problem::bad_request("the query is not well formed"))?;
        let mut person = resident.person;
        if let Some((_, text)) = query.iter().find(|(name, _)| name == "for") {
            let ward = PersonId::parse(text).map_err(|_| {
                Problem::bad_request("?for= takes a person id: 32 hexadecimal digits")
            })?;
            if ward != person && !resident.node.is_guardian(person, ward).await? {
                return Err(Problem::not_found("no such person, or you are not their guardian"));
            }
            person = ward;
        }
        Ok(Self { resident, person })
    }
}

//! The door for endpoints that anyone may use. The list of them is in [`crate::PUBLIC`], and a
//! test holds every other endpoint to a 401.

use super::App;
use crate::{
    problem::Problem,
    rate::{Bucket, Key},
};
use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::request::Parts,
};
use hutong_model::{MemberId, Timestamp};
use hutong_node::Node;
use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

/// What tickets of sign-ins are bound to; no member has such an id.
const SIGN_IN: &str = "sign-in";

/// Anyone.
pub struct Public {
    app: App,
    address: Option<IpAddr>,
}

impl Public {
    /// The node.
    pub fn node(&self) -> &Arc<Node> {
        &self.app.0.node
    }
    /// The OpenAPI document.
    pub fn openapi(&self) -> Arc<str> {
        self.app.0.openapi.clone()
    }
    /// The metrics, in the Prometheus text format.
    pub fn metrics(&self) -> Option<String> {
        self.app.0.metrics.as_ref().map(|handle| handle.render())
    }
    /// Makes an access token.
    pub(crate) fn issue_token(
        &self,
        member: &MemberId,
        scopes: super::Scopes,
        expires_at: Timestamp,
    ) -> String {
        self.app.0.tokens.issue(member, scopes, expires_at)
    }

    /// A ticket for a sign-in.
    pub(crate) fn ticket(&self, id: &str) -> String {
        self.app.0.tokens.ticket(SIGN_IN, id)
    }
    /// Reads a ticket for a sign-in.
    pub(crate) fn open_ticket<'t>(&self, ticket: &'t str) -> Option<&'t str> {
        self.app.0.tokens.open_ticket(SIGN_IN, ticket)
    }

    /// Counts one try from the client's address against a limit.
    ///
    /// # Errors
    /// [`Problem`] 429 where there were too many.
    pub(crate) fn count_address(&self, bucket: Bucket) -> Result<(), Problem> {
        self.app.0.rates.take(bucket, &Key::of_address(self.address), self.node().now())
    }
    /// Takes back the count of a try that was no guess.
    pub(crate) fn discount_address(&self, bucket: Bucket) {
        self.app.0.rates.give_back(bucket, &Key::of_address(self.address), self.node().now());
    }
    /// Counts one try for a thing named by text against a limit. The text is kept only as a hash.
    ///
    /// # Errors
    /// [`Problem`] 429 where there were too many.
    pub(crate) fn count(&self, bucket: Bucket, thing: &str) -> Result<(), Problem> {
        self.app.0.rates.take(bucket, &Key::of_text(thing), self.node().now())
    }
}

impl FromRequestParts<App> for Public {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let address = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        Ok(Self { app: app.clone(), address })
    }
}

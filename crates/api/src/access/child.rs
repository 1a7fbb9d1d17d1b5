//! The extractor of endpoints for nodes below.

use super::{App, Caller, may};
use crate::problem::Problem;
use axum::{extract::FromRequestParts, http::request::Parts};
use hutong_model::Member;
use hutong_node::Node;
use std::sync::Arc;

/// A node below: a member of kind `node`, for the purpose `NODE`. The policies see to both.
pub struct ChildNode(Caller<may::NodeExchange>);

impl ChildNode {
    /// The node asked.
    pub fn node(&self) -> &Arc<Node> {
        self.0.node()
    }
    /// The child.
    pub fn member(&self) -> &Member {
        &self.0.member
    }
}

impl FromRequestParts<App> for ChildNode {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Caller::from_request_parts(parts, app).await.map(Self)
    }
}

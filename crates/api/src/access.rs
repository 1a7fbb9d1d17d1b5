//! The only doors to the node. A handler gets it from [`Caller`] (a member, its purpose and the
//! policy decision), [`ChildNode`], [`Resident`] (a signed-in person) or [`Public`], and from
//! nowhere else, so that none can forget to ask who is there.

mod action;
mod caller;
mod child;
mod policy;
mod public;
mod resident;
mod scopes;
mod token;

pub use action::{Action, Needs, Permission, may};
pub use caller::Caller;
pub use child::ChildNode;
pub use policy::{Policy, PolicyError};
pub use public::Public;
pub use resident::{Acting, Resident};
pub use scopes::{ScopeError, Scopes};
pub use token::TokenSecret;

use crate::{fhir::bulk::Exports, load::Load, options::ApiOptions, rate::Rates};
use hutong_node::Node;
use std::sync::Arc;

/// What handlers share. Cloning is cheap.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    node: Arc<Node>,
    tokens: TokenSecret,
    policy: Policy,
    metrics: Option<metrics_exporter_prometheus::PrometheusHandle>,
    openapi: Arc<str>,
    rates: Rates,
    load: Load,
    exports: Exports,
}

impl App {
    pub(crate) fn new(node: Arc<Node>, options: ApiOptions, openapi: Arc<str>) -> Self {
        let ApiOptions { metrics, tokens, policy, load, exports } = options;
        let rates = Rates::new();
        Self(Arc::new(Inner {
            node,
            tokens,
            policy,
            metrics,
            openapi,
            rates,
            load: Load::new(load),
            exports: Exports::open(exports),
        }))
    }

    /// Gates for bounded concurrency.
    pub(crate) fn load(&self) -> &Load {
        &self.0.load
    }
    /// Sixteen random bytes in hexadecimal, for the id of a request.
    pub(crate) fn random_id(&self) -> String {
        hex::encode(self.0.node.entropy().bytes16())
    }
}

//! What the API needs besides the node.

use crate::{
    access::{Policy, PolicyError, TokenSecret},
    load::LoadOptions,
};
use hutong_model::Entropy;
use metrics_exporter_prometheus::PrometheusHandle;
use std::path::PathBuf;

/// Options of the HTTP interface.
pub struct ApiOptions {
    /// Renders `/metrics`; without it that endpoint answers 404.
    pub metrics: Option<PrometheusHandle>,
    /// Signs access tokens.
    pub tokens: TokenSecret,
    /// Decides who may do what.
    pub policy: Policy,
    /// How much is done at once.
    pub load: LoadOptions,
    /// Folder of bulk exports, of which nothing is kept over a restart; without it there are none.
    pub exports: Option<PathBuf>,
}

impl ApiOptions {
    /// The usual options: built-in policies, a token secret of this process.
    ///
    /// # Errors
    /// [`PolicyError`] where the built-in policies do not pass their own validation.
    pub fn new(entropy: &dyn Entropy) -> Result<Self, PolicyError> {
        Ok(Self {
            metrics: None,
            tokens: TokenSecret::generate(entropy),
            policy: Policy::builtin()?,
            load: LoadOptions::default(),
            exports: None,
        })
    }
}

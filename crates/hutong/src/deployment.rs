//! A node put together from its configuration: store, keys, settings.

use crate::{
    clock::{OsEntropy, SystemClock},
    config::Config,
    failure::Failure,
    sealing,
};
use hutong_node::{Node, NodeSettings, Parts, keys::Keys, residents::CodeSink};
use hutong_store::{EmbeddedStore, Store};
use std::{path::Path, sync::Arc};

/// Opens the store of a deployment. It is locked for this process until it is dropped.
///
/// # Errors
/// [`Failure`] where a key is missing, or the store cannot be opened with these keys.
pub fn open_store(config: &Config) -> Result<Arc<dyn Store>, Failure> {
    let path = config.store_path()?;
    let (ring, blind) = sealing::read(&config.keys_dir())?;
    let store = EmbeddedStore::open(&path, ring, blind, Arc::new(OsEntropy))
        .map_err(|error| Failure::setup(error.to_string(), store_remedy(&path)))?;
    Ok(Arc::new(store))
}

fn store_remedy(path: &Path) -> String {
    format!(
        "another hutong may have {} open; else run hutong doctor to find out why",
        path.display()
    )
}

/// Puts the node together.
///
/// # Errors
/// [`Failure`] where a key is missing or the store cannot be read.
pub async fn node(
    config: &Config,
    settings: NodeSettings,
    store: Arc<dyn Store>,
    codes: CodeSink,
) -> Result<Arc<Node>, Failure> {
    let keys = Keys::load(&config.keys_dir())?;
    let parts = Parts {
        settings,
        store,
        clock: Arc::new(SystemClock),
        entropy: Arc::new(OsEntropy),
        keys,
        codes,
    };
    Ok(Node::new(parts).await?)
}

/// A node for one command, without a server.
///
/// # Errors
/// As [`open_store`] and [`node`].
pub async fn node_for_command(config: &Config) -> Result<Arc<Node>, Failure> {
    let settings = config.settings(config.listen)?;
    let store = open_store(config)?;
    node(config, settings, store, Arc::new(|_, _, _| {})).await
}

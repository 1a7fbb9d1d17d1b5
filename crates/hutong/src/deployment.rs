//! A node put together from its configuration: store, keys, settings.

use crate::{
    clock::{OsEntropy, SystemClock},
    config::{Config, StoreUrl},
    failure::Failure,
    sealing,
};
use hutong_node::{Node, NodeSettings, Parts, keys::Keys, residents::CodeSink};
use hutong_store::{EmbeddedStore, PostgresStore, Store, StoreError};
use std::{path::Path, sync::Arc};

/// Opens the store of a deployment. A file is locked for this process until it is dropped.
///
/// # Errors
/// [`Failure`] where a key is missing, or the store cannot be opened with these keys.
pub async fn open_store(config: &Config) -> Result<Arc<dyn Store>, Failure> {
    let (ring, blind) = sealing::read(&config.keys_dir())?;
    match config.store()? {
        StoreUrl::File(path) => {
            let store = EmbeddedStore::open(&path, ring, blind, Arc::new(OsEntropy));
            Ok(Arc::new(store.map_err(|error| not_opened(&error, file_remedy(&path)))?))
        }
        StoreUrl::Server { url, read } => {
            let remedy = "check that the server runs and lets this user in, and that data/keys are \
                          the keys the database was written with";
            let entropy = Arc::new(OsEntropy);
            let store = match read {
                None => PostgresStore::open(&url, ring, blind, entropy).await,
                Some(read) => {
                    PostgresStore::open_with_replica(&url, &read, ring, blind, entropy).await
                }
            };
            Ok(Arc::new(store.map_err(|error| not_opened(&error, remedy.into()))?))
        }
    }
}

fn not_opened(error: &StoreError, remedy: String) -> Failure {
    Failure::setup(error.to_string(), remedy)
}

fn file_remedy(path: &Path) -> String {
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
        ledger: Some(config.ledger_dir()),
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
    let store = open_store(config).await?;
    node(config, settings, store, Arc::new(|_, _, _| {})).await
}

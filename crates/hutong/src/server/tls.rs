//! TLS by rustls, with the aws-lc provider.

use crate::{
    config::{Config, Tls},
    failure::Failure,
};
use axum_server::tls_rustls::RustlsConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use std::sync::Arc;

/// The TLS configuration; None where the node does not speak TLS itself.
///
/// # Errors
/// [`Failure`] where certificate or key cannot be read, or do not fit each other.
pub async fn acceptor(config: &Config) -> Result<Option<RustlsConfig>, Failure> {
    // Set once for the whole process; set already where a test runs several nodes in one.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    match &config.tls {
        None => Ok(None),
        Some(tls) => Ok(Some(RustlsConfig::from_config(server_config(tls)?))),
    }
}

/// Reads certificate and key again; connections that are open keep the old one. False where the
/// node does not speak TLS itself.
///
/// # Errors
/// As [`acceptor`]; then the old certificate stays.
pub async fn reload(config: &Config, running: Option<&RustlsConfig>) -> Result<bool, Failure> {
    match (&config.tls, running) {
        (Some(tls), Some(running)) => {
            running.reload_from_config(server_config(tls)?);
            Ok(true)
        }
        _ => Ok(false),
    }
}

fn server_config(tls: &Tls) -> Result<Arc<rustls::ServerConfig>, Failure> {
    let unusable = |path: &std::path::Path, why: String| {
        Failure::setup(
            format!("{}: {why}", path.display()),
            "[tls] needs the certificate chain and its private key, both in PEM",
        )
    };
    let chain = CertificateDer::pem_file_iter(&tls.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unusable(&tls.certificate, error.to_string()))?;
    let key = PrivateKeyDer::from_pem_file(&tls.key)
        .map_err(|error| unusable(&tls.key, error.to_string()))?;
    let mut config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| unusable(&tls.certificate, error.to_string()))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

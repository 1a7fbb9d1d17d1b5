//! Reaching the server.

use super::trouble::{Trouble, reason};
use crate::StoreError;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, pem::PemObject},
};
use std::sync::Arc;
use std::time::Duration;
use tokio_postgres::{
    Client, Config, Connection, Socket,
    config::{Host, SslMode},
    tls::MakeTlsConnect,
};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How long connecting to one host may take.
const CONNECT: Duration = Duration::from_secs(5);
/// After this time without a word the other side is asked whether it is still there, and after
/// this time without an answer it is taken to be gone.
const SILENCE: Duration = Duration::from_secs(10);
const NO_ANSWER: Duration = Duration::from_secs(20);

/// What every session begins with: nothing is said to be written that is not on disk, whatever the
/// server's default, nor because the server's patience for statements ended while it waited for a
/// standby; a session whose process died holds nobody up for long; indexes are used from
/// the first row on (what is looked for has one, and tables may grow a thousandfold before
/// statistics are taken), and no statement is worth other processes or a compiler.
const SESSION: &str = "SET statement_timeout = 0;
    SET idle_in_transaction_session_timeout = '60s';
    SET enable_seqscan = off;
    SET max_parallel_workers_per_gather = 0;
    SET jit = off;
    SET tcp_keepalives_idle = 10;
    SET tcp_keepalives_interval = 5;
    SET tcp_keepalives_count = 4;
    SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') = 'off'";

/// What a session that writes begins with: something that waits for the standbys. A server that
/// crashed while a commit waited for a synchronous standby shows that commit when it is back,
/// whether the standby has it or not. Once this is committed the standby has everything that was to
/// be seen before, so whatever the session finds written may be said to be written.
pub(super) const SETTLE: &str = "UPDATE meta SET number = number WHERE name = 'registry'";

pub(super) type Wire = Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>;

/// How the server is reached.
#[derive(Clone)]
pub(super) struct Connector {
    config: Config,
    tls: MakeRustlsConnect,
}

impl Connector {
    /// Reads a URL. Errors name the hosts and never the password.
    pub(super) fn parse(url: &str) -> Result<Self, StoreError> {
        let unreadable = |reason: String| StoreError::Open { path: "PostgreSQL".into(), reason };
        let (url, roots) = without_roots(url);
        let mut config: Config = url.parse().map_err(|error| unreadable(reason(&error)))?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT);
        }
        config.keepalives_idle(SILENCE);
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(NO_ANSWER);
        }
        if config.get_application_name().is_none() {
            config.application_name("hutong");
        }
        let tls = tls(config.get_ssl_mode(), roots.as_deref()).map_err(unreadable)?;
        Ok(Self { config, tls })
    }

    /// The hosts and the database, for messages.
    pub(super) fn describe(&self) -> String {
        let hosts: Vec<String> = self
            .config
            .get_hosts()
            .iter()
            .map(|host| match host {
                Host::Tcp(name) => name.clone(),
                Host::Unix(path) => path.display().to_string(),
            })
            .collect();
        format!("{}/{}", hosts.join(","), self.config.get_dbname().unwrap_or_default())
    }

    /// A new connection. Whoever takes the wire must drive it.
    pub(super) async fn connect(&self) -> Result<(Client, Wire), tokio_postgres::Error> {
        self.config.connect(self.tls.clone()).await
    }

    /// A new session, driven by the runtime of the caller.
    pub(super) async fn session(&self) -> Result<Client, tokio_postgres::Error> {
        let (client, wire) = self.connect().await?;
        tokio::spawn(async move {
            if let Err(error) = wire.await {
                tracing::warn!(error = %reason(&error), "a connection to the database ended");
            }
        });
        client.batch_execute(SESSION).await?;
        Ok(client)
    }

    /// The same for a writer, whose transactions may be tried again.
    pub(super) async fn open(&self, transaction: &'static str) -> Result<Client, Trouble> {
        let client = self.session().await.map_err(Trouble::of(transaction))?;
        client.batch_execute(SETTLE).await.map_err(Trouble::of(transaction))?;
        Ok(client)
    }

    pub(super) fn config(&self) -> Config {
        self.config.clone()
    }
}

/// Takes what `tokio-postgres` does not know out of a URL: the file of `sslrootcert`, and the
/// stricter modes of `sslmode`, which are what `require` is here.
fn without_roots(url: &str) -> (String, Option<String>) {
    let Some((before, parameters)) = url.split_once('?') else { return (url.into(), None) };
    let (mut kept, mut roots) = (Vec::new(), None);
    for parameter in parameters.split('&') {
        match parameter.split_once('=') {
            Some(("sslrootcert", file)) => roots = Some(file.replace("%2F", "/")),
            Some(("sslmode", "verify-full" | "verify-ca")) => kept.push("sslmode=require"),
            _ => kept.push(parameter),
        }
    }
    (format!("{before}?{}", kept.join("&")), roots)
}

fn tls(mode: SslMode, roots: Option<&str>) -> Result<MakeRustlsConnect, String> {
    let mut trusted = RootCertStore::empty();
    match roots {
        Some(file) => {
            let failed = |error| format!("cannot read certificates from {file}: {error}");
            for certificate in CertificateDer::pem_file_iter(file).map_err(failed)? {
                let certificate = certificate.map_err(failed)?;
                trusted.add(certificate).map_err(|error| format!("{file}: {error}"))?;
            }
        }
        None if mode == SslMode::Disable => {}
        None => {
            trusted.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(trusted)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

impl deadpool_postgres::Connect for Connector {
    fn connect(
        &self,
        _: &Config,
    ) -> futures::future::BoxFuture<
        '_,
        Result<(Client, tokio::task::JoinHandle<()>), tokio_postgres::Error>,
    > {
        Box::pin(async move {
            let (client, wire) = Self::connect(self).await?;
            let driver = tokio::spawn(async move {
                // Whoever uses the connection learns why it ended.
                let _ = wire.await;
            });
            client.batch_execute(SESSION).await?;
            Ok((client, driver))
        })
    }
}

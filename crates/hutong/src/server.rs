//! The running node: listener, TLS, signals, background work, the way down.

mod log;
mod tls;

use crate::{admin::socket, clock::OsEntropy, config::Config, deployment, failure::Failure};
use axum_server::{Handle, accept::NoDelayAcceptor, tls_rustls::RustlsAcceptor};
use hutong_node::{Node, residents::CodeSink};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::oneshot,
};

/// How long requests that have begun may take to end when the node is stopped.
const FINISH: Duration = Duration::from_secs(10);
/// How long the journal is still passed up when the node is stopped.
const FLUSH: Duration = Duration::from_secs(5);

/// How the node is run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Stop when standard input ends: whoever started this process is gone.
    pub exit_with_stdin: bool,
}

/// Runs a node until it is told to stop.
///
/// # Errors
/// [`Failure`] where it cannot be set up.
pub async fn run(config: Config, options: Options) -> Result<(), Failure> {
    log::start(&config.log)?;
    hutong_node::keys::make_folder(&config.data_dir)?;
    let acceptor = tls::acceptor(&config).await?;
    let (listener, address) = bind(config.listen)?;
    let settings = config.settings(address)?;
    let url = settings.public_url.clone();
    let region = settings.region;
    let store = deployment::open_store(&config).await?;
    let node = deployment::node(&config, settings, store, console()).await?;
    let admin = socket::listen(&config.admin_socket())?;

    let background = tokio::spawn({
        let node = node.clone();
        async move { node.run_background().await }
    });
    let commands = tokio::spawn(socket::serve(admin, node.clone()));
    let handle = Handle::new();
    let exports = config.data_dir.join("exports");
    let serving = serve(listener, acceptor.clone(), handle.clone(), node.clone(), exports)?;
    let serving = tokio::spawn(serving);
    let stop = Stop::new(options)?;
    crate::show::json(&serde_json::json!({
        "event": "ready",
        "listening": config.url_of(address),
        "public_url": url,
        "region": region,
        "admin": config.admin_socket(),
        "version": env!("CARGO_PKG_VERSION"),
    }))?;
    tracing::info!(%region, %address, "node is ready");

    let ended = stop.wait(&config, acceptor.as_ref(), serving).await;
    tracing::info!("node is stopping");
    node.close();
    handle.graceful_shutdown(Some(FINISH));
    while handle.connection_count() > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    commands.abort();
    background.abort();
    let _ = tokio::join!(commands, background);
    flush(&node).await;
    let _ = std::fs::remove_file(config.admin_socket());
    drop(node); // closes the store: the last transaction is on disk, the lock is given back
    tracing::info!("node has stopped");
    ended
}

/// What ends the node. Made before it says that it is ready: whoever reads that may signal at once.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
    stdin_ends: Option<oneshot::Receiver<()>>,
}

impl Stop {
    fn new(options: Options) -> Result<Self, Failure> {
        let on = |kind| signal(kind).map_err(|e| Failure::setup(format!("signals: {e}"), ""));
        let (ended, stdin_ends) = oneshot::channel();
        // A thread of its own, which nobody waits for: it may be held up for ever.
        let watched = options.exit_with_stdin.then(|| {
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
                drop(ended);
            })
        });
        Ok(Self {
            terminate: on(SignalKind::terminate())?,
            interrupt: on(SignalKind::interrupt())?,
            hang_up: on(SignalKind::hangup())?,
            stdin_ends: watched.map(|_| stdin_ends),
        })
    }

    /// Waits for a signal, the end of standard input, or the end of the server; serves SIGHUP.
    async fn wait(
        mut self,
        config: &Config,
        tls: Option<&axum_server::tls_rustls::RustlsConfig>,
        mut serving: tokio::task::JoinHandle<std::io::Result<()>>,
    ) -> Result<(), Failure> {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return Ok(()),
                _ = self.interrupt.recv() => return Ok(()),
                () = ends(&mut self.stdin_ends) => return Ok(()),
                ended = &mut serving => {
                    let why = match ended {
                        Ok(Ok(())) => return Ok(()),
                        Ok(Err(error)) => error.to_string(),
                        Err(error) => error.to_string(),
                    };
                    return Err(Failure::setup(format!("the server ended: {why}"), "see the log"));
                }
                _ = self.hang_up.recv() => match tls::reload(config, tls).await {
                    Ok(true) => tracing::info!("the TLS certificate was read again"),
                    Ok(false) => tracing::info!("SIGHUP: this node has no TLS certificate"),
                    Err(failure) => tracing::error!(error = %failure.what,
                        "the new TLS certificate cannot be used; the old one stays"),
                },
            }
        }
    }
}

/// Waits for the end of standard input, where it is watched.
async fn ends(watched: &mut Option<oneshot::Receiver<()>>) {
    match watched {
        Some(receiver) => {
            let _ = receiver.await;
        }
        None => std::future::pending().await,
    }
}

fn bind(address: SocketAddr) -> Result<(std::net::TcpListener, SocketAddr), Failure> {
    let failed = |error: std::io::Error| {
        Failure::setup(
            format!("cannot listen on {address}: {error}"),
            "another program may have the port; choose another with listen or HUTONG_LISTEN",
        )
    };
    let listener = std::net::TcpListener::bind(address).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// Starts counting; what was counted is read at `/metrics`.
fn metrics() -> Result<PrometheusHandle, Failure> {
    PrometheusBuilder::new()
        .install_recorder()
        .map_err(|error| Failure::setup(format!("the metrics cannot be started: {error}"), ""))
}

type Serving = std::pin::Pin<Box<dyn Future<Output = std::io::Result<()>> + Send + 'static>>;

fn serve(
    listener: std::net::TcpListener,
    tls: Option<axum_server::tls_rustls::RustlsConfig>,
    handle: Handle<SocketAddr>,
    node: Arc<Node>,
    exports: PathBuf,
) -> Result<Serving, Failure> {
    let mut options = hutong_api::ApiOptions::new(&OsEntropy)
        .map_err(|error| Failure::setup(format!("the access policies: {error}"), ""))?;
    options.metrics = Some(metrics()?);
    options.exports = Some(exports);
    let app = hutong_api::router(node, options).into_make_service_with_connect_info::<SocketAddr>();
    let server = axum_server::from_tcp(listener)
        .map_err(|error| Failure::setup(format!("cannot listen: {error}"), ""))?
        .handle(handle);
    Ok(match tls {
        None => Box::pin(server.acceptor(NoDelayAcceptor::new()).serve(app)),
        Some(config) => {
            let acceptor = RustlsAcceptor::new(config).acceptor(NoDelayAcceptor::new());
            Box::pin(server.acceptor(acceptor).serve(app))
        }
    })
}

/// One-time codes of the demonstration identity provider go to standard output. The document is
/// masked.
fn console() -> CodeSink {
    Arc::new(|challenge, document, code| {
        let _ = crate::show::json(&serde_json::json!({
            "event": "one-time-code",
            "challenge": challenge,
            "document": document,
            "code": code,
        }));
    })
}

/// Passes up what still waits, as far as the parent takes it in time.
async fn flush(node: &Node) {
    let work = async { while node.pass_up_once().await.unwrap_or(false) {} };
    let _ = tokio::time::timeout(FLUSH, work).await;
    match node.outbox_lag().await {
        Ok(0) => {}
        Ok(lag) => tracing::info!(lag, "entries wait for the next start to be passed up"),
        Err(error) => tracing::warn!(error = %error, "the outbox cannot be read"),
    }
}

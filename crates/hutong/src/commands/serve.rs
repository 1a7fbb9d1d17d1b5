//! `hutong serve`.

use crate::{
    cli::Deployed,
    config::Config,
    failure::{Exit, Failure},
    server,
};
use clap::Args;

/// Run a node until it is told to stop (SIGTERM, SIGINT).
///
/// Prints one JSON line on standard output when it is ready; what it writes about its work goes to
/// standard error. SIGHUP reads the TLS certificate again.
#[derive(Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    deployed: Deployed,
    /// Stop when standard input ends
    #[arg(long, hide = true)]
    exit_with_stdin: bool,
}

impl Serve {
    /// Runs the node.
    ///
    /// # Errors
    /// [`Failure`] where it cannot be set up.
    pub async fn run(self) -> Result<Exit, Failure> {
        let config = Config::read(&self.deployed.config)?;
        server::run(config, server::Options { exit_with_stdin: self.exit_with_stdin }).await?;
        Ok(Exit::Ok)
    }
}

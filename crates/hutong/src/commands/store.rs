//! `hutong store`.

mod copy;
mod distribute;

use crate::{
    cli::Deployed,
    failure::{Exit, Failure},
    lang::Lang,
};
use clap::{Args, Subcommand};

/// Work on the store as a whole.
#[derive(Debug, Args)]
pub struct StoreCommand {
    #[command(flatten)]
    deployed: Deployed,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Copy(copy::Copy),
    Distribute(distribute::Distribute),
}

impl StoreCommand {
    /// Does it.
    ///
    /// # Errors
    /// [`Failure`] where it cannot be done.
    pub async fn run(self, lang: Lang) -> Result<Exit, Failure> {
        let config = &self.deployed.config;
        match self.what {
            What::Copy(copy) => copy.run(config, lang).await,
            What::Distribute(distribute) => distribute.run(config, lang).await,
        }
    }
}

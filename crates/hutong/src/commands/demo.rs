//! `hutong demo`.

use crate::{
    failure::{Exit, Failure},
    lang::Lang,
};
use clap::Args;
use std::path::PathBuf;

/// Run a whole tree of nodes on this machine as real processes, with a synthetic population, and
/// tell the story of one dose line by line: what was done, what was checked, what it proved.
#[derive(Debug, Clone, Args)]
pub struct Demo {
    /// How many persons
    #[arg(long, default_value_t = 10_000)]
    pub persons: u64,
    /// Where all chance comes from
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Load these FHIR files (a file, or a folder of them) besides the population
    #[arg(long, value_name = "PATH")]
    pub data: Option<PathBuf>,
    /// End after the story; not with 0 where a check failed
    #[arg(long)]
    pub once: bool,
    /// First of five consecutive ports; free ones where absent
    #[arg(long, value_name = "PORT")]
    pub port_base: Option<u16>,
    /// Keep everything in this folder; a temporary one where absent
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

impl Demo {
    /// Runs it.
    ///
    /// # Errors
    /// [`Failure`] where the processes cannot be started.
    pub async fn run(self, lang: Lang) -> Result<Exit, Failure> {
        crate::demo::run(self, lang).await
    }
}

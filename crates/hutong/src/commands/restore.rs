//! `hutong restore`.

use crate::{
    admin::backup,
    cli::Deployed,
    config::Config,
    failure::{Exit, Failure},
    lang::Lang,
    show,
};
use clap::Args;
use std::path::PathBuf;

/// Put a backup in the place of the store of a node that does not run.
///
/// Nothing is overwritten: move the store away first. The keys must be the ones that the backup was
/// written with. Nodes below send again by themselves what came after it; what this node had passed
/// up meanwhile stays with the parent (hutong reconcile shows it).
#[derive(Debug, Args)]
pub struct Restore {
    #[command(flatten)]
    deployed: Deployed,
    /// The folder that hutong backup made
    folder: PathBuf,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

impl Restore {
    /// Restores.
    ///
    /// # Errors
    /// [`Failure`] where the backup is not whole, or the store not free to be replaced.
    pub async fn run(self, lang: Lang) -> Result<Exit, Failure> {
        let config = Config::read(&self.deployed.config)?;
        let restored = backup::restore(&config, &self.folder).await?;
        if self.json {
            show::json(&restored)?;
            return Ok(Exit::Ok);
        }
        let backup::Restored { made_at, persons, entries } = restored;
        show::line(lang.pick(
            format!("已恢复到 {made_at}：{persons} 人，{entries} 条。可以启动节点了"),
            format!(
                "restored as of {made_at}: {persons} persons, {entries} entries. Start the node"
            ),
        ));
        Ok(Exit::Ok)
    }
}

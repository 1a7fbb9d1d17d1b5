//! `hutong store copy`.

use crate::{
    clock::OsEntropy,
    config::{Config, StoreUrl},
    failure::{Exit, Failure},
    lang::Lang,
    sealing, show,
};
use clap::Args;
use hutong_store::copying::{self, Address, CopyError, Keys, Step};
use indicatif::{HumanCount, ProgressBar};
use std::{path::Path, sync::Arc};

/// Copy the whole store into an empty one, of SQLite or PostgreSQL
///
/// No node may have either open. The keys of the configuration open both. A copy that was
/// interrupted goes on where it was when the same command is given again; afterwards both
/// stores are read again and compared. The source is never written.
#[derive(Debug, Args)]
pub struct Copy {
    #[arg(help = "Where from: sqlite:PATH or postgresql://USER@HOST/DATABASE")]
    from: String,
    /// Where to: the same; a file is made, a database must be there
    to: String,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

impl Copy {
    /// Copies.
    ///
    /// # Errors
    /// [`Failure`] where a store cannot be opened, or the target is not free.
    pub async fn run(self, config: &Path, lang: Lang) -> Result<Exit, Failure> {
        let Self { from, to, json } = self;
        let config = Config::read(config)?;
        let (from, to) = (address(&config, &from)?, address(&config, &to)?);
        let (ring, blind) = sealing::read(&config.keys_dir())?;
        let keys = Keys { ring, blind, entropy: Arc::new(OsEntropy) };
        let bar = ProgressBar::new_spinner();
        let told = bar.clone();
        // Copying blocks and has a runtime of its own.
        let copying = tokio::task::spawn_blocking(move || {
            copying::copy(&from, &to, &keys, &|step| tell(&told, step, lang))
        });
        let copied = copying.await.map_err(|error| Failure::setup(error.to_string(), ""))?;
        bar.finish_and_clear();
        let copied = copied.map_err(|error| failed(&error))?;
        if json {
            show::json(&copied)?;
            return Ok(Exit::Ok);
        }
        let count = |name| {
            let found = copied.tables.iter().find(|(table, _)| *table == name);
            HumanCount(found.map_or(0, |(_, rows)| *rows))
        };
        let (persons, entries, accesses) =
            (HumanCount(copied.persons), count("entry"), count("access"));
        show::line(lang.pick(
            format!(
                "已复制并逐表核对一致：{persons} 人，{entries} 条，{accesses} 次访问。\
                 请在配置中改写 store，再启动节点；两个库绝不可同时使用"
            ),
            format!(
                "copied, and found the same table by table: {persons} persons, {entries} entries, \
                 {accesses} accesses. Name the copy as store in the configuration, then start the \
                 node; never run nodes on both"
            ),
        ));
        Ok(Exit::Ok)
    }
}

fn address(config: &Config, url: &str) -> Result<Address, Failure> {
    Ok(match config.store_at(url)? {
        StoreUrl::File(path) => Address::File(path),
        StoreUrl::Server { url, .. } => Address::Server(url),
    })
}

fn tell(bar: &ProgressBar, step: Step, lang: Lang) {
    let doing = match step.doing {
        "comparing" => lang.pick("核对", "comparing"),
        _ => lang.pick("复制", "copying"),
    };
    bar.set_message(format!("{doing} {} {}", step.table, HumanCount(step.rows)));
    bar.tick();
}

fn failed(error: &CopyError) -> Failure {
    let what = error.to_string();
    match error {
        CopyError::Same => Failure::usage(what, "name two stores"),
        CopyError::NotEmpty(_) => {
            Failure::wrong(what, "name a new file or an empty database; nothing is overwritten")
        }
        CopyError::OtherSource => {
            Failure::wrong(what, "go on with its own source, or name an empty target")
        }
        CopyError::InUse(_) => Failure::setup(what, "stop the node, then give the command again"),
        CopyError::Differs(_) => Failure::wrong(
            what,
            "the source was written meanwhile, or one of them is damaged: make sure that no node \
             has it open, empty the target, and copy again",
        ),
        CopyError::Store(_) => Failure::setup(
            what,
            "check that both can be reached, that no node has them open, and that data/keys are \
             the keys of the source; then give the command again: it goes on where it was",
        ),
    }
}

//! `hutong ledger`.

use crate::{
    failure::{Exit, Failure},
    lang::Lang,
    show,
};
use clap::{Args, Subcommand};
use hutong_ledger::{Audited, LedgerError, NoteKey, Policy, Proof, PublicFolder, TileReader, View};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Check a public ledger: anyone can, with its public files and its key alone
///
/// DIR holds what the ledger's web address serves: `checkpoint` and `tile/…` (C2SP tlog-tiles).
#[derive(Debug, Args)]
pub struct Ledger {
    /// Verifier key of the ledger: name+id+base64
    #[arg(long, global = true, value_name = "KEY", default_value = "")]
    key: String,
    /// Verifier key of a witness whose signature counts; may be given several times
    #[arg(long, global = true, value_name = "KEY")]
    witness: Vec<String>,
    /// How many witnesses must have signed
    #[arg(long, global = true, value_name = "N", default_value_t = 0)]
    witnesses_min: usize,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Read a whole ledger: its entries give its tiles, its tiles its root; and what it holds
    Audit {
        /// Its public files
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// An earlier audit to go on from: history that was rewritten since is found
        #[arg(long, value_name = "FILE")]
        since: Option<PathBuf>,
        /// Where the audit is written, for the next one
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
    /// Make the proof that one entry is in the ledger; it is checked without the ledger
    Prove {
        /// Its public files
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// Number of the entry, from 0
        index: u64,
    },
    /// Check such a proof, and show the entry
    Verify {
        /// The proof
        proof: PathBuf,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
}

impl Ledger {
    /// Does it.
    ///
    /// # Errors
    /// [`Failure`] where files cannot be read, or what they say is not right: which, and why.
    pub fn run(self, lang: Lang) -> Result<Exit, Failure> {
        let policy = self.policy()?;
        match self.command {
            Command::Audit { folder, since, out, json } => {
                let earlier = since.as_deref().map(read_audit).transpose()?;
                let audited = hutong_ledger::audit(PublicFolder::new(&folder), &policy, earlier)
                    .map_err(wrong)?;
                if let Some(out) = out {
                    let text = serde_json::to_vec_pretty(&audited)?;
                    std::fs::write(&out, text).map_err(|error| Failure::file(&out, &error))?;
                }
                print(&audited, json, lang)?;
            }
            Command::Prove { folder, index } => {
                let folder = PublicFolder::new(&folder);
                let bytes = folder.read_checkpoint().map_err(wrong)?;
                let bytes = bytes.ok_or(LedgerError::NoLog).map_err(wrong)?;
                let signed = policy.read(&bytes).map_err(wrong)?;
                let head = signed.checkpoint();
                let view = View::open(folder, head.size(), head.root()).map_err(wrong)?;
                print!("{}", Proof::make(&view, &signed, index).map_err(wrong)?);
            }
            Command::Verify { proof, json } => {
                let bytes = std::fs::read(&proof).map_err(|error| Failure::file(&proof, &error))?;
                let proof = Proof::parse(&bytes).map_err(wrong)?;
                let (leaf, proven) = proof.verify_leaf(&policy).map_err(wrong)?;
                let shown = json!({
                    "index": proven.index, "size": proven.size, "root": proven.root,
                    "at": leaf.at(), "kind": leaf.kind(), "issuer": leaf.public().issuer(),
                });
                if json {
                    show::json(&shown)?;
                } else {
                    let kind = shown["kind"].as_str().unwrap_or_default();
                    show::line(lang.pick(
                        format!("在账本中：第 {} 条，{kind}，{}", proven.index, leaf.at()),
                        format!("in the ledger: entry {}, {kind}, {}", proven.index, leaf.at()),
                    ));
                }
            }
        }
        Ok(Exit::Ok)
    }

    fn policy(&self) -> Result<Policy, Failure> {
        if self.key.is_empty() {
            return Err(Failure::usage(
                "the key of the ledger is missing",
                "give it with --key; its operator publishes it: name+id+base64",
            ));
        }
        let witnesses: Vec<NoteKey> = self
            .witness
            .iter()
            .map(|key| NoteKey::parse(key).map_err(wrong))
            .collect::<Result<_, _>>()?;
        let policy = Policy::new(NoteKey::parse(&self.key).map_err(wrong)?);
        Ok(policy.with_witnesses(witnesses, self.witnesses_min))
    }
}

fn read_audit(path: &Path) -> Result<Audited, Failure> {
    let text = std::fs::read(path).map_err(|error| Failure::file(path, &error))?;
    serde_json::from_slice(&text)
        .map_err(|error| Failure::wrong(format!("{}: {error}", path.display()), ""))
}

fn wrong(error: LedgerError) -> Failure {
    Failure::wrong(format!("ledger: {error}"), "")
}

fn print(audited: &Audited, json: bool, lang: Lang) -> Result<(), Failure> {
    if json {
        return show::json(audited);
    }
    let (origin, size) = (audited.origin(), audited.size());
    show::line(lang.pick(
        format!("{origin}：{size} 条，全部核对无误"),
        format!("{origin}: {size} entries, all of them right"),
    ));
    let mut table = show::table(["kind", "issuer", "event", "what", "count"]);
    for row in audited.counts().kinds() {
        let kind = serde_json::to_value(row.kind)?;
        table.add_row([
            comfy_table::Cell::new(kind.as_str().unwrap_or_default()),
            comfy_table::Cell::new(row.issuer),
            comfy_table::Cell::new(row.event.as_ref().map_or("", |event| event.as_str())),
            comfy_table::Cell::new(row.what.as_deref().unwrap_or_default()),
            show::number(row.count),
        ]);
    }
    show::line(table);
    Ok(())
}

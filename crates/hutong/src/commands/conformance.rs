//! `hutong conformance`.

use crate::{
    failure::{Exit, Failure},
    lang::Lang,
    show,
};
use clap::{Args, Subcommand};
use hutong_conformance::{Checked, Kit, Vector, check};
use hutong_model::{Clock, Timestamp};
use std::{
    io::Read,
    path::{Path, PathBuf},
};

const VECTORS: &str = "vectors.jsonl";
const CODES: &str = "codes.txt";
const README: &str = "README.md";

/// Prove a verifier: codes of every kind that is issued here, right and wrong, with what must be
/// answered.
#[derive(Debug, Args)]
pub struct Conformance {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a kit to a new folder: codes, whom to trust, what must be answered
    Make {
        /// The folder
        folder: PathBuf,
        /// The time at which the codes are to be verified; now where absent
        #[arg(long, value_name = "RFC3339", value_parser = crate::clock::instant)]
        at: Option<Timestamp>,
    },
    /// Compare a verifier's answers with a kit: one JSON object a line with `result` and `step`, in
    /// the order of the codes. Ends with 1 where one differs
    Check {
        /// The folder of the kit
        folder: PathBuf,
        /// The answers; - for standard input
        answers: PathBuf,
        /// Compare the results alone, not the steps
        #[arg(long)]
        results_only: bool,
        /// One JSON object
        #[arg(long)]
        json: bool,
    },
}

impl Conformance {
    /// Does it.
    ///
    /// # Errors
    /// [`Failure`] where the folder is there already, or a file cannot be read or written.
    pub fn run(self, lang: Lang) -> Result<Exit, Failure> {
        match self.command {
            Command::Make { folder, at } => {
                let at = at.unwrap_or_else(|| crate::clock::SystemClock.now());
                make(&folder, at, lang)?;
                Ok(Exit::Ok)
            }
            Command::Check { folder, answers, results_only, json } => {
                let checked = check(&vectors(&folder)?, &read(&answers)?, !results_only);
                say(&checked, json, lang)?;
                Ok(if checked.differences.is_empty() { Exit::Ok } else { Exit::Wrong })
            }
        }
    }
}

fn make(folder: &Path, at: Timestamp, lang: Lang) -> Result<(), Failure> {
    let kit = Kit::make(at).map_err(|error| Failure::setup(error.to_string(), ""))?;
    std::fs::create_dir(folder).map_err(|error| Failure::file(folder, &error))?;
    let trust = folder.join("trust");
    std::fs::create_dir(&trust).map_err(|error| Failure::file(&trust, &error))?;
    for file in &kit.trust {
        write(&trust.join(file.name), &file.content)?;
    }
    let mut lines = String::new();
    let mut codes = String::new();
    for vector in &kit.vectors {
        lines.push_str(&serde_json::to_string(vector)?);
        lines.push('\n');
        codes.push_str(&vector.text);
        codes.push('\n');
    }
    write(&folder.join(VECTORS), lines.as_bytes())?;
    write(&folder.join(CODES), codes.as_bytes())?;
    write(&folder.join(README), readme(&kit).as_bytes())?;
    let (shown, count) = (folder.display(), kit.vectors.len());
    show::line(lang.pick(
        format!("{shown}：{count} 个向量；用法见其中的 {README}"),
        format!("{shown}: {count} vectors; how to use them is in its {README}"),
    ));
    Ok(())
}

fn readme(kit: &Kit) -> String {
    let trust: Vec<String> = kit.trust.iter().map(|file| format!("trust/{}", file.name)).collect();
    format!(
        "# Conformance kit\n\n{CODES} has one code a line; {VECTORS} says of each what must be \
         answered, and why.\nVerify them at {at}, trusting what lies in trust/, and write one \
         JSON object a line with\n`result` and `step`. Then:\n\n    hutong conformance check . \
         answers.jsonl\n\nThe same with Hutong's own verifier:\n\n    hutong verify --json --at \
         {at} \\\n        --trust {trust} \\\n        --anchor={anchor} \\\n        < {CODES} | \
         hutong conformance check . -\n\nThe keys were made for this kit. Trust them nowhere \
         else.\n",
        at = kit.at,
        trust = trust.join(" "),
        anchor = kit.anchor,
    )
}

fn vectors(folder: &Path) -> Result<Vec<Vector>, Failure> {
    let path = folder.join(VECTORS);
    let text = std::fs::read_to_string(&path).map_err(|error| Failure::file(&path, &error))?;
    let lines = text.lines().enumerate();
    let vector = |(at, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|error| {
            let what = format!("{}: line {}: {error}", path.display(), at + 1);
            Failure::wrong(what, "make the kit anew with this version: hutong conformance make")
        })
    };
    lines.map(vector).collect()
}

fn read(path: &Path) -> Result<String, Failure> {
    if path == Path::new("-") {
        let mut text = String::new();
        let read = std::io::stdin().read_to_string(&mut text);
        read.map_err(|error| Failure::setup(format!("standard input: {error}"), ""))?;
        return Ok(text);
    }
    std::fs::read_to_string(path).map_err(|error| Failure::file(path, &error))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, bytes).map_err(|error| Failure::file(path, &error))
}

fn say(checked: &Checked, json: bool, lang: Lang) -> Result<(), Failure> {
    if json {
        return show::json(checked);
    }
    let (count, failed) = (checked.vectors, checked.differences.len());
    if failed > 0 {
        let mut table = show::table(["vector", "expected", "answered", "about", "clause"]);
        for difference in &checked.differences {
            table.add_row([
                &*difference.id,
                &difference.expected,
                &difference.answered,
                &difference.about,
                &difference.clause,
            ]);
        }
        show::line(table);
    }
    show::line(lang.pick(
        format!("{count} 个向量，{failed} 个答复不符"),
        format!("{count} vectors, {failed} answered otherwise"),
    ));
    Ok(())
}

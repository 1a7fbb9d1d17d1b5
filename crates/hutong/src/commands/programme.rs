//! `hutong programme`: the immunization programmes that are built in, and what regions file.

mod entry_check;
mod filing;
pub(super) mod source;

use crate::{
    failure::{Exit, Failure},
    lang::Lang,
    show,
};
use clap::{Args, Subcommand};
use hutong_programme::{Editions, Language};
use serde_json::json;
use std::path::PathBuf;

/// The editions of immunization programmes, what regions add, and what nobody has checked yet
#[derive(Debug, Args)]
pub struct ProgrammeCommand {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the editions that are built in, and from when to when each is for assessments
    List(Of),
    /// List the figures that nobody has checked against their source yet
    Unverified(Of),
    /// Show what differs between two editions, by antigen, series, dose and figure
    Diff(Diff),
    /// File what a region adds with the root, before it takes effect: a department's act
    File(filing::File),
    /// List what regions have filed, as a node holds it
    Filed(filing::Filed),
    /// Check a class list before children enter a nursery or a school: who misses which doses
    EntryCheck(entry_check::EntryCheck),
}

#[derive(Debug, Args)]
struct Of {
    /// What a region adds: a pack
    #[arg(long, value_name = "FILE")]
    pack: Option<PathBuf>,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Diff {
    /// The edition before, such as cn-2021
    before: String,
    /// The edition after, such as cn-2026, or cn-2026+310000 with a pack
    after: String,
    #[command(flatten)]
    of: Of,
}

impl ProgrammeCommand {
    /// Does what was asked.
    ///
    /// # Errors
    /// [`Failure`] where a pack cannot be read, there is no such edition, or the node refuses.
    pub async fn run(self, lang: Lang) -> Result<Exit, Failure> {
        match self.command {
            Command::List(of) => list(&of, lang),
            Command::Unverified(of) => unverified(&of, lang),
            Command::Diff(diff) => difference(&diff, lang),
            Command::File(file) => file.run(lang).await,
            Command::Filed(filed) => filed.run(lang).await,
            Command::EntryCheck(check) => check.run(lang).await,
        }
    }
}

/// The language of the programme's words.
pub(super) fn language(lang: Lang) -> Language {
    lang.pick(Language::Chinese, Language::English)
}

fn editions(of: &Of) -> Result<Editions, Failure> {
    source::editions(of.pack.as_deref())
}

fn list(of: &Of, lang: Lang) -> Result<Exit, Failure> {
    let editions = editions(of)?;
    let mut table = show::table(lang.pick(
        ["版本", "自", "至", "待核实", "名称"],
        ["edition", "from", "to", "unchecked", "name"],
    ));
    for edition in editions.iter() {
        let day = |day: Option<hutong_programme::Day>| day.map(|day| day.to_string());
        let (from, to) = (day(edition.effect.from), day(edition.effect.to));
        let (name, unchecked) = (edition.name(language(lang)), edition.unverified.len());
        if of.json {
            show::json(&json!({
                "edition": edition.id, "from": from, "to": to, "unchecked": unchecked, "name": name,
            }))?;
            continue;
        }
        let text = |day: Option<String>| comfy_table::Cell::new(day.unwrap_or_default());
        table.add_row([
            comfy_table::Cell::new(&edition.id),
            text(from),
            text(to),
            show::number(unchecked as u64),
            comfy_table::Cell::new(name),
        ]);
    }
    if !of.json {
        show::line(table);
    }
    Ok(Exit::Ok)
}

fn unverified(of: &Of, lang: Lang) -> Result<Exit, Failure> {
    let editions = editions(of)?;
    let mut table = show::table(lang.pick(
        ["版本", "所在", "数据", "状况", "应见于"],
        ["edition", "place", "figure", "what it is", "should stand in"],
    ));
    let mut told = Vec::new();
    for item in editions.iter().flat_map(|edition| &edition.unverified) {
        // A pack's stand in each edition that it is added to.
        if told.contains(&item) {
            continue;
        }
        told.push(item);
        if of.json {
            show::json(item)?;
        } else {
            let mark = item.mark.words(language(lang));
            table.add_row([&*item.edition, &*item.place, &*item.figure, mark, &*item.source]);
        }
    }
    if !of.json {
        show::line(table);
        show::line(lang.pick(
            format!("{} 项待核实。其余数据至少有两处转录一致，尚未与原文核对。", told.len()),
            format!(
                "{} figures. The others stand alike in two transcriptions at least; none was checked \
                 against the document itself.",
                told.len()
            ),
        ));
    }
    Ok(Exit::Ok)
}

fn difference(diff: &Diff, lang: Lang) -> Result<Exit, Failure> {
    let editions = editions(&diff.of)?;
    let data = |id: &str| source::edition(&editions, id).map(|edition| edition.data());
    let found = hutong_programme::differences(data(&diff.before)?, data(&diff.after)?);
    let mut table = show::table(
        lang.pick(["所在", "数据", "此前", "此后"], ["place", "figure", "before", "after"]),
    );
    for item in &found {
        if diff.of.json {
            show::json(item)?;
        } else {
            let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".to_owned());
            let (before, after) = (text(&item.before), text(&item.after));
            table.add_row([&item.place, &item.figure, &before, &after]);
        }
    }
    if !diff.of.json {
        show::line(table);
    }
    Ok(Exit::Ok)
}

/// Reads a node's answer.
fn read<T: serde::de::DeserializeOwned>(answer: serde_json::Value) -> Result<T, Failure> {
    serde_json::from_value(answer).map_err(|error| {
        Failure::setup(
            format!("the node's answer cannot be read: {error}"),
            "is it of this release?",
        )
    })
}

//! `hutong programme entry-check`: a school's class list, checked by a node.

mod follow_up;

use super::read;
use crate::{
    client::Client,
    commands::token::SignIn,
    failure::{Exit, Failure},
    lang::Lang,
    show,
};
use clap::Args;
use hutong_model::{Catalogue, Date, Purpose, limits::ENTRY_CHECK_CHILDREN_MAX};
use hutong_sheet::{ReadContext, RecordKind, SheetReader, SheetRow};
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// A class list to check.
#[derive(Debug, Args)]
pub(super) struct EntryCheck {
    /// The class list (CSV or XLSX): student number, name, document number, and its type where it
    /// is not a resident ID
    list: PathBuf,
    /// Law and article
    #[arg(long)]
    legal_basis: String,
    /// Day for which the doses count; today where absent
    #[arg(long, value_name = "DATE", value_parser = Date::parse)]
    on: Option<Date>,
    /// Day on which the term begins, or of the transfer; that of the check where absent
    #[arg(long, value_name = "DATE", value_parser = Date::parse)]
    term: Option<Date>,
    /// A file (CSV) of those whom somebody has to see to: the student numbers, what is missing, and
    /// the two days. It names nobody
    #[arg(long, value_name = "FILE")]
    follow_up: Option<PathBuf>,
    /// One JSON object a child, of those who are complete too
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignIn,
}

/// What the node answers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    check_by: Date,
    recheck_by: Date,
    totals: Totals,
    children: Vec<Value>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Totals {
    complete: usize,
    missing: usize,
    cannot_assess: usize,
}

/// A class list as it was read.
#[derive(Default)]
struct List {
    children: Vec<Value>,
    /// Rows that cannot be read: their number, and why.
    wrong: Vec<(u64, String)>,
}

impl EntryCheck {
    /// Reads the list, has it checked in parts, shows whom to follow.
    pub(super) async fn run(self, lang: Lang) -> Result<Exit, Failure> {
        let list = read_list(&self.list)?;
        if list.children.is_empty() && list.wrong.is_empty() {
            return Err(Failure::wrong(
                "the class list has no rows",
                "write one row for each child",
            ));
        }
        let client = self.sign_in.client(Purpose::SchoolEntry)?;
        let mut totals = Totals::default();
        let mut checked = Vec::new();
        let mut days = None;
        for part in list.children.chunks(ENTRY_CHECK_CHILDREN_MAX) {
            let answer = self.ask(&client, part).await?;
            totals.complete += answer.totals.complete;
            totals.missing += answer.totals.missing;
            totals.cannot_assess += answer.totals.cannot_assess;
            days = Some((answer.check_by, answer.recheck_by));
            checked.extend(answer.children);
        }
        for (row, why) in &list.wrong {
            eprintln!("{}", lang.pick(format!("第 {row} 行：{why}"), format!("row {row}: {why}")));
        }
        let open: Vec<[String; 3]> = checked.iter().filter_map(|it| open(it, lang)).collect();
        if let (Some(path), Some(days)) = (&self.follow_up, days) {
            follow_up::write(path, &open, days, lang)?;
        }
        if self.json {
            checked.iter().try_for_each(show::json)?;
        } else {
            table(&open, lang);
            if let Some((check_by, recheck_by)) = days {
                show::line(summary(&totals, check_by, recheck_by, lang));
            }
            if !list.wrong.is_empty() {
                show::line(unread(list.wrong.len(), lang));
            }
        }
        Ok(if list.wrong.is_empty() { Exit::Ok } else { Exit::Wrong })
    }

    async fn ask(&self, client: &Client, children: &[Value]) -> Result<Answer, Failure> {
        let body = json!({ "on": self.on, "term": self.term, "children": children });
        read(client.post_by_law("/v1/entry-checks", &self.legal_basis, &body).await?)
    }
}

fn read_list(path: &Path) -> Result<List, Failure> {
    let file = std::fs::File::open(path).map_err(|error| Failure::file(path, &error))?;
    let kind = Some(RecordKind::Person);
    let context = ReadContext { kind, ..ReadContext::new(Catalogue::builtin()) };
    let broken = |error: &hutong_sheet::SheetError| {
        Failure::wrong(
            format!("{}: {error}", path.display()),
            "hutong programme entry-check --help",
        )
    };
    let mut reader = SheetReader::any(file, context).map_err(|error| broken(&error))?;
    let mut list = List::default();
    for row in reader.by_ref() {
        match child(&row) {
            Ok(child) => list.children.push(child),
            Err(why) => list.wrong.push((row.row, why)),
        }
    }
    reader.failure().map_or(Ok(list), |error| Err(broken(error)))
}

/// A row as the node takes it, or what is wrong with it.
fn child(row: &SheetRow) -> Result<Value, String> {
    let accepted = row.result.as_ref().map_err(|issues| {
        let said = |issue: &hutong_model::Issue| format!("{}: {}", issue.field, issue.reason);
        issues.iter().map(said).collect::<Vec<_>>().join("; ")
    })?;
    let stated = &accepted.submission;
    let document = stated.subject.documents.first().ok_or("no document number")?;
    let name = stated.subject.demographics.name.as_deref().ok_or("no name")?;
    let own = stated.own_id.as_ref().map(ToString::to_string);
    let reference = own.unwrap_or_else(|| row.row.to_string());
    Ok(json!({ "reference": reference, "name": name, "document": document }))
}

/// Headings of the list of those whom somebody has to see to.
const HEADINGS: ([&str; 3], [&str; 3]) =
    (["学号", "结果", "缺种或原因"], ["student number", "result", "missing, or why not"]);

/// A child whom somebody has to see to: student number, result, what is missing.
fn open(child: &Value, lang: Lang) -> Option<[String; 3]> {
    let result = match child["result"].as_str() {
        Some("complete") => return None,
        Some("missing") => lang.pick("缺种", "missing"),
        _ => lang.pick("无法评价", "cannot be assessed"),
    };
    let reference = child["reference"].as_str().unwrap_or_default();
    Some([reference.to_owned(), result.to_owned(), why(child, lang)])
}

fn table(open: &[[String; 3]], lang: Lang) {
    if open.is_empty() {
        return;
    }
    let mut table = show::table(lang.pick(HEADINGS.0, HEADINGS.1));
    for row in open {
        table.add_row(row);
    }
    show::line(table);
}

fn why(child: &Value, lang: Lang) -> String {
    match child["missing"].as_array() {
        Some(missing) => {
            missing.iter().map(|dose| missed(dose, lang)).collect::<Vec<_>>().join("\n")
        }
        None => said(&child["text"], lang),
    }
}

fn said(text: &Value, lang: Lang) -> String {
    text[lang.pick("zh", "en")].as_str().unwrap_or_default().to_owned()
}

/// A dose that is missing: vaccine, number, since when.
fn missed(dose: &Value, lang: Lang) -> String {
    let vaccines = dose["vaccines"].as_array().into_iter().flatten();
    let names: Vec<String> = vaccines.map(|vaccine| said(&vaccine["name"], lang)).collect();
    let group = dose["group"].as_str().unwrap_or_default();
    let name =
        if names.is_empty() { group.to_owned() } else { names.join(lang.pick("或", " or ")) };
    let number = dose["number"].as_u64().unwrap_or(1);
    let since = dose["recommended"].as_str().unwrap_or_default();
    let late = if dose["overdue"] == true { lang.pick("，已逾期", ", overdue") } else { "" };
    lang.pick(
        format!("{name}第 {number} 剂，应于 {since} 接种{late}"),
        format!("{name}, dose {number}, recommended on {since}{late}"),
    )
}

fn summary(totals: &Totals, check_by: Date, recheck_by: Date, lang: Lang) -> String {
    let Totals { complete, missing, cannot_assess } = totals;
    lang.pick(
        format!(
            "完成 {complete} 人，缺种 {missing} 人，无法评价 {cannot_assess} 人。{check_by} 前完成查验，\
             {recheck_by} 前复验。"
        ),
        format!(
            "{complete} complete, {missing} with missing doses, {cannot_assess} cannot be assessed. \
             Check all by {check_by}, again by {recheck_by}."
        ),
    )
}

fn unread(rows: usize, lang: Lang) -> String {
    lang.pick(
        format!("另有 {rows} 行无法读取，未查验：更正后重新提交。"),
        format!(
            "{rows} more rows cannot be read and were not checked: correct and send them again."
        ),
    )
}

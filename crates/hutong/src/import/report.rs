//! What became of the rows.

use crate::{
    failure::{Exit, Failure},
    lang::Lang,
    show,
};
use hutong_model::{Issue, Severity};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::PathBuf};

/// Different reasons that are told apart at most; the rest is counted together.
const REASONS_MAX: usize = 200;
/// Reasons shown in the table.
const REASONS_SHOWN: usize = 25;

/// Counts of rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tally {
    /// All.
    pub rows: u64,
    /// Written; on disk.
    pub admitted: u64,
    /// There already, unchanged.
    pub duplicate: u64,
    /// Refused.
    pub rejected: u64,
    /// Understood, and nothing that is kept.
    pub not_kept: u64,
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Became {
    /// Written.
    Admitted,
    /// There already.
    Duplicate,
    /// Refused.
    Rejected,
    /// Nothing that is kept.
    NotKept,
}

/// A reason and how often it stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reason {
    /// How much it matters.
    pub severity: Severity,
    /// The kind of issue (FHIR).
    pub code: String,
    /// Where.
    pub field: String,
    /// What was wrong.
    pub reason: String,
    /// What to do.
    pub remedy: String,
    /// How often.
    pub count: u64,
    /// Where first.
    pub first: String,
}

/// A file that could not be read, or not to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokenFile {
    /// Its name.
    pub file: String,
    /// Why.
    pub reason: String,
}

/// What became of all rows.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// All rows.
    pub total: Tally,
    /// By resource type.
    pub by_type: BTreeMap<String, Tally>,
    /// By reason, the most frequent first.
    pub reasons: Vec<Reason>,
    /// Files that could not be read, or not to their end.
    pub broken: Vec<BrokenFile>,
    /// Files of rejected rows.
    pub rejects: Vec<PathBuf>,
    /// How long it took, in seconds.
    pub seconds: f64,
    #[serde(skip)]
    index: BTreeMap<(String, String, String), usize>,
}

impl Report {
    /// Counts a row.
    pub fn count(&mut self, kind: &str, became: Became) {
        if !self.by_type.contains_key(kind) {
            self.by_type.insert(kind.to_owned(), Tally::default());
        }
        let of_type = self.by_type.get_mut(kind);
        for tally in [Some(&mut self.total), of_type].into_iter().flatten() {
            tally.rows += 1;
            match became {
                Became::Admitted => tally.admitted += 1,
                Became::Duplicate => tally.duplicate += 1,
                Became::Rejected => tally.rejected += 1,
                Became::NotKept => tally.not_kept += 1,
            }
        }
    }

    /// Counts issues of a row; `place` says where it stood.
    pub fn issues(&mut self, issues: &[Issue], place: &dyn Fn() -> String) {
        for issue in issues {
            let code = issue.code.as_str().to_owned();
            let key = (code, issue.field.to_string(), issue.reason.to_string());
            if let Some(at) = self.index.get(&key) {
                self.reasons[*at].count += 1;
                continue;
            }
            if self.reasons.len() >= REASONS_MAX {
                continue;
            }
            self.index.insert(key, self.reasons.len());
            self.reasons.push(Reason {
                severity: issue.severity,
                code: issue.code.as_str().to_owned(),
                field: issue.field.to_string(),
                reason: issue.reason.to_string(),
                remedy: issue.remedy.to_string(),
                count: 1,
                first: place(),
            });
        }
    }

    /// Puts the most frequent reasons first.
    pub fn finish(&mut self, seconds: f64) {
        self.index.clear();
        self.reasons.sort_by_key(|reason| {
            let rank = match reason.severity {
                Severity::Error => 0,
                Severity::Warning => 1,
                Severity::Information => 2,
            };
            (rank, std::cmp::Reverse(reason.count))
        });
        self.seconds = seconds;
    }

    /// How the command ends: 1 where rows were refused or files not read to their end.
    pub fn exit(&self) -> Exit {
        if self.total.rejected == 0 && self.broken.is_empty() { Exit::Ok } else { Exit::Wrong }
    }

    /// Prints it.
    ///
    /// # Errors
    /// [`Failure`] where it cannot be written as JSON.
    pub fn print(&self, json: bool, lang: Lang) -> Result<(), Failure> {
        if json {
            return show::json(self);
        }
        show::line(self.types_table(lang));
        if !self.reasons.is_empty() {
            show::line(self.reasons_table(lang));
        }
        for broken in &self.broken {
            show::line(format!("✗ {}: {}", broken.file, broken.reason));
        }
        for path in &self.rejects {
            show::line(lang.pick(
                format!("被拒的行在 {}，改正后可再次导入", path.display()),
                format!("rejected rows are in {}: mend them and import it again", path.display()),
            ));
        }
        let rate = self.total.rows as f64 / self.seconds.max(0.001);
        show::line(lang.pick(
            format!("共 {} 行，{:.1} 秒，{rate:.0} 行/秒", self.total.rows, self.seconds),
            format!("{} rows in {:.1} s, {rate:.0} rows/s", self.total.rows, self.seconds),
        ));
        Ok(())
    }

    fn types_table(&self, lang: Lang) -> comfy_table::Table {
        let mut table = show::table(lang.pick(
            ["类型", "行数", "收入", "重复", "拒绝", "不留存"],
            ["type", "rows", "admitted", "duplicate", "rejected", "not kept"],
        ));
        let all = lang.pick("合计", "all").to_owned();
        for (kind, tally) in self.by_type.iter().chain([(&all, &self.total)]) {
            let numbers =
                [tally.rows, tally.admitted, tally.duplicate, tally.rejected, tally.not_kept];
            let cells = std::iter::once(comfy_table::Cell::new(kind));
            table.add_row(cells.chain(numbers.into_iter().map(show::number)));
        }
        table
    }

    fn reasons_table(&self, lang: Lang) -> comfy_table::Table {
        let mut table = show::table(lang.pick(
            ["次数", "代码", "字段", "原因", "处理", "首次出现"],
            ["count", "code", "field", "reason", "what to do", "first"],
        ));
        for reason in self.reasons.iter().take(REASONS_SHOWN) {
            table.add_row([
                show::number(reason.count),
                (&reason.code).into(),
                (&reason.field).into(),
                (&reason.reason).into(),
                (&reason.remedy).into(),
                (&reason.first).into(),
            ]);
        }
        table
    }
}

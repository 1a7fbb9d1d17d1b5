//! `hutong recognise --matrix`.

use crate::{
    clock::SystemClock,
    commands::init::read_anchor,
    failure::{Exit, Failure},
    lang::Lang,
    show,
};
use clap::Args;
use hutong_code::{
    TrustList,
    trust::{Cell, Recognised},
};
use hutong_model::{Clock, Timestamp};
use std::path::PathBuf;

/// What every region makes of every issuer's codes.
#[derive(Debug, Args)]
pub struct Matrix {
    /// Show what every region makes of every issuer's codes, by the filed exceptions in force
    #[arg(long, requires_all = ["trust", "anchor"])]
    matrix: bool,
    /// Trust list for the matrix, as hutong trust export writes it
    #[arg(long, value_name = "FILE", requires = "matrix")]
    trust: Option<PathBuf>,
    /// Who may have signed the trust list, as hutong keys anchor prints it
    #[arg(long, value_name = "KEY", requires = "matrix")]
    anchor: Vec<String>,
    /// The time of the matrix; now where absent
    #[arg(long, value_name = "RFC3339", value_parser = crate::clock::instant, requires = "matrix")]
    at: Option<Timestamp>,
}

impl Matrix {
    /// Whether it was asked for.
    pub fn is_asked(&self) -> bool {
        self.matrix
    }

    /// Prints it: as one JSON object, or as a table.
    ///
    /// # Errors
    /// [`Failure`] where the trust list cannot be used.
    pub fn run(&self, json: bool, lang: Lang) -> Result<Exit, Failure> {
        let list = self.trust_list()?;
        let matrix = list.matrix(self.at.unwrap_or_else(|| SystemClock.now()));
        if json {
            show::json(&matrix)?;
            return Ok(Exit::Ok);
        }
        let headings = lang.pick(
            ["签发", "居住地", "使用地", "互认", "备案"],
            ["issuer", "people of", "shown in", "recognised", "filed exceptions"],
        );
        let mut table = show::table(headings);
        for cell in &matrix.cells {
            table.add_row(row(cell, lang));
        }
        show::line(table);
        for issuer in &matrix.without_key {
            let (zh, en) =
                ("没有有效签名密钥，其健康码无法核验", "has no key in force: unverified");
            show::line(format!("{issuer} {}", lang.pick(zh, en)));
        }
        Ok(Exit::Ok)
    }

    fn trust_list(&self) -> Result<TrustList, Failure> {
        let path = self.trust.as_ref().ok_or_else(|| Failure::usage("no trust list", ""))?;
        let anchors: Result<Vec<_>, Failure> = self.anchor.iter().map(|a| read_anchor(a)).collect();
        let bytes = std::fs::read(path).map_err(|error| Failure::file(path, &error))?;
        TrustList::open(&bytes, &anchors?).map_err(|error| {
            Failure::setup(
                format!("{}: {error}", path.display()),
                "take a fresh list (hutong trust export) and the anchor of its root",
            )
        })
    }
}

fn row(cell: &Cell, lang: Lang) -> [String; 5] {
    let recognised = match cell.recognised {
        Recognised::Yes => lang.pick("是", "yes"),
        Recognised::Partly => lang.pick("部分", "partly"),
        Recognised::No => lang.pick("否", "no"),
    };
    let why = cell.refusals.iter().map(|filed| {
        let reason = lang.pick(&filed.reason.zh, &filed.reason.en);
        let until = lang.pick("至", "until");
        format!("{} {reason} {until} {}", filed.id, filed.expires_at)
    });
    let issuer = match &cell.origin.adapter {
        Some(adapter) => format!("{} ({adapter})", cell.origin.issuer),
        None => cell.origin.issuer.to_string(),
    };
    let (region, shown_in) = (cell.origin.region.to_string(), cell.shown_in.to_string());
    [issuer, region, shown_in, recognised.to_owned(), why.collect::<Vec<_>>().join("\n")]
}

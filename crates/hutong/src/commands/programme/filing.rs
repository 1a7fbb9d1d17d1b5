//! `hutong programme file` and `hutong programme filed`: what regions add, filed with the root.

use super::read;
use crate::{
    client::Server,
    commands::token::SignIn,
    failure::{Exit, Failure},
    lang::Lang,
    show,
};
use clap::Args;
use hutong_model::Purpose;
use hutong_node::rulebook::{
    filings::Filing,
    programmes::{FiledProgrammePack, NewProgrammePack},
};
use hutong_programme::{Editions, Pack};
use reqwest::Method;
use serde::Deserialize;
use std::path::PathBuf;

/// A filing.
#[derive(Debug, Args)]
pub(super) struct File {
    /// The pack (docs/programme.md); it names its first and its last day
    file: PathBuf,
    /// Law and article, and the act that says so
    #[arg(long)]
    legal_basis: String,
    /// What the addition rests on, and where it can be read
    #[arg(long)]
    evidence: String,
    #[command(flatten)]
    sign_in: SignIn,
}

/// Where to look.
#[derive(Debug, Args)]
pub(super) struct Filed {
    /// The node
    #[arg(long, value_name = "URL")]
    server: String,
    /// Certificates that the node's own must chain to, in PEM; the system's where absent
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

/// What a node answers.
#[derive(Deserialize)]
struct Packs {
    packs: Vec<FiledProgrammePack>,
}

impl File {
    /// Checks the pack here first, then files it.
    pub(super) async fn run(self, lang: Lang) -> Result<Exit, Failure> {
        let source = std::fs::read_to_string(&self.file)
            .map_err(|error| Failure::file(&self.file, &error))?;
        let wrong = |error: hutong_programme::LoadError| {
            Failure::wrong(error.to_string(), "a pack adds to the national programme only")
        };
        let pack = Pack::parse(&self.file.display().to_string(), &source).map_err(wrong)?;
        Editions::china().and_then(|editions| editions.with(&pack)).map_err(wrong)?;
        let region = hutong_model::RegionCode::parse(&pack.region)
            .map_err(|error| Failure::wrong(error.to_string(), "name a province"))?;
        let filing = Filing::ProgrammePack(NewProgrammePack {
            region,
            legal_basis: self.legal_basis.as_str().into(),
            evidence: self.evidence.into(),
            source: source.into(),
        });
        let client = self.sign_in.client(Purpose::PublicHealth)?;
        let answer = client.post_by_law("/v1/filings", &self.legal_basis, &filing).await?;
        let filed: FiledProgrammePack = read(answer)?;
        show::line(lang.pick(
            format!("已备案 {}，自 {} 至 {}", filed.id, filed.first_day, filed.last_day),
            format!("filed as {}, from {} to {}", filed.id, filed.first_day, filed.last_day),
        ));
        Ok(Exit::Ok)
    }
}

impl Filed {
    /// Lists what was filed.
    pub(super) async fn run(self, lang: Lang) -> Result<Exit, Failure> {
        let server = Server::new(&self.server, self.ca.as_deref())?;
        let answer = server.json(server.request(Method::GET, "/v1/programme-packs")).await?;
        let Packs { packs } = read(answer)?;
        if self.json {
            packs.iter().try_for_each(show::json)?;
            return Ok(Exit::Ok);
        }
        let mut table = show::table(lang.pick(
            ["备案号", "自", "至", "备案单位", "法律依据"],
            ["id", "from", "to", "filed by", "legal basis"],
        ));
        for pack in &packs {
            table.add_row([
                &*pack.id,
                &pack.first_day.to_string(),
                &pack.last_day.to_string(),
                &pack.by,
                &pack.filed.legal_basis,
            ]);
        }
        show::line(table);
        Ok(Exit::Ok)
    }
}

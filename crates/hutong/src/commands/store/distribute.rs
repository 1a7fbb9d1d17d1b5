//! `hutong store distribute`.

use crate::{
    config::{Config, StoreUrl},
    failure::{Exit, Failure},
    lang::Lang,
    show,
};
use clap::Args;
use hutong_store::postgres::distribution::{Distributed, distribute};
use std::path::Path;

/// Spread the tables of a new store over several servers (Citus)
///
/// The database must have the extension Citus, and the store no entries yet. It has never been
/// tried with more than one server: read docs/distribution.md first.
#[derive(Debug, Args)]
pub struct Distribute;

impl Distribute {
    /// Prepares.
    ///
    /// # Errors
    /// [`Failure`] where the store is not on such a server, or the server fails.
    pub async fn run(self, config: &Path, lang: Lang) -> Result<Exit, Failure> {
        let config = Config::read(config)?;
        let StoreUrl::Server { url, .. } = config.store()? else {
            return Err(Failure::usage(
                lang.pick("本节点的存储是文件", "the store of this node is a file"),
                lang.pick(
                    "只有 PostgreSQL 上的存储可以分布：store = \"postgresql://…\"",
                    "only a store on PostgreSQL is distributed: store = \"postgresql://…\"",
                ),
            ));
        };
        match distribute(&url).await? {
            Distributed::Done { citus, nodes, tables } => {
                show::line(done(lang, &citus, nodes, &tables));
                Ok(Exit::Ok)
            }
            other => Err(not_done(lang, &other)),
        }
    }
}

fn done(lang: Lang, citus: &str, nodes: u64, tables: &[&str]) -> String {
    let names = tables.join(", ");
    match tables.len() {
        0 => lang.pick(
            format!("此前已分布（Citus {citus}，{nodes} 个节点）"),
            format!("it was distributed before (Citus {citus}, {nodes} nodes)"),
        ),
        _ => lang.pick(
            format!(
                "已分布到 {nodes} 个节点（Citus {citus}）：{names}。投入使用前请先读 \
                 docs/distribution.md"
            ),
            format!(
                "distributed over {nodes} nodes (Citus {citus}): {names}. Read docs/distribution.md \
                 before it is put into service"
            ),
        ),
    }
}

fn not_done(lang: Lang, why: &Distributed) -> Failure {
    match why {
        Distributed::Unavailable { server } => Failure::setup(
            lang.pick(
                format!("服务器（PostgreSQL {server}）没有 Citus 扩展；未作任何改动"),
                format!(
                    "the server (PostgreSQL {server}) has no extension Citus; nothing was changed"
                ),
            ),
            lang.pick(
                "单台服务器不需要分布；否则请安装 Citus，见 docs/distribution.md",
                "one server needs no distribution; else install Citus, see docs/distribution.md",
            ),
        ),
        Distributed::Refused(reason) => Failure::setup(
            lang.pick(
                format!("服务器不允许启用 Citus：{reason}；未作任何改动"),
                format!("the server does not let us use Citus: {reason}; nothing was changed"),
            ),
            lang.pick(
                "请由超级用户在该数据库执行 CREATE EXTENSION citus，并设置 \
                 shared_preload_libraries = 'citus'",
                "have a superuser run CREATE EXTENSION citus in this database, and set \
                 shared_preload_libraries = 'citus'",
            ),
        ),
        Distributed::NotEmpty(_) | Distributed::Done { .. } => {
            let entries = if let Distributed::NotEmpty(entries) = why { *entries } else { 0 };
            Failure::setup(
                lang.pick(
                    format!("存储中已有 {entries} 条；未作任何改动"),
                    format!("the store holds {entries} entries already; nothing was changed"),
                ),
                lang.pick(
                    "请在投入使用之前分布新建的数据库",
                    "distribute a new database before it is used",
                ),
            )
        }
    }
}

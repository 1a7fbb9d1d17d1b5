//! Exporting the region's own records. The access is recorded for every person before their first
//! record is written.

mod table;

use super::{OnProgress, Progress};
use crate::failure::Failure;
use hutong_fhir::ShownRecord;
use hutong_model::Purpose;
use hutong_node::{
    Node,
    bulk::{Taken, Taker},
};
use serde::{Deserialize, Serialize};
use std::{
    fs::File,
    io::{BufWriter, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};
use table::Table;

/// Longest reason, in bytes.
const REASON_BYTES_MAX: usize = 200;
/// Persons who are read before something is written.
const STEP: usize = 256;

/// What the file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// FHIR R4, a resource a line
    #[default]
    Ndjson,
    /// Apache Parquet, a record a row: what is counted, without names and documents
    Parquet,
}

/// What was exported.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Exported {
    /// Records written.
    pub records: u64,
    /// Persons they are about.
    pub persons: u64,
}

/// Where records go.
enum Output {
    Ndjson(BufWriter<File>, Vec<u8>),
    Parquet(Box<Table>),
}

impl Output {
    fn record(&mut self, record: &ShownRecord) -> std::io::Result<bool> {
        match self {
            Self::Ndjson(file, line) => {
                line.clear();
                if !hutong_fhir::write::record(record, line) {
                    return Ok(false);
                }
                line.push(b'\n');
                file.write_all(line).map(|()| true)
            }
            Self::Parquet(table) => table.record(record),
        }
    }

    fn finish(self) -> std::io::Result<()> {
        let file = match self {
            Self::Ndjson(file, _) => file.into_inner().map_err(|error| error.into_error())?,
            Self::Parquet(table) => table.finish()?,
        };
        file.sync_all()
    }
}

/// Exports to a new file that only its owner may read.
///
/// # Errors
/// [`Failure`] where the store cannot be read, an access not be recorded, or the file not be
/// written.
pub async fn run(
    node: &Node,
    path: &Path,
    reason: &str,
    format: Format,
    on_progress: OnProgress,
) -> Result<Exported, Failure> {
    let reason = reason.trim();
    if reason.is_empty() || reason.len() > REASON_BYTES_MAX {
        return Err(Failure::usage(
            format!("the reason has 1 to {REASON_BYTES_MAX} bytes"),
            "name the legal basis and the purpose",
        ));
    }
    let failed = |error: std::io::Error| Failure::file(path, &error);
    let mut new = std::fs::OpenOptions::new();
    let file = new.write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    let mut output = match format {
        Format::Ndjson => Output::Ndjson(BufWriter::new(file), Vec::new()),
        Format::Parquet => Output::Parquet(Box::new(Table::new(file).map_err(failed)?)),
    };
    let taker = Taker {
        member: node.member_id(),
        region: node.settings().region,
        purpose: Purpose::Operations,
        right: format!("legal:{reason}"),
    };
    let (mut taken, mut exported) = (Taken::default(), Exported::default());
    for step in node.own_persons().await?.chunks(STEP) {
        for history in node.take_own(step, &taker, None, &mut taken).await? {
            let mut any = false;
            for record in &history.records {
                let written = output.record(record).map_err(failed)?;
                exported.records += u64::from(written);
                any |= written;
            }
            exported.persons += u64::from(any);
        }
        on_progress(Progress { rows: exported.records, ..Progress::default() });
    }
    output.finish().map_err(failed)?;
    let Exported { records, persons } = exported;
    tracing::info!(records, persons, reason, "the region's own records were exported");
    Ok(exported)
}

//! Exporting the region's own records. The access is recorded for every person before the first
//! record is written.

use super::{OnProgress, Progress};
use crate::failure::Failure;
use futures::{TryStreamExt, stream};
use hutong_fhir::ShownRecord;
use hutong_model::{Entry, PersonId, Purpose, limits::OUTBOX_BATCH_MAX};
use hutong_node::Node;
use hutong_store::Access;
use serde::Serialize;
use std::{
    collections::HashMap,
    io::{BufWriter, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

/// Longest reason, in bytes.
const REASON_BYTES_MAX: usize = 200;
/// Accesses that are recorded at once: they share a transaction.
const AT_ONCE: usize = 512;

/// What was exported.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Exported {
    /// Records written.
    pub records: u64,
    /// Persons they are about.
    pub persons: u64,
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
    on_progress: OnProgress,
) -> Result<Exported, Failure> {
    let reason = reason.trim();
    if reason.is_empty() || reason.len() > REASON_BYTES_MAX {
        return Err(Failure::usage(
            format!("the reason has 1 to {REASON_BYTES_MAX} bytes"),
            "name the legal basis and the purpose",
        ));
    }
    let file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| Failure::file(path, &error))?;
    let failed = |error: std::io::Error| Failure::file(path, &error);
    let until = node.store().head().await?;
    let mut persons: HashMap<PersonId, u32> = HashMap::new();
    each(node, until, &mut |entry| {
        *persons.entry(entry.person).or_default() += 1;
        Ok(())
    })
    .await?;
    record(node, &persons, reason).await?;
    let mut output = BufWriter::new(file);
    let (mut line, mut records) = (Vec::new(), 0);
    each(node, until, &mut |entry| {
        line.clear();
        if hutong_fhir::write::record(&ShownRecord::plain(entry), &mut line) {
            line.push(b'\n');
            output.write_all(&line).map_err(failed)?;
            records += 1;
            if records % 10_000 == 0 {
                on_progress(Progress { rows: records, ..Progress::default() });
            }
        }
        Ok(())
    })
    .await?;
    let file = output.into_inner().map_err(|error| failed(error.into_error()))?;
    file.sync_all().map_err(failed)?;
    let persons = persons.len() as u64;
    tracing::info!(records, persons, reason, "the region's own records were exported");
    Ok(Exported { records, persons })
}

/// Every record in the journal that a member of this node's region stated.
async fn each(
    node: &Node,
    until: u64,
    take: &mut (dyn FnMut(Entry) -> Result<(), Failure> + Send),
) -> Result<(), Failure> {
    let region = node.settings().region;
    let mut after = 0;
    loop {
        let page = node.store().entries_after(after, OUTBOX_BATCH_MAX).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.seq;
        for stored in page {
            let entry = stored.entry;
            if stored.seq <= until && entry.member.region() == region && entry.fact.is_record() {
                take(entry)?;
            }
        }
        if after >= until {
            return Ok(());
        }
    }
}

async fn record(
    node: &Node,
    persons: &HashMap<PersonId, u32>,
    reason: &str,
) -> Result<(), Failure> {
    let (at, region, member) = (node.now(), node.settings().region, node.member_id());
    let accesses = persons.iter().map(|(person, records)| Access {
        person: *person,
        at,
        member: member.clone(),
        on_behalf_of: None,
        region,
        purpose: Purpose::Operations,
        right: format!("legal:{reason}"),
        what: "export".into(),
        records: *records,
    });
    stream::iter(accesses.map(Ok))
        .try_for_each_concurrent(AT_ONCE, |access| node.store().record_access(access))
        .await?;
    Ok(())
}

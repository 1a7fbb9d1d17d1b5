//! Which persons are linked: few, so they lie in memory.

use hutong_model::{PersonId, limits::CLUSTER_MAX};
use rusqlite::Connection;
use std::collections::HashMap;

/// Links in force, both ways.
#[derive(Debug, Default, Clone)]
pub(super) struct Links {
    to: HashMap<PersonId, Vec<PersonId>>,
}

impl Links {
    pub(super) fn load(db: &Connection) -> rusqlite::Result<Self> {
        let mut links = Self::default();
        let mut rows = db.prepare("SELECT a, b FROM person_link WHERE linked = 1")?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            let (a, b): ([u8; 16], [u8; 16]) = (row.get(0)?, row.get(1)?);
            links.set(PersonId::from_bytes(a), PersonId::from_bytes(b), true);
        }
        Ok(links)
    }

    pub(super) fn set(&mut self, a: PersonId, b: PersonId, linked: bool) {
        for (from, to) in [(a, b), (b, a)] {
            let list = self.to.entry(from).or_default();
            list.retain(|person| *person != to);
            if linked {
                list.push(to);
            } else if list.is_empty() {
                self.to.remove(&from);
            }
        }
    }

    /// The person and all linked with them, the given one first.
    pub(super) fn cluster(&self, person: PersonId) -> Vec<PersonId> {
        let mut cluster = vec![person];
        let mut at = 0;
        while at < cluster.len() && cluster.len() < CLUSTER_MAX {
            for next in self.to.get(&cluster[at]).into_iter().flatten() {
                if !cluster.contains(next) {
                    cluster.push(*next);
                }
            }
            at += 1;
        }
        cluster
    }

    /// Writes a link, or its undoing.
    pub(super) fn write(
        db: &Connection,
        a: PersonId,
        b: PersonId,
        linked: bool,
        entry: &[u8; 16],
    ) -> rusqlite::Result<()> {
        let (a, b) = if a < b { (a, b) } else { (b, a) };
        db.prepare_cached(
            "INSERT OR REPLACE INTO person_link (a, b, linked, entry) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute((a.as_bytes(), b.as_bytes(), linked, entry))?;
        Ok(())
    }
}

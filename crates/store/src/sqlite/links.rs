//! Which persons are linked: few, so all of them lie in memory.

use crate::admission::Links;
use hutong_model::PersonId;
use rusqlite::Connection;

pub(super) fn load(db: &Connection) -> rusqlite::Result<Links> {
    let mut links = Links::default();
    let mut rows = db.prepare("SELECT a, b, linked FROM person_link")?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        let (a, b): ([u8; 16], [u8; 16]) = (row.get(0)?, row.get(1)?);
        links.set(PersonId::from_bytes(a), PersonId::from_bytes(b), row.get(2)?);
    }
    Ok(links)
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

//! Pages of runs that were looked at last. A page never changes and its place is never given to
//! another one while the store is open, so what is kept is always right.

use quick_cache::sync::Cache;
use rusqlite::Connection;
use std::sync::Arc;

/// The pages kept.
#[derive(Debug)]
pub(super) struct Pages(Cache<i64, Arc<[u8]>>);

impl Pages {
    /// Keeps at most so many pages, of 8 KiB each.
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self(Cache::new(most)))
    }

    /// The page at a place; an empty one where there is none.
    pub(super) fn get(&self, db: &Connection, place: i64) -> rusqlite::Result<Arc<[u8]>> {
        if let Some(page) = self.0.get(&place) {
            return Ok(page);
        }
        let mut body = Vec::new();
        read(db, place, &mut body)?;
        let page: Arc<[u8]> = body.into();
        self.0.insert(place, page.clone());
        Ok(page)
    }
}

/// Appends the page at a place to `out`; nothing where there is none.
pub(super) fn read(db: &Connection, place: i64, out: &mut Vec<u8>) -> rusqlite::Result<()> {
    let mut read = db.prepare_cached("SELECT body FROM index_page WHERE place = ?1")?;
    let mut rows = read.query([place])?;
    if let Some(row) = rows.next()? {
        out.extend_from_slice(row.get_ref(0)?.as_blob()?);
    }
    Ok(())
}

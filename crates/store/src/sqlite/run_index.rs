//! A log-structured index inside the database file: what was added last lies in memory, the rest in
//! immutable sorted runs of pages. Writing a run is sequential; nothing random is ever written.
//!
//! The tail is not written anywhere: it is rebuilt from the journal after a crash. A run counts
//! once its row in `index_run` is there, which is written in the same transaction as its last page.

use super::{
    bloom::Bloom,
    pages::{self, Pages},
    tail::Tail,
};
use rusqlite::{Connection, params};
use std::sync::Arc;

/// A key: a person id, an entry id, or the blind of a document.
pub(super) type Key = [u8; 16];

/// What a document leads to after it was taken away: nobody.
pub(super) const NIL: Key = [0; 16];

/// Which index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    /// Person → places in the journal.
    Person = 1,
    /// Entry id → place.
    Entry = 2,
    /// Blind of a document → person.
    Document = 3,
}

/// A page's place is the number of its run, then this many bits for its own.
pub(super) const PAGE_BITS: i64 = 24;
/// Bytes of entries in a page: with its row header it fills one database page of 8 KiB.
const PAGE_BYTES: usize = 8_000;

/// A value as it lies on a page.
pub(super) trait Value: Copy + Ord + Send + Sync + 'static {
    const BYTES: usize;
    fn write(&self, out: &mut Vec<u8>);
    fn read(bytes: &[u8]) -> Self;
}
impl Value for u64 {
    const BYTES: usize = 8;
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_be_bytes());
    }
    fn read(bytes: &[u8]) -> Self {
        bytes.try_into().map(u64::from_be_bytes).unwrap_or_default()
    }
}
impl Value for [u8; 16] {
    const BYTES: usize = 16;
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }
    fn read(bytes: &[u8]) -> Self {
        bytes.try_into().unwrap_or_default()
    }
}

/// A finished run.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) number: i64,
    pub(super) tier: i64,
    pub(super) entries: u64,
    fences: Vec<Key>,
    bloom: Bloom,
}

/// One index as readers and the writer see it.
#[derive(Debug)]
pub(super) struct RunIndex<V> {
    pub(super) tail: Tail<V>,
    /// A former tail that is being written as a run.
    pub(super) frozen: Option<Arc<Tail<V>>>,
    /// An empty tail with room: the memory of the one frozen last, so that it need not be had from
    /// the system, and cleared by it, each time.
    spare: Tail<V>,
    /// Finished runs, the newest first.
    pub(super) runs: Vec<Arc<Run>>,
    pages: Arc<Pages>,
}

/// What a reader takes along under the lock: values in memory, and the runs to look into.
pub(super) struct Snapshot<V> {
    memory: Vec<V>,
    runs: Vec<Arc<Run>>,
    pages: Arc<Pages>,
}

impl<V: Value> RunIndex<V> {
    pub(super) fn new(runs: Vec<Arc<Run>>, pages: Arc<Pages>) -> Self {
        Self { tail: Tail::default(), frozen: None, spare: Tail::default(), runs, pages }
    }

    pub(super) fn add(&mut self, key: Key, value: V) {
        self.tail.add(key, value);
    }

    /// Sets the tail aside to be written as a run.
    pub(super) fn freeze(&mut self) {
        let next = std::mem::take(&mut self.spare);
        self.frozen = Some(Arc::new(std::mem::replace(&mut self.tail, next)));
    }

    /// What was set aside is in a run.
    pub(super) fn thaw(&mut self) {
        if let Some(mut tail) = self.frozen.take().and_then(Arc::into_inner) {
            tail.clear();
            self.spare = tail;
        }
    }

    /// Values in memory, the newest first, and the runs that may hold more.
    pub(super) fn snapshot(&self, key: &Key) -> Snapshot<V> {
        let mut memory: Vec<V> = Vec::new();
        self.tail.collect(key, &mut memory);
        if let Some(frozen) = &self.frozen {
            frozen.collect(key, &mut memory);
        }
        let runs = self.runs.iter().filter(|run| run.bloom.may_hold(key)).cloned().collect();
        Snapshot { memory, runs, pages: self.pages.clone() }
    }

    /// The newest value of a key that has one value at a time.
    pub(super) fn newest(&self, db: &Connection, key: &Key) -> rusqlite::Result<Option<V>> {
        let frozen = || self.frozen.as_ref().and_then(|frozen| frozen.newest(key));
        if let Some(value) = self.tail.newest(key).or_else(frozen) {
            return Ok(Some(value));
        }
        for run in self.runs.iter().filter(|run| run.bloom.may_hold(key)) {
            if let Some(value) = run.values::<V>(db, &self.pages, key)?.last() {
                return Ok(Some(*value));
            }
        }
        Ok(None)
    }

    /// Whether the key has any value.
    pub(super) fn holds(&self, db: &Connection, key: &Key) -> rusqlite::Result<bool> {
        Ok(self.newest(db, key)?.is_some())
    }
}

impl<V: Value> Snapshot<V> {
    /// All values of the key, rising.
    pub(super) fn all(self, db: &Connection, key: &Key) -> rusqlite::Result<Vec<V>> {
        let mut values = self.memory;
        for run in &self.runs {
            values.extend(run.values::<V>(db, &self.pages, key)?);
        }
        values.sort_unstable();
        values.dedup();
        Ok(values)
    }

    /// The newest value of a key that has one value at a time.
    pub(super) fn newest(self, db: &Connection, key: &Key) -> rusqlite::Result<Option<V>> {
        if let Some(value) = self.memory.first() {
            return Ok(Some(*value));
        }
        for run in &self.runs {
            if let Some(value) = run.values::<V>(db, &self.pages, key)?.last() {
                return Ok(Some(*value));
            }
        }
        Ok(None)
    }
}

impl Run {
    /// The values of a key in this run, in the order they were added.
    fn values<V: Value>(
        &self,
        db: &Connection,
        pages: &Pages,
        key: &Key,
    ) -> rusqlite::Result<Vec<V>> {
        let mut found = Vec::new();
        // The key may begin on the page before the first one that begins with it.
        let mut page = self.fences.partition_point(|fence| fence < key).saturating_sub(1);
        while page < self.fences.len() && self.fences[page] <= *key {
            let body = pages.get(db, place(self.number, page))?;
            let entries = Entries::<V>::of(&body);
            let mut at = entries.lower_bound(key);
            while at < entries.len() && entries.key(at) == key {
                found.push(entries.value(at));
                at += 1;
            }
            if at < entries.len() {
                break;
            }
            page += 1;
        }
        Ok(found)
    }

    fn pages(&self) -> usize {
        self.fences.len()
    }

    /// Reads the finished runs of an index, the newest first.
    pub(super) fn load(db: &Connection, name: Name) -> rusqlite::Result<Vec<Arc<Run>>> {
        let mut rows = db.prepare(
            "SELECT run, tier, entries, fences, bloom FROM index_run WHERE name = ?1 ORDER BY run DESC",
        )?;
        let runs = rows.query_map([name as i64], |row| {
            let (fences, bloom): (Vec<u8>, Vec<u8>) = (row.get(3)?, row.get(4)?);
            let entries: i64 = row.get(2)?;
            let entries = u64::try_from(entries).unwrap_or(0);
            let fences = fences.chunks_exact(16).map(|key| key.try_into().unwrap_or([0; 16]));
            Ok(Arc::new(Run {
                number: row.get(0)?,
                tier: row.get(1)?,
                entries,
                fences: fences.collect(),
                bloom: Bloom::from_bytes(&bloom).unwrap_or_else(|| Bloom::for_keys(entries)),
            }))
        })?;
        runs.collect()
    }
}

/// Where a page of a run lies.
fn place(run: i64, page: usize) -> i64 {
    (run << PAGE_BITS) + page as i64
}

/// The packed entries of a page.
struct Entries<'p, V> {
    bytes: &'p [u8],
    value: std::marker::PhantomData<V>,
}

impl<'p, V: Value> Entries<'p, V> {
    const BYTES: usize = 16 + V::BYTES;

    fn of(bytes: &'p [u8]) -> Self {
        Self { bytes, value: std::marker::PhantomData }
    }
    fn len(&self) -> usize {
        self.bytes.len() / Self::BYTES
    }
    fn key(&self, at: usize) -> &'p Key {
        let from = at * Self::BYTES;
        // INVARIANT: 16 bytes were sliced.
        self.bytes[from..from + 16].try_into().unwrap_or(&[0; 16])
    }
    fn value(&self, at: usize) -> V {
        let from = at * Self::BYTES + 16;
        V::read(&self.bytes[from..from + V::BYTES])
    }
    fn lower_bound(&self, key: &Key) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            if self.key(middle) < key { low = middle + 1 } else { high = middle }
        }
        low
    }
}

/// A run that is being written.
pub(super) struct RunWriter<V> {
    number: i64,
    tier: i64,
    name: Name,
    page: Vec<u8>,
    fences: Vec<Key>,
    bloom: Bloom,
    entries: u64,
    value: std::marker::PhantomData<V>,
}

impl<V: Value> RunWriter<V> {
    pub(super) fn new(name: Name, number: i64, tier: i64, keys: u64) -> Self {
        Self {
            number,
            tier,
            name,
            page: Vec::with_capacity(PAGE_BYTES),
            fences: Vec::new(),
            bloom: Bloom::for_keys(keys),
            entries: 0,
            value: std::marker::PhantomData,
        }
    }

    /// Adds the next entry; keys come sorted.
    pub(super) fn push(&mut self, db: &Connection, key: &Key, value: V) -> rusqlite::Result<()> {
        if self.page.len() + 16 + V::BYTES > PAGE_BYTES {
            self.write_page(db)?;
        }
        if self.page.is_empty() {
            self.fences.push(*key);
        }
        self.page.extend_from_slice(key);
        value.write(&mut self.page);
        self.bloom.insert(key);
        self.entries += 1;
        Ok(())
    }

    fn write_page(&mut self, db: &Connection) -> rusqlite::Result<()> {
        let place = place(self.number, self.fences.len() - 1);
        db.prepare_cached("INSERT INTO index_page (place, body) VALUES (?1, ?2)")?
            .execute(params![place, self.page])?;
        self.page.clear();
        Ok(())
    }

    /// Writes the last page and the run's row.
    pub(super) fn finish(mut self, db: &Connection) -> rusqlite::Result<Run> {
        if !self.page.is_empty() {
            self.write_page(db)?;
        }
        let fences: Vec<u8> = self.fences.iter().flatten().copied().collect();
        db.prepare_cached(
            "INSERT INTO index_run (run, name, tier, entries, fences, bloom)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            self.number,
            self.name as i64,
            self.tier,
            i64::try_from(self.entries).unwrap_or(i64::MAX),
            fences,
            self.bloom.to_bytes()
        ])?;
        Ok(Run {
            number: self.number,
            tier: self.tier,
            entries: self.entries,
            fences: self.fences,
            bloom: self.bloom,
        })
    }
}

/// Reads a run from its beginning, a page at a time.
pub(super) struct RunReader<V> {
    run: Arc<Run>,
    page: usize,
    body: Vec<u8>,
    at: usize,
    value: std::marker::PhantomData<V>,
}

impl<V: Value> RunReader<V> {
    pub(super) fn new(run: Arc<Run>) -> Self {
        Self { run, page: 0, body: Vec::new(), at: 0, value: std::marker::PhantomData }
    }

    /// The entry it stands at; None at the end.
    pub(super) fn peek(&mut self, db: &Connection) -> rusqlite::Result<Option<(Key, V)>> {
        while Entries::<V>::of(&self.body).len() <= self.at {
            if self.page >= self.run.pages() {
                return Ok(None);
            }
            self.body.clear();
            pages::read(db, place(self.run.number, self.page), &mut self.body)?;
            (self.page, self.at) = (self.page + 1, 0);
        }
        let entries = Entries::<V>::of(&self.body);
        Ok(Some((*entries.key(self.at), entries.value(self.at))))
    }

    pub(super) fn advance(&mut self) {
        self.at += 1;
    }

    pub(super) fn run(&self) -> &Arc<Run> {
        &self.run
    }
}

/// Removes pages of a run that no longer counts, from its end, at most `pages`; how many are left.
pub(super) fn remove_pages(
    db: &Connection,
    run: i64,
    left: usize,
    pages: usize,
) -> rusqlite::Result<usize> {
    let keep = left.saturating_sub(pages);
    let (from, to) = ((run << PAGE_BITS) + keep as i64, (run + 1) << PAGE_BITS);
    db.prepare_cached("DELETE FROM index_page WHERE place >= ?1 AND place < ?2")?
        .execute([from, to])?;
    Ok(keep)
}

/// How many pages a run has.
pub(super) fn pages_of(run: &Run) -> usize {
    run.pages()
}

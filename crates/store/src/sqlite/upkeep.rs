//! Upkeep of the indexes, in slices within ordinary commits: memory is flushed to runs, runs are
//! merged into larger ones, merged ones are removed. No commit does more than its share.

use super::{
    open,
    run_index::{Key, Name, Run, RunIndex, RunReader, RunWriter, Value, pages_of, remove_pages},
    tail::Tail,
};
use rusqlite::Connection;
use std::collections::VecDeque;
use std::sync::Arc;

/// When upkeep begins.
#[derive(Debug, Clone, Copy)]
pub struct Upkeep {
    /// Entries in memory that make a run.
    pub flush_entries: usize,
    /// Runs of a tier that are merged into one of the next.
    pub fanout: usize,
    /// Entries that one commit moves at least.
    pub slice_entries: usize,
}

impl Default for Upkeep {
    fn default() -> Self {
        Self { flush_entries: 200_000, fanout: 8, slice_entries: 4_000 }
    }
}

/// All indexes of a store.
pub(super) struct Indexes {
    pub(super) person: RunIndex<u64>,
    pub(super) entry: RunIndex<u64>,
    pub(super) document: RunIndex<Key>,
}

/// Name of the meta value up to which place of the journal the runs reach.
pub(super) const INDEXED: &str = "indexed";

/// A tail on its way into a run.
struct FlushOne<V> {
    sorted: std::vec::IntoIter<(Key, V)>,
    writer: Option<RunWriter<V>>,
}

impl<V: Value> FlushOne<V> {
    fn new(name: Name, number: i64, tail: &Tail<V>) -> Self {
        let sorted = tail.sorted();
        let keys = sorted.len() as u64;
        let writer = (keys > 0).then(|| RunWriter::new(name, number, 0, keys));
        Self { sorted: sorted.into_iter(), writer }
    }

    fn is_done(&self) -> bool {
        self.writer.is_none()
    }

    /// Writes up to `budget` entries; the run where it is finished.
    fn step(&mut self, db: &Connection, budget: &mut usize) -> rusqlite::Result<Option<Run>> {
        let Some(writer) = &mut self.writer else { return Ok(None) };
        while *budget > 0 {
            let Some((key, value)) = self.sorted.next() else {
                return self.writer.take().map(|writer| writer.finish(db)).transpose();
            };
            writer.push(db, &key, value)?;
            *budget -= 1;
        }
        Ok(None)
    }
}

struct Flush {
    upto: u64,
    person: FlushOne<u64>,
    entry: FlushOne<u64>,
    document: FlushOne<Key>,
    runs: Vec<(Name, Run)>,
}

struct Merge<V> {
    readers: Vec<RunReader<V>>,
    writer: Option<RunWriter<V>>,
}

impl<V: Value> Merge<V> {
    /// `inputs`: the oldest first.
    fn new(name: Name, number: i64, inputs: Vec<Arc<Run>>) -> Self {
        let tier = inputs.iter().map(|run| run.tier).max().unwrap_or(0) + 1;
        let keys = inputs.iter().map(|run| run.entries).sum();
        let readers = inputs.into_iter().map(RunReader::new).collect();
        Self { readers, writer: Some(RunWriter::new(name, number, tier, keys)) }
    }

    fn step(&mut self, db: &Connection, budget: &mut usize) -> rusqlite::Result<Option<Run>> {
        let Some(writer) = &mut self.writer else { return Ok(None) };
        while *budget > 0 {
            let mut least: Option<(usize, (Key, V))> = None;
            for (at, reader) in self.readers.iter_mut().enumerate() {
                if let Some(entry) = reader.peek(db)?
                    && least.is_none_or(|(_, known)| entry.0 < known.0)
                {
                    least = Some((at, entry));
                }
            }
            let Some((at, (key, value))) = least else {
                return self.writer.take().map(|writer| writer.finish(db)).transpose();
            };
            self.readers[at].advance();
            writer.push(db, &key, value)?;
            *budget -= 1;
        }
        Ok(None)
    }

    fn inputs(&self) -> Vec<Arc<Run>> {
        self.readers.iter().map(|reader| reader.run().clone()).collect()
    }
}

enum MergeWork {
    Person(Merge<u64>),
    Entry(Merge<u64>),
    Document(Merge<Key>),
}

/// What readers must learn after the commit.
pub(super) enum Publish {
    Flushed(Vec<(Name, Run)>),
    Merged { name: Name, run: Run, inputs: Vec<Arc<Run>> },
}

/// The upkeep that is going on.
pub(super) struct Keeper {
    options: Upkeep,
    flush: Option<Box<Flush>>,
    merge: Option<MergeWork>,
    /// Runs that no longer count, with their pages left.
    remove: VecDeque<(i64, usize)>,
    next_run: i64,
}

impl Keeper {
    pub(super) fn new(options: Upkeep, next_run: i64) -> Self {
        Self { options, flush: None, merge: None, remove: VecDeque::new(), next_run }
    }

    /// Whether something waits to be done.
    pub(super) fn is_busy(&self) -> bool {
        self.flush.is_some() || self.merge.is_some() || !self.remove.is_empty()
    }

    /// Begins a flush or a merge where one is due. Called between commits. A flush never waits for
    /// a merge, so that what is in memory stays bounded.
    pub(super) fn begin(&mut self, indexes: &mut Indexes, last_seq: u64) {
        let tails = [indexes.person.tail.len(), indexes.entry.tail.len()];
        let entries = tails.into_iter().fold(indexes.document.tail.len(), usize::max);
        if self.flush.is_none() && entries >= self.options.flush_entries {
            indexes.freeze();
            self.flush = self.flush(indexes, last_seq);
        }
        if self.merge.is_some() {
            return;
        }
        let fanout = self.options.fanout.max(2);
        self.merge = if let Some(inputs) = due(&indexes.person, fanout) {
            Some(MergeWork::Person(Merge::new(Name::Person, self.number(), inputs)))
        } else if let Some(inputs) = due(&indexes.entry, fanout) {
            Some(MergeWork::Entry(Merge::new(Name::Entry, self.number(), inputs)))
        } else {
            due(&indexes.document, fanout).map(|inputs| {
                MergeWork::Document(Merge::new(Name::Document, self.number(), inputs))
            })
        };
    }

    /// The flush of what is frozen.
    fn flush(&mut self, indexes: &Indexes, upto: u64) -> Option<Box<Flush>> {
        let person = indexes.person.frozen.as_ref()?;
        let entry = indexes.entry.frozen.as_ref()?;
        let document = indexes.document.frozen.as_ref()?;
        Some(Box::new(Flush {
            upto,
            person: FlushOne::new(Name::Person, self.number(), person),
            entry: FlushOne::new(Name::Entry, self.number(), entry),
            document: FlushOne::new(Name::Document, self.number(), document),
            runs: Vec::new(),
        }))
    }

    /// Forgets work whose transaction was rolled back; a flush begins again from memory. Pages
    /// that earlier commits have written of it are swept at the next opening.
    pub(super) fn abort(&mut self, indexes: &Indexes) {
        self.merge = None;
        if let Some(flush) = self.flush.take() {
            self.flush = self.flush(indexes, flush.upto);
        }
    }

    fn number(&mut self) -> i64 {
        self.next_run += 1;
        self.next_run
    }

    /// Does a slice within the transaction of a commit that wrote `rows` rows.
    pub(super) fn step(&mut self, db: &Connection, rows: usize) -> rusqlite::Result<Vec<Publish>> {
        // Each entry lies in three indexes and is moved about once a tier: twelve moves a row keep
        // ahead of any load.
        let mut budget = self.options.slice_entries.max(rows.saturating_mul(12));
        if let Some((run, left)) = self.remove.front_mut() {
            *left = remove_pages(db, *run, *left, (budget / 256).max(16))?;
        }
        let mut publish = Vec::new();
        if let Some(flush) = &mut self.flush {
            publish.extend(step_flush(flush, db, &mut budget)?);
        }
        publish.extend(match &mut self.merge {
            None => None,
            Some(MergeWork::Person(merge)) => step_merge(merge, Name::Person, db, &mut budget)?,
            Some(MergeWork::Entry(merge)) => step_merge(merge, Name::Entry, db, &mut budget)?,
            Some(MergeWork::Document(merge)) => step_merge(merge, Name::Document, db, &mut budget)?,
        });
        Ok(publish)
    }

    /// After every commit: forgets runs of which nothing is left.
    pub(super) fn committed(&mut self) {
        self.remove.retain(|(_, left)| *left > 0);
    }

    /// Makes the finished work known to readers, after the commit.
    pub(super) fn publish(&mut self, publish: Publish, indexes: &mut Indexes) {
        match publish {
            Publish::Flushed(runs) => {
                self.flush = None;
                indexes.person.thaw();
                indexes.entry.thaw();
                indexes.document.thaw();
                for (name, run) in runs {
                    let runs = indexes.runs_mut(name);
                    runs.push(Arc::new(run));
                    sort(runs);
                }
            }
            Publish::Merged { name, run, inputs } => {
                self.merge = None;
                let runs = indexes.runs_mut(name);
                runs.retain(|run| !inputs.iter().any(|input| input.number == run.number));
                runs.push(Arc::new(run));
                sort(runs);
                self.remove.extend(inputs.iter().map(|run| (run.number, pages_of(run))));
            }
        }
    }
}

impl Indexes {
    /// Sets the tails aside to be written as runs.
    fn freeze(&mut self) {
        self.person.freeze();
        self.entry.freeze();
        self.document.freeze();
    }

    /// Runs and entries in them, of each index.
    pub(super) fn sizes(&self) -> [(&'static str, usize, u64); 3] {
        fn of<V>(name: &'static str, index: &RunIndex<V>) -> (&'static str, usize, u64) {
            (name, index.runs.len(), index.runs.iter().map(|run| run.entries).sum())
        }
        [of("person", &self.person), of("entry", &self.entry), of("document", &self.document)]
    }

    fn runs_mut(&mut self, name: Name) -> &mut Vec<Arc<Run>> {
        match name {
            Name::Person => &mut self.person.runs,
            Name::Entry => &mut self.entry.runs,
            Name::Document => &mut self.document.runs,
        }
    }
}

/// The newest first: what lies in a lower tier came later.
pub(super) fn sort(runs: &mut [Arc<Run>]) {
    runs.sort_by_key(|run| (run.tier, std::cmp::Reverse(run.number)));
}

/// The runs of the lowest tier that is full, the oldest first.
fn due<V>(index: &RunIndex<V>, fanout: usize) -> Option<Vec<Arc<Run>>> {
    let tiers = index.runs.iter().map(|run| run.tier).max()?;
    (0..=tiers).find_map(|tier| {
        let mut runs: Vec<_> = index.runs.iter().filter(|run| run.tier == tier).cloned().collect();
        runs.sort_by_key(|run| run.number);
        (runs.len() >= fanout).then_some(runs)
    })
}

fn step_flush(
    flush: &mut Flush,
    db: &Connection,
    budget: &mut usize,
) -> rusqlite::Result<Option<Publish>> {
    let runs = &mut flush.runs;
    runs.extend(flush.person.step(db, budget)?.map(|run| (Name::Person, run)));
    runs.extend(flush.entry.step(db, budget)?.map(|run| (Name::Entry, run)));
    runs.extend(flush.document.step(db, budget)?.map(|run| (Name::Document, run)));
    if !(flush.person.is_done() && flush.entry.is_done() && flush.document.is_done()) {
        return Ok(None);
    }
    open::write_meta(db, INDEXED, flush.upto)?;
    Ok(Some(Publish::Flushed(std::mem::take(&mut flush.runs))))
}

fn step_merge<V: Value>(
    merge: &mut Merge<V>,
    name: Name,
    db: &Connection,
    budget: &mut usize,
) -> rusqlite::Result<Option<Publish>> {
    let Some(run) = merge.step(db, budget)? else { return Ok(None) };
    let inputs = merge.inputs();
    let mut forget = db.prepare_cached("DELETE FROM index_run WHERE run = ?1")?;
    for input in &inputs {
        forget.execute([input.number])?;
    }
    Ok(Some(Publish::Merged { name, run, inputs }))
}

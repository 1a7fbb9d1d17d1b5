//! The one writer of a log: entries in, tiles and a signed checkpoint out.

mod recent;

use self::recent::Recent;
use crate::tile::write_entry;
use crate::{
    Checkpoint, EMPTY_ROOT, Edge, Hash, LedgerError, LogEntry, NoteKey, NoteSigner, Policy,
    SignatureLine, SignedCheckpoint, Tiles, View,
};
use foldhash::{HashMap, HashMapExt};
use hutong_model::limits::LEDGER_BATCH_LEAVES_MAX;

/// What became of a batch: it is in the log, under a checkpoint that is public.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// Where each entry lies, in the order given. One that was in the log already (among the last
    /// 65,536 leaves) keeps its place, so that sending again after a failure adds nothing.
    pub indices: Vec<u64>,
    /// The checkpoint from which on they are in the log.
    pub checkpoint: SignedCheckpoint,
}

/// Appends to a log. There may be two by mistake; then one of them loses every swap of the
/// checkpoint and is told so, and the log stays one log.
pub struct Writer<T> {
    tiles: T,
    signer: NoteSigner,
    policy: Policy,
    edge: Edge,
    current: SignedCheckpoint,
    recent: Recent,
    in_step: bool,
    /// A batch of which it is not known whether it took effect.
    attempt: Option<Appended>,
}

impl<T: Tiles> Writer<T> {
    /// Begins a log: signs the checkpoint of the tree without leaves.
    ///
    /// # Errors
    /// [`LedgerError::LogExists`], or what the key and the files give.
    pub fn begin(tiles: T, signer: NoteSigner) -> Result<Self, LedgerError> {
        if tiles.committed()?.is_some() {
            return Err(LedgerError::LogExists);
        }
        let checkpoint = Checkpoint::new(signer.key().name(), 0, EMPTY_ROOT);
        let signed = SignedCheckpoint::sign(checkpoint, &signer)?;
        tiles.swap(None, &signed)?;
        Self::open(tiles, signer, &[])
    }

    /// Goes on with a log. Its checkpoint may be signed by an earlier key of the log too.
    ///
    /// # Errors
    /// [`LedgerError::NoLog`]; what verifying the checkpoint and the tiles at the right edge gives.
    pub fn open(
        tiles: T,
        signer: NoteSigner,
        earlier_keys: &[NoteKey],
    ) -> Result<Self, LedgerError> {
        let first = Policy::new(signer.key().clone());
        let policy = earlier_keys.iter().cloned().fold(first, Policy::or_key);
        let (current, edge, recent) = load(&tiles, &policy)?;
        let (in_step, attempt) = (true, None);
        Ok(Self { tiles, signer, policy, edge, current, recent, in_step, attempt })
    }

    /// Loads the log again, after an error or after another writer was faster. Where it was not
    /// known whether the last batch had taken effect, tells what became of it: none if it did not.
    ///
    /// # Errors
    /// As [`Writer::open`]; [`LedgerError::Shrunk`] or [`LedgerError::Inconsistent`] where the log
    /// is no longer the one that this writer has signed.
    pub fn reload(&mut self) -> Result<Option<Appended>, LedgerError> {
        let (current, edge, recent) = load(&self.tiles, &self.policy)?;
        let view = view(&self.tiles, current.checkpoint())?;
        continues(&view, self.current.checkpoint())?;
        let attempt = self.attempt.take();
        let took_effect = match &attempt {
            Some(attempt) if attempt.checkpoint.checkpoint().size() <= view.size() => {
                continues(&view, attempt.checkpoint.checkpoint()).is_ok()
            }
            _ => false,
        };
        (self.current, self.edge, self.recent, self.in_step) = (current, edge, recent, true);
        Ok(attempt.filter(|_| took_effect))
    }

    /// Refuses to go on where the files are not a continuation of a checkpoint that is known from
    /// elsewhere (the node's database, a witness): they were put back from an older copy, and
    /// going on would make a second history.
    ///
    /// # Errors
    /// [`LedgerError::Shrunk`], [`LedgerError::Inconsistent`], or what reading gives.
    pub fn require(&self, known: &Checkpoint) -> Result<(), LedgerError> {
        continues(&view(&self.tiles, self.current.checkpoint())?, known)
    }

    /// The checkpoint that the writer stands at.
    pub fn checkpoint(&self) -> &SignedCheckpoint {
        &self.current
    }
    /// The files.
    pub fn tiles(&self) -> &T {
        &self.tiles
    }
    /// The key.
    pub fn signer(&self) -> &NoteSigner {
        &self.signer
    }

    /// Appends entries under one new checkpoint. When it returns, they are durable and public.
    ///
    /// # Errors
    /// [`LedgerError::Large`], [`LedgerError::Differs`] and failures to write leave all as it was.
    /// After [`LedgerError::Lost`] nothing of the batch is in the log; after any other error from
    /// the swap it is not known. In both cases [`Writer::reload`] comes next, and until then
    /// appending answers [`LedgerError::Stale`].
    pub fn append(&mut self, entries: &[LogEntry]) -> Result<Appended, LedgerError> {
        if !self.in_step {
            return Err(LedgerError::Stale);
        }
        if entries.len() > LEDGER_BATCH_LEAVES_MAX {
            let max = LEDGER_BATCH_LEAVES_MAX;
            return Err(LedgerError::Large { what: "leaves of one checkpoint", max });
        }
        let (indices, fresh) = self.place(entries);
        if fresh.is_empty() {
            return Ok(Appended { indices, checkpoint: self.current.clone() });
        }
        let mut edge = self.edge.clone();
        let batch = edge.append(fresh.iter().map(|entry| (entry.bytes(), entry.hash())))?;
        let checkpoint = Checkpoint::new(self.signer.key().name(), batch.size, batch.root);
        let checkpoint = SignedCheckpoint::sign(checkpoint, &self.signer)?;
        self.tiles.write(&batch)?;
        let appended = Appended { indices, checkpoint };
        self.swap(appended.clone())?;
        self.edge = edge;
        for (entry, index) in fresh.iter().zip(batch.old_size..) {
            self.recent.insert(entry.hash(), index);
        }
        Ok(appended)
    }

    /// Adds a witness's signature to the checkpoint that is public.
    ///
    /// # Errors
    /// As [`Writer::append`]; [`LedgerError::Large`] where the checkpoint would have more
    /// signatures or bytes than is read again, and nothing has changed then. The signature itself
    /// is not looked at here.
    pub fn cosigned(&mut self, line: SignatureLine) -> Result<(), LedgerError> {
        if !self.in_step {
            return Err(LedgerError::Stale);
        }
        let checkpoint = self.current.with_signature(line);
        // What nobody could read again must not be committed.
        self.policy.read(checkpoint.as_bytes())?;
        self.swap(Appended { indices: Vec::new(), checkpoint })
    }

    fn swap(&mut self, next: Appended) -> Result<(), LedgerError> {
        match self.tiles.swap(Some(&self.current), &next.checkpoint) {
            Ok(()) => {
                self.current = next.checkpoint;
                Ok(())
            }
            Err(error) => {
                self.in_step = false;
                self.attempt = (error != LedgerError::Lost).then_some(next);
                Err(error)
            }
        }
    }

    /// Where each entry goes, and those that are new.
    fn place<'e>(&self, entries: &'e [LogEntry]) -> (Vec<u64>, Vec<&'e LogEntry>) {
        let mut seen: HashMap<Hash, u64> = HashMap::with_capacity(entries.len());
        let mut fresh = Vec::with_capacity(entries.len());
        let mut next = self.edge.size();
        let mut place = |entry: &'e LogEntry| {
            if let Some(index) = self.recent.get(&entry.hash()) {
                return index;
            }
            *seen.entry(entry.hash()).or_insert_with(|| {
                fresh.push(entry);
                next += 1;
                next - 1
            })
        };
        let indices = entries.iter().map(&mut place).collect();
        (indices, fresh)
    }
}

fn view<'t, T: Tiles>(tiles: &'t T, at: &Checkpoint) -> Result<View<&'t T>, LedgerError> {
    View::open(tiles, at.size(), at.root())
}

/// Whether a tree continues an earlier checkpoint.
pub(crate) fn continues<R: crate::TileReader>(
    view: &View<R>,
    earlier: &Checkpoint,
) -> Result<(), LedgerError> {
    let (old, new) = (earlier.size(), view.size());
    if new < old {
        return Err(LedgerError::Shrunk { old, new });
    }
    if view.root_at(old)? == earlier.root() {
        Ok(())
    } else {
        Err(LedgerError::Inconsistent { old, new })
    }
}

/// Reads and checks all that appending needs.
fn load<T: Tiles>(
    tiles: &T,
    policy: &Policy,
) -> Result<(SignedCheckpoint, Edge, Recent), LedgerError> {
    let bytes = tiles.committed()?.ok_or(LedgerError::NoLog)?;
    let current = policy.read(&bytes)?;
    let view = view(tiles, current.checkpoint())?;
    let mut bundle = Vec::new();
    if !view.size().is_multiple_of(256) {
        for entry in view.bundle(view.size() / 256)? {
            write_entry(&mut bundle, &entry)?;
        }
    }
    let edge = Edge::from_parts(view.size(), view.edge_levels(), bundle);
    let recent = Recent::load(&view)?;
    Ok((current, edge, recent))
}

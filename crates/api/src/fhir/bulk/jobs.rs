//! Exports that are made or kept. Each has a folder; in it a note of whose it is (no personal
//! data), and sealed files. What an earlier process left is removed when the next one starts, and
//! the note lets it say that the export was interrupted.

use super::{
    order::{Kind, Order},
    vault::{Key, Sealing},
};
use crate::problem::Problem;
use hutong_fhir::write::{self, Disclosure};
use hutong_model::{MemberId, PersonId, Timestamp};
use hutong_node::{
    Node,
    bulk::{OwnHistory, Taken, Taker},
};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::{Arc, Weak},
};

/// How long files are kept once they are whole, and how long the note of an interrupted export is.
pub(super) const KEPT_S: i64 = 3_600;
const NOTE_S: i64 = 24 * 3_600;
/// Exports that are made or kept at once, of all members.
const JOBS_MAX: usize = 8;
/// Persons whose histories are read before something is written.
const STEP: usize = 256;
/// Lines of a file.
const LINES_MAX: u64 = 500_000;
const NOTE: &str = "export.json";

/// A file of an export.
#[derive(Debug, Clone)]
pub(super) struct Made {
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) number: u32,
    pub(super) lines: u64,
}

/// How an export stands.
#[derive(Debug, Clone)]
pub(super) enum State {
    /// So many of so many persons.
    Running(usize, usize),
    /// Whole; until when the files are kept.
    Done(Vec<Made>, Timestamp),
    /// It failed here; the log says why.
    Failed,
    /// The process that made or kept it has ended.
    Interrupted,
    /// Whoever ordered it wants it no more.
    Cancelled,
}

/// An export.
pub(super) struct Job {
    pub(super) note: Note,
    pub(super) folder: PathBuf,
    pub(super) key: Option<Key>,
    pub(super) state: Mutex<State>,
}

impl Job {
    /// How it ended; false where nobody wants it any more.
    fn end(&self, ended: State) -> bool {
        let mut state = self.state.lock();
        let wanted = !matches!(*state, State::Cancelled);
        if wanted {
            *state = ended;
        }
        wanted
    }
}

/// What is kept of an export besides its files.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Note {
    pub(super) id: String,
    pub(super) member: MemberId,
    /// The address that was asked.
    pub(super) request: String,
    /// Everything up to here is in it.
    pub(super) at: Timestamp,
}

/// All exports of a node.
pub(crate) struct Exports {
    folder: Option<PathBuf>,
    jobs: Mutex<HashMap<String, Arc<Job>>>,
}

impl Exports {
    /// Exports in a folder, from which everything an earlier process left is removed.
    pub(crate) fn open(folder: Option<PathBuf>) -> Self {
        let mut jobs = HashMap::new();
        if let Some(folder) = &folder {
            let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
            for path in entries.map(|entry| entry.path()) {
                match interrupted(&path) {
                    Some(job) => drop(jobs.insert(job.note.id.clone(), Arc::new(job))),
                    None => remove(&path),
                }
            }
        }
        Self { folder, jobs: Mutex::new(jobs) }
    }

    /// Begins an export in the background.
    pub(super) fn begin(
        &self,
        node: &Arc<Node>,
        order: Order,
        taker: Taker,
        request: String,
    ) -> Result<String, Problem> {
        let Some(parent) = &self.folder else {
            return Err(Problem::not_found("this node makes no bulk exports"));
        };
        self.sweep(node.now());
        let id = hex::encode(node.entropy().bytes16());
        let note = Note { id: id.clone(), member: taker.member.clone(), request, at: node.now() };
        let mut bytes = [0; 32];
        node.entropy().fill(&mut bytes);
        let folder = parent.join(&id);
        let mut jobs = self.jobs.lock();
        let live = jobs.values().filter(|job| !matches!(*job.state.lock(), State::Interrupted));
        if live.count() >= JOBS_MAX {
            return Err(Problem::too_many("too many exports are made or kept; delete one", 60));
        }
        let prepared = prepare(&folder, &note).and_then(|()| Key::new(&bytes));
        let key = prepared.map_err(|error| broke("prepare", &error))?;
        let state = Mutex::new(State::Running(0, 0));
        let job = Arc::new(Job { note, folder, key: Some(key.clone()), state });
        jobs.insert(id.clone(), job.clone());
        drop(jobs);
        tokio::spawn(run(Arc::downgrade(node), job, key, order, taker));
        Ok(id)
    }

    /// An export of this member's.
    pub(super) fn of(
        &self,
        id: &str,
        member: &MemberId,
        now: Timestamp,
    ) -> Result<Arc<Job>, Problem> {
        self.sweep(now);
        let job = self.jobs.lock().get(id).cloned();
        job.filter(|job| job.note.member == *member).ok_or_else(|| {
            Problem::not_found("no such export of yours; it may have been deleted, or has expired")
        })
    }

    /// Ends an export and removes its files.
    pub(super) fn delete(&self, job: &Job) {
        *job.state.lock() = State::Cancelled;
        self.jobs.lock().remove(&job.note.id);
        remove(&job.folder);
    }

    /// Removes what has expired.
    fn sweep(&self, now: Timestamp) {
        self.jobs.lock().retain(|_, job| {
            let ends = match &*job.state.lock() {
                State::Running(..) => return true,
                State::Done(_, until) => *until,
                _ => job.note.at.plus_s(NOTE_S),
            };
            if now >= ends {
                remove(&job.folder);
            }
            now < ends
        });
    }
}

/// An export of an earlier process: its files go, its note stays.
fn interrupted(folder: &Path) -> Option<Job> {
    let note: Note = serde_json::from_slice(&std::fs::read(folder.join(NOTE)).ok()?).ok()?;
    for entry in std::fs::read_dir(folder).ok()?.flatten() {
        if entry.file_name() != NOTE
            && let Err(error) = std::fs::remove_file(entry.path())
        {
            tracing::warn!(%error, "a file of an interrupted export cannot be removed");
        }
    }
    let state = Mutex::new(State::Interrupted);
    Some(Job { note, folder: folder.to_owned(), key: None, state })
}

fn remove(folder: &Path) {
    if let Err(error) = std::fs::remove_dir_all(folder)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "an export cannot be removed");
    }
}

fn prepare(folder: &Path, note: &Note) -> io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    std::fs::write(folder.join(NOTE), serde_json::to_vec(note)?)
}

fn broke(step: &str, error: &dyn std::fmt::Display) -> Problem {
    tracing::error!(step, %error, "a bulk export failed");
    Problem::internal()
}

/// Makes an export; it ends by itself where the node ends or nobody wants it any more.
async fn run(node: Weak<Node>, job: Arc<Job>, key: Key, order: Order, taker: Taker) {
    let made = make(&node, &job, &key, &order, &taker).await;
    let now = node.upgrade().map(|node| node.now());
    let ended = match (made, now) {
        (Ok(Some(files)), Some(now)) => {
            let (member, lines) = (&job.note.member, files.iter().map(|f| f.lines).sum::<u64>());
            tracing::info!(%member, lines, right = taker.right, "a bulk export is made");
            State::Done(files, now.plus_s(KEPT_S))
        }
        (Ok(_), _) => State::Interrupted,
        (Err(error), _) => {
            tracing::error!(%error, "a bulk export failed");
            State::Failed
        }
    };
    let kept = matches!(ended, State::Done(..));
    if !job.end(ended) {
        // The folder went while it was still written to.
        remove(&job.folder);
        return;
    }
    if kept {
        // Also where nobody asks any more.
        tokio::time::sleep(std::time::Duration::from_secs(KEPT_S.unsigned_abs())).await;
    }
    let _ = std::fs::read_dir(&job.folder).map(|files| {
        files.flatten().filter(|file| file.file_name() != NOTE).for_each(|file| {
            let _ = std::fs::remove_file(file.path());
        });
    });
}

/// The files; None where the node has ended or the export was cancelled.
async fn make(
    node: &Weak<Node>,
    job: &Arc<Job>,
    key: &Key,
    order: &Order,
    taker: &Taker,
) -> Result<Option<Vec<Made>>, Box<dyn std::error::Error + Send + Sync>> {
    let Some(persons) = node.upgrade() else { return Ok(None) };
    let persons: Vec<PersonId> = persons.own_persons().await?;
    let (mut done, mut taken) = (0, Taken::default());
    let mut files = Files::new(job.folder.clone(), key.clone());
    for step in persons.chunks(STEP) {
        let Some(node) = node.upgrade() else { return Ok(None) };
        if matches!(*job.state.lock(), State::Cancelled) {
            return Ok(None);
        }
        let histories = node.take_own(step, taker, order.since, &mut taken).await?;
        drop(node);
        let kinds = order.kinds.clone();
        files = tokio::task::spawn_blocking(move || {
            histories.iter().try_for_each(|one| files.write(one, &kinds)).map(|()| files)
        })
        .await??;
        done += step.len();
        let mut state = job.state.lock();
        if let State::Running(..) = *state {
            *state = State::Running(done, persons.len());
        }
    }
    Ok(Some(tokio::task::spawn_blocking(move || files.finish()).await??))
}

/// The files of an export while they are written: one is open for each type.
struct Files {
    folder: PathBuf,
    key: Key,
    open: Vec<(Made, Sealing)>,
    made: Vec<Made>,
    next: u32,
}

impl Files {
    fn new(folder: PathBuf, key: Key) -> Self {
        Self { folder, key, open: Vec::new(), made: Vec::new(), next: 1 }
    }

    fn write(&mut self, history: &OwnHistory, kinds: &[Kind]) -> io::Result<()> {
        if let Some(patient) = history.patient.as_ref().filter(|_| kinds.contains(&Kind::Patient)) {
            self.line(Kind::Patient, |out| write::patient(patient, Disclosure::Full, out))?;
        }
        for record in &history.records {
            let kind = match record.resource_type() {
                Some("Immunization") => Kind::Immunization,
                Some("Observation") => Kind::Observation,
                _ => continue,
            };
            if kinds.contains(&kind) {
                self.line(kind, |out| {
                    // INVARIANT: only records have a resource type.
                    let _ = write::record(record, out);
                })?;
            }
        }
        Ok(())
    }

    fn line(&mut self, kind: Kind, write: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
        let at = match self.open.iter().position(|(made, _)| made.kind == kind) {
            Some(at) => at,
            None => {
                let number = self.next;
                self.next += 1;
                let name = format!("{}-{number}.ndjson", kind.as_str());
                let file = Sealing::create(&self.folder.join(&name), self.key.clone(), number)?;
                self.open.push((Made { kind, name, number, lines: 0 }, file));
                self.open.len() - 1
            }
        };
        let (made, file) = &mut self.open[at];
        write(file.plain());
        file.plain().push(b'\n');
        file.flush()?;
        made.lines += 1;
        if made.lines == LINES_MAX {
            let (made, file) = self.open.swap_remove(at);
            file.finish()?;
            self.made.push(made);
        }
        Ok(())
    }

    fn finish(mut self) -> io::Result<Vec<Made>> {
        for (made, file) in self.open {
            file.finish()?;
            self.made.push(made);
        }
        self.made.sort_by_key(|made| made.number);
        Ok(self.made)
    }
}

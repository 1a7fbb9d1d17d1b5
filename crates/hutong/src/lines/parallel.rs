//! The same on several cores: lines are handed out in chunks, answers come back in order.
//!
//! A chunk ends where it is large enough, or where nothing more has arrived: whoever asks line by
//! line gets each answer at once. Chunks in flight are bounded, so that a slow reader of the
//! answers slows the reading of the questions.

use crate::failure::Failure;
use std::{
    io::{self, Read, Write},
    mem,
    sync::{
        Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

/// Bytes after which a chunk is handed out: about twenty certificates.
const CHUNK_BYTES: usize = 16 * 1024;
/// Bytes that are read at once.
const READ_BYTES: usize = 64 * 1024;
/// Chunks in flight for each thread: one at work, others waiting to be taken or written.
const CHUNKS_PER_THREAD: usize = 4;

/// Some lines, without their ends.
#[derive(Debug, Default)]
pub struct Lines {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Lines {
    /// Each line; of one that was too long its beginning, one byte longer than permitted.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| self.bytes.get(start..*end).unwrap_or_default())
    }

    fn push(&mut self, line: &[u8]) {
        self.bytes.extend_from_slice(line);
        self.ends.push(self.bytes.len());
    }
}

/// A chunk, and where its answers are waited for.
type Job = (Lines, SyncSender<Vec<u8>>);

/// Answers every line of standard input on standard output, by so many threads. `answer` writes
/// one line for each of its lines. Of a line no more than `most` bytes and one are kept.
///
/// # Errors
/// [`Failure`] where standard input or output fails.
pub fn answer_parallel(
    most: usize,
    threads: usize,
    answer: impl Fn(&Lines, &mut Vec<u8>) + Sync,
) -> Result<(), Failure> {
    let in_flight = threads * CHUNKS_PER_THREAD;
    let (jobs, waiting) = sync_channel::<Job>(in_flight);
    let (order, slots) = sync_channel::<Receiver<Vec<u8>>>(in_flight);
    let waiting = Mutex::new(waiting);
    let outcome = thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| work(&waiting, &answer));
        }
        let writer = scope.spawn(|| write_in_order(slots));
        let read = read(most, |lines| {
            let (slot, answers) = sync_channel(1);
            order.send(answers).is_ok() && jobs.send((lines, slot)).is_ok()
        });
        drop((jobs, order));
        let written = writer.join().unwrap_or_else(|_| Err(io::Error::other("the writer ended")));
        read.and(written)
    });
    outcome.map_err(|error| Failure::setup(format!("input or output: {error}"), ""))
}

fn work(waiting: &Mutex<Receiver<Job>>, answer: &impl Fn(&Lines, &mut Vec<u8>)) {
    loop {
        let job = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((lines, slot)) = job else { return };
        let mut answers = Vec::with_capacity(2 * lines.bytes.len());
        answer(&lines, &mut answers);
        // Where nobody waits any more, output has failed, and the writer says so.
        let _ = slot.send(answers);
    }
}

fn write_in_order(slots: Receiver<Receiver<Vec<u8>>>) -> io::Result<()> {
    let mut output = io::stdout().lock();
    for slot in slots {
        let answers = slot.recv().map_err(|_| io::Error::other("a thread ended early"))?;
        output.write_all(&answers)?;
        output.flush()?;
    }
    Ok(())
}

/// Reads standard input to its end, or until `send` says that nobody wants more.
fn read(most: usize, mut send: impl FnMut(Lines) -> bool) -> io::Result<()> {
    let mut input = io::stdin().lock();
    let mut buffer = vec![0; READ_BYTES];
    let mut open = OpenLine { most, bytes: Vec::new(), begun: false };
    loop {
        let read = match input.read(&mut buffer) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let mut lines = Lines::default();
        let arrived = buffer.get(..read).unwrap_or_default();
        for part in arrived.split_inclusive(|byte| *byte == b'\n') {
            open.take(part);
            if part.ends_with(b"\n") {
                open.end(&mut lines);
            }
            if lines.bytes.len() >= CHUNK_BYTES && !send(mem::take(&mut lines)) {
                return Ok(());
            }
        }
        if read == 0 && open.begun {
            open.end(&mut lines);
        }
        if (!lines.ends.is_empty() && !send(lines)) || read == 0 {
            return Ok(());
        }
    }
}

/// A line whose end has not arrived yet.
struct OpenLine {
    most: usize,
    bytes: Vec<u8>,
    begun: bool,
}

impl OpenLine {
    fn take(&mut self, part: &[u8]) {
        self.begun = true;
        // Room for both characters of its end, so that they do not count.
        let room = (self.most + 3).saturating_sub(self.bytes.len());
        self.bytes.extend_from_slice(part.get(..room).unwrap_or(part));
    }

    fn end(&mut self, lines: &mut Lines) {
        let kept = self.bytes.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r'));
        let length = kept.map_or(0, |last| last + 1).min(self.most + 1);
        lines.push(self.bytes.get(..length).unwrap_or_default());
        self.bytes.clear();
        self.begun = false;
    }
}

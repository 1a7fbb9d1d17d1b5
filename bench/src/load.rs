//! Load: the same question about random persons on keep-alive connections, from one thread of this
//! process. It shares the machine's cores with the server.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// What is asked, of whom, by whom.
pub struct Question<'a> {
    /// Where the server listens.
    pub address: SocketAddr,
    /// Access token of the reader.
    pub token: &'a str,
    /// Path and query, around the person's id.
    pub path: (&'a str, &'a str),
    /// Persons; each connection begins elsewhere among them.
    pub persons: &'a [String],
    /// What every answer must hold.
    pub holds: &'a str,
}

/// What came of it.
pub struct Answers {
    /// Answers per second.
    pub rate: f64,
    /// How long each took, sorted.
    pub took: Vec<Duration>,
}

impl Answers {
    /// The time within which this share of the answers came, in milliseconds.
    pub fn ms(&self, share: f64) -> f64 {
        let at = ((self.took.len() as f64 * share) as usize).min(self.took.len() - 1);
        self.took[at].as_secs_f64() * 1e3
    }
}

/// Asks for a while on some connections: each as soon as it has its answer, or at a steady rate
/// over all; then an answer that waits for a connection counts from when it was due.
pub fn run(question: &Question<'_>, connections: usize, steady: Option<f64>, s: u64) -> Answers {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let begin = Instant::now();
    let end = begin + Duration::from_secs(s);
    let each = steady.map(|rate| Duration::from_secs_f64(connections as f64 / rate));
    let tasks = (0..connections).map(|at| {
        let first = each.map_or(begin, |each| begin + each.mul_f64(at as f64 / connections as f64));
        connection(question, at * 7919, first, each, end)
    });
    let all = runtime.expect("runtime").block_on(join(tasks.collect()));
    let mut took: Vec<Duration> = all.into_iter().flatten().collect();
    took.sort_unstable();
    Answers { rate: took.len() as f64 / begin.elapsed().as_secs_f64(), took }
}

/// Runs futures that borrow, side by side on this thread.
async fn join<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut results: Vec<Option<F::Output>> = futures.iter().map(|_| None).collect();
    std::future::poll_fn(move |context| {
        let mut waiting = false;
        for (future, result) in futures.iter_mut().zip(&mut results) {
            if result.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(value) => *result = Some(value),
                    std::task::Poll::Pending => waiting = true,
                }
            }
        }
        if waiting {
            return std::task::Poll::Pending;
        }
        std::task::Poll::Ready(results.drain(..).flatten().collect())
    })
    .await
}

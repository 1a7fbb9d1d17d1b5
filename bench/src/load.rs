//! Load: the same question about random persons on keep-alive connections, from one thread of this
//! process. It shares the machine's cores with the server.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// What is asked, of whom, by whom.
pub struct Question {
    /// Where the server listens.
    pub address: SocketAddr,
    /// Access token of the reader.
    pub token: String,
    /// Path and query, around the person's id.
    pub path: (&'static str, &'static str),
    /// Persons, in no order.
    pub persons: Arc<[String]>,
    /// What every answer must hold.
    pub holds: &'static str,
}

/// How it is asked.
#[derive(Clone, Copy)]
pub struct Pace {
    /// Connections.
    pub connections: usize,
    /// Questions per second over all of them; none: each asks as soon as it has its answer.
    pub steady: Option<f64>,
    /// For how long.
    pub seconds: u64,
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

/// Asks for a while. At a steady pace, a question that waits for its connection counts from when
/// it was due.
pub fn run(question: Question, pace: Pace) -> Answers {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let (question, begin) = (Arc::new(question), Instant::now());
    let took = runtime.expect("runtime").block_on(async {
        let tasks: Vec<_> = (0..pace.connections)
            .map(|at| tokio::spawn(connection(question.clone(), pace, at, begin)))
            .collect();
        let mut took = Vec::new();
        for task in tasks {
            took.extend(task.await.expect("connection"));
        }
        took.sort_unstable();
        took
    });
    Answers { rate: took.len() as f64 / begin.elapsed().as_secs_f64(), took }
}

async fn connection(
    question: Arc<Question>,
    pace: Pace,
    number: usize,
    begin: Instant,
) -> Vec<Duration> {
    let mut stream = TcpStream::connect(question.address).await.expect("connection");
    stream.set_nodelay(true).expect("connection");
    let each = pace.steady.map(|rate| Duration::from_secs_f64(pace.connections as f64 / rate));
    let share = number as f64 / pace.connections as f64;
    let mut due = each.map(|each| begin + each.mul_f64(share));
    let end = begin + Duration::from_secs(pace.seconds);
    // A prime apart, so that no two connections ask about the same persons at the same time.
    let mut person = number * 7919;
    let (mut took, mut buffer) = (Vec::new(), Vec::with_capacity(64 * 1024));
    while Instant::now() < end {
        let mut asked = Instant::now();
        if let (Some(at), Some(each)) = (&mut due, each) {
            if asked < *at {
                tokio::time::sleep_until((*at).into()).await;
                asked = Instant::now();
            } else {
                asked = *at;
            }
            *at += each;
        }
        person = (person + 1) % question.persons.len();
        let (before, after) = question.path;
        let text = format!(
            "GET {before}{}{after} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {}\r\n\
             hutong-purpose: PUBHLTH\r\nhutong-legal-basis: Law on the Prevention of Infectious \
             Diseases, article 39\r\n\r\n",
            question.persons[person], question.token
        );
        stream.write_all(text.as_bytes()).await.expect("send");
        answer(&mut stream, &mut buffer, question.holds).await;
        took.push(asked.elapsed());
    }
    took
}

/// Reads one answer, which must be one.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>, holds: &str) {
    buffer.clear();
    let mut whole = None;
    while whole.is_none_or(|whole| buffer.len() < whole) {
        assert!(stream.read_buf(buffer).await.expect("answer") > 0, "the server closed");
        if whole.is_none()
            && let Some(head) = find(buffer, b"\r\n\r\n")
        {
            let text = String::from_utf8_lossy(&buffer[..head]).to_ascii_lowercase();
            assert!(text.starts_with("http/1.1 200"), "{}", String::from_utf8_lossy(buffer));
            let length = text.split("content-length: ").nth(1).and_then(|t| t.lines().next());
            let length: usize = length.and_then(|t| t.trim().parse().ok()).expect("a length");
            whole = Some(head + 4 + length);
        }
    }
    let head = &buffer[..buffer.len().min(600)];
    let found = find(buffer, holds.as_bytes()).is_some();
    assert!(found, "not {holds}: {}", String::from_utf8_lossy(head));
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

//! One kind of question, asked at a steady pace over some connections; it shares the machine's
//! cores with the nodes.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Makes the request of a number; none where there is nothing to ask yet.
pub type Ask = Box<dyn Fn(u64) -> Option<String> + Send + Sync>;
/// Looks at the answer to the request of a number: whether it says what it must.
pub type Look = Box<dyn Fn(u64, &str) -> bool + Send + Sync>;

/// A kind of question.
pub struct Stream {
    /// What it is called in the report.
    pub name: &'static str,
    /// Who is asked.
    pub address: SocketAddr,
    /// Questions per second; none: each connection asks as soon as it has its answer.
    pub per_second: Option<f64>,
    /// Connections.
    pub connections: u64,
    /// The questions.
    pub ask: Ask,
    /// The answers.
    pub look: Look,
}

/// What came of a kind of question.
#[derive(Default)]
pub struct Outcome {
    /// How long good answers took, sorted; where the pace is steady, from when they were due.
    pub took: Vec<Duration>,
    /// Answers 429 and 503.
    pub shed: u64,
    /// Answers that were something else than they must be.
    pub wrong: u64,
    /// One of them.
    pub example: Option<String>,
}

impl Outcome {
    /// Good answers per second.
    pub fn rate(&self, seconds: u64) -> f64 {
        self.took.len() as f64 / seconds as f64
    }

    /// The time within which this share of the good answers came, in milliseconds.
    pub fn ms(&self, share: f64) -> f64 {
        let at = (self.took.len() as f64 * share) as usize;
        let took = self.took.get(at.min(self.took.len().saturating_sub(1)));
        took.map_or(f64::NAN, |took| took.as_secs_f64() * 1e3)
    }

    fn join(&mut self, other: Self) {
        self.took.extend(other.took);
        self.shed += other.shed;
        self.wrong += other.wrong;
        self.example = self.example.take().or(other.example);
    }
}

/// Asks for a while, on a thread of its own.
pub fn run(stream: &Arc<Stream>, seconds: u64) -> std::thread::JoinHandle<Outcome> {
    let stream = stream.clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let end = Instant::now() + Duration::from_secs(seconds);
        runtime.expect("runtime").block_on(async {
            let tasks: Vec<_> = (0..stream.connections)
                .map(|number| tokio::spawn(connection(stream.clone(), number, end)))
                .collect();
            let mut all = Outcome::default();
            for task in tasks {
                all.join(task.await.expect("connection"));
            }
            all.took.sort_unstable();
            all
        })
    })
}

async fn connection(stream: Arc<Stream>, number: u64, end: Instant) -> Outcome {
    let mut wire = TcpStream::connect(stream.address).await.expect("connection");
    wire.set_nodelay(true).expect("connection");
    let each =
        stream.per_second.map(|rate| Duration::from_secs_f64(stream.connections as f64 / rate));
    let share = number as f64 / stream.connections as f64;
    let mut due = Instant::now() + each.unwrap_or_default().mul_f64(share);
    let (mut outcome, mut buffer) = (Outcome::default(), Vec::with_capacity(64 * 1024));
    for question in (number..).step_by(stream.connections as usize) {
        if let Some(each) = each {
            tokio::time::sleep_until(due.into()).await;
            due += each;
        }
        if Instant::now() >= end {
            break;
        }
        let asked = each.map_or_else(Instant::now, |each| due - each);
        let Some(text) = (stream.ask)(question) else { continue };
        wire.write_all(text.as_bytes()).await.expect("send");
        let (status, body) = answer(&mut wire, &mut buffer).await;
        match status {
            429 | 503 => outcome.shed += 1,
            200..300 if (stream.look)(question, body) => outcome.took.push(asked.elapsed()),
            _ => {
                outcome.wrong += 1;
                outcome.example.get_or_insert_with(|| format!("{status} {body}"));
            }
        }
    }
    outcome
}

/// Reads one answer: its status and its body, with the lengths between the parts of one that comes
/// in parts.
async fn answer<'a>(wire: &mut TcpStream, buffer: &'a mut Vec<u8>) -> (u16, &'a str) {
    buffer.clear();
    let mut head = None;
    while !head.is_some_and(|head| is_whole(buffer, head)) {
        assert!(wire.read_buf(buffer).await.expect("answer") > 0, "the server closed");
        head = head.or_else(|| buffer.windows(4).position(|four| four == b"\r\n\r\n"));
    }
    let status = std::str::from_utf8(&buffer[9..12]).ok().and_then(|text| text.parse().ok());
    let body = &buffer[head.expect("a head") + 4..];
    (status.expect("a status"), std::str::from_utf8(body).expect("text"))
}

/// Whether an answer, whose head ends here, has come whole.
fn is_whole(answer: &[u8], head: usize) -> bool {
    let text = String::from_utf8_lossy(&answer[..head]).to_ascii_lowercase();
    let length = text.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
    match length.and_then(|text| text.trim().parse::<usize>().ok()) {
        Some(length) => answer.len() >= head + 4 + length,
        None => answer.ends_with(b"\r\n0\r\n\r\n"),
    }
}

//! What PostgreSQL alone does: the rows of a person by a prepared SELECT, asked through the same
//! driver from as many connections at once.

use crate::{load::Answers, stores::Postgres};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

const SELECT: &str = "SELECT seq, id, person, member, kind, body FROM entry
    WHERE person = $1::text::uuid ORDER BY seq";

/// Asks for a while, each connection as soon as it has its answer.
pub fn run(
    postgres: &Postgres,
    persons: &Arc<[String]>,
    connections: usize,
    seconds: u64,
) -> Answers {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("runtime").block_on(async {
        let mut clients = Vec::new();
        for _ in 0..connections {
            clients.push(postgres.connect().await);
        }
        let begin = Instant::now();
        let end = begin + Duration::from_secs(seconds);
        let tasks = clients.into_iter().enumerate().map(|(number, client)| {
            let persons = persons.clone();
            tokio::spawn(async move {
                let statement = client.prepare(SELECT).await.expect("the statement");
                let (mut person, mut took) = (number * 7919, Vec::new());
                while Instant::now() < end {
                    person = (person + 1) % persons.len();
                    let asked = Instant::now();
                    let rows = client.query(&statement, &[&persons[person]]).await;
                    assert!(!rows.expect("rows").is_empty(), "nothing is known of a person");
                    took.push(asked.elapsed());
                }
                took
            })
        });
        let mut took = Vec::new();
        for task in tasks.collect::<Vec<_>>() {
            took.extend(task.await.expect("connection"));
        }
        took.sort_unstable();
        Answers { rate: took.len() as f64 / begin.elapsed().as_secs_f64(), took }
    })
}

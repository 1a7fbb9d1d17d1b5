//! Filling a store over HTTP before something is measured on it.

use crate::{
    doses::{self, Sender},
    server::{self, Server},
};
use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Senders at once.
pub const SENDERS: u64 = 8;
/// Persons whose ids are kept at most.
const PERSONS_MAX: u64 = 100_000;
/// Persons of a request.
const REQUEST_PERSONS: u64 = 5_000;
/// Between two lines of progress.
const TELL: Duration = Duration::from_secs(30);

/// Who the senders are: a member each.
pub fn tokens(server: &Server) -> Vec<String> {
    (0..SENDERS).map(|at| server.token(&format!("000000.clinic-{at}"), "clinic")).collect()
}

/// Admits the persons of senders, each a member of its own; the ids of some, in no order.
pub fn patients(server: &Server, tokens: &[String], senders: &[Sender]) -> Vec<String> {
    let all: u64 = senders.iter().map(|sender| sender.persons).sum();
    // Ids are asked for of one request in so many.
    let stride = all.div_ceil(PERSONS_MAX).max(1);
    let persons = Mutex::new(HashSet::new());
    std::thread::scope(|scope| {
        for (sender, token) in senders.iter().zip(tokens) {
            let persons = &persons;
            scope.spawn(move || {
                for (at, from) in (0..sender.persons).step_by(REQUEST_PERSONS as usize).enumerate()
                {
                    let part = sender.part(from, REQUEST_PERSONS);
                    let wanted = (at as u64).is_multiple_of(stride);
                    let answer = server::admit(server.address, token, wanted, part.patients());
                    server::check(&answer, part.persons);
                    let answer = String::from_utf8_lossy(&answer);
                    let ids = answer.split("\"person\":\"").skip(1).map(|id| id[..32].to_owned());
                    persons.lock().expect("persons").extend(ids);
                }
            });
        }
    });
    // The order of a set of random ids is random.
    persons.into_inner().expect("persons").into_iter().collect()
}

/// Admits about so many doses and their persons; the ids of some of them, in no order.
pub fn fill(server: &Server, records: u64) -> Arc<[String]> {
    let (tokens, senders) = (tokens(server), doses::senders(SENDERS, 0, records));
    let persons = patients(server, &tokens, &senders);
    let (begun, sent) = (Instant::now(), AtomicU64::new(0));
    std::thread::scope(|scope| {
        let sent = &sent;
        let running: Vec<_> = senders
            .iter()
            .zip(&tokens)
            .map(|(sender, token)| {
                scope.spawn(move || {
                    let told = sender.doses().inspect(|chunk| {
                        let lines = chunk.iter().filter(|byte| **byte == b'\n').count();
                        sent.fetch_add(lines as u64, Ordering::Relaxed);
                    });
                    let answer = server::admit(server.address, token, false, told);
                    server::check(&answer, sender.records());
                })
            })
            .collect();
        let mut told = Instant::now();
        while !running.iter().all(std::thread::ScopedJoinHandle::is_finished) {
            std::thread::sleep(Duration::from_millis(20));
            if told.elapsed() > TELL {
                told = Instant::now();
                let (sent, took) = (sent.load(Ordering::Relaxed), begun.elapsed().as_secs_f64());
                let rate = sent as f64 / took;
                eprintln!("filling: {sent} of {records} records, {rate:.0}/s");
            }
        }
    });
    persons.into()
}

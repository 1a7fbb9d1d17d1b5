//! `bench refresh-all`: everybody wants a new assertion at once, over HTTP from a node with an
//! event in force, beside the bare signing of as many assertions.

use crate::{
    Options,
    doses::{self, DOSES},
    figures::Report,
    fill, nodes,
    rates::rates,
    residents::Resident,
    server, stated,
    stream::{self, Stream},
};
use hutong_code::{Algorithm, Assertion, Sign, SigningKey, issue};
use std::{hint::black_box, sync::Arc, time::Duration};

/// Where the people live.
const REGION: &str = "330000";
/// Residents who are signed in.
const RESIDENTS: u64 = 1_000;
/// Connections.
const CONNECTIONS: u64 = 64;
/// What a person waits for without noticing, in milliseconds.
const NOTICED_MS: f64 = 500.0;

/// Runs the benchmark.
pub fn run(options: &Options) -> Report {
    let mut report = Report::new("refresh-all");
    let root = nodes::root();
    let store = crate::stores::Store::named(options.store.as_deref());
    let mut node = nodes::below(&root, REGION, &store);
    let sender = doses::senders(1, 0, RESIDENTS * DOSES)[0];
    let token = node.token(&format!("{REGION}.clinic-0"), "clinic");
    fill::patients(&node, std::slice::from_ref(&token), &[sender]);
    let answer = server::admit(node.address, &token, false, sender.doses());
    server::check(&answer, sender.records());
    nodes::settled(&node, Duration::from_secs(120));
    let residents = sender.numbers().map(|number| Resident::sign_in(&mut node, number));
    let residents: Arc<[Resident]> = residents.collect();
    let (address, asking, keeping) = (node.address, residents.clone(), residents);
    let of = |residents: &[Resident], question: u64| (question % residents.len() as u64) as usize;
    let codes = Arc::new(Stream {
        name: "assertions refreshed",
        address,
        per_second: None,
        connections: CONNECTIONS,
        ask: Box::new(move |n| Some(asking[of(&asking, n)].wants_code(address))),
        look: Box::new(move |n, answer| keeping[of(&keeping, n)].keep(answer)),
    });
    drop(stream::run(&codes, 2).join().expect("warm"));
    let spent = [&node, &root].map(server::Server::cpu);
    let outcome = stream::run(&codes, options.seconds).join().expect("refreshed");
    let spent = (node.cpu() - spent[0]) + (root.cpu() - spent[1]);
    if let Some(example) = &outcome.example {
        eprintln!("{} were answered otherwise, such as {example}", outcome.wrong);
    }
    let bare = bare();
    let beside = "bare signing, one core";
    let rate = outcome.rate(options.seconds);
    report.add("assertions refreshed, over HTTP", rate, "/s", beside, bare);
    let cpu = spent.as_secs_f64() * 1e6 / outcome.took.len() as f64;
    report.add("CPU of both nodes", cpu, "µs/assertion", beside, 1e6 / bare);
    let noticed = "what a person waits for without noticing";
    report.add("99 % within", outcome.ms(0.99), "ms", noticed, NOTICED_MS);
    let asked = outcome.took.len() as f64 + (outcome.shed + outcome.wrong) as f64;
    report.add("shed", outcome.shed as f64, "requests", "of all", asked);
    drop((node.stop(), root.stop()));
    report
}

/// Assertions signed per second, and nothing else.
fn bare() -> f64 {
    let issuer = SigningKey::generate(Algorithm::EdDsa).expect("key");
    let device = SigningKey::generate(Algorithm::Es256).expect("key");
    let claims = stated::claims(device.public_key().cose_key());
    let assertion = issue(&claims, &issuer).expect("issue");
    let message = Assertion::parse(&assertion).expect("assertion").message();
    let [rate] = rates([&mut || {
        black_box(issuer.sign(black_box(&message)).expect("sign"));
    }]);
    rate
}

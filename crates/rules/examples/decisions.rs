//! Measures decisions per second on one core: `cargo run --release -p hutong-rules --example
//! decisions`.

use hutong_model::{EntryId, RegionCode, TestKind, TestOutcome, Timestamp};
use hutong_rules::{EventRef, Evidence, EvidenceItem, Finding, Moment, Pack, Tested, decide};
use std::time::Instant;

fn main() {
    let start = Timestamp::from_unix_s(1_640_995_200);
    let event = EventRef::new("e-1", "epidemic", "sars-cov-2", start, start.plus_s(90 * 86_400))
        .expect("an event");
    let (pack, now) = (Pack::baseline(), start.plus_s(20 * 86_400));
    for (what, records, adverse) in [
        ("no records", 0, false),
        ("10 negatives", 10, false),
        ("9 negatives, 1 positive", 10, true),
        ("100 negatives", 100, false),
    ] {
        let items = (0..records).map(|n| item(n, now, adverse && n == records / 2)).collect();
        let evidence = Evidence::new(items, now);
        let (begun, mut count, mut sum) = (Instant::now(), 0_u32, 0_u32);
        while begun.elapsed().as_millis() < 1000 {
            for _ in 0..100 {
                let made = decide(pack, &event, &evidence, RegionCode::NATION, now);
                sum += made.map(|decision| decision.level() as u32).unwrap_or(9);
            }
            count += 100;
        }
        let rate = f64::from(count) / begun.elapsed().as_secs_f64();
        println!("{what}: {rate:.0} decisions/s (checksum {sum})");
    }
}

fn item(number: u16, now: Timestamp, positive: bool) -> EvidenceItem {
    let at = now.plus_s(-3600 * i64::from(number));
    let outcome = if positive { TestOutcome::Positive } else { TestOutcome::Negative };
    let agent = Some("sars-cov-2".into());
    EvidenceItem {
        entry: EntryId::derive("example", &[&number.to_be_bytes()]),
        finding: Finding::Test(Tested {
            kind: TestKind::NucleicAcid,
            agent,
            outcome,
            pooled: false,
        }),
        collected: Some(Moment::at(at)),
        performed: None,
        reported: None,
        admitted: at,
    }
}

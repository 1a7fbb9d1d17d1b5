//! How many people one core assesses in a second: all antigens, evaluation and forecast, of a child
//! of two years with twenty doses.
//!
//! `cargo run --release -p hutong-programme --example rate -- DIR [SECONDS]`
//! (DIR: the XML files of supporting data)

use std::time::{Duration, Instant};

use hutong_programme::{Cvx, Day, Dose, Gender, Patient, Programme};

/// Age in days and vaccine types: what a child in the United States has by two years.
const CHILD: [(i32, &[u16]); 7] = [
    (0, &[8]),
    (61, &[110, 48, 133, 119]),
    (122, &[110, 48, 133, 119]),
    (183, &[110, 133, 150]),
    (240, &[150]),
    (370, &[3, 21, 133, 83]),
    (470, &[20, 48, 83]),
];

fn child(birth: Day) -> Patient {
    let dose = |age: i32, code: u16| Dose::new(Day::from_number(birth.number() + age), Cvx(code));
    let doses = CHILD.iter().flat_map(|(age, codes)| codes.iter().map(|code| dose(*age, *code)));
    Patient {
        birth,
        gender: Gender::Female,
        birth_country: None,
        doses: doses.collect(),
        observations: Vec::new(),
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().expect("a folder of supporting data");
    let seconds = arguments.next().map_or(3.0, |text| text.parse().expect("seconds"));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        files.push((path.display().to_string(), std::fs::read_to_string(path).expect("a file")));
    }
    let started = Instant::now();
    let texts = files.iter().map(|(name, text)| (name, text.as_str()));
    let programme = Programme::parse(texts).expect("supporting data");
    println!("loaded in {:.0} ms", started.elapsed().as_secs_f64() * 1e3);

    let first = Day::new(2022, 1, 1).expect("a day");
    let born = |number| Day::from_number(first.number() + number);
    let children: Vec<Patient> = (0..365).map(|number| child(born(number))).collect();
    let run = |length: Duration| {
        let (started, mut people, mut evaluations) = (Instant::now(), 0u64, 0usize);
        while started.elapsed() < length {
            for child in &children {
                let on = Day::from_number(child.birth.number() + 730);
                evaluations += std::hint::black_box(programme.assess(child, on)).evaluations.len();
                people += 1;
            }
        }
        (people as f64 / started.elapsed().as_secs_f64(), evaluations as f64 / people as f64)
    };
    run(Duration::from_millis(300));
    let (rate, each) = run(Duration::from_secs_f64(seconds));
    let doses = children[0].doses.len();
    println!("{rate:.0} people/s on one core, {doses} doses and {each:.0} evaluations each");
}

//! What the engine makes of a case: every relevant series with its evaluations and forecast.
//!
//! `cargo run --release -p hutong-programme --example explain -- DIR CASES.csv ID`
//! (DIR: the XML files of supporting data)

use hutong_programme::cases;
use hutong_programme::{Language, Programme};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().expect("arguments: DIR CASES.csv ID");
    let (folder, sheet, id) = (next(), next(), next());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        files.push((path.display().to_string(), std::fs::read_to_string(path).expect("a file")));
    }
    let texts = files.iter().map(|(name, text)| (name, text.as_str()));
    let programme = Programme::parse(texts).expect("supporting data");
    let sheet = std::fs::File::open(sheet).expect("a sheet");
    let cases = cases::parse(sheet).expect("cases");
    let case = cases.iter().flatten().find(|case| case.id == id).expect("the case");
    let patient = &case.patient;
    println!("born {} {:?}, on {}, {}", patient.birth, patient.gender, case.on, case.group);
    println!(
        "expected: {} {:?} {:?} {:?} {:?}",
        case.status, case.number, case.earliest, case.recommended, case.past_due
    );
    for observation in &patient.observations {
        println!("observation {} {:?}", observation.code, observation.date);
    }
    for (dose, expected) in patient.doses.iter().zip(&case.doses) {
        println!("dose {} {} {:?} {expected:?}", dose.date, dose.cvx, dose.mvx);
    }
    let assessment = programme.assess(patient, case.on);
    for series in &assessment.series {
        let antigen = programme.antigen(series.antigen);
        let name = &antigen.series[usize::from(series.series)].name;
        let evaluations = assessment.evaluations_of(series);
        if evaluations.is_empty() && !std::env::args().any(|it| it == "--all") {
            continue;
        }
        println!("{} / {name} {:?}", antigen.name, series.standing);
        for evaluation in evaluations {
            let target = evaluation.target.map(|target| target + 1);
            let said = evaluation.sentence(Language::English);
            println!("    #{} -> {target:?} {said}", evaluation.dose + 1);
        }
        println!("    {:?}", series.forecast);
    }
    for forecast in &assessment.groups {
        let name = programme.group_name(forecast.group);
        let said = forecast.sentence(Language::English);
        println!("{name} {} {:?} {said}", forecast.series_group, forecast.kind);
    }
}

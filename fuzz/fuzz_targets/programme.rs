//! Supporting data of an immunization programme as XML, editions and packs as TOML, workbooks, and
//! sheets of test cases.
#![no_main]

use hutong_programme::{
    Cvx, Day, Dose, Editions, Gender, Observation, ObservationCode, Pack, Patient, Programme,
    differences,
};
use libfuzzer_sys::fuzz_target;

const ANTIGEN: &str = include_str!("../seeds/programme/antigen.xml");
const NATIONAL: &str = include_str!("../seeds/programme/edition.toml");
const SCHEDULE: &str = include_str!("../seeds/programme/schedule.xml");

fn patient(on: Day) -> Patient {
    let date = |age: i32| Day::from_number(on.number() - age);
    let doses = [(900, 901), (700, 902), (690, 903), (400, 904), (390, 901), (30, 901), (30, 901)];
    Patient {
        birth: date(1000),
        gender: Gender::Female,
        birth_country: None,
        doses: doses.map(|(age, code)| Dose::new(date(age), Cvx(code))).to_vec(),
        observations: [7, 18, 80].map(|code| Observation::new(ObservationCode(code))).to_vec(),
    }
}

/// The text as an edition, and as a pack of a region.
fn editions(bytes: &[u8], on: Day) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(editions) = Editions::parse([("edition", text)]) {
        for edition in editions.iter() {
            let _ = edition.programme.assess(&patient(on), on);
            assert!(differences(edition.data(), edition.data()).is_empty());
        }
    }
    let (Ok(pack), Ok(national)) = (Pack::parse("pack", text), Editions::parse([("n", NATIONAL)]))
    else {
        return;
    };
    if let Ok(editions) = national.with(&pack) {
        let edition = editions.on(on).expect("a pack takes no day away");
        let _ = edition.programme.assess(&patient(on), on);
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some(on) = Day::new(2026, 2, 28) else { return };
    if let Ok(text) = std::str::from_utf8(bytes) {
        for files in [[("a", text), ("s", SCHEDULE)], [("a", ANTIGEN), ("s", text)]] {
            let Ok(programme) = Programme::parse(files) else { continue };
            let patient = patient(on);
            let found = programme.assess(&patient, on);
            assert_eq!(found, programme.assess(&patient, on), "the same for the same");
            for forecast in &found.groups {
                let dates = forecast.dates.iter();
                assert!(dates.clone().all(|dates| dates.earliest <= dates.recommended));
                let _ = programme.guidance(&patient, &found, forecast);
            }
        }
    }
    editions(bytes, on);
    if let Ok(data) = hutong_programme::workbook::read([("book", bytes)]) {
        let _ = Programme::new(data);
    }
    if let (Ok(cases), Ok(programme)) = (
        hutong_programme::cases::parse(bytes),
        Programme::parse([("a", ANTIGEN), ("s", SCHEDULE)]),
    ) {
        let report = hutong_programme::cases::run(&programme, &cases);
        assert_eq!(report.cases.len() + report.unread.len(), cases.len());
    }
});

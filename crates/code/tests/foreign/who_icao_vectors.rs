//! Certificates of the WHO's network, DIVOC, and seals of ICAO.

use crate::common::{json, testdata, text, trusting};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hutong_code::foreign::keys::ForeignKeys;
use hutong_code::foreign::{ForeignContext, ForeignVerifier, Reading};
use hutong_code::verify::{Format, Step};
use hutong_model::{Timestamp, Verdict};
use serde_json::{Value, json};

/// 2022-08-01, when most of them were in force.
const AT: Timestamp = Timestamp::from_unix_s(1_659_312_000);

fn read(name: &str) -> Option<(Reading, Value)> {
    let folder = testdata("ddcc/gdhcn-validator")?;
    let code = text(&folder.join(name));
    let reading = ForeignVerifier::default().verify(code.trim(), &ForeignContext::at(AT));
    let shown = serde_json::to_value(&reading).expect("JSON");
    Some((reading, shown))
}

/// None of their keys is at hand: each is read, and unverified for want of its key.
#[test]
fn all_are_read() {
    let formats = [
        ("DVCTestQR.txt", Format::Icvp),
        ("DVCTest2QR.txt", Format::Icvp),
        ("DVCTest3QR.txt", Format::WhoDvc),
        ("EUColombiaContents.txt", Format::EuDcc),
        ("EUIndonesiaContents.txt", Format::EuDcc),
        ("EUQR1Contents.txt", Format::EuDcc),
        ("EUUruguay2Contents.txt", Format::EuDcc),
        ("WHOSingaporePCRContents.txt", Format::WhoDdcc),
        ("SHCSenegalContents.txt", Format::Shc),
        ("DIVOCIndonesiaContents.txt", Format::Divoc),
    ];
    for (name, format) in formats {
        let Some((reading, _)) = read(name) else { return };
        assert_eq!(reading.format, format, "{name}: {reading:?}");
        assert_eq!(reading.verdict, Verdict::Unverified, "{name}: {reading:?}");
        let step = if format == Format::Divoc { Step::Signature } else { Step::Key };
        assert_eq!(reading.step, Some(step), "{name}");
        assert!(!reading.authentic && !reading.records.is_empty(), "{name}: {reading:?}");
        assert!(reading.person.is_some(), "{name}");
    }
    // Its expiry is not a number (NaN): what it holds is not read.
    let Some((reading, _)) = read("EUUruguayContents.txt") else { return };
    assert_eq!((reading.verdict, reading.records.len()), (Verdict::Unverified, 0));
}

#[test]
fn what_they_say() {
    let Some((_, icvp)) = read("DVCTestQR.txt") else { return };
    assert_eq!(icvp["person"]["name"]["text"], "Aulo Agerio");
    assert_eq!(icvp["person"]["sex"], "male");
    assert_eq!(icvp["person"]["documents"][0]["number"], "16337361-9");
    let dose = &icvp["records"][0];
    assert_eq!(dose["target"]["zh"], "黄热病");
    assert_eq!(dose["catalogue"]["code"], "184");
    assert_eq!((&dose["lot"], &dose["validFrom"]), (&json!("123123123"), &json!("2015-02-07")));

    let Some((_, test)) = read("WHOSingaporePCRContents.txt") else { return };
    let record = &test["records"][0];
    assert_eq!((&record["type"], &record["kind"]), (&json!("test"), &json!("nucleic-acid")));
    assert_eq!((&record["outcome"], &record["country"]), (&json!("negative"), &json!("SGP")));

    let Some((_, divoc)) = read("DIVOCIndonesiaContents.txt") else { return };
    let dose = &divoc["records"][0];
    assert_eq!((&dose["dose"], &dose["lot"]), (&json!(3), &json!("350208D")));
    assert_eq!(divoc["reasons"][0]["code"], "suite-not-supported");

    let Some((_, card)) = read("SHCSenegalContents.txt") else { return };
    assert_eq!(card["records"][1]["date"], "2022-02-14");
}

fn icao(name: &str) -> Option<Vec<u8>> {
    let folder = testdata("icao-vds-nc")?;
    Some(STANDARD.decode(text(&folder.join(name)).replace(['\n', '\r'], "")).expect("base64"))
}

fn check(verifier: &ForeignVerifier, name: &str) -> Option<Reading> {
    let seal = json(&testdata("icao-vds-nc")?.join(name)).to_string();
    Some(verifier.verify(&seal, &ForeignContext::at(AT)))
}

#[test]
fn seals() {
    let Some(authority) = icao("cscaCertData.b64") else { return };
    let verifier = trusting(&[authority]);
    let valid = check(&verifier, "validVDSJson.json").expect("at hand");
    assert_eq!((valid.verdict, valid.format), (Verdict::Valid, Format::IcaoVdsNc), "{valid:?}");
    assert_eq!(valid.records.len(), 2);
    let shown = serde_json::to_value(&valid).expect("JSON");
    assert_eq!(shown["issuer"], "AUS");
    assert_eq!(shown["records"][1]["dose"], 2);
    assert_eq!(shown["records"][0]["target"]["zh"], "新型冠状病毒感染，病毒已确认");

    let altered = check(&verifier, "invalidVDSJson.json").expect("at hand");
    assert_eq!((altered.verdict, altered.step), (Verdict::Invalid, Some(Step::Signature)));
    assert!(altered.person.is_none() && altered.records.is_empty());
    let other = check(&verifier, "nonVDSJson.json").expect("at hand");
    assert_eq!((other.verdict, other.step), (Verdict::Invalid, Some(Step::Prefix)));

    let nobody = check(&ForeignVerifier::default(), "validVDSJson.json").expect("at hand");
    assert_eq!((nobody.verdict, nobody.step), (Verdict::Unverified, Some(Step::Key)));
    assert_eq!(nobody.reasons[0].reason.code, "chain-unknown");
}

#[test]
fn seals_beside_revocation_lists() {
    let Some(authority) = icao("cscaCertData.b64") else { return };
    for list in ["crlWithoutSerialNumberData.b64", "crlWithSerialNumberData.b64"] {
        let mut keys = ForeignKeys::default();
        keys.add_file(&authority).expect("a certificate");
        keys.add_file(&icao(list).expect("at hand")).expect("a revocation list");
        let reading = check(&ForeignVerifier::new(keys), "validVDSJson.json").expect("at hand");
        // Both are of that authority and name nobody, whatever the files are called.
        assert_eq!(reading.verdict, Verdict::Valid, "{list}: {:?}", reading.step);
    }
}

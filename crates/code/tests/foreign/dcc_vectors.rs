//! The quality-assurance vectors of the EU DCC, each as its own expectations say.

use crate::common::{check, files, json, testdata, text, trusting};
use crate::dcc_wrong::WRONG;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hutong_code::foreign::{ForeignVerifier, Reading, Record};
use hutong_code::verify::Step;
use hutong_model::{Timestamp, Verdict};
use serde_json::Value;
use std::collections::BTreeSet;

/// The time at which a vector is to be judged, in the several forms that are found.
fn clock(text: &str) -> Timestamp {
    let with_colon = text.strip_suffix("+0000").map(|start| format!("{start}Z"));
    let forms = [text.to_owned(), format!("{text}Z"), with_colon.unwrap_or_default()];
    forms.iter().find_map(|form| Timestamp::parse(form).ok()).unwrap_or_else(|| {
        // Where none is given, nothing is asked about times.
        Timestamp::from_unix_s(1_622_505_600)
    })
}

/// Whether a reading is as one flag of a vector says; None for flags that ask about other things
/// than reading (pictures, encoding).
fn as_expected(flag: &str, expected: bool, vector: &Value, reading: &Reading) -> Option<bool> {
    let step = reading.step;
    let code = reading.reasons.first().map(|why| why.reason.code.to_string());
    let usage_wrong = code.as_deref() == Some("key-purpose");
    let decoded =
        !matches!(step, Some(Step::Prefix | Step::Base45 | Step::Zlib | Step::Cbor | Step::Cose));
    Some(match flag {
        "EXPECTEDVERIFY" => reading.authentic == expected,
        "EXPECTEDSCHEMAVALIDATION" => (step != Some(Step::Schema)) == expected,
        "EXPECTEDKEYUSAGE" => usage_wrong != expected,
        "EXPECTEDEXPIRATIONCHECK" => (step != Some(Step::Validity)) == expected,
        "EXPECTEDUNPREFIX" => (step != Some(Step::Prefix)) == expected,
        "EXPECTEDB45DECODE" | "EXPECTEDCOMPRESSION" => decoded == expected,
        "EXPECTEDDECODE" if !expected => reading.verdict == Verdict::Invalid,
        "EXPECTEDDECODE" | "EXPECTEDVALIDJSON" => {
            // Content that is refused is not shown.
            step == Some(Step::Schema)
                || usage_wrong
                || step == Some(Step::Validity)
                || says(reading, &vector["JSON"])
        }
        _ => return None,
    })
}

/// Whether the reading has what the JSON of the vector has.
fn says(reading: &Reading, json: &Value) -> bool {
    let Some(person) = &reading.person else { return false };
    let [record] = reading.records.as_slice() else { return false };
    let (entry, provenance) = match record {
        Record::Vaccination(vaccination) => (&json["v"][0], &vaccination.provenance),
        Record::Test(test) => (&json["t"][0], &test.provenance),
        Record::Recovery(recovery) => (&json["r"][0], &recovery.provenance),
    };
    let same = |value: &Value, text: Option<&str>| {
        value.is_null() || value.as_str().unwrap_or_default() == text.unwrap_or_default()
    };
    json.is_null()
        || same(&entry["ci"], provenance.certificate.as_deref())
            && same(&entry["co"], provenance.country.as_deref())
            && same(&json["nam"]["fnt"], person.name.family_latin.as_deref())
            && same(&json["nam"]["gn"], person.name.given.as_deref())
            && same(&json["dob"], person.birth_date.as_deref())
}

#[test]
fn vectors() {
    let Some(folder) = testdata("dcc") else { return };
    let (mut right, mut found) = (0, BTreeSet::new());
    for path in files(&folder, ".json") {
        let name = path.strip_prefix(&folder).expect("below").display().to_string();
        if !name.contains("/raw/") {
            continue;
        }
        let vector = json(&path);
        let context = &vector["TESTCTX"];
        let der = STANDARD.decode(context["CERTIFICATE"].as_str().unwrap_or_default().trim());
        let verifier = trusting(&[der.unwrap_or_default()]);
        let at = clock(context["VALIDATIONCLOCK"].as_str().unwrap_or_default());
        let reading = check(&verifier, vector["PREFIX"].as_str().unwrap_or_default(), at);
        let flags = vector["EXPECTEDRESULTS"].as_object().expect("flags");
        for (flag, expected) in flags {
            let Some(expected) = expected.as_bool() else { continue };
            match as_expected(flag, expected, &vector, &reading) {
                Some(true) => right += 1,
                Some(false) => {
                    let place = (name.clone(), flag.clone());
                    if !WRONG.iter().any(|(f, fl, _)| (*f, *fl) == (&*place.0, &*place.1)) {
                        println!(
                            "{name} {flag} {expected}: {:?} {:?} {:?} {:?}",
                            reading.verdict,
                            reading.step,
                            reading.at,
                            reading.reasons.first().map(|why| &why.reason.code)
                        );
                    }
                    found.insert(place);
                }
                None => {}
            }
        }
    }
    println!("{right} expectations met, {} of wrong vectors", found.len());
    let listed: BTreeSet<(String, String)> =
        WRONG.iter().map(|(file, flag, _)| ((*file).to_owned(), (*flag).to_owned())).collect();
    let stale: Vec<_> = listed.difference(&found).collect();
    let unlisted: Vec<_> = found.difference(&listed).collect();
    assert!(unlisted.is_empty(), "not as the vector says: {unlisted:#?}");
    assert!(stale.is_empty(), "listed as wrong, but met: {stale:#?}");
}

/// Those of the certificates that are not valid at the minute after their issue, and why.
const NOT_VALID: [(&str, Step, &str); 8] = [
    ("BG/1.0.0/specialcases/REC-NULL-DATETIME.png", Step::Schema, "dob with a time of day"),
    ("BG/1.0.0/specialcases/VAC-NULL-DATETIME.png", Step::Schema, "dob with a time of day"),
    ("BG/1.0.0/specialcases/REC-VALID-BEFORE-DSC.png", Step::Key, "issued before its key"),
    ("IL/1.3.0/VAC3.png", Step::Key, "issued before its key"),
    ("LV/1.0.0/VAC.png", Step::Schema, "a dose in the month 17"),
    ("MK/1.3.0/REC_MK.png", Step::Key, "an RSA key of 1024 bits"),
    ("MK/1.3.0/TEST_MK.png", Step::Key, "an RSA key of 1024 bits"),
    ("MK/1.3.0/VAC_MK.png", Step::Key, "an RSA key of 1024 bits"),
];

/// Certificates of many countries: read, and authentic by the country's own key.
#[test]
fn certificates_of_many_countries() {
    let Some(folder) = testdata("dcc-qa") else { return };
    let (mut valid, mut others) = (0, Vec::new());
    for path in files(&folder, ".jsonl") {
        for line in text(&path).lines() {
            let line: Value = serde_json::from_str(line).expect("JSON");
            let code = line["qr"].as_str().unwrap_or_default();
            let at = Timestamp::from_unix_s(line["iat"].as_i64().unwrap_or_default() + 60);
            let Some(certificate) = line["cert"].as_str() else {
                let reading = check(&ForeignVerifier::default(), code, at);
                assert_ne!(reading.verdict, Verdict::Valid, "{}", line["file"]);
                continue;
            };
            let verifier = trusting(&[STANDARD.decode(certificate).expect("base64")]);
            let reading = check(&verifier, code, at);
            match reading.verdict {
                Verdict::Valid => valid += 1,
                _ => others
                    .push((line["file"].as_str().unwrap_or_default().to_owned(), reading.step)),
            }
        }
    }
    println!("{valid} are valid, {} are not", others.len());
    for (file, step) in &others {
        let known = NOT_VALID.iter().find(|(name, ..)| name == file);
        assert_eq!(known.map(|(_, step, _)| *step), *step, "{file}");
    }
    assert_eq!(others.len(), NOT_VALID.len(), "listed as not valid, but valid");
}

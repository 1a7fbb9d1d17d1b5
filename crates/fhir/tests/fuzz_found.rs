//! Inputs that fuzzing found to be read wrongly, made small.

mod common;

use common::{NOW, admitted, clinic, rejected};
use hutong_fhir::write::record;
use hutong_fhir::{ShownRecord, read_resource};
use hutong_model::{
    Entry, EntryId, Fact, IssueCode, MemberId, PersonId, RegionCode, Submission, Times,
};

fn dose(rest: &str) -> String {
    format!(
        r#"{{"resourceType":"Immunization","id":"d","status":"completed",
        "occurrenceDateTime":"2021",
        {rest}}}"#
    )
}

fn again(submission: &Submission) -> Submission {
    let member = MemberId::parse("330100.clinic-3").expect("a member id");
    let own_id = submission.own_id.clone().expect("an id");
    let shown = ShownRecord::plain(Entry {
        id: EntryId::of_record(&member, &own_id),
        person: PersonId::from_bytes([7; 16]),
        member,
        own_id: Some(own_id),
        region: RegionCode::NATION,
        source: submission.source,
        times: Times { admitted: NOW, ..submission.times },
        replaces: None,
        fact: submission.fact.clone().expect("a fact"),
    });
    let mut out = Vec::new();
    assert!(record(&shown, &mut out));
    admitted(read_resource(&out, &clinic())).0
}

/// Was rejected without a reason.
#[test]
fn an_identifier_without_a_value_names_nobody() {
    for patient in
        [r#"{"identifier":{"system":"urn:a:b"}}"#, r#"{"reference":"Patient?identifier=urn:a:b|"}"#]
    {
        let text = dose(&format!(r#""vaccineCode":{{"text":"v"}},"patient":{patient}"#));
        let issues = rejected(read_resource(text.as_bytes(), &clinic()));
        assert_eq!(issues[0].code, IssueCode::Required);
        assert_eq!(issues[0].field, "Immunization.patient");
    }
}

/// Came back in another order.
#[test]
fn words_keep_their_order() {
    let text = dose(
        r#""vaccineCode":{"coding":[{"display":"first"}],"text":"second"},
        "patient":{"reference":"Patient/p"}"#,
    );
    let (submission, _) = admitted(read_resource(text.as_bytes(), &clinic()));
    let Some(Fact::Vaccination(dose)) = &submission.fact else { panic!("a dose") };
    let words: Vec<_> = dose.vaccine.iter().filter_map(|c| c.display.as_deref()).collect();
    assert_eq!(words, ["first", "second"]);
    assert_eq!(again(&submission).fact, submission.fact);
}

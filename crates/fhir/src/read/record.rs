//! What all records have in common: how the sender knows, what is to be done, when, and remarks.

use super::coded::identifier_text;
use super::elements::{Annotation, Extension, extension};
use super::findings::Findings;
use super::subject::Scene;
use super::{RowResult, times};
use crate::urls;
use hutong_model::{
    Action, Fact, Issue, IssueCode, OriginId, Source, Subject, Submission, Times, When,
};

/// How the sender knows: its own word for it, else FHIR's `primarySource`.
pub(super) fn source(extensions: &[Extension<'_>], primary: Option<bool>) -> Source {
    let word = extension(extensions, urls::EXT_SOURCE).and_then(|e| e.value_code.as_deref());
    match (word, primary) {
        (Some("declared"), _) => Source::Declared,
        (Some("historical"), _) | (None, Some(false)) => Source::Historical,
        _ => Source::FirstHand,
    }
}

/// What is to be done: something new, unless the record says which earlier one it replaces.
pub(super) fn action(
    f: &mut Findings,
    scene: &Scene<'_>,
    field: &'static str,
    extensions: &[Extension<'_>],
) -> Action {
    let Some(replaces) = extension(extensions, urls::EXT_REPLACES) else { return Action::New };
    let own_system = &scene.ctx.record_system;
    let identifier = replaces.value_identifier.as_ref();
    match identifier.and_then(|identifier| identifier_text(identifier, own_system)) {
        Some(text) => f.origin_id(field, &text).map_or(Action::New, Action::Correct),
        None => {
            let remedy = "give the identifier of your earlier record as valueIdentifier";
            f.error(IssueCode::Required, field, "it does not say which record it replaces", remedy);
            Action::New
        }
    }
}

/// A record that states something.
pub(super) fn stated(
    f: Findings,
    own_id: Option<OriginId>,
    action: Action,
    subject: Option<Subject>,
    source: Source,
    times: Times,
    fact: Fact,
) -> RowResult {
    let submission = subject.map(|subject| Submission {
        own_id,
        action,
        subject,
        source,
        times,
        fact: Some(fact),
    });
    f.finish(submission)
}

/// A record withdrawn by its sender (`entered-in-error`).
pub(super) fn retraction(
    f: Findings,
    own_id: Option<OriginId>,
    subject: Option<Subject>,
    reason: Box<str>,
) -> RowResult {
    let submission = subject.zip(own_id).map(|(subject, own_id)| Submission {
        own_id: Some(own_id.clone()),
        action: Action::Retract(own_id, reason),
        subject,
        source: Source::FirstHand,
        times: Times::default(),
        fact: None,
    });
    f.finish(submission)
}

/// Not kept, because it is about something that is not a person.
pub(super) fn subject_not_kept(field: &'static str, kind: &str) -> RowResult {
    let reason = format!("it is about a {kind}; only records of persons are kept");
    RowResult::NotKept(Issue::information(IssueCode::NotSupported, field, reason))
}

/// Times that FHIR has no element for, from extensions; they fill what the elements leave open.
pub(super) fn extra_times(
    f: &mut Findings,
    scene: &Scene<'_>,
    field: &'static str,
    extensions: &[Extension<'_>],
    times: &mut Times,
) {
    if extensions.is_empty() {
        return;
    }
    let slots: [(&str, &mut Option<When>); 4] = [
        (urls::EXT_COLLECTED, &mut times.collected),
        (urls::EXT_RECEIVED, &mut times.received),
        (urls::EXT_PERFORMED, &mut times.performed),
        (urls::EXT_REPORTED, &mut times.reported),
    ];
    for (url, slot) in slots {
        let Some(e) = extension(extensions, url).filter(|_| slot.is_none()) else { continue };
        let text = e.value_date_time.as_deref().or(e.value_instant.as_deref());
        let text = text.or(e.value_date.as_deref());
        *slot = times::when(f, field, text, scene.ctx.now());
    }
}

/// Remarks as one text, after what else is to be remembered in words.
pub(super) fn remarks(
    f: &mut Findings,
    field: &'static str,
    before: Option<&str>,
    notes: &[Annotation<'_>],
) -> Option<Box<str>> {
    let texts = notes.iter().filter_map(|note| note.text.as_deref());
    let mut parts = before.into_iter().chain(texts).filter(|text| !text.trim().is_empty());
    let first = parts.next()?;
    match parts.next() {
        None => f.words(field, Some(first)),
        Some(second) => {
            let all: Vec<&str> = [first, second].into_iter().chain(parts).collect();
            f.words(field, Some(&all.join("\n")))
        }
    }
}

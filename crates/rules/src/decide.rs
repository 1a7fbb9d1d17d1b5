//! From evidence to a decision.

use crate::{
    Decision, EventRef, Evidence, NoLevel, Pack, Reason, RulesError,
    certlogic::Bump,
    evidence::{EvidenceItem, Finding, Moment},
    ordered::Ordered,
    pack::{About, Clearing, Clock, Rule},
    view::View,
};
use hutong_model::{EntryId, Level, RegionCode, Timestamp, limits::EVIDENCE_LISTED_MAX};
use std::sync::Arc;

/// Decides a person's level inside an event.
///
/// # Errors
/// [`NoLevel`] says why there is none: before the event, after its sunset, a pack that does not fit
/// or is not in force, records that were looked at too long ago, or a rule that cannot be
/// evaluated.
pub fn decide(
    pack: &Pack,
    event: &EventRef,
    evidence: &Evidence,
    issuer: RegionCode,
    now: Timestamp,
) -> Result<Decision, NoLevel> {
    let fresh_until = evidence.as_of().min(now).plus_s(pack.freshness_s());
    in_force(pack, event, fresh_until, now)?;
    let arena = Bump::with_capacity(4096);
    let view = View::new(event, evidence, &arena, now);
    let mut reasons = Vec::new();
    let ordered = Ordered::of(evidence, event, now);
    for rule in &pack.rules {
        let found = reason(rule, &view, &ordered)
            .map_err(|source| NoLevel::Rule { rule: Arc::clone(&rule.id), source })?;
        reasons.extend(found);
    }
    reasons.extend(ordered.restrictions(event));
    let level = reasons.iter().map(Reason::level).max().unwrap_or(Level::Green);
    // The level falls when the last of its own reasons ends; and a record dated in the future may
    // change it when its time comes.
    let falls = reasons.iter().filter(|reason| reason.level == level).filter_map(Reason::until);
    let appeals = reasons.iter().filter_map(Reason::appeal_until).min();
    let ends = [falls.max(), view.next_record(), ordered.first_release_end(), appeals];
    let next_change = ends.into_iter().flatten().min();
    let considered = view.considered(pack);
    let records_considered = u32::try_from(considered.len()).unwrap_or(u32::MAX);
    if reasons.is_empty() {
        reasons.push(Reason {
            code: Arc::clone(&pack.default_code),
            rule: Arc::from("default"),
            level: Level::Green,
            text: Arc::clone(&pack.default_text),
            evidence: listed(considered),
            clock: None,
            until: None,
            clears: None,
            appeal_until: None,
        });
    }
    let ends = [Some(event.sunset()), pack.valid_until(), next_change];
    let holds_until = ends.into_iter().flatten().min().unwrap_or(now);
    let (pack_id, pack_version) = pack.shared_name();
    Ok(Decision {
        level,
        event: event.id().into(),
        pack: pack_id,
        pack_version,
        variation: pack.variation(),
        reasons,
        issuer,
        decided_at: now,
        expires_at: holds_until.min(fresh_until),
        holds_until,
        next_change,
        evidence_as_of: evidence.as_of(),
        records_considered,
    })
}

fn in_force(
    pack: &Pack,
    event: &EventRef,
    fresh_until: Timestamp,
    now: Timestamp,
) -> Result<(), NoLevel> {
    if now < event.starts() {
        return Err(NoLevel::NotStarted);
    }
    if now >= event.sunset() {
        return Err(NoLevel::EventEnded);
    }
    if pack.event_kind() != event.kind() {
        return Err(NoLevel::OtherKind);
    }
    if now < pack.valid_from() || pack.valid_until().is_some_and(|until| now >= until) {
        return Err(NoLevel::PackNotInForce);
    }
    if fresh_until <= now {
        return Err(NoLevel::EvidenceStale);
    }
    Ok(())
}

/// The reason that a rule gives, where it gives one.
fn reason<'a>(
    rule: &'a Rule,
    view: &View<'a>,
    ordered: &Ordered<'_>,
) -> Result<Option<Reason>, RulesError> {
    let mut hits: Vec<(Moment, Timestamp, EntryId)> = Vec::new();
    let about = |item: &&EvidenceItem| is_about(item, rule.about) && !ordered.releases(item.entry);
    for item in view.items.iter().filter(about) {
        let moment = against(item, rule.clock);
        if moment.first > view.horizon {
            continue;
        }
        let data = view.data(item, moment.first);
        if !rule.when.holds(data, view.arena)? {
            continue;
        }
        let until = rule.until.instant(data, view.arena)?;
        if until > view.now {
            hits.push((moment, until, item.entry));
        }
    }
    if let (Some(clearing), false) = (&rule.clears, hits.is_empty()) {
        let course = course(clearing, rule.clock, view)?;
        hits.retain(|(moment, ..)| !is_cleared(clearing, &course, moment.last));
    }
    let Some(until) = hits.iter().map(|(_, until, _)| *until).max() else { return Ok(None) };
    hits.sort_unstable_by_key(|(moment, _, entry)| (*moment, *entry));
    let evidence = listed(hits.into_iter().map(|(_, _, entry)| entry).collect());
    Ok(Some(Reason {
        code: Arc::clone(&rule.code),
        rule: Arc::clone(&rule.id),
        level: rule.level,
        text: Arc::clone(&rule.text),
        appeal_until: ordered.appeal_until(&evidence),
        evidence,
        clock: Some(rule.clock),
        until: Some(until),
        clears: rule.clears.as_ref().map(|clearing| Arc::clone(&clearing.text)),
    }))
}

/// What a record does to a clearing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Breaks,
    Counts,
}

/// The records that count for a clearing or break it, by time.
fn course<'a>(
    clearing: &'a Clearing,
    clock: Clock,
    view: &View<'a>,
) -> Result<Vec<(Timestamp, Step)>, RulesError> {
    let mut course = Vec::new();
    for item in view.items {
        let Some(moment) = in_favour(item, clock) else { continue };
        if moment.first > view.horizon {
            continue;
        }
        let data = view.data(item, moment.first);
        if clearing.when.holds(data, view.arena)? {
            course.push((moment.first, Step::Counts));
        } else if let Some(broken_by) = &clearing.broken_by
            && broken_by.holds(data, view.arena)?
        {
            course.push((moment.first, Step::Breaks));
        }
    }
    course.sort_unstable();
    Ok(course)
}

fn is_cleared(clearing: &Clearing, course: &[(Timestamp, Step)], after: Timestamp) -> bool {
    let (mut count, mut last) = (0, after);
    for (at, step) in course.iter().filter(|(at, _)| *at > after) {
        match step {
            Step::Breaks => count = 0,
            Step::Counts if count == 0 || at.since_s(last) >= clearing.apart_s => {
                (count, last) = (count + 1, *at);
            }
            Step::Counts => {}
        }
        if count >= clearing.count {
            return true;
        }
    }
    false
}

/// When a record counts against the person: the rule's clock, else the next best time known.
pub(crate) fn against(item: &EvidenceItem, clock: Clock) -> Moment {
    let EvidenceItem { collected, performed, reported, admitted, .. } = *item;
    let known = match clock {
        Clock::Collected => collected.or(performed).or(reported),
        Clock::Reported => reported.or(performed).or(collected),
    };
    known.unwrap_or(Moment::at(admitted))
}

/// When a record counts for the person: only a time that proves it came after.
fn in_favour(item: &EvidenceItem, clock: Clock) -> Option<Moment> {
    match clock {
        Clock::Collected => item.collected.or(item.performed),
        Clock::Reported => item.reported,
    }
}

pub(crate) fn is_about(item: &EvidenceItem, about: About) -> bool {
    matches!(
        (&item.finding, about),
        (Finding::Test(_), About::Test)
            | (Finding::Declaration(_), About::Declaration)
            | (Finding::Dose(_), About::Dose)
            | (Finding::Case(_), About::Case)
            | (Finding::Contact(_), About::Contact)
            | (Finding::Stay(_), About::Stay)
            | (Finding::Entry(_), About::Entry)
    )
}

/// The newest of many records, as many as a reason lists.
fn listed(mut entries: Vec<EntryId>) -> Vec<EntryId> {
    let surplus = entries.len().saturating_sub(EVIDENCE_LISTED_MAX);
    entries.drain(..surplus);
    entries
}

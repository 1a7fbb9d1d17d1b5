//! From evidence to a decision.

use crate::{
    Decision, EventRef, Evidence, NoLevel, Pack, Reason, RulesError,
    certlogic::{Bump, Value},
    evidence::{EvidenceItem, Finding, Moment},
    pack::{About, Clearing, Clock, Rule},
};
use hutong_model::{
    EntryId, Level, RegionCode, Timestamp,
    limits::{CLOCK_SKEW_S_MAX, EVIDENCE_LISTED_MAX},
};
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
    for rule in &pack.rules {
        let found = reason(rule, &view)
            .map_err(|source| NoLevel::Rule { rule: Arc::clone(&rule.id), source })?;
        reasons.extend(found);
    }
    let level = reasons.iter().map(Reason::level).max().unwrap_or(Level::Green);
    // The level falls when the last of its own reasons ends; and a record dated in the future may
    // change it when its time comes.
    let falls = reasons.iter().filter(|reason| reason.level == level).filter_map(Reason::until);
    let next_change = falls.max().into_iter().chain(view.next_record()).min();
    let considered = view.considered(pack);
    let records_considered = u32::try_from(considered.len()).unwrap_or(u32::MAX);
    if reasons.is_empty() {
        reasons.push(Reason {
            code: Arc::clone(&pack.default_code),
            rule: Arc::from("default"),
            level: Level::Green,
            text: Arc::clone(&pack.default_text),
            evidence: listed(considered),
            until: None,
            clears: None,
        });
    }
    let ends = [Some(fresh_until), Some(event.sunset()), pack.valid_until(), next_change];
    let (pack_id, pack_version) = pack.shared_name();
    Ok(Decision {
        level,
        event: event.id().into(),
        pack: pack_id,
        pack_version,
        reasons,
        issuer,
        decided_at: now,
        expires_at: ends.into_iter().flatten().min().unwrap_or(now),
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
fn reason<'a>(rule: &'a Rule, view: &View<'a>) -> Result<Option<Reason>, RulesError> {
    let mut hits: Vec<(Moment, Timestamp, EntryId)> = Vec::new();
    for item in view.items.iter().filter(|item| is_about(item, rule.about)) {
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
    Ok(Some(Reason {
        code: Arc::clone(&rule.code),
        rule: Arc::clone(&rule.id),
        level: rule.level,
        text: Arc::clone(&rule.text),
        evidence: listed(hits.into_iter().map(|(_, _, entry)| entry).collect()),
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
fn against(item: &EvidenceItem, clock: Clock) -> Moment {
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

fn is_about(item: &EvidenceItem, about: About) -> bool {
    matches!(
        (&item.finding, about),
        (Finding::Test(_), About::Test)
            | (Finding::Declaration(_), About::Declaration)
            | (Finding::Dose(_), About::Dose)
    )
}

/// The newest of many records, as many as a reason lists.
fn listed(mut entries: Vec<EntryId>) -> Vec<EntryId> {
    let surplus = entries.len().saturating_sub(EVIDENCE_LISTED_MAX);
    entries.drain(..surplus);
    entries
}

/// Evidence as the expressions see it: `item`, `event`, `age`.
struct View<'a> {
    items: &'a [EvidenceItem],
    event: Value<'a>,
    age: Value<'a>,
    arena: &'a Bump,
    now: Timestamp,
    /// Records dated later than this are of the future.
    horizon: Timestamp,
}

impl<'a> View<'a> {
    fn new(event: &'a EventRef, evidence: &'a Evidence, arena: &'a Bump, now: Timestamp) -> Self {
        let fields = [
            ("id", Value::Text(event.id())),
            ("kind", Value::Text(event.kind())),
            ("agent", Value::Text(event.agent())),
            ("starts", time(event.starts(), arena)),
        ];
        Self {
            items: evidence.items(),
            event: Value::object(&fields, arena),
            age: evidence.age_years().map_or(Value::Null, |y| Value::Integer(y.into())),
            arena,
            now,
            horizon: now.plus_s(CLOCK_SKEW_S_MAX),
        }
    }

    /// The data of one item; `clock` is the time of it that counts.
    fn data(&self, item: &'a EvidenceItem, clock: Timestamp) -> Value<'a> {
        let fields = match &item.finding {
            Finding::Test(test) => [
                ("test", Value::Text(test.kind.as_str())),
                ("agent", test.agent.as_deref().map_or(Value::Null, Value::Text)),
                ("outcome", Value::Text(test.outcome.as_str())),
                ("pooled", Value::Bool(test.pooled)),
                ("clock", time(clock, self.arena)),
            ],
            Finding::Declaration(said) => [
                (
                    "temperature",
                    said.temperature_decicelsius.map_or(Value::Null, |t| Value::Integer(t.into())),
                ),
                ("symptoms", Value::Integer(said.symptoms.into())),
                ("contact", Value::Bool(said.contact)),
                ("declared", Value::Bool(true)),
                ("clock", time(clock, self.arena)),
            ],
            Finding::Dose(dose) => {
                let families = dose.families.iter().map(|family| Value::Text(family));
                let families = self.arena.alloc_slice_fill_iter(families.collect::<Vec<_>>());
                [
                    ("families", Value::List(families)),
                    ("dose", Value::Bool(true)),
                    ("agent", Value::Null),
                    ("outcome", Value::Null),
                    ("clock", time(clock, self.arena)),
                ]
            }
        };
        let item = Value::object(&fields, self.arena);
        let root = [("item", item), ("event", self.event), ("age", self.age)];
        Value::object(&root, self.arena)
    }

    /// When the first record of the future comes to count.
    fn next_record(&self) -> Option<Timestamp> {
        let clocks = [Clock::Collected, Clock::Reported];
        let times = self.items.iter().flat_map(|item| clocks.map(|c| against(item, c).first));
        times.filter(|first| *first > self.horizon).min()
    }

    /// The records that some rule of the pack looks at, oldest first.
    fn considered(&self, pack: &Pack) -> Vec<EntryId> {
        let looked_at = |item: &&EvidenceItem| {
            pack.rules.iter().any(|rule| is_about(item, rule.about))
                && against(item, Clock::Collected).first <= self.horizon
        };
        self.items.iter().filter(looked_at).map(|item| item.entry).collect()
    }
}

fn time(at: Timestamp, arena: &Bump) -> Value<'_> {
    // INVARIANT: only ASCII is written.
    Value::Text(arena.alloc_str(std::str::from_utf8(&at.to_rfc3339()).unwrap_or_default()))
}

//! Evidence as the expressions of a pack see it.

use crate::{
    EventRef, Evidence, Pack,
    certlogic::{Bump, Value},
    decide::{against, is_about},
    evidence::{EvidenceItem, Finding},
    pack::Clock,
};
use hutong_model::{EntryId, Timestamp, limits::CLOCK_SKEW_S_MAX};

/// Fields of an item, by name.
type Fields<'a> = Vec<(&'a str, Value<'a>)>;

/// The data of expressions: `item`, `event`, `age`.
pub(crate) struct View<'a> {
    pub(crate) items: &'a [EvidenceItem],
    event: Value<'a>,
    age: Value<'a>,
    pub(crate) arena: &'a Bump,
    pub(crate) now: Timestamp,
    /// Records dated later than this are of the future.
    pub(crate) horizon: Timestamp,
}

impl<'a> View<'a> {
    pub(crate) fn new(
        event: &'a EventRef,
        evidence: &'a Evidence,
        arena: &'a Bump,
        now: Timestamp,
    ) -> Self {
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
    pub(crate) fn data(&self, item: &'a EvidenceItem, clock: Timestamp) -> Value<'a> {
        let mut fields = self.fields(&item.finding);
        fields.push(("clock", time(clock, self.arena)));
        let item = Value::object(&fields, self.arena);
        let root = [("item", item), ("event", self.event), ("age", self.age)];
        Value::object(&root, self.arena)
    }

    fn fields(&self, finding: &'a Finding) -> Fields<'a> {
        match finding {
            Finding::Test(test) => vec![
                ("test", Value::Text(test.kind.as_str())),
                ("agent", test.agent.as_deref().map_or(Value::Null, Value::Text)),
                ("outcome", Value::Text(test.outcome.as_str())),
                ("pooled", Value::Bool(test.pooled)),
            ],
            Finding::Declaration(said) => {
                let temperature = said.temperature_decicelsius;
                vec![
                    ("temperature", temperature.map_or(Value::Null, |t| Value::Integer(t.into()))),
                    ("symptoms", Value::Integer(said.symptoms.into())),
                    ("contact", Value::Bool(said.contact)),
                    ("declared", Value::Bool(true)),
                ]
            }
            Finding::Dose(dose) => {
                let families = dose.families.iter().map(|family| Value::Text(family));
                let families = self.arena.alloc_slice_fill_iter(families.collect::<Vec<_>>());
                vec![("families", Value::List(families)), ("dose", Value::Bool(true))]
            }
            Finding::Case(case) => vec![
                ("agent", Value::Text(&case.agent)),
                ("status", Value::Text(case.status.as_str())),
            ],
            Finding::Contact(contact) => vec![
                ("agent", Value::Text(&contact.agent)),
                ("contact", Value::Text(contact.kind.as_str())),
            ],
            Finding::Stay(stayed) => vec![
                ("area", Value::Text(stayed.grade.as_str())),
                ("knownBy", Value::Text(stayed.known_by.as_str())),
            ],
            Finding::Entry(country) => vec![("country", Value::Text(country))],
            Finding::Measure(_) => Vec::new(),
        }
    }

    /// When the first record of the future comes to count.
    pub(crate) fn next_record(&self) -> Option<Timestamp> {
        let clocks = [Clock::Collected, Clock::Reported];
        let times = self.items.iter().flat_map(|item| clocks.map(|c| against(item, c).first));
        times.filter(|first| *first > self.horizon).min()
    }

    /// The records that some rule of the pack looks at, oldest first.
    pub(crate) fn considered(&self, pack: &Pack) -> Vec<EntryId> {
        let looked_at = |item: &&EvidenceItem| {
            pack.rules.iter().any(|rule| is_about(item, rule.about))
                && against(item, Clock::Collected).first <= self.horizon
        };
        let mut found: Vec<_> =
            self.items.iter().filter(looked_at).map(|item| item.entry).collect();
        found.dedup();
        found
    }
}

fn time(at: Timestamp, arena: &Bump) -> Value<'_> {
    // INVARIANT: only ASCII is written.
    Value::Text(arena.alloc_str(std::str::from_utf8(&at.to_rfc3339()).unwrap_or_default()))
}

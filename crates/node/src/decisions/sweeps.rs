//! What concerns many at once: a listed area, another pack, an event that begins or is over. It is
//! gone through in bounded steps, the most urgent first; between two steps whoever has a new
//! record comes first.

use super::follow::PERSONS_AT_ONCE;
use crate::{
    Node, NodeError,
    rulebook::{Rulebook, events::DeclaredEvent},
};
use hutong_model::{PersonId, RegionCode, Timestamp};
use serde::{Deserialize, Serialize};

const SWEEPS: &str = "decision-sweeps";
const TURNS: &str = "decision-turns";
/// How often the time up to which turns were noted is written down while there are none.
const NOTED_EACH_S: i64 = 60;

/// Something to go through, and how far it has come. In the order of urgency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "what")]
pub(crate) enum Sweep {
    /// Everybody who lives or was in a division.
    Area { division: RegionCode, after: Option<PersonId> },
    /// An event is over: what persons were told in it is forgotten.
    Over { event: Box<str> },
    /// Everybody who was told something in an event.
    Told { event: Box<str>, after: Option<PersonId> },
    /// Everybody whom the journal is about, up to a place.
    Journal { after: u64, upto: u64 },
}

impl Node {
    /// What follows for many from a document that was just published.
    pub(crate) async fn sweep_for(&self, kind: &str, key: &str) -> Result<(), NodeError> {
        if !self.is_root() {
            return Ok(());
        }
        let book = self.rulebook();
        let sweeps = match kind {
            "event" => {
                let event = book.events.iter().find(|event| *event.id == *key);
                match event.filter(|event| event.acts.len() == 1 || event.sunset <= self.now()) {
                    Some(event) => self.of_event(event, self.now()).await?,
                    None => Vec::new(),
                }
            }
            "area" => key.rsplit('/').next().and_then(of_area).into_iter().collect(),
            // Packs and variations begin later: their time comes.
            _ => Vec::new(),
        };
        let _turn = self.deciding.lock().await;
        self.add_sweeps(sweeps).await?;
        self.decide_wake.notify_one();
        Ok(())
    }

    /// Notes what has begun or ended since the last time.
    pub(super) async fn note_turns(&self) -> Result<(), NodeError> {
        let now = self.now();
        let noted = self.store.setting(TURNS).await?.and_then(|text| text.parse().ok());
        let last = Timestamp::from_unix_ms(noted.unwrap_or(now.unix_ms()));
        let book = self.rulebook();
        let passed = |at: Timestamp| last < at && at <= now;
        let mut sweeps = Vec::new();
        for event in book.events.iter().filter(|e| passed(e.start) || passed(e.sunset)) {
            sweeps.extend(self.of_event(event, now).await?);
        }
        if book.turns_of_rules().any(passed) {
            let running = book.events.iter().filter(|event| event.in_force(now));
            let told = |event: &DeclaredEvent| Sweep::Told { event: event.id.clone(), after: None };
            sweeps.extend(running.map(told));
        }
        sweeps.extend(areas_that_turn(&book, passed));
        // While nothing turns it is written down now and then only.
        let worth = !sweeps.is_empty() || noted.is_none() || now.since_s(last) >= NOTED_EACH_S;
        self.add_sweeps(sweeps).await?;
        if worth {
            self.store.set_setting(TURNS, &now.unix_ms().to_string()).await?;
        }
        Ok(())
    }

    async fn of_event(
        &self,
        event: &DeclaredEvent,
        now: Timestamp,
    ) -> Result<Vec<Sweep>, NodeError> {
        if event.sunset <= now {
            return Ok(vec![Sweep::Over { event: event.id.clone() }]);
        }
        let upto = self.store.head().await?;
        Ok(if event.in_force(now) { vec![Sweep::Journal { after: 0, upto }] } else { Vec::new() })
    }

    async fn sweeps(&self) -> Result<Vec<Sweep>, NodeError> {
        let text = self.store.setting(SWEEPS).await?;
        text.map_or(Ok(Vec::new()), |text| serde_json::from_str(&text).map_err(malformed))
    }

    async fn add_sweeps(&self, new: Vec<Sweep>) -> Result<(), NodeError> {
        if new.is_empty() {
            return Ok(());
        }
        let mut sweeps = self.sweeps().await?;
        for sweep in new {
            // One that has come half way does not see those before; one at its beginning does.
            if !sweeps.contains(&sweep) {
                sweeps.push(sweep);
            }
        }
        self.keep_sweeps(sweeps).await
    }

    async fn keep_sweeps(&self, mut sweeps: Vec<Sweep>) -> Result<(), NodeError> {
        sweeps.sort_by_key(|sweep| match sweep {
            Sweep::Area { .. } => 0,
            Sweep::Over { .. } => 1,
            Sweep::Told { .. } => 2,
            Sweep::Journal { .. } => 3,
        });
        metrics::gauge!("hutong_decision_sweeps").set(sweeps.len() as f64);
        let text = serde_json::to_string(&sweeps).map_err(malformed)?;
        Ok(self.store.set_setting(SWEEPS, &text).await?)
    }

    /// Takes one step of the most urgent one. False where there is none.
    pub(super) async fn sweep_once(&self) -> Result<bool, NodeError> {
        let mut sweeps = self.sweeps().await?;
        if sweeps.is_empty() {
            return Ok(false);
        }
        match self.step(sweeps.remove(0)).await? {
            Some(rest) => sweeps.insert(0, rest),
            None => tracing::info!(left = sweeps.len(), "everybody concerned was decided about"),
        }
        self.keep_sweeps(sweeps).await?;
        Ok(true)
    }

    /// One step; what is left of it.
    async fn step(&self, sweep: Sweep) -> Result<Option<Sweep>, NodeError> {
        Ok(match sweep {
            Sweep::Area { division, after } => {
                let persons = self.store.persons_in(division, after, PERSONS_AT_ONCE).await?;
                let after = self.decide_some(&persons).await?;
                after.map(|after| Sweep::Area { division, after: Some(after) })
            }
            Sweep::Told { event, after } => {
                let persons = self.store.persons_told(&event, after, PERSONS_AT_ONCE).await?;
                let after = self.decide_some(&persons).await?;
                after.map(|after| Sweep::Told { event, after: Some(after) })
            }
            Sweep::Over { event } => {
                let forgotten = self.store.forget_standings(&event, PERSONS_AT_ONCE).await?;
                (forgotten > 0).then_some(Sweep::Over { event })
            }
            Sweep::Journal { after, upto } => {
                let run = self.run_after(after).await?.filter(|_| after < upto);
                let Some(run) = run else { return Ok(None) };
                let mut persons: Vec<PersonId> =
                    run.entries.iter().map(|stored| stored.entry.person).collect();
                persons.sort_unstable();
                persons.dedup();
                for some in persons.chunks(PERSONS_AT_ONCE) {
                    self.decide_about(some, None).await?;
                }
                Some(Sweep::Journal { after: run.upto, upto })
            }
        })
    }

    /// Decides about a page of persons; the last of a full page.
    async fn decide_some(&self, persons: &[PersonId]) -> Result<Option<PersonId>, NodeError> {
        self.decide_about(persons, None).await?;
        Ok(persons.last().copied().filter(|_| persons.len() >= PERSONS_AT_ONCE))
    }
}

fn of_area(code: &str) -> Option<Sweep> {
    let division = RegionCode::parse(code).ok()?.county();
    Some(Sweep::Area { division, after: None })
}

fn areas_that_turn(book: &Rulebook, passed: impl Fn(Timestamp) -> bool) -> Vec<Sweep> {
    let turns = |document: &&crate::rulebook::areas::AreaDocument| {
        let listed = document.listed.iter();
        listed.flat_map(|one| std::iter::once(one.from).chain(one.until)).any(&passed)
    };
    let areas = book.listed.iter().filter(turns);
    areas.map(|document| Sweep::Area { division: document.area.county(), after: None }).collect()
}

fn malformed(error: serde_json::Error) -> NodeError {
    NodeError::Setup(format!("sweep: {error}"))
}

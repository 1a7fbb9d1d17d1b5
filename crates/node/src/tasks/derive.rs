//! Tasks that follow from decisions. A reason by a rule for which the pack has a task makes one; it
//! ends with the reason, and a task to collect again with a later result of the person's own tube.
//! The journal is followed at a short distance, as counters follow it.

use super::{COLLECTION, Done, Task};
use crate::{Node, NodeError, evaluate::Known, identity::Identity};
use hutong_model::{
    Entry, EntryId, Fact, PersonId, RegionCode, TestOutcome, Timestamp, evidence::AreaGrade,
    task::TaskKind,
};
use hutong_rules::{Decision, Duty, Reason};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

/// How far the journal was followed.
const POSITION: &str = "task-position";
const PAUSE: Duration = Duration::from_secs(1);
/// Time between two rounds of upkeep: listed areas, what ran out, the report to the node above.
const UPKEEP: Duration = Duration::from_secs(10);

impl Node {
    /// Follows the journal, and reports to the node above, until the future is dropped.
    pub(crate) async fn run_tasks(&self) {
        let (mut seen, mut kept_up) = (self.admissions(), None::<Instant>);
        loop {
            let begun = Instant::now();
            let mut result = Ok(());
            if kept_up.is_none_or(|last| last.elapsed() >= UPKEEP) {
                result = self.upkeep().await;
                kept_up = Some(begun);
            }
            let derived = result.and(self.derive_tasks_once().await);
            let busy = seen != self.admissions();
            seen = self.admissions();
            let pause = match derived {
                // While rows are being admitted, a quarter of a core at most; else a half.
                Ok(true) if busy => PAUSE.max(3 * begun.elapsed()),
                Ok(true) => begun.elapsed(),
                Ok(false) => PAUSE,
                Err(error) => {
                    tracing::warn!(error = %error, "seeing to tasks failed; trying again");
                    metrics::counter!("hutong_task_failures_total").increment(1);
                    PAUSE
                }
            };
            tokio::time::sleep(pause).await;
        }
    }

    async fn upkeep(&self) -> Result<(), NodeError> {
        self.see_to_areas_once().await?;
        self.forget_tasks_once().await?;
        metrics::gauge!("hutong_alarms_open").set(self.open_alarms().await? as f64);
        self.report_tasks_once().await
    }

    /// At the first start over a store: only what comes from now on makes tasks.
    pub(crate) async fn prepare_tasks(&self) -> Result<(), NodeError> {
        if self.store.setting(POSITION).await?.is_none() {
            let head = self.store.head().await?;
            self.store.set_setting(POSITION, &head.to_string()).await?;
        }
        Ok(())
    }

    /// Sees to the next run of the journal. False where all was seen to.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read or written; the run is seen to again.
    pub async fn derive_tasks_once(&self) -> Result<bool, NodeError> {
        let position = self.store.setting(POSITION).await?;
        let from = position.and_then(|text| text.parse().ok()).unwrap_or(0);
        let run = self.run_after(from).await?;
        let lag = self.store.head().await?.saturating_sub(from);
        metrics::gauge!("hutong_task_lag_entries").set(lag as f64);
        let Some(run) = run else { return Ok(false) };
        let open: BTreeSet<PersonId> =
            self.live_tasks().await?.into_iter().filter_map(|task| task.person).collect();
        let mut persons = BTreeSet::new();
        for stored in &run.entries {
            let entry = &stored.entry;
            if makes_tasks(&entry.fact) || (entry.fact.is_record() && open.contains(&entry.person))
            {
                persons.insert(entry.person);
            }
        }
        for person in persons {
            self.see_to_person(person).await?;
        }
        self.store.set_setting(POSITION, &run.upto.to_string()).await?;
        Ok(true)
    }

    /// Makes and ends the tasks of one person: by the evidence that is here, and where a task came
    /// from above and rests on a record that is not, by that of the nodes above too.
    pub(super) async fn see_to_person(&self, person: PersonId) -> Result<(), NodeError> {
        match self.see_to(person).await {
            // A rule that cannot be evaluated for one person stands in nobody else's way.
            Err(NodeError::Setup(reason)) => {
                tracing::error!(reason, "no tasks could be made of a decision");
                Ok(())
            }
            seen_to => seen_to,
        }
    }

    async fn see_to(&self, person: PersonId) -> Result<(), NodeError> {
        let (cluster, stored) = self.local_entries(person).await?;
        let residence = Identity::from_entries(&stored).demographics.residence;
        let mut entries: Vec<Entry> = stored.into_iter().map(|stored| stored.entry).collect();
        let mut complete = true;
        let elsewhere = |task: &Task| {
            task.evidence.is_some_and(|record| !entries.iter().any(|entry| entry.id == record))
        };
        if self.open_tasks_about(&cluster).await?.iter().any(elsewhere) {
            let whole = self.whole_history(person).await?;
            (entries, complete) = (whole.entries, whole.complete);
        }
        let known = Known::of(entries);
        let decisions = self.decide(&known, self.settings.region)?;
        let effective = known.effective;
        let _turn = self.tasking.lock().await;
        let mut still_open = Vec::new();
        for mut task in self.open_tasks_about(&cluster).await? {
            let done = ending(&task, &effective, &decisions, self.now());
            match done.filter(|_| complete) {
                Some(done) => {
                    task.done = Some(done);
                    self.keep_task(&task).await?;
                }
                None => still_open.push((task.event, task.kind)),
            }
        }
        for task in self.tasks_of(person, residence, &decisions, &effective) {
            if !still_open.contains(&(task.event.clone(), task.kind)) {
                self.send_task(task).await?;
            }
        }
        Ok(())
    }

    async fn open_tasks_about(&self, cluster: &[PersonId]) -> Result<Vec<Task>, NodeError> {
        let mut tasks = self.live_tasks().await?;
        tasks.retain(|task| {
            task.done.is_none() && task.person.is_some_and(|person| cluster.contains(&person))
        });
        Ok(tasks)
    }

    /// The tasks that decisions make.
    fn tasks_of(
        &self,
        person: PersonId,
        residence: Option<RegionCode>,
        decisions: &[Decision],
        effective: &[Entry],
    ) -> Vec<Task> {
        let (book, now) = (self.rulebook(), self.now());
        let mut tasks = Vec::new();
        for decision in decisions {
            let Some(event) = book.events.iter().find(|event| *event.id == *decision.event())
            else {
                continue;
            };
            let pack = book.pack(&event.kind, self.settings.region, now);
            for reason in decision.reasons() {
                let Some(duty) = pack.task_of(reason.rule()) else { continue };
                let record = reason.evidence().iter().max_by_key(|id| admitted(effective, **id));
                let Some(entry) = effective.iter().find(|entry| Some(&entry.id) == record) else {
                    continue;
                };
                if is_answered(duty.kind(), entry, effective).is_some() {
                    continue;
                }
                let area = residence.unwrap_or_else(|| taken_at(entry));
                let legal_basis = event.acts.last().map(|act| act.legal_basis.clone());
                let ground = Ground { event: &event.id, sunset: event.sunset, area, now };
                tasks.push(ground.task(person, reason, duty, entry.id, legal_basis));
            }
        }
        tasks
    }

    /// Makes the tasks to look after areas that are listed now.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be written.
    pub async fn see_to_areas_once(&self) -> Result<(), NodeError> {
        let (book, now) = (self.rulebook(), self.now());
        for event in self.events_in_force() {
            let pack = book.pack(&event.kind, self.settings.region, now);
            let Some(duty) = pack.area_task() else { continue };
            let Some(areas) = book.areas(&event.id) else { continue };
            let listed = areas.listings().filter(|listing| {
                listing.grade > AreaGrade::Low
                    && listing.from <= now
                    && listing.until.is_none_or(|until| now < until)
            });
            for listing in listed {
                let from = listing.from.unix_ms().to_be_bytes();
                let parts = [event.id.as_bytes(), listing.area.as_str().as_bytes(), &from];
                let due = listing.from.plus_s(duty.due_s());
                self.send_task(Task {
                    id: EntryId::derive("area-task", &parts),
                    kind: duty.kind(),
                    event: event.id.clone(),
                    legal_basis: event
                        .acts
                        .last()
                        .map(|a| a.legal_basis.clone())
                        .unwrap_or_default(),
                    reason: format!("area-listed-{}", listing.grade.as_str()).into(),
                    area: listing.area,
                    person: None,
                    evidence: None,
                    filed_by: None,
                    since: listing.from,
                    due,
                    expires: listing.until.unwrap_or(event.sunset).min(event.sunset),
                    acknowledged: None,
                    done: None,
                    risen: false,
                })
                .await?;
            }
        }
        Ok(())
    }
}

/// In what a task is made.
struct Ground<'a> {
    event: &'a str,
    sunset: Timestamp,
    area: RegionCode,
    now: Timestamp,
}

impl Ground<'_> {
    fn task(
        &self,
        person: PersonId,
        reason: &Reason,
        duty: Duty,
        record: EntryId,
        legal_basis: Option<Box<str>>,
    ) -> Task {
        let parts = [self.event.as_bytes(), reason.rule().as_bytes(), record.as_bytes()];
        let expires = reason.until().unwrap_or(self.sunset).min(self.sunset);
        Task {
            id: EntryId::derive(COLLECTION, &parts),
            kind: duty.kind(),
            event: self.event.into(),
            legal_basis: legal_basis.unwrap_or_default(),
            reason: reason.code().into(),
            area: self.area,
            person: Some(person),
            evidence: Some(record),
            filed_by: None,
            since: self.now,
            due: self.now.plus_s(duty.due_s()).min(expires),
            expires,
            acknowledged: None,
            done: None,
            risen: false,
        }
    }
}

/// Whether a fact may make a task where there was none.
fn makes_tasks(fact: &Fact) -> bool {
    match fact {
        Fact::TestResult(result) => {
            matches!(result.outcome, TestOutcome::Positive | TestOutcome::Inconclusive)
        }
        Fact::Diagnosis(_) | Fact::Exposure(_) | Fact::BorderEntry(_) | Fact::Measure(_) => true,
        Fact::Stay(_) | Fact::HealthDeclaration(_) | Fact::Retraction(_) => true,
        _ => false,
    }
}

/// What ended a task that a reason made.
fn ending(
    task: &Task,
    effective: &[Entry],
    decisions: &[Decision],
    now: Timestamp,
) -> Option<Done> {
    let evidence = task.evidence?;
    let entry = effective.iter().find(|entry| entry.id == evidence);
    if let Some(result) = entry.and_then(|entry| is_answered(task.kind, entry, effective)) {
        let (by, at) = (Some(result.member.clone()), now);
        return Some(Done { by, at, outcome: "collected-again".into() });
    }
    let mut reasons =
        decisions.iter().filter(|d| *d.event() == *task.event).flat_map(|d| d.reasons());
    let holds = reasons.any(|reason| *reason.code() == *task.reason);
    (!holds).then(|| Done { by: None, at: now, outcome: "reason-ended".into() })
}

/// The later result of the person's own tube that answers a task to collect again.
fn is_answered<'e>(kind: TaskKind, entry: &Entry, effective: &'e [Entry]) -> Option<&'e Entry> {
    let Fact::TestResult(first) = &entry.fact else { return None };
    if kind != TaskKind::ReCollect {
        return None;
    }
    effective.iter().find(|later| match &later.fact {
        Fact::TestResult(result) => {
            let open = matches!(result.outcome, TestOutcome::Pending | TestOutcome::Invalid);
            !open
                && !result.is_pooled()
                && result.kind == first.kind
                && collected(later) > collected(entry)
        }
        _ => false,
    })
}

fn collected(entry: &Entry) -> Timestamp {
    entry.times.occurred().map_or(entry.times.admitted, |when| when.start())
}

fn admitted(effective: &[Entry], id: EntryId) -> Option<Timestamp> {
    effective.iter().find(|entry| entry.id == id).map(|entry| entry.times.admitted)
}

/// Where a record happened, for want of a residence: the place that it names, else its sender's.
fn taken_at(entry: &Entry) -> RegionCode {
    let place = match &entry.fact {
        Fact::TestResult(result) => result.place,
        Fact::Exposure(exposure) => exposure.place,
        Fact::Diagnosis(diagnosis) => diagnosis.place,
        _ => None,
    };
    place.unwrap_or(entry.region)
}

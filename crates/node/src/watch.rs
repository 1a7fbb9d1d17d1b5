//! Watching those who read: how many different persons an operator reads in a day, and what looks
//! like something else than work. In memory, for each process; what it finds is stored as an alarm.

use crate::{Node, NodeError, alarms::AlarmRule};
use hutong_model::{Date, MemberId, OperatorId, PersonId, Timestamp, limits};
use parking_lot::Mutex;
use std::{
    collections::{HashMap, HashSet, VecDeque},
    fmt,
};

/// Who reads: a member, and where it says so, who of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Operator {
    /// The member.
    pub member: MemberId,
    /// Who of it; the member as a whole where it does not say.
    pub operator: Option<OperatorId>,
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.operator {
            Some(operator) => write!(f, "{}/{operator}", self.member),
            None => write!(f, "{}", self.member),
        }
    }
}

/// What an operator did.
struct Seen {
    day: Date,
    persons: HashSet<PersonId>,
    /// When persons were read who had not been read that day.
    reads: VecDeque<Timestamp>,
    misses: VecDeque<Timestamp>,
    /// Alarms that were raised that day.
    raised: HashSet<AlarmRule>,
}

impl Seen {
    fn of(day: Date) -> Self {
        let (reads, misses) = (VecDeque::new(), VecDeque::new());
        Self { day, persons: HashSet::new(), reads, misses, raised: HashSet::new() }
    }

    /// An alarm, where it was not raised that day.
    fn alarm(&mut self, rule: AlarmRule, count: Option<usize>) -> Finding {
        match count {
            Some(count) if self.raised.insert(rule) => Finding::Alarm(rule, count),
            _ => Finding::Fine,
        }
    }
}

/// What all of them did.
#[derive(Default)]
pub(crate) struct Watch(Mutex<HashMap<Operator, Seen>>);

/// What a read or a miss shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Finding {
    Fine,
    /// It raises an alarm, with how many.
    Alarm(AlarmRule, usize),
    /// It is one too many.
    Over(usize),
}

impl Watch {
    fn with<T>(&self, who: &Operator, today: Date, use_it: impl FnOnce(&mut Seen) -> T) -> T {
        let mut all = self.0.lock();
        if all.len() >= limits::OPERATORS_MAX && !all.contains_key(who) {
            all.retain(|_, seen| seen.day == today);
        }
        let seen = all.entry(who.clone()).or_insert_with(|| Seen::of(today));
        if seen.day != today {
            *seen = Seen::of(today);
        }
        use_it(seen)
    }

    fn read(&self, who: &Operator, person: PersonId, quota: usize, now: Timestamp) -> Finding {
        self.with(who, now.utc_date(), |seen| {
            if seen.persons.contains(&person) {
                return Finding::Fine;
            }
            if seen.persons.len() >= quota {
                return Finding::Over(quota);
            }
            seen.persons.insert(person);
            let count = within(&mut seen.reads, now, limits::WATCH_PERSONS_MAX);
            seen.alarm(AlarmRule::ManyPersons, count)
        })
    }

    fn miss(&self, who: &Operator, now: Timestamp) -> Finding {
        self.with(who, now.utc_date(), |seen| {
            let count = within(&mut seen.misses, now, limits::WATCH_MISSES_MAX);
            seen.alarm(AlarmRule::Probing, count)
        })
    }
}

/// Adds a time; how many lie within the time watched, where they are as many as the limit.
fn within(times: &mut VecDeque<Timestamp>, now: Timestamp, limit: usize) -> Option<usize> {
    times.push_back(now);
    while times.front().is_some_and(|first| now.since_s(*first) > limits::WATCH_S)
        || times.len() > limit
    {
        times.pop_front();
    }
    (times.len() >= limit).then_some(times.len())
}

impl Node {
    /// Counts that an operator reads a person, before anything is read.
    ///
    /// # Errors
    /// [`NodeError::Quota`] where that is one person too many for the day.
    pub async fn count_read(&self, who: &Operator, person: PersonId) -> Result<(), NodeError> {
        let quota = usize::try_from(self.settings.persons_per_operator_day).unwrap_or(usize::MAX);
        match self.watch.read(who, person, quota, self.now()) {
            Finding::Fine => Ok(()),
            Finding::Alarm(rule, count) => self.raise(rule, who, count).await,
            Finding::Over(count) => {
                metrics::counter!("hutong_quota_refused_total").increment(1);
                self.raise(AlarmRule::Quota, who, count).await?;
                Err(NodeError::Quota(format!(
                    "this operator has read {count} different persons today, as many as one may; \
                     the quota begins anew at midnight UTC"
                )))
            }
        }
    }

    /// Counts that an operator looked for somebody and found nobody whom they may read.
    ///
    /// # Errors
    /// [`NodeError`] where an alarm cannot be stored.
    pub async fn count_miss(&self, who: &Operator) -> Result<(), NodeError> {
        match self.watch.miss(who, self.now()) {
            Finding::Alarm(rule, count) => self.raise(rule, who, count).await,
            Finding::Fine | Finding::Over(_) => Ok(()),
        }
    }
}

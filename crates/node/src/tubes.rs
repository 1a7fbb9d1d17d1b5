//! Tubes that several people share (混采): what the site that filled one may see of it, and samples
//! whose result is awaited.

use crate::{Node, NodeError, merge};
use hutong_model::{
    Catalogue, Date, Entry, EntryId, Fact, Member, OriginId, PersonId, TestOutcome, Times,
    Timestamp, limits,
};
use hutong_rules::Text;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// One record of a tube, as the member that stated it sees it: no name, no document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TubeRecord {
    /// The entry, in its present form.
    pub entry: EntryId,
    /// The member's own id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_id: Option<OriginId>,
    /// What was found.
    pub outcome: TestOutcome,
    /// Its times.
    pub times: Times,
}

/// A tube.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tube {
    /// Its code.
    pub tube: Box<str>,
    /// How many people's samples it holds by the records.
    pub people: usize,
    /// How many it is made for, as stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pool_size: Option<u16>,
    /// How many people by outcome.
    pub outcomes: BTreeMap<&'static str, usize>,
    /// The member's own records of it.
    pub records: Vec<TubeRecord>,
}

/// A sample that was taken and has no result yet (已采样，待出结果).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Awaited {
    /// The record.
    pub entry: EntryId,
    /// When the sample was taken, as far as it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collected: Option<hutong_model::When>,
    /// What that means, for the person to read.
    pub text: Text,
}

impl Node {
    /// A tube, by the records of the member that filled it: those that it stated on `day` and in
    /// the two days after (results come later), or without a day in the last three.
    ///
    /// # Errors
    /// [`NodeError::NotFound`] where the member stated none; [`NodeError`] where the store cannot
    /// be read.
    pub async fn tube(
        &self,
        member: &Member,
        code: &str,
        day: Option<Date>,
    ) -> Result<Tube, NodeError> {
        let last_back = -limits::TUBE_DAYS + 1;
        let first = day.unwrap_or_else(|| self.now().utc_date().plus_days(last_back));
        let mut of_person: HashMap<PersonId, Vec<Entry>> = HashMap::new();
        for after in 0..limits::TUBE_DAYS {
            for stored in self.store.entries_of_day(&member.id, first.plus_days(after)).await? {
                of_person.entry(stored.entry.person).or_default().push(stored.entry);
            }
        }
        let mut tube = Tube {
            tube: code.into(),
            people: 0,
            pool_size: None,
            outcomes: BTreeMap::new(),
            records: Vec::new(),
        };
        for entries in of_person.into_values() {
            for entry in merge::effective(entries, Catalogue::builtin()) {
                tube.take(entry);
            }
        }
        if tube.records.is_empty() {
            return Err(NodeError::NotFound(
                "your organisation stated no sample of this tube then",
            ));
        }
        tube.records.sort_by(|a, b| a.own_id.cmp(&b.own_id).then(a.entry.cmp(&b.entry)));
        Ok(tube)
    }
}

impl Tube {
    fn take(&mut self, entry: Entry) {
        let Fact::TestResult(result) = &entry.fact else { return };
        if result.tube.as_deref() != Some(&*self.tube) {
            return;
        }
        self.people += 1;
        self.pool_size = self.pool_size.max(result.pool_size);
        *self.outcomes.entry(result.outcome.as_str()).or_default() += 1;
        self.records.push(TubeRecord {
            entry: entry.id,
            outcome: result.outcome,
            own_id: entry.own_id,
            times: entry.times,
        });
    }
}

/// The samples among these records whose result is awaited.
pub(crate) fn awaited(effective: &[Entry], now: Timestamp) -> Vec<Awaited> {
    let open = effective.iter().filter(|entry| match &entry.fact {
        Fact::TestResult(result) if result.outcome == TestOutcome::Pending => {
            let taken = entry.times.collected.map_or(entry.times.admitted, |when| when.start());
            now.since_s(taken) < limits::AWAITED_S_MAX
        }
        _ => false,
    });
    let shown = open.map(|entry| Awaited {
        entry: entry.id,
        collected: entry.times.collected,
        text: Text {
            zh: "已采样，待出结果；结果一到，等级即重新判定".into(),
            en: "Collected, awaiting the result; when it comes, the level is decided again".into(),
        },
    });
    shown.collect()
}

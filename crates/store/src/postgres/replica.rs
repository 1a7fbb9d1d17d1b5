//! A read replica: a server that follows the one that takes writes, asked for what is shown to
//! people, never for what decisions stand on. What it says counts only where it is near enough.

use super::{
    connect::Connector,
    database::{Database, Values, column},
    entries::RawEntry,
    ground::Overlay,
    trouble::Trouble,
    types::{Uid, uids},
};
use crate::StoreError;
use hutong_model::{PersonId, limits::REPLICA_LAG_S_MAX};
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};
use tokio_postgres::Row;

/// How long a replica may take for an answer.
const WAIT: Duration = Duration::from_secs(2);
/// How long it is left alone after it failed, and after it was too far behind.
const REST: Duration = Duration::from_secs(5);
const REST_BEHIND: Duration = Duration::from_secs(1);
/// How often the primary is asked how far it is, at most.
const SAMPLE: Duration = Duration::from_secs(1);
const LAG_MAX: Duration = Duration::from_secs(REPLICA_LAG_S_MAX);
/// Persons share so many places; a power of two. Sharing one only means that the primary is asked.
const SLOTS: usize = 1 << 16;

const HEAD: &str = "SELECT head FROM journal";
const STORE: &str = "SELECT value FROM meta WHERE name = 'seal-check'";
/// One statement, so that all is of one moment: how far the journal is, who is linked, what is
/// stated. Entries are looked up for each person by itself.
const SHOWN: &str = "WITH RECURSIVE cluster (person) AS (
        SELECT unnest($1::uuid[])
        UNION SELECT b FROM person_link JOIN cluster ON a = cluster.person WHERE linked
    )
    SELECT e.seq, cluster.person, e.id, e.member, e.body, (SELECT head FROM journal)
    FROM cluster LEFT JOIN LATERAL (
        SELECT seq, id, member, body FROM entry WHERE entry.person = cluster.person OFFSET 0
    ) e ON true ORDER BY e.seq NULLS LAST, cluster.person";

pub(super) struct Replica {
    db: Database,
    hosts: String,
    /// Up to which place of the journal a replica must have come to show a person, by the last
    /// bytes of their id: what this process has written, or was shown by the primary.
    places: Box<[AtomicI64]>,
    /// How far the primary was, and when; the oldest first.
    heads: Mutex<VecDeque<(Instant, i64)>>,
    /// Until when it is left alone.
    rests: Mutex<Option<Instant>>,
    /// Whether it is known to be a copy of this store.
    is_ours: AtomicBool,
    in_use: AtomicBool,
}

/// Persons and their entries, as a replica has them.
pub(super) type Shown = (Vec<PersonId>, Vec<RawEntry>);

/// Why a replica was not used.
enum Why {
    /// It is there, and further behind than it may be.
    Behind(&'static str),
    Failed(String),
}

impl From<Trouble> for Why {
    fn from(trouble: Trouble) -> Self {
        Self::Failed(match trouble {
            Trouble::Passing(reason) => reason,
            Trouble::Lasting(error) => error.to_string(),
        })
    }
}

impl From<StoreError> for Why {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl Replica {
    /// Does not connect yet: a replica may be away at any time, also now.
    pub(super) fn new(url: &str) -> Result<Self, StoreError> {
        let connector = Connector::parse(url)?;
        let hosts = connector.describe();
        Ok(Self {
            db: Database::new(connector)?,
            hosts,
            places: (0..SLOTS).map(|_| AtomicI64::new(0)).collect(),
            heads: Mutex::default(),
            rests: Mutex::default(),
            is_ours: AtomicBool::new(false),
            in_use: AtomicBool::new(false),
        })
    }

    fn place(&self, person: PersonId) -> &AtomicI64 {
        let bytes = person.as_bytes();
        // Ids are random: any bytes of them will do.
        let slot = usize::from(u16::from_be_bytes([bytes[14], bytes[15]]));
        &self.places[slot % SLOTS]
    }

    /// Whoever shows this person must have come up to this place.
    pub(super) fn note(&self, person: PersonId, place: i64) {
        self.place(person).fetch_max(place, Ordering::Relaxed);
    }

    /// The same for all that a transaction writes.
    pub(super) fn note_all(&self, overlay: &Overlay<'_>, head: i64) {
        let last = head.saturating_add(overlay.entries.len() as i64);
        for entry in &overlay.entries {
            self.note(entry.person, last);
        }
        for (one, other) in overlay.stated.keys() {
            self.note(*one, last);
            self.note(*other, last);
        }
    }

    /// These persons, all who are linked with them and all their entries; none where the replica
    /// is away or not near enough.
    pub(super) async fn shown(&self, primary: &Database, persons: &[PersonId]) -> Option<Shown> {
        let rests = self.rests.lock().is_some_and(|until| until > Instant::now());
        let found = match rests {
            true => return self.count("primary"),
            false => tokio::time::timeout(WAIT, self.attempt(primary, persons)).await,
        };
        let late = |_| Err(Why::Failed("no answer in time".into()));
        match found.unwrap_or_else(late) {
            Ok(Some(shown)) => {
                if !self.in_use.swap(true, Ordering::Relaxed) {
                    tracing::info!(replica = self.hosts, "the read replica is used");
                }
                self.count::<()>("replica");
                Some(shown)
            }
            // It lacks what was just written of these persons alone.
            Ok(None) => self.count("primary"),
            Err(why) => {
                self.rest(why);
                self.count("primary")
            }
        }
    }

    fn count<T>(&self, by: &'static str) -> Option<T> {
        metrics::counter!("hutong_store_shown_total", "by" => by).increment(1);
        None
    }

    fn rest(&self, why: Why) {
        let (reason, rest) = match why {
            Why::Behind(reason) => (reason.to_owned(), REST_BEHIND),
            Why::Failed(reason) => (reason, REST),
        };
        let resting = self.rests.lock().replace(Instant::now() + rest).is_some();
        if self.in_use.swap(false, Ordering::Relaxed) || !resting {
            tracing::warn!(replica = self.hosts, reason, "the read replica is not used for now");
        }
    }

    async fn attempt(
        &self,
        primary: &Database,
        persons: &[PersonId],
    ) -> Result<Option<Shown>, Why> {
        self.check(primary).await?;
        let least = self.least(primary).await?;
        let values: Values<'_> = &[&uids(persons.iter().copied())];
        let rows = self.db.query_once("shown", SHOWN, values).await?;
        let head: i64 = rows.first().map_or(Ok(0), |row| column(row, 5))?;
        if head < least {
            return Err(Why::Behind("it is too far behind the primary"));
        }
        let shown = read(persons, &rows)?;
        let has_all = |person: &PersonId| self.place(*person).load(Ordering::Relaxed) <= head;
        Ok(shown.0.iter().all(has_all).then_some(shown))
    }

    /// Makes sure, once, that it is a copy of this very store.
    async fn check(&self, primary: &Database) -> Result<(), Why> {
        if self.is_ours.load(Ordering::Relaxed) {
            return Ok(());
        }
        let mut marks: Vec<Vec<u8>> = Vec::new();
        for db in [primary, &self.db] {
            let rows = db.query_once("check_replica", STORE, &[]).await?;
            marks.push(rows.first().map_or(Ok(Vec::new()), |row| column(row, 0))?);
        }
        if marks[0].is_empty() || marks[0] != marks[1] {
            return Err(Why::Failed("store_read is not a copy of this store".into()));
        }
        self.is_ours.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// How far the primary was at some moment that is not too long ago. Whoever has come so far
    /// has everything that was written before that moment.
    async fn least(&self, primary: &Database) -> Result<i64, Why> {
        let asked = Instant::now();
        {
            let mut heads = self.heads.lock();
            while heads.front().is_some_and(|(at, _)| asked - *at > LAG_MAX) {
                heads.pop_front();
            }
            if let (Some((_, oldest)), Some((newest, _))) = (heads.front(), heads.back())
                && asked - *newest < SAMPLE
            {
                return Ok(*oldest);
            }
        }
        let rows = primary.query_once("head", HEAD, &[]).await?;
        let head: i64 = rows.first().map_or(Ok(0), |row| column(row, 0))?;
        let mut heads = self.heads.lock();
        heads.push_back((asked, head));
        Ok(heads.front().map_or(head, |(_, oldest)| *oldest))
    }
}

fn read(persons: &[PersonId], rows: &[Row]) -> Result<Shown, StoreError> {
    let (mut cluster, mut entries) = (persons.to_vec(), Vec::new());
    for row in rows {
        let person: PersonId = column::<Uid>(row, 1)?.into();
        if !cluster.contains(&person) {
            cluster.push(person);
        }
        if column::<Option<i64>>(row, 0)?.is_some() {
            entries.push(RawEntry::read(row)?);
        }
    }
    Ok((cluster, entries))
}

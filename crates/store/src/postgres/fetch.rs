//! The writer's session: what it fetches before anything is decided.

use super::{
    connect::Connector,
    database::column,
    entries::{RawEntry, select_entries},
    ground::{Base, Missing},
    origins::{self, Members},
    trouble::Trouble,
    types::{Uid, uids},
};
use crate::{
    StoreError,
    admission::{Identity, Key, NIL},
};
use futures::{future::try_join_all, try_join};
use hutong_model::PersonId;
use tokio_postgres::{Client, Row, Statement};

/// Statements that a session of the writer keeps ready.
const STATEMENTS: [&str; 7] = [
    "SELECT blind, person FROM document_lead WHERE blind = ANY($1)",
    select_entries!("FROM entry WHERE id = ANY($1)"),
    "SELECT DISTINCT person FROM entry WHERE person = ANY($1)",
    "SELECT a, b, linked FROM person_link WHERE a = ANY($1)",
    select_entries!(", blind FROM entry WHERE person = ANY($1) AND kind IN (10, 12)"),
    origins::ALL,
    "SELECT head, (SELECT batch FROM writer WHERE id = ANY($1)) FROM journal",
];
const LEADS: usize = 0;
const ENTRIES: usize = 1;
const EXIST: usize = 2;
const LINKS: usize = 3;
const IDENTITY: usize = 4;
const MEMBERS: usize = 5;
const HEAD: usize = 6;

/// Waits for its turn: one transaction admits at a time, of all processes. Locking a table takes no
/// snapshot: the transaction sees all that was committed before its turn.
const BEGIN: &str =
    "BEGIN ISOLATION LEVEL REPEATABLE READ; LOCK TABLE journal_turn IN EXCLUSIVE MODE";

/// A connection of the writer.
pub(super) struct Session {
    pub(super) client: Client,
    statements: Vec<Statement>,
}

/// Where the journal is at the beginning of a transaction.
pub(super) struct Start {
    pub(super) head: i64,
    /// The number of this writer's last transaction that was committed.
    pub(super) batch: Option<i64>,
}

impl Session {
    pub(super) async fn open(connector: &Connector) -> Result<Self, Trouble> {
        let client = connector.open("admit").await?;
        let statements = try_join_all(STATEMENTS.iter().map(|sql| client.prepare(sql)));
        let statements = statements.await.map_err(trouble)?;
        Ok(Self { client, statements })
    }

    /// Begins a transaction when it is its turn, and fetches what is wanted at once.
    pub(super) async fn begin(
        &self,
        writer: Key,
        base: &mut Base,
        members: &Members,
        wanted: Missing,
    ) -> Result<Start, Trouble> {
        let begin = async { self.client.batch_execute(BEGIN).await.map_err(trouble) };
        // The requests go out in this order, without waiting for one another.
        let ((), start, ()) = try_join!(
            begin,
            self.rows(HEAD, vec![Uid(writer)]),
            self.fetch(base, members, wanted)
        )?;
        let start = start.first().ok_or_else(|| StoreError::Backend {
            transaction: "admit",
            reason: "the table `journal` has lost its row".into(),
        })?;
        Ok(Start { head: column(start, 0)?, batch: column(start, 1)? })
    }

    /// Fetches what is missing, and whoever is linked with those whose links are.
    pub(super) async fn fetch(
        &self,
        base: &mut Base,
        members: &Members,
        missing: Missing,
    ) -> Result<(), Trouble> {
        let Missing { leads, entries, exist, mut links, mut identity, members: all } = missing;
        let (leads, entries, exist): (Vec<Key>, Vec<_>, Vec<PersonId>) = (
            leads.into_iter().collect(),
            entries.into_iter().collect(),
            exist.into_iter().collect(),
        );
        let mut first = true;
        while first || !links.is_empty() || !identity.is_empty() {
            let some = |ids: Vec<Uid>| if first { ids } else { Vec::new() };
            let (lead_rows, entry_rows, exist_rows, link_rows, told_rows, member_rows) = try_join!(
                self.rows(LEADS, some(leads.iter().copied().map(Uid).collect())),
                self.rows(ENTRIES, some(uids(entries.iter().copied()))),
                self.rows(EXIST, some(uids(exist.iter().copied()))),
                self.rows(LINKS, uids(links.iter().copied())),
                self.rows(IDENTITY, uids(identity.iter().copied())),
                self.all(MEMBERS, first && all),
            )?;
            members.learn(&member_rows)?;
            base.add_identity(identity.drain(), &told_rows)?;
            // Whoever is linked with them is fetched next.
            let near = base.add_links(links.drain(), &link_rows)?;
            let strange = |one: &PersonId| !base.identity.contains_key(one);
            identity.extend(near.iter().copied().filter(strange));
            links.extend(near);
            if first {
                base.add_leads(&leads, &lead_rows)?;
                base.entries.extend(entries.iter().map(|id| (*id, None)));
                base.add_entries(&entry_rows)?;
                base.exist.extend(exist.iter().map(|person| (*person, false)));
                for row in &exist_rows {
                    base.exist.insert(column::<Uid>(row, 0)?.into(), true);
                }
            }
            first = false;
        }
        Ok(())
    }

    /// What a statement finds for any of these ids.
    async fn rows(&self, statement: usize, ids: Vec<Uid>) -> Result<Vec<Row>, Trouble> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.client.query(&self.statements[statement], &[&ids]).await.map_err(trouble)
    }

    async fn all(&self, statement: usize, wanted: bool) -> Result<Vec<Row>, Trouble> {
        if !wanted {
            return Ok(Vec::new());
        }
        self.client.query(&self.statements[statement], &[]).await.map_err(trouble)
    }
}

impl Base {
    fn add_leads(&mut self, asked: &[Key], rows: &[Row]) -> Result<(), Trouble> {
        self.leads.extend(asked.iter().map(|blind| (*blind, None)));
        for row in rows {
            let (Uid(blind), person): (Uid, Option<Uid>) = (column(row, 0)?, column(row, 1)?);
            self.leads.insert(blind, Some(person.map_or(NIL, |person| person.0)));
        }
        Ok(())
    }

    fn add_entries(&mut self, rows: &[Row]) -> Result<(), Trouble> {
        for row in rows {
            let raw = RawEntry::read(row)?;
            self.entries.insert(raw.id, Some(raw));
        }
        Ok(())
    }

    fn add_identity(
        &mut self,
        asked: impl Iterator<Item = PersonId>,
        rows: &[Row],
    ) -> Result<(), Trouble> {
        self.identity.extend(asked.map(|person| (person, Vec::new())));
        self.add_entries(rows)?;
        for row in rows {
            let blind: Option<Uid> = column(row, 5)?;
            let (person, place) = (column::<Uid>(row, 1)?.into(), column::<Uid>(row, 2)?.into());
            let found = self.identity.entry(person).or_default();
            found.push(Identity { place, blind: blind.map(|blind| blind.0) });
        }
        Ok(())
    }

    /// Adds links; those who are linked and of whom no links are known yet.
    fn add_links(
        &mut self,
        asked: impl Iterator<Item = PersonId>,
        rows: &[Row],
    ) -> Result<Vec<PersonId>, Trouble> {
        self.linked.extend(asked);
        let mut near = Vec::new();
        for row in rows {
            let (a, b): (PersonId, PersonId) =
                (column::<Uid>(row, 0)?.into(), column::<Uid>(row, 1)?.into());
            let linked = column(row, 2)?;
            self.links.set(a, b, linked);
            if linked && !self.linked.contains(&b) {
                near.push(b);
            }
        }
        Ok(near)
    }
}

fn trouble(error: tokio_postgres::Error) -> Trouble {
    Trouble::of("admit")(error)
}

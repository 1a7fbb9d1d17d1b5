//! What a transaction of the writer writes: one statement for each table.

use super::{
    Shared,
    admit::Decided,
    connect::Connector,
    fetch::Session,
    trouble::Trouble,
    types::{Uid, signed},
};
use crate::{
    InboxMark, StoreError,
    admission::{Key, NIL, NewEntry, body, prepare::is_counted},
};
use bytes::{BufMut, Bytes, BytesMut};
use foldhash::HashMap;
use futures::{SinkExt, future::try_join_all};
use std::pin::pin;
use tokio_postgres::{Client, Statement, types::ToSql};

const STATEMENTS: [&str; 8] = [
    "COPY entry (seq, person, id, member, day, kind, local, blind, body)
     FROM STDIN (FORMAT binary)",
    "INSERT INTO document_lead (blind, person) SELECT * FROM unnest($1::uuid[], $2::uuid[])
     ON CONFLICT (blind) DO UPDATE SET person = excluded.person",
    "INSERT INTO person_link (a, b, linked, entry)
     SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::boolean[], $4::uuid[])
     ON CONFLICT (a, b) DO UPDATE SET linked = excluded.linked, entry = excluded.entry",
    "INSERT INTO origin (number, member) SELECT * FROM unnest($1::int[], $2::text[])",
    "INSERT INTO origin_day (member, day, count, digest, first, last)
     SELECT member, day, count, digest::numeric, first, last
     FROM unnest($1::int[], $2::int[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[])
        AS new (member, day, count, digest, first, last)
     ON CONFLICT (member, day) DO UPDATE SET count = origin_day.count + excluded.count,
        digest = mod(origin_day.digest + excluded.digest, 340282366920938463463374607431768211456),
        last = excluded.last",
    "INSERT INTO correction (request, record, member, person, answer)
     SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::uuid[], $5::uuid[])
     ON CONFLICT (request) DO UPDATE SET
        record = coalesce(excluded.record, correction.record),
        member = CASE WHEN excluded.record IS NULL THEN correction.member
            ELSE excluded.member END,
        person = coalesce(excluded.person, correction.person),
        answer = coalesce(excluded.answer, correction.answer)",
    "INSERT INTO inbox (node, seq) SELECT * FROM unnest($1::text[], $2::bigint[])
     ON CONFLICT (node) DO UPDATE SET seq = greatest(inbox.seq, excluded.seq)",
    "WITH mark AS (INSERT INTO writer (id, batch) VALUES ($3, $4)
        ON CONFLICT (id) DO UPDATE SET batch = excluded.batch, seen = now())
     UPDATE journal SET head = head + $1, persons = persons + $2 RETURNING head",
];
const ENTRIES: usize = 0;
const LEADS: usize = 1;
const LINKS: usize = 2;
const MEMBERS: usize = 3;
const DAYS: usize = 4;
const CORRECTIONS: usize = 5;
const INBOX: usize = 6;
const HEAD: usize = 7;

/// Bytes of rows that are handed to the connection at once.
const CHUNK_BYTES: usize = 256 * 1024;
/// Room for an ordinary row.
const ROW_BYTES: usize = 384;

/// Statements that write, ready.
pub(super) struct Writes(Vec<Statement>);

/// The session of a writer: it fetches, then it writes.
pub(super) async fn open(connector: &Connector) -> Result<(Session, Writes), Trouble> {
    let session = Session::open(connector).await?;
    let statements = try_join_all(STATEMENTS.iter().map(|sql| session.client.prepare(sql)));
    let statements = statements.await.map_err(trouble)?;
    Ok((session, Writes(statements)))
}

/// Which transaction it is: of which writer, its number, and after which place in the journal.
pub(super) struct Mark {
    pub(super) writer: Key,
    pub(super) batch: i64,
    pub(super) head: i64,
}

impl Writes {
    /// Writes what was decided; the requests go out together.
    pub(super) async fn write(
        &self,
        client: &Client,
        shared: &Shared,
        decided: &Decided<'_>,
        inbox: &[&InboxMark],
        mark: &Mark,
    ) -> Result<(), Trouble> {
        let overlay = &decided.overlay;
        let rows = i64::try_from(overlay.entries.len()).unwrap_or(i64::MAX);
        let (_, head, ..) = futures::try_join!(
            self.copy(client, shared, &overlay.entries, mark.head),
            self.head(client, rows, overlay.persons, mark),
            self.leads(client, &overlay.leads),
            self.links(client, decided),
            self.members(client, decided),
            self.days(client, &overlay.entries, mark.head),
            self.corrections(client, decided),
            self.inbox(client, inbox),
        )?;
        if head != mark.head + rows {
            let reason = "the journal moved within a transaction".into();
            return Err(StoreError::Backend { transaction: "admit", reason }.into());
        }
        Ok(())
    }

    async fn run(
        &self,
        client: &Client,
        statement: usize,
        rows: usize,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<(), Trouble> {
        if rows > 0 {
            client.execute(&self.0[statement], values).await.map_err(trouble)?;
        }
        Ok(())
    }

    async fn head(
        &self,
        client: &Client,
        rows: i64,
        persons: i64,
        mark: &Mark,
    ) -> Result<i64, Trouble> {
        let values: [&(dyn ToSql + Sync); 4] = [&rows, &persons, &Uid(mark.writer), &mark.batch];
        let row = client.query_one(&self.0[HEAD], &values).await.map_err(trouble)?;
        row.try_get(0).map_err(trouble)
    }

    async fn copy(
        &self,
        client: &Client,
        shared: &Shared,
        entries: &[NewEntry<'_>],
        head: i64,
    ) -> Result<(), Trouble> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut sink = pin!(client.copy_in::<_, Bytes>(&self.0[ENTRIES]).await.map_err(trouble)?);
        let mut buffer = BytesMut::with_capacity(CHUNK_BYTES + 4 * ROW_BYTES);
        // The signature, no flags, no extension.
        buffer.put_slice(b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0");
        for (entry, seq) in entries.iter().zip(head + 1..) {
            let fact = &entry.fact;
            let name = body::row_name(&fact.fact.id, &entry.person);
            let sealed = shared.sealer.seal_slice(body::place(&name), &fact.body)?;
            put_row(&mut buffer, seq, entry, &sealed);
            if buffer.len() >= CHUNK_BYTES {
                let chunk = buffer.split().freeze();
                sink.send(chunk).await.map_err(trouble)?;
            }
        }
        buffer.put_i16(-1);
        sink.send(buffer.freeze()).await.map_err(trouble)?;
        sink.finish().await.map_err(trouble).map(drop)
    }

    async fn leads(&self, client: &Client, leads: &HashMap<Key, Key>) -> Result<(), Trouble> {
        // By key, so that neighbours in the index are written together.
        let mut leads: Vec<_> = leads.iter().collect();
        leads.sort_unstable();
        let blinds: Vec<Uid> = leads.iter().map(|(blind, _)| Uid(**blind)).collect();
        let persons: Vec<Option<Uid>> =
            leads.iter().map(|(_, lead)| (**lead != NIL).then_some(Uid(**lead))).collect();
        self.run(client, LEADS, blinds.len(), &[&blinds, &persons]).await
    }

    async fn links(&self, client: &Client, decided: &Decided<'_>) -> Result<(), Trouble> {
        let (mut ones, mut others, mut linked, mut entries) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for ((a, b), (are, entry)) in &decided.overlay.stated {
            for (one, other) in [(*a, *b), (*b, *a)] {
                ones.push(Uid::from(one));
                others.push(Uid::from(other));
                linked.push(*are);
                entries.push(Uid::from(*entry));
            }
        }
        self.run(client, LINKS, ones.len(), &[&ones, &others, &linked, &entries]).await
    }

    async fn members(&self, client: &Client, decided: &Decided<'_>) -> Result<(), Trouble> {
        let new = &decided.overlay.members;
        let numbers: Vec<i32> = new.iter().map(|(number, _)| *number).collect();
        let names: Vec<&str> = new.iter().map(|(_, member)| member.as_str()).collect();
        self.run(client, MEMBERS, new.len(), &[&numbers, &names]).await
    }

    async fn days(
        &self,
        client: &Client,
        entries: &[NewEntry<'_>],
        head: i64,
    ) -> Result<(), Trouble> {
        let mut days: HashMap<(i32, i32), (i64, u128, i64, i64)> = HashMap::default();
        for (entry, seq) in entries.iter().zip(head + 1..) {
            if is_counted(&entry.fact.fact.fact) {
                let day = (member_number(entry), entry.fact.day);
                let (count, digest, _, last) = days.entry(day).or_insert((0, 0, seq, seq));
                *count += 1;
                *digest = digest.wrapping_add(entry.fact.digest);
                *last = seq;
            }
        }
        let (mut members, mut numbers, mut counts, mut digests, mut firsts, mut lasts) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for ((member, day), (count, digest, first, last)) in days {
            members.push(member);
            numbers.push(day);
            counts.push(count);
            digests.push(digest.to_string());
            firsts.push(first);
            lasts.push(last);
        }
        let values: [&(dyn ToSql + Sync); 6] =
            [&members, &numbers, &counts, &digests, &firsts, &lasts];
        self.run(client, DAYS, members.len(), &values).await
    }

    async fn corrections(&self, client: &Client, decided: &Decided<'_>) -> Result<(), Trouble> {
        let (mut requests, mut records, mut members, mut persons, mut answers) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (request, noted) in &decided.overlay.corrections {
            requests.push(Uid::from(*request));
            records.push(noted.request.map(|asked| Uid::from(asked.record)));
            members.push(noted.request.and_then(|asked| asked.owner));
            persons.push(noted.request.map(|asked| Uid::from(asked.person)));
            answers.push(noted.answer.map(Uid::from));
        }
        let values: [&(dyn ToSql + Sync); 5] = [&requests, &records, &members, &persons, &answers];
        self.run(client, CORRECTIONS, requests.len(), &values).await
    }

    async fn inbox(&self, client: &Client, marks: &[&InboxMark]) -> Result<(), Trouble> {
        let mut last: HashMap<&str, i64> = HashMap::default();
        for mark in marks {
            let seq = last.entry(mark.node.as_str()).or_default();
            *seq = signed(mark.seq).max(*seq);
        }
        let (nodes, places): (Vec<&str>, Vec<i64>) = last.into_iter().unzip();
        self.run(client, INBOX, nodes.len(), &[&nodes, &places]).await
    }
}

/// One row in the format of COPY: the number of columns, then each with its length.
fn put_row(buffer: &mut BytesMut, seq: i64, entry: &NewEntry<'_>, sealed: &[u8]) {
    fn put(buffer: &mut BytesMut, value: &[u8]) {
        // INVARIANT: an entry is far smaller than 2 GiB (`limits::BODY_BYTES_MAX`).
        buffer.put_i32(value.len() as i32);
        buffer.put_slice(value);
    }
    let fact = &entry.fact;
    buffer.put_i16(9);
    put(buffer, &seq.to_be_bytes());
    put(buffer, entry.person.as_bytes());
    put(buffer, fact.fact.id.as_bytes());
    put(buffer, &member_number(entry).to_be_bytes());
    put(buffer, &fact.day.to_be_bytes());
    put(buffer, &i16::from(fact.fact.fact.kind()).to_be_bytes());
    put(buffer, &[u8::from(fact.local)]);
    match &entry.blind {
        Some(blind) => put(buffer, blind),
        None => buffer.put_i32(-1),
    }
    put(buffer, sealed);
}

fn member_number(entry: &NewEntry<'_>) -> i32 {
    // INVARIANT: numbers are given by `Fetched::number`, as `i32`.
    i32::try_from(entry.number).unwrap_or(i32::MAX)
}

fn trouble(error: tokio_postgres::Error) -> Trouble {
    Trouble::of("admit")(error)
}

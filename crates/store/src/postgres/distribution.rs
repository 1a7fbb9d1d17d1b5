//! Making the tables distributed ones, where the server has Citus. What stands in the way of
//! putting that into service is in `docs/distribution.md`.

use super::{
    connect::Connector,
    open,
    trouble::{Trouble, reason},
};
use crate::StoreError;
use tokio_postgres::Client;

/// Where the rows of a table lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Spread by this column, together with the other tables that are spread by person.
    Person(&'static str),
    /// Spread by this column, by itself.
    Own(&'static str),
    /// On the server that is connected to.
    Here,
}

/// Every table of the schema, and where its rows lie. The first one is what the others lie with.
pub const PLACES: [(&str, Place); 24] = [
    ("entry", Place::Person("person")),
    ("person_link", Place::Person("a")),
    ("access", Place::Person("person")),
    ("consent", Place::Person("person")),
    ("device", Place::Person("person")),
    ("standing", Place::Person("person")),
    ("whereabouts", Place::Person("person")),
    ("document_lead", Place::Own("blind")),
    ("origin", Place::Here),
    ("origin_day", Place::Here),
    ("correction", Place::Here),
    ("inbox", Place::Here),
    ("journal_turn", Place::Here),
    ("journal", Place::Here),
    ("writer", Place::Here),
    ("meta", Place::Here),
    ("feed", Place::Here),
    ("leaf", Place::Here),
    ("registry", Place::Here),
    ("setting", Place::Here),
    ("used_once", Place::Here),
    ("one_time_code", Place::Here),
    ("session", Place::Here),
    ("tally", Place::Here),
];

/// What became of distributing a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Distributed {
    /// The server has no Citus. Nothing was done.
    Unavailable {
        /// Version of the server.
        server: String,
    },
    /// The server has Citus and does not let us use it; what it said. Nothing was done.
    Refused(String),
    /// The store holds entries already. Nothing was done.
    NotEmpty(u64),
    /// Done; where it was done before, there are no tables.
    Done {
        /// Version of Citus.
        citus: String,
        /// Nodes that hold rows.
        nodes: u64,
        /// The tables that are distributed from now on.
        tables: Vec<&'static str>,
    },
}

/// Distributes the tables of a new store over the nodes of Citus.
///
/// # Errors
/// [`StoreError`] where the server cannot be reached, or fails in between; then what was done
/// already stays, and the same may be tried again.
pub async fn distribute(url: &str) -> Result<Distributed, StoreError> {
    let failed = |error| Trouble::of("distribute")(error).into_error();
    let connector = Connector::parse(url)?;
    let refused = |error| StoreError::Open { path: connector.describe(), reason: reason(&error) };
    let mut client = connector.session().await.map_err(refused)?;
    let sql = "SELECT current_setting('server_version'),
        EXISTS (SELECT FROM pg_available_extensions WHERE name = 'citus')";
    let row = client.query_one(sql, &[]).await.map_err(failed)?;
    if !row.try_get::<_, bool>(1).map_err(failed)? {
        return Ok(Distributed::Unavailable { server: row.try_get(0).map_err(failed)? });
    }
    if let Err(error) = client.batch_execute("CREATE EXTENSION IF NOT EXISTS citus").await {
        return Ok(Distributed::Refused(reason(&error)));
    }
    open::prepare(&mut client).await?;
    let head = client.query_one("SELECT head FROM journal", &[]).await.map_err(failed)?;
    if let head @ 1.. = head.try_get::<_, i64>(0).map_err(failed)? {
        return Ok(Distributed::NotEmpty(head.unsigned_abs()));
    }
    spread(&client).await.map_err(failed)
}

async fn spread(client: &Client) -> Result<Distributed, tokio_postgres::Error> {
    let sql = "SELECT logicalrel::text FROM pg_dist_partition";
    let rows = client.query(sql, &[]).await?;
    let before = rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<String>, _>>()?;
    let mut tables = Vec::new();
    for (table, place) in PLACES {
        let (column, with) = match place {
            Place::Here => continue,
            Place::Own(column) => (column, "none"),
            Place::Person(column) if table == PLACES[0].0 => (column, "none"),
            Place::Person(column) => (column, PLACES[0].0),
        };
        if before.iter().any(|one| one == table) {
            continue;
        }
        let sql = "SELECT create_distributed_table($1::text::regclass, $2, colocate_with => $3)";
        client.execute(sql, &[&table, &column, &with]).await?;
        tables.push(table);
    }
    let sql = "SELECT (SELECT extversion FROM pg_extension WHERE extname = 'citus'),
        (SELECT count(DISTINCT nodename || ':' || nodeport) FROM pg_dist_shard_placement)";
    let row = client.query_one(sql, &[]).await?;
    let nodes = row.try_get::<_, i64>(1)?.unsigned_abs();
    Ok(Distributed::Done { citus: row.try_get(0)?, nodes, tables })
}

//! What a server looks like to a store: for those who find out why something does not work.

use super::{
    connect::Connector,
    database::CONNECTIONS_MAX,
    distribution::PLACES,
    migrations,
    trouble::{Trouble, reason},
};
use crate::{StoreError, schema::EXPAND};
use tokio_postgres::{Client, Error};

/// Connections that one process of a node takes at most: readers, two writers, a listener.
pub const CONNECTIONS: usize = CONNECTIONS_MAX + 3;

/// Standbys whose acknowledgement a commit waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standbys {
    /// `synchronous_standby_names`; empty where no commit waits for anybody.
    pub names: String,
    /// How many servers follow this one now.
    pub following: u64,
    /// How many of them are synchronous; none where this role may not know
    /// (`pg_read_all_stats`, `pg_monitor`).
    pub synchronous: Option<u64>,
}

/// What a server looks like.
#[derive(Debug, Clone)]
pub struct Survey {
    /// Host and database, without the password.
    pub place: String,
    /// Version of the server, such as `15.18`, and as a number, such as `150018`.
    pub version: (String, i32),
    /// Whether it follows another one: it takes no writes.
    pub follows: bool,
    /// Settings by which a crash of the machine may lose what was acknowledged.
    pub unsafe_settings: Vec<String>,
    /// Version of the schema that is there and that this role may see, and the one of this program.
    pub schema: (Option<i32>, i32),
    /// Whether a newer schema is only wider, so that this program can work with it.
    pub only_widened: bool,
    /// Tables that this role may not read and write.
    pub forbidden: Vec<String>,
    /// Whether this role may make tables.
    pub may_create: bool,
    /// Who follows.
    pub standbys: Standbys,
    /// Connections that this role may have here, besides those that are reserved for others, and
    /// how many of them are taken.
    pub connections: (u64, u64),
}

/// Looks at a server, without changing anything.
///
/// # Errors
/// [`StoreError::Open`] where it cannot be reached; another one where it does not let us look.
pub async fn survey(url: &str) -> Result<Survey, StoreError> {
    let connector = Connector::parse(url)?;
    let refused = |error| StoreError::Open { path: connector.describe(), reason: reason(&error) };
    let client = connector.session().await.map_err(refused)?;
    let looked = look(&client, connector.describe()).await;
    looked.map_err(|error| Trouble::of("survey")(error).into_error())
}

const SERVER: &str = "SELECT current_setting('server_version'),
    current_setting('server_version_num')::int, pg_is_in_recovery(),
    array_remove(ARRAY[
        CASE WHEN current_setting('fsync') = 'off' THEN 'fsync = off' END,
        CASE WHEN current_setting('full_page_writes') = 'off' THEN 'full_page_writes = off' END
    ], NULL),
    has_schema_privilege(current_schema(), 'CREATE'),
    coalesce(has_table_privilege(to_regclass('refinery_schema_history'), 'SELECT'), false)";
const STANDBYS: &str = "SELECT current_setting('synchronous_standby_names'), count(*),
    count(*) FILTER (WHERE sync_state IN ('sync', 'quorum')),
    count(*) FILTER (WHERE sync_state IS NULL) FROM pg_stat_replication";
/// The narrowest of what the server, the database and the role allow.
const ALLOWED: &str = "SELECT least(
        current_setting('max_connections')::int
            - current_setting('superuser_reserved_connections')::int,
        (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database()),
        (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user)),
    (SELECT count(*) FROM pg_stat_activity WHERE datname IS NOT NULL)";
const FORBIDDEN: &str = "SELECT name FROM unnest($1::text[]) AS name
    WHERE to_regclass(name) IS NOT NULL AND NOT (
        has_table_privilege(to_regclass(name), 'SELECT')
        AND has_table_privilege(to_regclass(name), 'INSERT')
        AND has_table_privilege(to_regclass(name), 'UPDATE')
        AND has_table_privilege(to_regclass(name), 'DELETE'))";

async fn look(client: &Client, place: String) -> Result<Survey, Error> {
    let server = client.query_one(SERVER, &[]).await?;
    let tables = PLACES.iter().map(|(table, _)| *table).chain(["refinery_schema_history"]);
    let tables: Vec<&str> = tables.collect();
    let forbidden = client.query(FORBIDDEN, &[&tables]).await?;
    let known = migrations::migrations::runner();
    let newest = known.get_migrations().iter().map(refinery::Migration::version).max();
    let newest = newest.unwrap_or_default();
    let (there, only_widened) = schema(client, server.try_get(5)?, newest).await?;
    let allowed = client.query_one(ALLOWED, &[]).await?;
    Ok(Survey {
        place,
        version: (server.try_get(0)?, server.try_get(1)?),
        follows: server.try_get(2)?,
        unsafe_settings: server.try_get(3)?,
        may_create: server.try_get(4)?,
        schema: (there, newest),
        only_widened,
        forbidden: forbidden.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?,
        standbys: standbys(client).await?,
        connections: (
            u64::try_from(allowed.try_get::<_, i32>(0)?).unwrap_or(0),
            allowed.try_get::<_, i64>(1)?.unsigned_abs(),
        ),
    })
}

/// The version that is there, and whether everything above `ours` only widened it.
async fn schema(client: &Client, is_there: bool, ours: i32) -> Result<(Option<i32>, bool), Error> {
    if !is_there {
        return Ok((None, true));
    }
    let sql = "SELECT max(version)::int,
            coalesce(bool_and(starts_with(name, $1)) FILTER (WHERE version > $2), true)
        FROM refinery_schema_history";
    let row = client.query_one(sql, &[&EXPAND, &ours]).await?;
    Ok((row.try_get(0)?, row.try_get(1)?))
}

async fn standbys(client: &Client) -> Result<Standbys, Error> {
    let row = client.query_one(STANDBYS, &[]).await?;
    let number = |at| row.try_get::<_, i64>(at).map(i64::unsigned_abs);
    let hidden = number(3)? > 0;
    Ok(Standbys {
        names: row.try_get(0)?,
        following: number(1)?,
        synchronous: if hidden { None } else { Some(number(2)?) },
    })
}

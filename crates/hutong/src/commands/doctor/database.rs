//! The server of a store on PostgreSQL, and its read replica.

use super::Finding;
use crate::config::{Config, StoreUrl};
use hutong_store::postgres::survey::{CONNECTIONS, Standbys, Survey, survey};

/// The oldest version that is tested.
const VERSION_MIN: i32 = 150_000;

/// Looks at the servers of the store, where it is on servers.
pub async fn look(config: &Config) -> Vec<Finding> {
    // What is wrong with the setting is said of the store.
    let Ok(StoreUrl::Server { url, read }) = config.store() else { return Vec::new() };
    let mut findings = match survey(&url).await {
        Ok(found) => primary(&found),
        Err(error) => vec![Finding::ill(
            "database",
            error.to_string(),
            "check that the server runs, that store names it, and that it lets this user in",
        )],
    };
    if let Some(read) = read {
        findings.push(replica(&read).await);
    }
    findings
}

fn primary(found: &Survey) -> Vec<Finding> {
    vec![server(found), schema(found), privileges(found), standby(&found.standbys), room(found)]
}

fn server(found: &Survey) -> Finding {
    let check = "database";
    let said = format!("{}, PostgreSQL {}", found.place, found.version.0);
    if found.follows {
        let remedy = "name all hosts, and target_session_attrs=read-write, in store";
        return Finding::ill(check, format!("{said}: it follows another server"), remedy);
    }
    if !found.unsafe_settings.is_empty() {
        let settings = found.unsafe_settings.join(", ");
        let remedy = "set them to on: a power cut may lose or damage what was acknowledged";
        return Finding::ill(check, format!("{said}: {settings}"), remedy);
    }
    if found.version.1 < VERSION_MIN {
        return Finding::ill(check, said, "use PostgreSQL 15 or later: older ones are not tested");
    }
    Finding::well(check, said)
}

fn schema(found: &Survey) -> Finding {
    let check = "schema";
    match found.schema {
        (Some(there), ours) if there > ours && found.only_widened => Finding::well(
            check,
            format!("version {there}, which only widens the version {ours} of this program"),
        ),
        (Some(there), ours) if there > ours => Finding::ill(
            check,
            format!("version {there}; this program knows {ours}"),
            "use the newer version of hutong that wrote it",
        ),
        (Some(there), ours) if there == ours => Finding::well(check, format!("version {there}")),
        (there, ours) => {
            let there = there.map_or("none".into(), |there| format!("version {there}"));
            let found_text = format!("{there}; the next start makes version {ours}");
            if found.may_create && found.forbidden.is_empty() {
                return Finding::well(check, found_text);
            }
            let remedy = "GRANT USAGE, CREATE ON SCHEMA public TO the role of store";
            Finding::ill(check, format!("{found_text}, and this role may not"), remedy)
        }
    }
}

fn privileges(found: &Survey) -> Finding {
    let check = "privileges";
    if found.forbidden.is_empty() {
        return Finding::well(check, "all that is needed");
    }
    let tables = found.forbidden.join(", ");
    let remedy = "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO the role of \
                  store, or have it own them";
    Finding::ill(check, format!("not on {tables}"), remedy)
}

fn standby(standbys: &Standbys) -> Finding {
    let check = "standby";
    let Standbys { names, following, synchronous } = standbys;
    let said = format!("{following} following");
    if names.is_empty() {
        let found = format!("{said}, none synchronous: the latest may be lost with this server");
        return Finding::well(check, found);
    }
    match synchronous {
        Some(0) => Finding::ill(
            check,
            format!("{said}, none synchronous: every commit waits for {names}"),
            "start the standby, or take it out of synchronous_standby_names and reload",
        ),
        None if *following == 0 => Finding::ill(
            check,
            format!("none is there: every commit waits for {names}"),
            "start the standby, or take it out of synchronous_standby_names and reload",
        ),
        Some(count) => Finding::well(check, format!("{said}, {count} synchronous ({names})")),
        None => Finding::well(
            check,
            format!("{said}, commits wait for {names}; GRANT pg_monitor to this role to know more"),
        ),
    }
}

fn room(found: &Survey) -> Finding {
    let (allowed, taken) = found.connections;
    let free = allowed.saturating_sub(taken);
    let said = format!("{taken} of {allowed} taken; a node takes up to {CONNECTIONS}");
    if allowed < CONNECTIONS as u64 || free == 0 {
        let remedy = "raise max_connections (or the limit of the role or the database)";
        return Finding::ill("connections", said, remedy);
    }
    Finding::well("connections", said)
}

async fn replica(url: &str) -> Finding {
    let check = "read replica";
    match survey(url).await {
        Err(error) => Finding::ill(
            check,
            error.to_string(),
            "start it, or take store_read out: until then the first server answers all",
        ),
        Ok(found) => {
            let follows = if found.follows { "follows another" } else { "follows nobody" };
            let said = format!("{}, PostgreSQL {}, {follows}", found.place, found.version.0);
            match found.follows {
                true => Finding::well(check, said),
                false => Finding::ill(check, said, "name a standby of the first server"),
            }
        }
    }
}

//! The node above: reachable, of the same time, takes our sign-in, of the same root.

use super::Finding;
use crate::{
    client::{Client, Server},
    clock::SystemClock,
    commands::init::{newest, read_anchor},
    config::Config,
    failure::Failure,
};
use hutong_model::{Clock, MemberId, Purpose, Timestamp, limits};
use hutong_node::{
    NodeSettings, ParentSettings,
    keys::{self, KeyUse},
};
use reqwest::{Method, header::DATE};
use std::{path::Path, sync::Arc};

/// Looks at the node above.
pub async fn look(
    config: &Config,
    settings: &NodeSettings,
    parent: &ParentSettings,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.push(match read_anchor(&parent.trust_anchor) {
        Ok(key) => Finding::well(
            "trust anchor",
            format!("key {}", hutong_code::VerifyingKey::key_id(&key)),
        ),
        Err(failure) => Finding::failed("trust anchor", failure),
    });
    let server = match Server::new(&parent.url, parent.ca_file.as_deref().map(Path::new)) {
        Ok(server) => server,
        Err(failure) => {
            findings.push(Finding::failed("parent", failure));
            return findings;
        }
    };
    match reach(&server).await {
        Ok((found, clock)) => {
            findings.push(found);
            findings.extend(clock);
        }
        Err(failure) => {
            findings.push(Finding::failed("parent", failure));
            return findings;
        }
    }
    findings.push(match sign_in(config, settings, server).await {
        Ok(()) => Finding::well("sign-in", "the parent takes our key"),
        Err(failure) => Finding::ill(
            "sign-in",
            failure.what,
            format!(
                "give what hutong keys jwks prints to the operator of the parent: hutong member \
                 admit {} --kind node --jwks FILE …",
                MemberId::of_node(settings.region)
            ),
        ),
    });
    findings
}

/// Whether it answers, and how its clock stands to ours.
async fn reach(server: &Server) -> Result<(Finding, Option<Finding>), Failure> {
    let answer = server.send(server.request(Method::GET, "/healthz")).await?;
    let now = SystemClock.now();
    let status = answer.status();
    let theirs = answer.headers().get(DATE).and_then(|date| http_date(date.to_str().ok()?));
    let found = if status.is_success() {
        Finding::well("parent", format!("{} answers", server.url()))
    } else {
        Finding::ill("parent", format!("{}: {status}", server.url()), "see its log")
    };
    let clock = theirs.map(|theirs| {
        let skew_s = now.since_s(theirs);
        let text = format!("{skew_s} s from the parent's");
        if skew_s.abs() > limits::CLOCK_SKEW_S_MAX {
            Finding::ill("clock", text, "run NTP on both machines")
        } else {
            Finding::well("clock", text)
        }
    });
    Ok((found, clock))
}

/// An HTTP date (RFC 9110 §5.6.7).
fn http_date(text: &str) -> Option<Timestamp> {
    let zoned = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(Timestamp::from_unix_ms(zoned.timestamp().as_millisecond()))
}

async fn sign_in(config: &Config, settings: &NodeSettings, server: Server) -> Result<(), Failure> {
    let key = keys::read_key(&newest(&config.keys_dir(), KeyUse::Client)?)?;
    let id = MemberId::of_node(settings.region);
    let client = Client::new(server, id, Arc::new(key), Purpose::NodeExchange);
    client.token().await.map(|_| ())
}

//! The members of the demonstration: their keys, and their clients at the nodes.

use crate::{
    admin::{self, AdminCommand, command::AdmitMember},
    client::{Client, Server},
    commands::init::key_set,
    config::Config,
    failure::Failure,
};
use hutong_code::{Algorithm, Sign, SigningKey};
use hutong_model::{MemberId, MemberKind, Purpose, RegionCode};
use std::{path::Path, sync::Arc};

/// A member with its key.
#[derive(Clone)]
pub struct Member {
    /// Its id.
    pub id: MemberId,
    /// Its client, for the purpose that is usual for it.
    pub client: Client,
}

/// Makes a key, writes it to `folder`, and admits its member at a node that runs.
///
/// # Errors
/// [`Failure`] where the key cannot be made or the node refuses.
pub async fn admit(
    config: &Config,
    server: &Server,
    folder: &Path,
    new: New<'_>,
) -> Result<Member, Failure> {
    let unusable = |error: hutong_code::SuiteError| Failure::setup(error.to_string(), "");
    let id = MemberId::parse(new.id).map_err(|e| Failure::usage(format!("{}: {e}", new.id), ""))?;
    let key = SigningKey::generate(Algorithm::EdDsa).map_err(unusable)?;
    let key_file = folder.join(format!("{id}.pem"));
    let pem = key.to_pem().map_err(unusable)?;
    hutong_node::keys::write_secret(&key_file, pem.as_bytes())?;
    let command = AdminCommand::MemberAdmit(AdmitMember {
        id: id.clone(),
        kind: new.kind,
        name: new.name.to_owned(),
        region: new.region,
        purposes: None,
        jwks: key_set([key.public_key()]),
    });
    admin::run_with(config, command, admin::silent()).await?;
    let client = Client::new(server.clone(), id.clone(), Arc::new(key), new.purpose);
    Ok(Member { id, client })
}

/// What is stated to admit a member.
#[derive(Debug, Clone, Copy)]
pub struct New<'n> {
    /// Its id.
    pub id: &'n str,
    /// What it is.
    pub kind: MemberKind,
    /// Its name.
    pub name: &'n str,
    /// Where it is, if not where its node is.
    pub region: Option<RegionCode>,
    /// What it usually asks for.
    pub purpose: Purpose,
}

//! What the story leaves behind, and what to try by hand.

use super::{setting::Setting, together::Resident};
use crate::{
    demo::{
        teller::Teller,
        tree::{SOUTH, Tree, own_executable},
    },
    failure::Failure,
    show,
};

/// Keeps what the command lines need: the resident's session.
///
/// # Errors
/// [`Failure`] where the file cannot be written.
pub fn keep(setting: &Setting, resident: &Resident, tree: &Tree) -> Result<(), Failure> {
    let path = tree.folder.join("session");
    if !path.exists() {
        hutong_node::keys::write_secret(&path, resident.phone.session().as_bytes())?;
    }
    let someone = &setting.traveller.person;
    tracing::debug!(person = someone.index, "the story is told");
    Ok(())
}

/// Prints command lines that work while the demonstration runs.
pub fn try_yourself(tree: &Tree, teller: &Teller) {
    let hutong =
        own_executable().map_or_else(|_| "hutong".into(), |path| path.display().to_string());
    let (east, south, root) =
        (tree.east.server.url(), tree.south.server.url(), tree.root.server.url());
    let folder = tree.folder.display();
    let keys = format!("{folder}/members");
    let config = tree.east.config_file.display();
    teller.chapter("自己试试（Ctrl-C 结束）", "Try it yourself (Ctrl-C ends it)");
    let lines = [
        format!("curl -s {east}/healthz"),
        format!(
            "curl -s {south}/v1/me/records -H \"Authorization: Bearer $(cat {folder}/session)\""
        ),
        format!(
            "curl -s {south}/v1/me/accesses -H \"Authorization: Bearer $(cat {folder}/session)\""
        ),
        format!(
            "{hutong} token --server {south} --client-id {SOUTH}.clinic-2 \
             --key {keys}/{SOUTH}.clinic-2.pem --purpose REPORT --curl > {folder}/curlrc"
        ),
        format!("curl -s -K {folder}/curlrc {south}/v1/correction-requests"),
        format!(
            "{hutong} import {folder}/population/{SOUTH}.clinic-2.ndjson --server {south} \
             --client-id {SOUTH}.clinic-2 --key {keys}/{SOUTH}.clinic-2.pem"
        ),
        format!("{hutong} status --config {config}"),
        format!("{hutong} reconcile --config {config}"),
        format!("{hutong} doctor --config {config}"),
        format!("curl -s {root}/metrics | grep ^hutong"),
    ];
    for line in lines {
        show::line(format!("   {line}"));
    }
}

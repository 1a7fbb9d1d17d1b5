//! How a command ends.

use serde::{Deserialize, Serialize};
use std::process::ExitCode;

/// How a command ended: its exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exit {
    /// All is well.
    Ok,
    /// The work was done and found something wrong: rejected rows, differences, failed checks.
    Wrong,
    /// The command was not used as it is meant to be.
    Usage,
    /// Something that the command needs cannot be reached or is not set up.
    Setup,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Ok => Self::SUCCESS,
            Exit::Wrong => Self::from(1),
            Exit::Usage => Self::from(2),
            Exit::Setup => Self::from(3),
        }
    }
}

/// A command could not do its work. Says what, where, and what to do; carries no person data.
#[derive(Debug, Clone, Serialize, Deserialize, thiserror::Error)]
#[error("{what}")]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What happened, and where.
    pub what: String,
    /// What to do; may be empty.
    pub remedy: String,
}

impl Failure {
    /// Something found wrong with what was given.
    pub fn wrong(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { exit: Exit::Wrong, what: what.into(), remedy: remedy.into() }
    }
    /// The command was not used as it is meant to be.
    pub fn usage(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, what: what.into(), remedy: remedy.into() }
    }
    /// Something that is needed is missing or cannot be reached.
    pub fn setup(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { exit: Exit::Setup, what: what.into(), remedy: remedy.into() }
    }
    /// A file cannot be read or written.
    pub fn file(path: &std::path::Path, error: &std::io::Error) -> Self {
        let remedy = match error.kind() {
            std::io::ErrorKind::NotFound => "check the path",
            std::io::ErrorKind::PermissionDenied => "check who owns the file and may use it",
            std::io::ErrorKind::AlreadyExists => "remove it first, or choose another place",
            _ => "",
        };
        Self::setup(format!("{}: {error}", path.display()), remedy)
    }
}

impl From<hutong_node::NodeError> for Failure {
    fn from(error: hutong_node::NodeError) -> Self {
        use hutong_node::NodeError;
        let what = error.to_string();
        match error {
            NodeError::Input(issue) => {
                let field =
                    if issue.field.is_empty() { what } else { format!("{}: {what}", issue.field) };
                Self::wrong(field, issue.remedy)
            }
            NodeError::Forbidden(_) | NodeError::NotFound(_) | NodeError::Conflict(_) => {
                Self::wrong(what, "")
            }
            NodeError::Member(id) => {
                Self::wrong(what, format!("admit it with: hutong member admit {id} …"))
            }
            NodeError::Parent(_) => Self::setup(what, "run hutong doctor to find out why"),
            NodeError::Store(error) => Self::from(error),
            NodeError::Setup(_) | NodeError::Quota(_) | NodeError::Busy => Self::setup(what, ""),
        }
    }
}

impl From<hutong_store::StoreError> for Failure {
    fn from(error: hutong_store::StoreError) -> Self {
        Self::setup(error.to_string(), "run hutong doctor to find out why")
    }
}

/// Serialising what we made ourselves does not fail; this says so where it does.
impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::setup(format!("JSON: {error}"), "")
    }
}

//! What can go wrong in a use case. Carries ids, never person data.

use hutong_model::{Issue, IssueCode, MemberId};
use hutong_store::StoreError;
use std::borrow::Cow;

/// A use case failed.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The caller may not do this.
    #[error("{0}")]
    Forbidden(&'static str),
    /// It does not exist, or the caller may not know whether it exists.
    #[error("{0}")]
    NotFound(&'static str),
    /// The input is wrong.
    #[error("{}", .0.reason)]
    Input(Box<Issue>),
    /// It clashes with what is there.
    #[error("{0}")]
    Conflict(String),
    /// The parent did not answer or refused.
    #[error("the parent node: {0}")]
    Parent(String),
    /// A key, trust list or setting of this node cannot be used.
    #[error("{0}")]
    Setup(String),
    /// A member is unknown or suspended.
    #[error("member {0} is not active here")]
    Member(MemberId),
    /// An operator has read as many persons as one may in a day.
    #[error("{0}")]
    Quota(String),
    /// Too much at once.
    #[error("too many requests at once; send again later")]
    Busy,
}

impl NodeError {
    /// An input error with one issue.
    pub fn input(issue: Issue) -> Self {
        Self::Input(Box::new(issue))
    }

    /// An input error: a field has a value that the rules do not permit.
    pub fn not_permitted(field: &'static str, reason: impl Into<Cow<'static, str>>) -> Self {
        Self::input(Issue::error(IssueCode::BusinessRule, field, reason, ""))
    }
}

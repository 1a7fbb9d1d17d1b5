//! What goes wrong between us and the server.

use crate::StoreError;
use tokio_postgres::{Error, error::SqlState};

/// Why a transaction did not come about.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It may succeed when tried again: a lost connection, a server that starts or steps down, a
    /// transaction that had to give way. Carries what was said.
    Passing(String),
    /// It will not.
    Lasting(StoreError),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Lasting(error)
    }
}

impl Trouble {
    /// Turns errors of the server and the connection into ours, with the name of the transaction.
    pub(super) fn of(transaction: &'static str) -> impl Fn(Error) -> Self + Copy {
        move |error| {
            let reason = reason(&error);
            if is_passing(&error) {
                return Self::Passing(reason);
            }
            Self::Lasting(StoreError::Backend { transaction, reason })
        }
    }

    /// Whether it is the server that was not there, or gave no answer.
    pub(super) fn is_absence(&self) -> bool {
        matches!(self, Self::Passing(_) | Self::Lasting(StoreError::Away))
    }

    /// What remains when it is not tried again.
    pub(super) fn into_error(self) -> StoreError {
        match self {
            Self::Passing(_) => StoreError::Away,
            Self::Lasting(error) => error,
        }
    }
}

/// The message and the code, without the details, which may quote values.
pub(super) fn reason(error: &Error) -> String {
    match error.as_db_error() {
        Some(said) => format!("{} ({})", said.message(), said.code().code()),
        None => {
            let mut reason = error.to_string();
            let mut source = std::error::Error::source(error);
            while let Some(cause) = source {
                let cause_said = cause.to_string();
                if !reason.contains(&cause_said) {
                    reason.push_str(": ");
                    reason.push_str(&cause_said);
                }
                source = cause.source();
            }
            reason
        }
    }
}

fn is_passing(error: &Error) -> bool {
    let Some(code) = error.code() else {
        let io = std::error::Error::source(error).is_some_and(|cause| cause.is::<std::io::Error>());
        return error.is_closed() || io;
    };
    // Class 08: the connection; 53: too little of something (connections, memory, disk).
    code.code().starts_with("08")
        || code.code().starts_with("53")
        || [
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::ADMIN_SHUTDOWN,
            SqlState::CRASH_SHUTDOWN,
            SqlState::CANNOT_CONNECT_NOW,
            SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
            // A server that was demoted: another one takes writes now.
            SqlState::READ_ONLY_SQL_TRANSACTION,
        ]
        .contains(code)
}

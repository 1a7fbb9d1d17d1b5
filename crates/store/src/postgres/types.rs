//! Values as PostgreSQL holds them.

use crate::admission::Key;
use bytes::BytesMut;
use hutong_model::{EntryId, PersonId};
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, accepts, to_sql_checked};

/// Sixteen bytes, as a `uuid`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Uid(pub(super) Key);

type Failure = Box<dyn std::error::Error + Sync + Send>;

impl ToSql for Uid {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
        out.extend_from_slice(&self.0);
        Ok(IsNull::No)
    }
    accepts!(UUID);
    to_sql_checked!();
}

impl<'a> FromSql<'a> for Uid {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Failure> {
        Ok(Self(raw.try_into()?))
    }
    accepts!(UUID);
}

impl From<Uid> for PersonId {
    fn from(uid: Uid) -> Self {
        Self::from_bytes(uid.0)
    }
}
impl From<Uid> for EntryId {
    fn from(uid: Uid) -> Self {
        Self::from_bytes(uid.0)
    }
}
impl From<PersonId> for Uid {
    fn from(id: PersonId) -> Self {
        Self(*id.as_bytes())
    }
}
impl From<EntryId> for Uid {
    fn from(id: EntryId) -> Self {
        Self(*id.as_bytes())
    }
}

/// Ids, to look for all of them at once.
pub(super) fn uids<T: Copy + Into<Uid>>(ids: impl IntoIterator<Item = T>) -> Vec<Uid> {
    ids.into_iter().map(Into::into).collect()
}

pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

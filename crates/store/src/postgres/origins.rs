//! Members by number. Numbers are given once and never change, so what is known stays true, however
//! many processes give them.

use super::database::{Database, column};
use crate::StoreError;
use hutong_model::MemberId;
use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::Arc;
use tokio_postgres::Row;

pub(super) const ALL: &str = "SELECT number, member FROM origin";

/// Members that are known.
#[derive(Debug, Default, Clone)]
pub(super) struct Origins {
    names: HashMap<i32, Arc<MemberId>>,
    numbers: HashMap<Arc<MemberId>, i32>,
}

impl Origins {
    pub(super) fn insert(&mut self, number: i32, member: MemberId) {
        let member = Arc::new(member);
        self.names.insert(number, member.clone());
        self.numbers.insert(member, number);
    }

    /// Adds what a query found.
    pub(super) fn extend(&mut self, rows: &[Row]) -> Result<(), StoreError> {
        for row in rows {
            if let Ok(member) = MemberId::parse(column(row, 1)?) {
                self.insert(column(row, 0)?, member);
            }
        }
        Ok(())
    }

    pub(super) fn name(&self, number: i32) -> Option<&Arc<MemberId>> {
        self.names.get(&number)
    }

    pub(super) fn number(&self, member: &MemberId) -> Option<i32> {
        self.numbers.get(member).copied()
    }

    /// A number that nobody has, where everybody is known.
    pub(super) fn next(&self) -> i32 {
        self.names.keys().max().map_or(1, |last| last.saturating_add(1))
    }
}

/// What a process knows of members.
#[derive(Debug, Default)]
pub(super) struct Members(RwLock<Arc<Origins>>);

impl Members {
    pub(super) fn known(&self) -> Arc<Origins> {
        self.0.read().clone()
    }

    /// Adds what has been committed.
    pub(super) fn learn(&self, rows: &[Row]) -> Result<(), StoreError> {
        let mut known = self.0.write();
        Arc::make_mut(&mut known).extend(rows)
    }

    pub(super) fn learn_one(&self, number: i32, member: MemberId) {
        Arc::make_mut(&mut self.0.write()).insert(number, member);
    }

    /// The number of a member; none where nobody has heard of them.
    pub(super) async fn number(
        &self,
        db: &Database,
        member: &MemberId,
    ) -> Result<Option<i32>, StoreError> {
        if let Some(number) = self.known().number(member) {
            return Ok(Some(number));
        }
        self.learn(&db.query("origins", ALL, &[]).await?)?;
        Ok(self.known().number(member))
    }

    /// Makes sure that the members with these numbers are known.
    pub(super) async fn require(
        &self,
        db: &Database,
        numbers: impl IntoIterator<Item = i32>,
    ) -> Result<Arc<Origins>, StoreError> {
        let known = self.known();
        if numbers.into_iter().all(|number| known.name(number).is_some()) {
            return Ok(known);
        }
        // Another process has given a number.
        self.learn(&db.query("origins", ALL, &[]).await?)?;
        Ok(self.known())
    }
}

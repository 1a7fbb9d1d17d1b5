//! What facts refer to: records that are corrected, requests for correction and their answers.

use super::{
    admit::{Admission, Result, failed},
    prepare::{PreparedFact, PreparedRow},
};
use hutong_model::{
    EntryId, Fact, MemberId, PersonId,
    entry::{CorrectionAnswer, CorrectionRequest},
};

impl Admission<'_> {
    /// Whether everything is here, and the member's own, that the new facts of a row refer to.
    pub(super) fn targets_known(&self, row: &PreparedRow, fresh: &[bool]) -> Result<bool> {
        for (at, fact) in row.facts.iter().enumerate() {
            if fresh.get(at) != Some(&true) {
                continue;
            }
            let before = &row.facts[..at];
            if let Some(target) = fact.fact.replaces
                && !self.is_own_record(&row.member, before, &target)?
            {
                return Ok(false);
            }
            let known = match &fact.fact.fact {
                Fact::CorrectionAnswer(answer) => match self.record_of(before, &answer.request)? {
                    Some(record) => self.is_own_record(&row.member, before, &record)?,
                    None => false,
                },
                Fact::PersonsLinked(other, _) | Fact::PersonsUnlinked(other, _) => {
                    self.person_exists(*other)?
                }
                _ => true,
            };
            if !known {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a member stated a record, here or before in the same row.
    fn is_own_record(
        &self,
        member: &MemberId,
        before: &[PreparedFact],
        id: &EntryId,
    ) -> Result<bool> {
        if let Some(fact) = before.iter().find(|fact| fact.fact.id == *id) {
            return Ok(fact.fact.fact.is_record());
        }
        let stored = self.entry_by_id(id)?;
        Ok(stored.is_some_and(|s| s.entry.member == *member && s.entry.fact.is_record()))
    }

    /// The record that a request is about.
    fn record_of(&self, before: &[PreparedFact], request: &EntryId) -> Result<Option<EntryId>> {
        let record = |fact: &Fact| match fact {
            Fact::CorrectionRequest(request) => Some(request.record),
            _ => None,
        };
        if let Some(fact) = before.iter().find(|fact| fact.fact.id == *request) {
            return Ok(record(&fact.fact.fact));
        }
        Ok(self.entry_by_id(request)?.and_then(|stored| record(&stored.entry.fact)))
    }

    /// Notes a request for the queue of the member that stated the record; where the record is
    /// not here yet, the member is found when the queue is read.
    pub(super) fn note_request(
        &self,
        id: &EntryId,
        request: &CorrectionRequest,
        person: PersonId,
    ) -> Result<()> {
        let record = self.entry_by_id(&request.record)?;
        let owner = record.and_then(|record| self.origins.number(&record.entry.member));
        self.db
            .prepare_cached(
                "INSERT INTO correction (request, record, member, person) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (request) DO UPDATE SET record = excluded.record,
                    member = excluded.member, person = excluded.person",
            )
            .and_then(|mut insert| {
                let record = request.record.as_bytes();
                insert.execute((id.as_bytes(), record, owner, person.as_bytes()))
            })
            .map(drop)
            .map_err(failed)
    }

    /// Notes an answer; from a node below it may come before its request.
    pub(super) fn note_answer(&self, id: &EntryId, answer: &CorrectionAnswer) -> Result<()> {
        self.db
            .prepare_cached(
                "INSERT INTO correction (request, answer) VALUES (?1, ?2)
                 ON CONFLICT (request) DO UPDATE SET answer = excluded.answer",
            )
            .and_then(|mut insert| insert.execute((answer.request.as_bytes(), id.as_bytes())))
            .map(drop)
            .map_err(failed)
    }
}

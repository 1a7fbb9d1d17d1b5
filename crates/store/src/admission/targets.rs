//! What facts refer to: records that are corrected, requests for correction and their answers.

use super::{
    Admission, Ground,
    prepare::{PreparedFact, PreparedRow},
};
use hutong_model::{EntryId, Fact, MemberId};

impl<'r, G: Ground<'r>> Admission<'_, G> {
    /// Whether everything is here, and the member's own, that the new facts of a row refer to.
    pub(super) fn targets_known(
        &self,
        row: &PreparedRow,
        fresh: &[bool],
    ) -> Result<bool, G::Error> {
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
                    self.ground.person_exists(*other)?
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
    ) -> Result<bool, G::Error> {
        if let Some(fact) = before.iter().find(|fact| fact.fact.id == *id) {
            return Ok(fact.fact.fact.is_record());
        }
        let stored = self.ground.entry(id)?;
        Ok(stored.is_some_and(|s| s.entry.member == *member && s.entry.fact.is_record()))
    }

    /// The record that a request is about.
    fn record_of(
        &self,
        before: &[PreparedFact],
        request: &EntryId,
    ) -> Result<Option<EntryId>, G::Error> {
        let record = |fact: &Fact| match fact {
            Fact::CorrectionRequest(request) => Some(request.record),
            _ => None,
        };
        if let Some(fact) = before.iter().find(|fact| fact.fact.id == *request) {
            return Ok(record(&fact.fact.fact));
        }
        Ok(self.ground.entry(request)?.and_then(|stored| record(&stored.entry.fact)))
    }
}

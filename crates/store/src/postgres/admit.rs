//! Deciding about all that one transaction takes, over what was fetched.

use super::{
    Shared,
    ground::{Base, Fetched, Halt, Missing, Overlay},
    origins::Origins,
};
use crate::{
    RowOutcome, StoreError,
    admission::{Admission, Admit, none_written},
};
use hutong_model::{Fact, PersonId};
use std::sync::Arc;

/// What a transaction is to write, and the outcomes of each batch.
pub(super) struct Decided<'r> {
    pub(super) overlay: Overlay<'r>,
    pub(super) outcomes: Vec<Vec<RowOutcome>>,
}

/// Decides about every batch, from the start: nothing has been written yet. What is missing, where
/// something is.
pub(super) fn decide<'r>(
    shared: &Shared,
    batches: &'r [Admit],
    base: &Base,
    origins: &Arc<Origins>,
) -> Result<Result<Decided<'r>, Missing>, StoreError> {
    let ground = Fetched::new(base, origins.clone(), &shared.sealer);
    let (blind_key, entropy) = (&shared.blind_key, &*shared.entropy);
    let mut admission = Admission { ground, blind_key, entropy };
    let mut all = Vec::with_capacity(batches.len());
    for batch in batches {
        let before = batch
            .all_or_none
            .then(|| (admission.ground.overlay.clone(), admission.ground.origins.clone()));
        let mut outcomes = Vec::with_capacity(batch.rows.len());
        for row in &batch.rows {
            match admission.row(row) {
                Ok(outcome) => outcomes.push(outcome),
                // The rows after it are looked at all the same, for what else is missing.
                Err(Halt::Missing) => {}
                Err(Halt::Failed(error)) => return Err(error),
            }
        }
        if let Some((overlay, origins)) = before
            && none_written(&mut outcomes)
        {
            (admission.ground.overlay, admission.ground.origins) = (overlay, origins);
        }
        all.push(outcomes);
    }
    let missing = admission.ground.missing.into_inner();
    if !missing.is_empty() {
        return Ok(Err(missing));
    }
    Ok(Ok(Decided { overlay: admission.ground.overlay, outcomes: all }))
}

/// What deciding about these batches will surely ask for.
pub(super) fn wanted(batches: &[Admit], origins: &Origins) -> Missing {
    let mut wanted = Missing::default();
    for row in batches.iter().flat_map(|batch| &batch.rows) {
        wanted.leads.extend(row.documents.iter().map(|document| document.blind));
        wanted.members |= origins.number(&row.member).is_none();
        person(&mut wanted, row.person);
        for fact in &row.facts {
            wanted.entries.insert(fact.fact.id);
            wanted.entries.extend(fact.fact.replaces);
            wanted.leads.extend(fact.blind);
            match &fact.fact.fact {
                Fact::CorrectionRequest(request) => wanted.entries.extend([request.record]),
                Fact::CorrectionAnswer(answer) => wanted.entries.extend([answer.request]),
                Fact::PersonsLinked(other, _) | Fact::PersonsUnlinked(other, _) => {
                    person(&mut wanted, Some(*other));
                }
                _ => {}
            }
        }
    }
    wanted
}

fn person(wanted: &mut Missing, person: Option<PersonId>) {
    wanted.exist.extend(person);
    wanted.links.extend(person);
}

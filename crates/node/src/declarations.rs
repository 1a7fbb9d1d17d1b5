//! What residents declare themselves (GB/T 38963 §6.2, §6.3). Evidence like any other, marked as
//! declared; it goes up with the journal.

use crate::{Node, NodeError};
use hutong_model::{
    EntryId, Fact, Issue, IssueCode, Member, MemberKind, MemberStatus, PersonId, Source, When,
    entry::{HealthDeclaration, TripDeclaration},
    limits,
};

/// Symptoms in one declaration at most.
const SYMPTOMS_MAX: usize = 20;

impl Node {
    /// Keeps a health declaration.
    ///
    /// # Errors
    /// [`NodeError::Input`] where a value is impossible or too long.
    pub async fn declare_health(
        &self,
        person: PersonId,
        declaration: HealthDeclaration,
    ) -> Result<EntryId, NodeError> {
        if let Some(temperature) = declaration.temperature_decicelsius
            && !(300..=450).contains(&temperature)
        {
            return Err(input(
                "temperatureDecicelsius",
                "a body temperature lies between 30.0 and 45.0 °C",
            ));
        }
        let long = |text: &str| text.len() > limits::TEXT_BYTES_MAX;
        let too_long = declaration.symptoms.len() > SYMPTOMS_MAX
            || declaration.symptoms.iter().any(|s| long(s))
            || declaration.note.as_deref().is_some_and(long);
        if too_long {
            return Err(input("symptoms", "at most 20 symptoms, each text at most 512 bytes"));
        }
        self.declare(person, Fact::HealthDeclaration(declaration)).await
    }

    /// Keeps a trip declaration.
    ///
    /// # Errors
    /// [`NodeError::Input`] where it arrives before it departs, or a text is too long.
    pub async fn declare_trip(
        &self,
        person: PersonId,
        trip: TripDeclaration,
    ) -> Result<EntryId, NodeError> {
        if trip.arrives.is_some_and(|arrives| arrives < trip.departs) {
            return Err(input("arrives", "a trip cannot arrive before it departs"));
        }
        if trip.transport.as_deref().is_some_and(|t| t.len() > limits::TEXT_BYTES_MAX) {
            return Err(input("transport", "at most 512 bytes"));
        }
        self.declare(person, Fact::TripDeclaration(trip)).await
    }

    async fn declare(&self, person: PersonId, fact: Fact) -> Result<EntryId, NodeError> {
        let mut row = self.row_about(person, &self.as_member(), fact, Source::Declared);
        for fact in &mut row.facts {
            fact.times.reported = Some(When::instant(fact.times.admitted, 0));
        }
        Ok(self.admit_own(row).await?.entry)
    }

    /// The node itself, as the member that states what its residents declare.
    pub fn as_member(&self) -> Member {
        Member {
            id: self.member_id(),
            kind: MemberKind::Node,
            name: self.settings.name.clone(),
            region: self.settings.region,
            status: MemberStatus::Active,
            purposes: MemberKind::Node.usual_purposes(),
            jwks: serde_json::Value::Null,
            admitted_at: self.now(),
            updated_at: self.now(),
        }
    }
}

fn input(field: &'static str, reason: &'static str) -> NodeError {
    NodeError::input(Issue::error(IssueCode::Value, field, reason, ""))
}

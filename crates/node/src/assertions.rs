//! Making codes (GB/T 38963 §6.6): an assertion bound to a phone's key, or a paper code bound to
//! the person's masked name and document.

use crate::{Node, NodeError, decisions::Told, evaluate::HealthInformation, identity::Identity};
use hutong_code::{
    AssertionClaims, Badges, CoseKey, Holder, Label, LastTest, LeafRef, Masked, PackRef,
    ReasonCode, Standing,
};
use hutong_model::{Level, PersonId, Timestamp, limits};
use hutong_rules::Decision;

/// A code that was made.
#[derive(Debug, Clone)]
pub struct MadeCode {
    /// The signed assertion.
    pub assertion: Vec<u8>,
    /// The device that may show it; none for a paper code.
    pub device: Option<String>,
    /// Until when it holds.
    pub expires_at: Timestamp,
    /// The level, inside an event.
    pub level: Option<Level>,
    /// What it rests on.
    pub information: HealthInformation,
}

impl Node {
    /// Makes a code for a person: for one of their devices, or on paper where `device` is None.
    ///
    /// # Errors
    /// [`NodeError::NotFound`] where the person has no such device; [`NodeError::Conflict`] where
    /// a paper code is asked for and nothing to print is known.
    pub async fn make_code(
        &self,
        person: PersonId,
        device: Option<&str>,
    ) -> Result<MadeCode, NodeError> {
        let (_, stored) = self.local_entries(person).await?;
        let identity = Identity::from_entries(&stored);
        let holder = match device {
            Some(id) => Holder::Device(self.device_key(person, id).await?),
            None => Holder::Paper(masked(&identity)?),
        };
        let information = self.health_information(person).await?;
        let decided: Vec<&Decision> =
            information.decision.iter().chain(&information.others).collect();
        let told = self.note_decisions(person, &decided).await?;
        let leaf = told.first().and_then(Told::leaf);
        let now = self.now();
        let limit = now.plus_s(limits::ASSERTION_S_MAX);
        let decision = information.decision.as_ref();
        let expires_at = decision.map_or(limit, |decision| decision.expires_at().min(limit));
        let claims = AssertionClaims {
            issuer: self.settings.region,
            subject: person,
            issued_at: now,
            expires_at,
            cti: self.entropy.bytes16(),
            holder,
            standing: decision.map(|decision| standing(decision, leaf)).transpose()?,
            residence: identity.demographics.residence,
            badges: badges(&information.badges),
            records: Vec::new(),
        };
        let assertion = hutong_code::issue(&claims, self.keys.assertion())
            .map_err(|error| NodeError::Setup(format!("assertion: {error}")))?;
        metrics::counter!("hutong_assertions_total").increment(1);
        Ok(MadeCode {
            assertion,
            device: device.map(str::to_owned),
            expires_at,
            level: decision.map(Decision::level),
            information,
        })
    }

    async fn device_key(&self, person: PersonId, id: &str) -> Result<CoseKey, NodeError> {
        let devices = self.store.devices_of(person).await?;
        let device = devices
            .into_iter()
            .find(|device| device.id == id && device.revoked_at.is_none())
            .ok_or(NodeError::NotFound("no such device of yours; register it first"))?;
        CoseKey::parse(&device.cose_key)
            .map_err(|error| NodeError::Setup(format!("stored device key: {error}")))
    }
}

/// The level as an assertion carries it. Only a [`Decision`] becomes one.
fn standing(decision: &Decision, leaf: Option<LeafRef>) -> Result<Standing, NodeError> {
    let label = |text: &str| {
        Label::parse(text).map_err(|error| NodeError::Setup(format!("label {text}: {error}")))
    };
    let mut reasons: Vec<ReasonCode> =
        decision.reasons().iter().filter_map(|reason| ReasonCode::parse(reason.code())).collect();
    reasons.dedup();
    reasons.truncate(limits::ASSERTION_REASONS_MAX);
    Ok(Standing {
        level: decision.level(),
        reasons,
        event: label(decision.event())?,
        pack: PackRef { id: label(decision.pack())?, version: label(decision.pack_version())? },
        leaf,
    })
}

fn badges(badges: &hutong_rules::Badges) -> Badges {
    Badges {
        vaccination_complete: Some(badges.vaccination_complete),
        last_test: badges.last_test.map(|test| LastTest {
            at: Timestamp::from_unix_s(test.collected.unix_s().max(0)),
            outcome: test.outcome,
        }),
    }
}

pub(crate) fn masked(identity: &Identity) -> Result<Masked, NodeError> {
    let name = identity.demographics.masked_name();
    let document = identity.main_document().map(hutong_model::Document::masked);
    let (Some(name), Some(document)) = (name, document) else {
        return Err(NodeError::Conflict(
            "a paper code shows a masked name and document, and one of them is not known here"
                .into(),
        ));
    };
    Masked::parse(&name, &document)
        .map_err(|error| NodeError::Conflict(format!("a paper code cannot be made: {error}")))
}

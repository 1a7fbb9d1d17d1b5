//! Cross-recognition: what each region makes of each issuer's codes at a time, by the filed
//! exceptions alone.

use super::{ExceptionScope, KeyPurpose, KeyStatus, RecognitionException, Text, TrustList};
use hutong_model::{RegionCode, Timestamp};
use serde::Serialize;
use std::collections::BTreeSet;

/// Where codes come from: whose codes the people of a region carry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Origin {
    /// Who issues them.
    pub issuer: RegionCode,
    /// Whose people carry them.
    pub region: RegionCode,
    /// The adapter of a foreign code system; None for Hutong's own codes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adapter: Option<Box<str>>,
}

/// Whether a region recognises what comes from an origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Recognised {
    /// All of it.
    Yes,
    /// Not all kinds of codes, not from everybody, or not everywhere in the region.
    Partly,
    /// None of it.
    No,
}

/// A filed exception in force, as a cell shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// Its id in the register.
    pub id: Box<str>,
    /// The region that filed it.
    pub region: RegionCode,
    /// What it refuses.
    pub refused: RegionCode,
    /// Which codes of it.
    pub scope: ExceptionScope,
    /// Why.
    pub reason: Text,
    /// The legal basis.
    pub legal_basis: Box<str>,
    /// Until when.
    pub expires_at: Timestamp,
}

/// What one region makes of one origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// Where the codes come from.
    #[serde(flatten)]
    pub origin: Origin,
    /// Where they are shown.
    pub shown_in: RegionCode,
    /// Whether they are recognised.
    pub recognised: Recognised,
    /// Why not: each filed exception that is in force. Empty exactly where all is recognised.
    pub refusals: Vec<Refusal>,
}

/// Every origin × region at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Matrix {
    /// The generation of the trust list.
    pub generation: u64,
    /// The time.
    pub at: Timestamp,
    /// Issuers without a key in force: nothing refuses their codes, and none can be verified.
    pub without_key: Vec<RegionCode>,
    /// The cells, by origin, then by region.
    pub cells: Vec<Cell>,
}

impl TrustList {
    /// What every region that the list knows makes of every origin that it knows, at a time.
    pub fn matrix(&self, now: Timestamp) -> Matrix {
        let in_force: Vec<&RecognitionException> =
            self.body.exceptions.iter().filter(|exception| exception.in_force(now)).collect();
        let origins = self.origins(&in_force, now);
        let mut regions: BTreeSet<RegionCode> = origins.iter().map(|o| o.region).collect();
        regions.extend(in_force.iter().map(|exception| exception.region));
        let cells = origins
            .iter()
            .flat_map(|origin| regions.iter().map(|here| self.cell(origin, *here, &in_force)));
        let issuers: BTreeSet<RegionCode> =
            origins.iter().filter(|o| o.adapter.is_none()).map(|o| o.issuer).collect();
        let without_key = issuers.iter().filter(|issuer| !self.signs(**issuer, now));
        Matrix {
            generation: self.generation(),
            at: now,
            without_key: without_key.copied().collect(),
            cells: cells.collect(),
        }
    }

    fn origins(&self, in_force: &[&RecognitionException], now: Timestamp) -> BTreeSet<Origin> {
        let own = |issuer, region| Origin { issuer, region, adapter: None };
        let body = &self.body;
        let mut origins = BTreeSet::from([own(body.issuer, body.issuer)]);
        origins.extend(body.regions.iter().map(|service| own(service.issuer, service.region)));
        let issuers = body.keys.iter().map(|key| key.issuer).filter(|of| self.signs(*of, now));
        origins.extend(issuers.map(|issuer| own(issuer, issuer)));
        let refused = in_force.iter().map(|exception| exception.refused);
        origins.extend(refused.map(|region| own(self.issuer_for(region), region)));
        origins.extend(body.adapters.iter().map(|adapter| {
            let adapter_id = Some(adapter.id.clone());
            Origin { issuer: adapter.region, region: adapter.region, adapter: adapter_id }
        }));
        origins
    }

    /// Whether an issuer has a key that is in force for codes.
    fn signs(&self, issuer: RegionCode, now: Timestamp) -> bool {
        self.body.keys.iter().any(|key| {
            let for_codes = key.is_for(KeyPurpose::Assertion) || key.is_for(KeyPurpose::Paper);
            let active = key.status == KeyStatus::Active && key.in_window(now);
            key.issuer == issuer && for_codes && active
        })
    }

    fn cell(&self, origin: &Origin, here: RegionCode, in_force: &[&RecognitionException]) -> Cell {
        let kinds = match origin.adapter {
            Some(_) => &[ExceptionScope::Foreign][..],
            None => &[ExceptionScope::Paper, ExceptionScope::Level, ExceptionScope::Plain],
        };
        let of_kinds =
            |exception: &&&RecognitionException| kinds.iter().any(|kind| exception.covers(*kind));
        let touching = in_force.iter().filter(of_kinds).filter(|exception| {
            let there = exception.region.contains(&here) || here.contains(&exception.region);
            there && (refuses_all(exception, origin) || self.refuses_some(exception, origin))
        });
        let touching: Vec<&RecognitionException> = touching.copied().collect();
        let refused = |kind: &ExceptionScope| {
            touching.iter().any(|exception| {
                exception.covers(*kind)
                    && exception.region.contains(&here)
                    && refuses_all(exception, origin)
            })
        };
        let recognised = match (touching.is_empty(), kinds.iter().all(refused)) {
            (true, _) => Recognised::Yes,
            (false, true) => Recognised::No,
            (false, false) => Recognised::Partly,
        };
        let refusals = touching.into_iter().map(Refusal::of).collect();
        Cell { origin: origin.clone(), shown_in: here, recognised, refusals }
    }

    /// Whether an exception refuses a part of the people of an origin.
    fn refuses_some(&self, exception: &RecognitionException, origin: &Origin) -> bool {
        origin.region.contains(&exception.refused)
            && (origin.adapter.is_some() || self.issuer_for(exception.refused) == origin.issuer)
    }
}

fn refuses_all(exception: &RecognitionException, origin: &Origin) -> bool {
    exception.refuses(origin.issuer, Some(origin.region))
}

impl Refusal {
    fn of(exception: &RecognitionException) -> Self {
        Self {
            id: exception.id.clone(),
            region: exception.region,
            refused: exception.refused,
            scope: exception.scope,
            reason: exception.reason.clone(),
            legal_basis: exception.legal_basis.clone(),
            expires_at: exception.expires_at,
        }
    }
}

//! The public part of a leaf: enough to count by, nothing that leads to a person.

use super::{Kind, Label};
use crate::Hash;
use hutong_model::limits::LEDGER_LEAF_NAMES_MAX;
use hutong_model::{Level, MemberId, Purpose, RegionCode, Timestamp};
use minicbor::{Decode, Decoder, Encode, Encoder};
use serde::{Deserialize, Serialize};

/// Which rules: the pack, its version, and the digest of its text, so that nobody can say later
/// that version 3 read otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(array)]
pub struct PackVersion {
    /// Id of the pack.
    #[n(0)]
    pub id: Label,
    /// Its version.
    #[n(1)]
    pub version: Label,
    /// SHA-256 of its text as published.
    #[n(2)]
    pub digest: Hash,
}

/// How far an appeal has come.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Encode, Decode,
)]
#[serde(rename_all = "kebab-case")]
#[cbor(index_only)]
pub enum AppealStage {
    /// Filed; the clock runs.
    #[n(0)]
    Filed,
    /// Answered: the restriction stays.
    #[n(1)]
    Upheld,
    /// Answered: the restriction is lifted.
    #[n(2)]
    Lifted,
    /// Not answered in time: the restriction has lapsed.
    #[n(3)]
    Lapsed,
}

impl AppealStage {
    /// All stages.
    pub const ALL: [AppealStage; 4] = [Self::Filed, Self::Upheld, Self::Lifted, Self::Lapsed];

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Filed => "filed",
            Self::Upheld => "upheld",
            Self::Lifted => "lifted",
            Self::Lapsed => "lapsed",
        }
    }
}

/// What became of an event.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Encode, Decode,
)]
#[serde(rename_all = "kebab-case")]
#[cbor(index_only)]
pub enum EventStage {
    /// Declared.
    #[n(0)]
    Declared,
    /// Renewed: a later sunset.
    #[n(1)]
    Renewed,
    /// Ended.
    #[n(2)]
    Ended,
}

impl EventStage {
    /// All stages.
    pub const ALL: [EventStage; 3] = [Self::Declared, Self::Renewed, Self::Ended];

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Renewed => "renewed",
            Self::Ended => "ended",
        }
    }
}

/// What everybody may read. No field leads to a person; regions are those of nodes, members are
/// organisations.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub enum Public {
    /// A level was decided.
    #[n(0)]
    Decision {
        /// The region that decided.
        #[n(0)]
        issuer: RegionCode,
        /// Inside which event.
        #[n(1)]
        event: Label,
        /// By which pack.
        #[n(2)]
        pack: PackVersion,
        /// By which of its rules, in the order of the pack: 1 to 16.
        #[n(3)]
        rules: Vec<Label>,
        /// The level.
        #[n(4)]
        level: Level,
        /// When it runs out.
        #[n(5)]
        expires: Timestamp,
    },
    /// A person's records were looked at.
    #[n(1)]
    Access {
        /// The region of the node that answered.
        #[n(0)]
        issuer: RegionCode,
        /// Why.
        #[n(1)]
        #[cbor(with = "purpose")]
        purpose: Purpose,
    },
    /// A rule pack was published.
    #[n(2)]
    RulePack {
        /// The region that published it.
        #[n(0)]
        issuer: RegionCode,
        /// Which.
        #[n(1)]
        pack: PackVersion,
        /// From when it applies.
        #[n(2)]
        valid_from: Timestamp,
    },
    /// A trust list was published.
    #[n(3)]
    TrustList {
        /// The region that published it.
        #[n(0)]
        issuer: RegionCode,
        /// Its generation.
        #[n(1)]
        generation: u64,
        /// SHA-256 of it.
        #[n(2)]
        digest: Hash,
    },
    /// A refusal to recognise something was filed.
    #[n(4)]
    Exception {
        /// The region that refuses.
        #[n(0)]
        issuer: RegionCode,
        /// Its number.
        #[n(1)]
        id: Label,
        /// What is refused: an issuer, a pack, a code system.
        #[n(2)]
        refused: Label,
        /// On what ground.
        #[n(3)]
        reason: Label,
        /// From when.
        #[n(4)]
        from: Timestamp,
        /// Until when.
        #[n(5)]
        until: Timestamp,
        /// SHA-256 of the filing.
        #[n(6)]
        digest: Hash,
    },
    /// A restriction was entered by hand.
    #[n(5)]
    ManualEvidence {
        /// The region that entered it.
        #[n(0)]
        issuer: RegionCode,
        /// Inside which event.
        #[n(1)]
        event: Label,
        /// On what legal basis.
        #[n(2)]
        basis: Label,
        /// The organisations whose people approved it: two at least.
        #[n(3)]
        approved_by: Vec<MemberId>,
        /// When it runs out.
        #[n(4)]
        expires: Timestamp,
    },
    /// An appeal went a step further.
    #[n(6)]
    Appeal {
        /// The region appealed against.
        #[n(0)]
        issuer: RegionCode,
        /// Inside which event.
        #[n(1)]
        event: Label,
        /// How far it has come.
        #[n(2)]
        stage: AppealStage,
        /// When an answer is, or was, due.
        #[n(3)]
        deadline: Timestamp,
    },
    /// Data was destroyed.
    #[n(7)]
    Destruction {
        /// The region that destroyed it.
        #[n(0)]
        issuer: RegionCode,
        /// Which event's.
        #[n(1)]
        event: Label,
        /// How many records.
        #[n(2)]
        records: u64,
        /// SHA-256 of the certificate.
        #[n(3)]
        digest: Hash,
    },
    /// An event was declared, renewed or ended.
    #[n(8)]
    Event {
        /// The region that did.
        #[n(0)]
        issuer: RegionCode,
        /// Which event.
        #[n(1)]
        event: Label,
        /// What became of it.
        #[n(2)]
        stage: EventStage,
        /// When it ends unless renewed; for an ended one, when it ended.
        #[n(3)]
        sunset: Timestamp,
        /// SHA-256 of the declaration.
        #[n(4)]
        digest: Hash,
    },
}

impl Public {
    /// What it is about.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Decision { .. } => Kind::Decision,
            Self::Access { .. } => Kind::Access,
            Self::RulePack { .. } => Kind::RulePack,
            Self::TrustList { .. } => Kind::TrustList,
            Self::Exception { .. } => Kind::Exception,
            Self::ManualEvidence { .. } => Kind::ManualEvidence,
            Self::Appeal { .. } => Kind::Appeal,
            Self::Destruction { .. } => Kind::Destruction,
            Self::Event { .. } => Kind::Event,
        }
    }
    /// Whose act it is.
    pub const fn issuer(&self) -> RegionCode {
        match self {
            Self::Decision { issuer, .. }
            | Self::Access { issuer, .. }
            | Self::RulePack { issuer, .. }
            | Self::TrustList { issuer, .. }
            | Self::Exception { issuer, .. }
            | Self::ManualEvidence { issuer, .. }
            | Self::Appeal { issuer, .. }
            | Self::Destruction { issuer, .. }
            | Self::Event { issuer, .. } => *issuer,
        }
    }

    /// Whether it keeps the rules of its kind; otherwise why not.
    pub(super) fn check(&self, at: Timestamp) -> Result<(), &'static str> {
        let names = 1..=LEDGER_LEAF_NAMES_MAX;
        match self {
            Self::Decision { rules, .. } if !names.contains(&rules.len()) => {
                Err("a decision names 1 to 16 rules")
            }
            Self::Decision { expires, .. } | Self::ManualEvidence { expires, .. }
                if *expires <= at =>
            {
                Err("it expires before it begins")
            }
            Self::Exception { from, until, .. } if until <= from => {
                Err("it expires before it begins")
            }
            Self::ManualEvidence { approved_by, .. } => {
                let two = approved_by.iter().any(|member| Some(member) != approved_by.first());
                let few = names.contains(&approved_by.len());
                if two && few { Ok(()) } else { Err("it takes two organisations") }
            }
            _ => Ok(()),
        }
    }
}

/// A purpose as its code.
mod purpose {
    use super::{Decoder, Encoder, Purpose};

    pub(super) fn encode<C, W: minicbor::encode::Write>(
        purpose: &Purpose,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.str(purpose.as_str())?.ok()
    }
    pub(super) fn decode<C>(
        d: &mut Decoder<'_>,
        _: &mut C,
    ) -> Result<Purpose, minicbor::decode::Error> {
        let text = d.str()?;
        let found = Purpose::ALL.into_iter().find(|purpose| purpose.as_str() == text);
        found.ok_or_else(|| minicbor::decode::Error::message("a purpose that is not known"))
    }
}

//! What a verification answers.

use crate::assertion::{AssertionClaims, Badges, Holder, Label, Masked, PackRef};
use crate::foreign::Record;
use crate::reason::{ReasonCode, ReasonText};
use crate::suite::KeyId;
use crate::trust::{Adapter, Freshness, RecognitionException, Text, TrustList};
use hutong_model::{Level, PersonId, RegionCode, TestOutcome, Timestamp, Verdict};
use serde::{Deserialize, Serialize};

/// Where and when a verification takes place.
#[derive(Debug, Clone, Copy)]
pub struct VerifyContext<'a> {
    /// The time.
    pub now: Timestamp,
    /// Where the verifier stands; exceptions of that region and of those around it apply.
    pub region: Option<RegionCode>,
    /// The nonce that the verifier gave; the presentation must then carry it.
    pub nonce: Option<&'a [u8]>,
}

impl<'a> VerifyContext<'a> {
    /// At a time, nowhere in particular, without a nonce.
    pub const fn at(now: Timestamp) -> Self {
        Self { now, region: None, nonce: None }
    }
    /// The same, standing in a region.
    pub const fn in_region(self, region: RegionCode) -> Self {
        Self { region: Some(region), ..self }
    }
    /// The same, having given a nonce.
    pub const fn expecting(self, nonce: &'a [u8]) -> Self {
        Self { nonce: Some(nonce), ..self }
    }
}

/// What kind of text it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// A code of ours.
    Ht1,
    /// A foreign code system's, known by its prefix.
    Opaque,
    /// An EU Digital COVID Certificate (or, unopened, any certificate in its envelope).
    #[serde(rename = "eu-dcc")]
    EuDcc,
    /// A certificate of the WHO: DDCC.
    #[serde(rename = "who-ddcc")]
    WhoDdcc,
    /// A Digital Vaccination Certificate of the WHO.
    #[serde(rename = "who-dvc")]
    WhoDvc,
    /// An International Certificate of Vaccination or Prophylaxis (WHO).
    Icvp,
    /// A SMART Health Card.
    Shc,
    /// A SMART Health Link.
    Shlink,
    /// A DIVOC certificate.
    Divoc,
    /// A visible digital seal of ICAO.
    #[serde(rename = "icao-vds-nc")]
    IcaoVdsNc,
    /// A certificate of another known system that is not read here.
    Other,
    /// Nothing that is known.
    Unknown,
}

/// The step at which a verification ended otherwise than well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// Which kind of text it is.
    Prefix,
    /// Base45.
    Base45,
    /// Inflation.
    Zlib,
    /// The presentation's array.
    Cbor,
    /// The `COSE_Sign1`.
    Cose,
    /// Finding a key that may be relied on.
    Key,
    /// The issuer's signature.
    Signature,
    /// The claims.
    Schema,
    /// The assertion's times.
    Validity,
    /// The presentation's time.
    Freshness,
    /// The device's signature.
    Device,
    /// Whether the issuer has revoked it.
    Revocation,
    /// Whether the issuer's ledger says so.
    Ledger,
    /// Exceptions where the verifier stands.
    Recognition,
    /// Online: whether the issuer has withdrawn it, or it was used before.
    Status,
    /// Online: asking the foreign system.
    Callback,
}

/// The trust list that was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrustState {
    /// Its generation.
    pub generation: u64,
    /// When it was made.
    pub made_at: Timestamp,
    /// How far it may be relied on.
    pub freshness: Freshness,
}

/// The foreign system that can tell more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AdapterRef {
    /// Its id.
    pub id: Box<str>,
    /// Its name.
    pub name: Text,
    /// Its region.
    pub region: RegionCode,
}

impl AdapterRef {
    pub(super) fn of(adapter: &Adapter) -> Self {
        Self { id: adapter.id.clone(), name: adapter.name.clone(), region: adapter.region }
    }
}

/// The last nucleic-acid test, as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LastTestShown {
    /// When.
    pub at: Timestamp,
    /// What it found.
    pub outcome: TestOutcome,
    /// Whole hours since then.
    pub hours: i64,
}

/// The badges, as they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BadgesShown {
    /// Whether the vaccination is complete, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vaccination_complete: Option<bool>,
    /// The last nucleic-acid test, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_test: Option<LastTestShown>,
}

impl BadgesShown {
    fn of(badges: Badges, now: Timestamp) -> Self {
        let last_test = badges.last_test.map(|test| LastTestShown {
            at: test.at,
            outcome: test.outcome,
            hours: now.since_s(test.at).max(0) / 3600,
        });
        Self { vaccination_complete: badges.vaccination_complete, last_test }
    }
}

/// The answer to one text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// What kind of text it is.
    pub format: Format,
    /// The answer, of the closed set.
    #[serde(rename = "result")]
    pub verdict: Verdict,
    /// Where it ended otherwise than well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Step>,
    /// Why: first what decided the answer, then the reasons of the level, then warnings.
    pub reasons: Vec<ReasonText>,
    /// What would clear them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clears: Vec<ReasonText>,
    /// Whose code it is; only claimed, unless its signature was right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<RegionCode>,
    /// The issuer's key; only claimed, unless its signature was right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<KeyId>,
    /// The level: when it is the answer, or would be if the code were recognised here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// The event of the level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Label>,
    /// The rule pack of the level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pack: Option<PackRef>,
    /// When the assertion was issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued_at: Option<Timestamp>,
    /// When it runs out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When the device showed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presented_at: Option<Timestamp>,
    /// Whether it is a paper code.
    pub paper: bool,
    /// The masked name and document of a paper code, to be compared with the person's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder_masked: Option<Masked>,
    /// The person's id at the issuing node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<PersonId>,
    /// The region where the person lives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub residence: Option<RegionCode>,
    /// The assertion's name, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cti: Option<String>,
    /// The badges.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub badges: Option<BadgesShown>,
    /// The records of a certificate of records.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<Record>,
    /// The trust list that was used.
    pub trust: TrustState,
    /// The filed exception by which it is not recognised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception: Option<RecognitionException>,
    /// The foreign system that can tell more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapter: Option<AdapterRef>,
    #[serde(skip)]
    level_reasons: Vec<ReasonCode>,
    #[serde(skip)]
    warnings: Vec<ReasonCode>,
}

impl Answer {
    /// Replaces the decision, for what only an online verifier can know: withdrawn, used before,
    /// the answer of a foreign system. Set `level` after it, where there is one.
    pub fn conclude(&mut self, verdict: Verdict, step: Option<Step>, reason: ReasonCode) {
        (self.verdict, self.step, self.level) = (verdict, step, None);
        self.explain(reason, false);
    }

    /// Adds a reason after those that are there, and what clears it.
    pub fn add_reason(&mut self, reason: ReasonCode) {
        self.reasons.push(reason.text());
        self.clears.extend(reason.clears());
    }

    /// An answer that says nothing yet.
    pub(super) fn new(trust: &TrustList, now: Timestamp) -> Self {
        Self {
            format: Format::Unknown,
            verdict: Verdict::Unverified,
            step: None,
            reasons: Vec::new(),
            clears: Vec::new(),
            issuer: None,
            key_id: None,
            level: None,
            event: None,
            pack: None,
            issued_at: None,
            expires_at: None,
            presented_at: None,
            paper: false,
            holder_masked: None,
            subject: None,
            residence: None,
            cti: None,
            badges: None,
            records: Vec::new(),
            trust: TrustState {
                generation: trust.generation(),
                made_at: trust.made_at(),
                freshness: trust.freshness(now),
            },
            exception: None,
            adapter: None,
            level_reasons: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Whether the code is authentic, in force and recognised.
    pub fn is_positive(&self) -> bool {
        matches!(self.verdict, Verdict::Green | Verdict::Yellow | Verdict::Red | Verdict::Valid)
    }

    /// Takes what the issuer signed, once its signature was right.
    pub(super) fn take_claims(&mut self, claims: &AssertionClaims, now: Timestamp) {
        self.issued_at = Some(claims.issued_at);
        self.expires_at = Some(claims.expires_at);
        self.subject = Some(claims.subject);
        self.residence = claims.residence;
        self.cti = Some(hex::encode(claims.cti));
        if let Holder::Paper(masked) = &claims.holder {
            self.holder_masked = Some(masked.clone());
        }
        self.records.clone_from(&claims.records);
        if claims.badges != Badges::default() {
            self.badges = Some(BadgesShown::of(claims.badges, now));
        }
        if let Some(standing) = &claims.standing {
            self.level = Some(standing.level);
            self.event = Some(standing.event.clone());
            self.pack = Some(standing.pack.clone());
            self.level_reasons.clone_from(&standing.reasons);
        }
    }

    pub(super) fn warn(&mut self, reason: ReasonCode) {
        self.warnings.push(reason);
    }

    pub(super) fn succeed(&mut self, verdict: Verdict) {
        self.verdict = verdict;
        self.explain(ReasonCode::IN_FORCE, true);
    }

    /// Ends otherwise than well. A level that does not count is not shown: a red that has run
    /// out is not red, and a green on a copied screen is not green.
    pub(super) fn fail(&mut self, verdict: Verdict, step: Step, reason: ReasonCode) {
        self.verdict = verdict;
        self.step = Some(step);
        let authentic = verdict == Verdict::NotRecognised;
        if !authentic {
            self.level = None;
            self.badges = None;
        }
        // Records do not cease to be what was certified when the paper runs out, as with
        // certificates of other systems.
        if verdict == Verdict::Invalid {
            self.records = Vec::new();
        }
        self.explain(reason, authentic);
    }

    fn explain(&mut self, first: ReasonCode, with_level: bool) {
        let level = if with_level { std::mem::take(&mut self.level_reasons) } else { Vec::new() };
        let warnings = std::mem::take(&mut self.warnings);
        let all = || std::iter::once(first).chain(level.iter().copied()).chain(warnings.clone());
        self.reasons = all().map(ReasonCode::text).collect();
        self.clears = all().filter_map(ReasonCode::clears).collect();
    }
}

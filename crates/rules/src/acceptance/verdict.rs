//! What the rules of a place make of certificates.

use super::{BusinessRule, CertificateType, Selection, Version, document::Logic};
use crate::certlogic::{Bump, Value};

/// What came of a rule, a certificate or a person. In this order: of a person's certificates the
/// one that stands highest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It does not hold.
    Failed,
    /// It could not be decided.
    Open,
    /// It holds.
    Passed,
}

impl Outcome {
    /// Its name: `passed`, `failed`, `open`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Open => "open",
            Self::Passed => "passed",
        }
    }
}

/// Why a rule could not be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenReason {
    /// It is written for another engine than `CERTLOGIC`.
    Engine,
    /// It is written for a later version of `CertLogic`.
    EngineVersion,
    /// Its logic is not `CertLogic` ([`BusinessRule::problem`]).
    Logic,
    /// The certificate follows another or an older schema than the rule is written for.
    SchemaVersion,
    /// Its logic ended in an error; what it was.
    Evaluation(&'static str),
}

impl OpenReason {
    /// Its name for programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Engine => "engine",
            Self::EngineVersion => "engine-version",
            Self::Logic => "logic",
            Self::SchemaVersion => "schema-version",
            Self::Evaluation(_) => "evaluation",
        }
    }
}

/// A certificate to be judged.
#[derive(Debug, Clone, Copy)]
pub struct Certificate<'a> {
    /// The payload, in the form of the EU DCC schema.
    pub payload: Value<'a>,
    /// Countries whose invalidation rules apply: the issuer's.
    pub issuers: &'a [&'a str],
}

impl<'a> Certificate<'a> {
    /// The types that it has, by the fields of its payload that are not empty.
    pub fn types(&self) -> impl Iterator<Item = CertificateType> {
        let payload = self.payload;
        let types =
            [CertificateType::Vaccination, CertificateType::Test, CertificateType::Recovery];
        types.into_iter().filter(move |kind| is_about(payload, *kind))
    }
}

fn is_about(payload: Value<'_>, kind: CertificateType) -> bool {
    let Some(field) = kind.field() else { return true };
    matches!(payload.field(field), Value::List(items) if !items.is_empty())
}

/// What a rule makes of a certificate.
#[derive(Debug, Clone, Copy)]
pub struct RuleVerdict<'r> {
    /// The rule.
    pub rule: &'r BusinessRule,
    /// What came of it.
    pub outcome: Outcome,
    /// Why it could not be decided, where it could not.
    pub open: Option<OpenReason>,
}

/// What all rules that apply make of one certificate.
#[derive(Debug, Clone)]
pub struct Verdict<'r> {
    /// Failed with any rule that failed, else open with any that is open or where no rule applies,
    /// else passed.
    pub outcome: Outcome,
    /// Every rule that applies: the destination's, then the issuers', each by identifier.
    pub rules: Vec<RuleVerdict<'r>>,
}

/// What comes of all certificates of a person.
#[derive(Debug, Clone)]
pub struct Over<'r> {
    /// The highest outcome of any; open where there are none.
    pub outcome: Outcome,
    /// The first certificate with that outcome.
    pub decided_by: Option<usize>,
    /// Each certificate's own, in order.
    pub certificates: Vec<Verdict<'r>>,
}

/// The verdict over all of a person's certificates: one that passes is enough, whatever the others.
pub fn over_all(certificates: Vec<Verdict<'_>>) -> Over<'_> {
    let outcome = certificates.iter().map(|verdict| verdict.outcome).max();
    let outcome = outcome.unwrap_or(Outcome::Open);
    let decided_by = certificates.iter().position(|verdict| verdict.outcome == outcome);
    Over { outcome, decided_by, certificates }
}

impl<'r> Selection<'r> {
    /// Judges one certificate. The arena takes what the evaluation makes; it can be reset after.
    pub fn judge(&self, certificate: &Certificate<'_>, arena: &Bump) -> Verdict<'r> {
        let payload = certificate.payload;
        let text =
            |text: Option<&str>| text.map_or(Value::Null, |t| Value::Text(arena.alloc_str(t)));
        let external = [
            ("validationClock", Value::Text(self.clock)),
            ("valueSets", self.sets),
            ("countryCode", Value::Text(self.country)),
            ("issuerCountryCode", text(certificate.issuers.first().copied())),
            ("region", text(self.region)),
        ];
        let external = Value::object(&external, arena);
        let data = Value::object(&[("payload", payload), ("external", external)], arena);
        let schema = payload.field("ver").as_text().and_then(Version::parse);
        let issuers = certificate.issuers.iter().flat_map(|issuer| self.invalidation(issuer));
        let rules: Vec<RuleVerdict<'r>> = self
            .acceptance
            .iter()
            .chain(issuers)
            .filter(|rule| is_about(payload, rule.certificate_type()))
            .map(|rule| rule.verdict(data, schema, arena))
            .collect();
        let outcome = rules.iter().map(|rule| rule.outcome).min().unwrap_or(Outcome::Open);
        Verdict { outcome, rules }
    }
}

impl BusinessRule {
    /// What the rule makes of data, `{"payload": …, "external": …}`, whatever time and place it is
    /// for; `schema` is the version that the payload follows, where it says so.
    pub fn verdict(
        &self,
        data: Value<'_>,
        schema: Option<Version>,
        arena: &Bump,
    ) -> RuleVerdict<'_> {
        let (outcome, open) = match self.outcome(data, schema, arena) {
            Ok(true) => (Outcome::Passed, None),
            Ok(false) => (Outcome::Failed, None),
            Err(reason) => (Outcome::Open, Some(reason)),
        };
        RuleVerdict { rule: self, outcome, open }
    }

    fn outcome(
        &self,
        data: Value<'_>,
        schema: Option<Version>,
        arena: &Bump,
    ) -> Result<bool, OpenReason> {
        let logic = match &self.logic {
            Logic::Compiled(logic) => logic,
            Logic::OtherEngine => return Err(OpenReason::Engine),
            Logic::LaterEngine => return Err(OpenReason::EngineVersion),
            Logic::Malformed(_) => return Err(OpenReason::Logic),
        };
        let fits = |schema: Version| {
            schema.major() == self.schema_version.major() && schema >= self.schema_version
        };
        if schema.is_some_and(|schema| !fits(schema)) {
            return Err(OpenReason::SchemaVersion);
        }
        logic.truth(data, arena).map_err(OpenReason::Evaluation)
    }
}

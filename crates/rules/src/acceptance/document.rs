//! Business rules as they are published (EU DCC validation rule, schema 1.0.0).

use crate::{
    RulesError,
    certlogic::{self, Expression, ValueSets, read_instant},
};
use hutong_model::{Timestamp, limits::RULES_MAX};
use serde_json::{Map, Value as Json};
use std::fmt;

/// Three numbers, compared one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version([u32; 3]);

impl Version {
    /// Reads `1`, `1.2` or `1.2.3`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = [0; 3];
        for (at, part) in text.split('.').enumerate() {
            let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            *numbers.get_mut(at)? = digits.then(|| part.parse().ok())??;
        }
        Some(Self(numbers))
    }
    /// The version of these numbers.
    pub const fn of(numbers: [u32; 3]) -> Self {
        Self(numbers)
    }
    /// The first number: what another one is compatible with.
    pub const fn major(self) -> u32 {
        self.0[0]
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.0;
        write!(f, "{major}.{minor}.{patch}")
    }
}

/// Whose rule it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleType {
    /// The destination's: what it accepts.
    Acceptance,
    /// The issuer's: what of its own certificates no longer counts.
    Invalidation,
    /// Another, such as `BoosterNotification`: kept, and never part of a verdict.
    Other,
}

impl RuleType {
    /// Its name as published.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Acceptance => "Acceptance",
            Self::Invalidation => "Invalidation",
            Self::Other => "Other",
        }
    }
}

/// Which certificates a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateType {
    /// All.
    General,
    /// Those with a vaccination (`v`).
    Vaccination,
    /// Those with a test result (`t`).
    Test,
    /// Those with a recovery (`r`).
    Recovery,
}

impl CertificateType {
    /// Its name as published.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::General => "General",
            Self::Vaccination => "Vaccination",
            Self::Test => "Test",
            Self::Recovery => "Recovery",
        }
    }
    /// The field of a payload that makes a certificate one of this type; None for all.
    pub const fn field(self) -> Option<&'static str> {
        match self {
            Self::General => None,
            Self::Vaccination => Some("v"),
            Self::Test => Some("t"),
            Self::Recovery => Some("r"),
        }
    }
}

/// What a rule says of itself, in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// The language, as published: `en`, `zh-CN`.
    pub language: Box<str>,
    /// The text.
    pub text: Box<str>,
}

/// What a rule is written for.
#[derive(Debug)]
pub(super) enum Logic {
    Compiled(Expression),
    /// Another engine than `CERTLOGIC`.
    OtherEngine,
    /// A later version of the specification than [`certlogic::VERSION`].
    LaterEngine,
    /// It says `CERTLOGIC` and is not; why.
    Malformed(Box<str>),
}

/// One business rule, its logic compiled.
#[derive(Debug)]
pub struct BusinessRule {
    identifier: Box<str>,
    kind: RuleType,
    country: Box<str>,
    region: Option<Box<str>>,
    version: Version,
    pub(super) schema_version: Version,
    certificate_type: CertificateType,
    descriptions: Vec<Description>,
    pub(super) valid_from: Timestamp,
    pub(super) valid_to: Timestamp,
    affected_fields: Vec<Box<str>>,
    pub(super) logic: Logic,
}

impl BusinessRule {
    /// Reads what a document holds, one rule or an array of them, and binds value sets to them.
    ///
    /// # Errors
    /// [`RulesError::Document`] names the field that is missing or wrong; in an array, with the
    /// place of the rule.
    pub fn read(document: &Json, sets: &ValueSets) -> Result<Vec<Self>, RulesError> {
        match document {
            Json::Array(items) if items.len() > RULES_MAX => Err(RulesError::Document {
                field: "(document)".into(),
                what: format!("it holds more than {RULES_MAX} rules").into(),
            }),
            Json::Array(items) => items
                .iter()
                .enumerate()
                .map(|(at, item)| read(item, &format!("[{at}]."), sets))
                .collect(),
            _ => Ok(vec![read(document, "", sets)?]),
        }
    }

    /// Its identifier, such as `VR-EU-0001`.
    pub fn identifier(&self) -> &str {
        &self.identifier
    }
    /// Whose rule it is.
    pub const fn rule_type(&self) -> RuleType {
        self.kind
    }
    /// The country that publishes it.
    pub fn country(&self) -> &str {
        &self.country
    }
    /// The region of the country that it is for, where it is not for all of it.
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }
    /// Its version.
    pub const fn version(&self) -> Version {
        self.version
    }
    /// Which certificates it is about.
    pub const fn certificate_type(&self) -> CertificateType {
        self.certificate_type
    }
    /// The fields of the payload that it looks at, as published.
    pub fn affected_fields(&self) -> impl Iterator<Item = &str> {
        self.affected_fields.iter().map(|field| &**field)
    }

    /// Why its logic can never be evaluated, where it is not what it says to be: published rules
    /// may be so, and stay open.
    pub fn problem(&self) -> Option<&str> {
        if let Logic::Malformed(why) = &self.logic { Some(why) } else { None }
    }

    /// Its description in the first of these languages that it has (`zh` finds `zh-CN` too), else
    /// in English, else in the first that it has; None where it has none.
    pub fn description(&self, languages: &[&str]) -> Option<&Description> {
        let base = |lang: &str| lang.split(['-', '_']).next().unwrap_or("").to_ascii_lowercase();
        let known = &self.descriptions;
        let find = |lang: &str| {
            let exact = known.iter().find(|text| text.language.eq_ignore_ascii_case(lang));
            exact.or_else(|| known.iter().find(|text| base(&text.language) == base(lang)))
        };
        languages.iter().copied().chain(["en"]).find_map(find).or_else(|| known.first())
    }
}

/// One object, and where it stands in its document.
struct Reader<'j> {
    fields: &'j Map<String, Json>,
    at: &'j str,
}

fn read(document: &Json, at: &str, sets: &ValueSets) -> Result<BusinessRule, RulesError> {
    let Json::Object(fields) = document else {
        return Err(wrong(&format!("{at}(rule)"), "expected an object"));
    };
    let reader = Reader { fields, at };
    let valid_from = reader.instant("ValidFrom")?;
    let valid_to = reader.instant("ValidTo")?;
    if valid_to < valid_from {
        return Err(reader.wrong("ValidTo", "it lies before ValidFrom"));
    }
    Ok(BusinessRule {
        identifier: reader.text("Identifier")?.into(),
        kind: match reader.text("Type")? {
            "Acceptance" => RuleType::Acceptance,
            "Invalidation" => RuleType::Invalidation,
            _ => RuleType::Other,
        },
        country: reader.country()?,
        region: reader.optional("Region")?.map(Box::from),
        version: reader.version("Version")?,
        schema_version: reader.version("SchemaVersion")?,
        certificate_type: match reader.text("CertificateType")? {
            "General" => CertificateType::General,
            "Vaccination" => CertificateType::Vaccination,
            "Test" => CertificateType::Test,
            "Recovery" => CertificateType::Recovery,
            _ => {
                let wanted = "expected General, Vaccination, Test or Recovery";
                return Err(reader.wrong("CertificateType", wanted));
            }
        },
        descriptions: reader.descriptions()?,
        valid_from,
        valid_to,
        affected_fields: reader.affected_fields()?,
        logic: reader.logic(sets)?,
    })
}

fn wrong(field: &str, what: &str) -> RulesError {
    RulesError::Document { field: field.into(), what: what.into() }
}

impl<'j> Reader<'j> {
    fn wrong(&self, field: &str, what: &str) -> RulesError {
        wrong(&format!("{}{field}", self.at), what)
    }

    fn field(&self, name: &str) -> Result<&'j Json, RulesError> {
        self.fields.get(name).ok_or_else(|| self.wrong(name, "it is missing"))
    }

    fn text(&self, name: &str) -> Result<&'j str, RulesError> {
        let text = self.field(name)?.as_str().filter(|text| !text.is_empty());
        text.ok_or_else(|| self.wrong(name, "expected a text"))
    }

    /// A text that may be missing, null or empty.
    fn optional(&self, name: &str) -> Result<Option<&'j str>, RulesError> {
        match self.fields.get(name) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::String(text)) => Ok(Some(text.trim()).filter(|text| !text.is_empty())),
            Some(_) => Err(self.wrong(name, "expected a text")),
        }
    }

    fn country(&self) -> Result<Box<str>, RulesError> {
        let text = self.text("Country")?;
        let two_letters = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
        if !two_letters {
            return Err(self.wrong("Country", "expected a country code of two letters"));
        }
        Ok(text.to_ascii_uppercase().into())
    }

    fn version(&self, name: &str) -> Result<Version, RulesError> {
        let version = Version::parse(self.text(name)?);
        version.ok_or_else(|| self.wrong(name, "expected a version such as 1.0.0"))
    }

    fn instant(&self, name: &str) -> Result<Timestamp, RulesError> {
        let at = read_instant(self.text(name)?);
        at.ok_or_else(|| self.wrong(name, "expected a date-time such as 2021-06-01T00:00:00Z"))
    }

    fn descriptions(&self) -> Result<Vec<Description>, RulesError> {
        let items = self.field("Description")?.as_array();
        let items = items.ok_or_else(|| self.wrong("Description", "expected an array"))?;
        let read = |item: &Json| {
            let (language, text) = (item["lang"].as_str()?.into(), item["desc"].as_str()?.into());
            Some(Description { language, text })
        };
        let texts: Option<Vec<_>> = items.iter().map(read).collect();
        texts.ok_or_else(|| self.wrong("Description", "expected objects with lang and desc"))
    }

    fn affected_fields(&self) -> Result<Vec<Box<str>>, RulesError> {
        let fields = self.field("AffectedFields")?.as_array();
        let fields = fields.ok_or_else(|| self.wrong("AffectedFields", "expected an array"))?;
        let texts: Option<Vec<_>> =
            fields.iter().map(|field| field.as_str().map(Box::from)).collect();
        texts.ok_or_else(|| self.wrong("AffectedFields", "expected texts"))
    }

    fn logic(&self, sets: &ValueSets) -> Result<Logic, RulesError> {
        let source = self.field("Logic")?;
        let version = self.version("EngineVersion")?;
        if self.text("Engine")? != "CERTLOGIC" {
            return Ok(Logic::OtherEngine);
        }
        if version > Version::of(certlogic::VERSION) {
            return Ok(Logic::LaterEngine);
        }
        match Expression::bind(source, sets) {
            Ok(expression) => Ok(Logic::Compiled(expression)),
            Err(error) => Ok(Logic::Malformed(error.to_string().into())),
        }
    }
}

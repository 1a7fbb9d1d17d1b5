//! Rule packs: versioned, published data. A pack keeps the text that it was read from, so that
//! what is signed and passed on is exactly what is evaluated.

use crate::{
    RulesError,
    certlogic::Expression,
    duties::{CheckIns, Duty},
    examples::Example,
    variables::{self, Values, Variable, Variation},
};
use hutong_model::{Level, Timestamp, limits::ASSERTION_S_MAX};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, OnceLock};

/// A text for people, in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Chinese.
    pub zh: Box<str>,
    /// English.
    pub en: Box<str>,
}

impl Text {
    /// Whether it says nothing in one of the languages.
    pub(crate) fn is_blank(&self) -> bool {
        self.zh.trim().is_empty() || self.en.trim().is_empty()
    }
}

/// Which time of a record counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Clock {
    /// When the sample was taken (where unknown: when the test was done).
    Collected,
    /// When the result was released.
    Reported,
}

/// Which records a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum About {
    Test,
    Declaration,
    Dose,
    Case,
    Contact,
    Stay,
    Entry,
}

/// What ends a reason before its time: `count` records after it for which `when` holds, each at
/// least `apart_s` seconds after the one before, with none between for which `broken_by` holds.
#[derive(Debug)]
pub(crate) struct Clearing {
    pub text: Arc<Text>,
    pub when: Expression,
    pub count: u16,
    pub apart_s: i64,
    pub broken_by: Option<Expression>,
}

/// One rule, compiled.
#[derive(Debug)]
pub(crate) struct Rule {
    pub id: Arc<str>,
    pub about: About,
    pub clock: Clock,
    pub when: Expression,
    pub level: Level,
    pub code: Arc<str>,
    pub text: Arc<Text>,
    pub until: Expression,
    pub clears: Option<Clearing>,
    task: Option<Duty>,
}

/// Doses that make a primary series, for one agent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Series {
    pub agent: Box<str>,
    pub family: Box<str>,
    /// Doses of a product that is not named below.
    pub doses: u8,
    pub products: Vec<Products>,
}

/// Products of one system whose series has another length.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Products {
    pub doses: u8,
    pub system: Box<str>,
    pub codes: Vec<Box<str>>,
}

/// A rule pack, compiled.
#[derive(Debug)]
pub struct Pack {
    source: Box<str>,
    id: Arc<str>,
    version: Arc<str>,
    title: Text,
    valid_from: Timestamp,
    valid_until: Option<Timestamp>,
    event_kind: Box<str>,
    freshness_s: i64,
    appeal_s: i64,
    pub(crate) default_code: Arc<str>,
    pub(crate) default_text: Arc<Text>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) series: Vec<Series>,
    check_ins: Option<CheckIns>,
    area_task: Option<Duty>,
    variables: Vec<Variable>,
    variation: Option<Arc<str>>,
    pub(crate) examples: Vec<Example>,
}

impl Pack {
    /// The pack that comes with this release: `baseline` version 2 (see the crate's page).
    ///
    /// # Panics
    /// Never: the embedded pack is compiled by the tests of every build.
    pub fn baseline() -> &'static Pack {
        static BASELINE: OnceLock<Pack> = OnceLock::new();
        BASELINE.get_or_init(|| {
            let text = include_str!("../packs/baseline-2.json");
            // INVARIANT: the embedded pack is compiled by the tests of every build.
            Pack::from_json(text).expect("the embedded rule pack is sound")
        })
    }

    /// Reads and compiles a pack.
    ///
    /// # Errors
    /// [`RulesError`]: not the JSON of a pack, an expression that is not `CertLogic`, or values
    /// that contradict each other.
    pub fn from_json(text: &str) -> Result<Self, RulesError> {
        Self::of(text, None)
    }

    /// The same pack with other values for what it lets vary.
    ///
    /// # Errors
    /// [`RulesError::Variation`] where a value is not one that the pack lets vary, or lies outside
    /// of what it permits.
    pub fn varied(&self, variation: &Variation) -> Result<Self, RulesError> {
        Self::of(&self.source, Some(variation))
    }

    fn of(text: &str, variation: Option<&Variation>) -> Result<Self, RulesError> {
        let data: PackData = serde_json::from_str(text)?;
        data.check()?;
        let values = variables::values(&data.variables, variation)?;
        let rules = data.rules.into_iter().map(|rule| compiled(rule, &values));
        let rules = rules.collect::<Result<_, _>>()?;
        Ok(Self {
            source: text.into(),
            id: data.id.into(),
            version: data.version.into(),
            title: data.title,
            valid_from: data.valid_from,
            valid_until: data.valid_until,
            event_kind: data.event_kind,
            freshness_s: data.freshness_seconds,
            appeal_s: i64::from(data.appeal_hours) * 3600,
            default_code: data.default.code.into(),
            default_text: Arc::new(data.default.text),
            rules,
            series: data.primary_series,
            check_ins: data.check_ins,
            area_task: data.area_task,
            variables: data.variables,
            variation: variation.map(|variation| variation.id.as_ref().into()),
            examples: data.examples,
        })
    }

    /// What a region may vary.
    pub fn variables(&self) -> &[Variable] {
        &self.variables
    }
    /// Id of the variation that it was compiled with.
    pub(crate) fn variation(&self) -> Option<Arc<str>> {
        self.variation.clone()
    }
    /// The text that it was read from.
    pub fn source(&self) -> &str {
        &self.source
    }
    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }
    /// Its version.
    pub fn version(&self) -> &str {
        &self.version
    }
    pub(crate) fn shared_name(&self) -> (Arc<str>, Arc<str>) {
        (Arc::clone(&self.id), Arc::clone(&self.version))
    }
    /// Its name for people.
    pub fn title(&self) -> &Text {
        &self.title
    }
    /// From when it is in force.
    pub const fn valid_from(&self) -> Timestamp {
        self.valid_from
    }
    /// Until when it is in force, where that is set.
    pub const fn valid_until(&self) -> Option<Timestamp> {
        self.valid_until
    }
    /// Which kind of event it is for.
    pub fn event_kind(&self) -> &str {
        &self.event_kind
    }
    /// How long a decision stays fresh at most, in seconds.
    pub const fn freshness_s(&self) -> i64 {
        self.freshness_s
    }
    /// How long an appeal waits for its answer at most, in seconds.
    pub const fn appeal_s(&self) -> i64 {
        self.appeal_s
    }
    /// What becomes of check-ins at places; None where none are to be collected.
    pub const fn check_ins(&self) -> Option<CheckIns> {
        self.check_ins
    }
    /// The task that a reason by this rule makes.
    pub fn task_of(&self, rule: &str) -> Option<Duty> {
        self.rules.iter().find(|known| *known.id == *rule)?.task
    }
    /// The task that the listing of an area as medium or high makes.
    pub const fn area_task(&self) -> Option<Duty> {
        self.area_task
    }
    /// Ids of its rules, in order.
    pub fn rule_ids(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|rule| &*rule.id)
    }
}

fn compiled(data: RuleData, values: &Values<'_>) -> Result<Rule, RulesError> {
    let id = data.id.clone();
    let wrong = |what| RulesError::Rule { rule: id.clone(), what };
    if data.code.is_empty() || data.text.is_blank() {
        return Err(wrong("every rule has a reason: a code, and a text in both languages"));
    }
    let expression = |source: &serde_json::Value| {
        let source = variables::fill(source, values).map_err(wrong)?;
        Expression::compile(&source)
    };
    if data.level == Level::Green {
        return Err(wrong("a rule gives yellow or red; green is the absence of reasons"));
    }
    let clears = data.clears.map(|clears| -> Result<Clearing, RulesError> {
        if clears.count == 0 || clears.apart_seconds < 0 {
            return Err(wrong("clearing takes at least one record, and time runs forward"));
        }
        Ok(Clearing {
            text: Arc::new(clears.text),
            when: expression(&clears.when)?,
            count: clears.count,
            apart_s: clears.apart_seconds,
            broken_by: clears.broken_by.as_ref().map(expression).transpose()?,
        })
    });
    if let Some(task) = &data.task {
        task.check(false).map_err(wrong)?;
    }
    Ok(Rule {
        about: data.about,
        clock: data.clock,
        when: expression(&data.when)?,
        level: data.level,
        code: data.code.into(),
        text: Arc::new(data.text),
        until: expression(&data.until)?,
        clears: clears.transpose()?,
        task: data.task,
        id: data.id.into(),
    })
}

/// The form of a pack in JSON.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PackData {
    id: Box<str>,
    version: Box<str>,
    title: Text,
    valid_from: Timestamp,
    valid_until: Option<Timestamp>,
    event_kind: Box<str>,
    freshness_seconds: i64,
    #[serde(default = "a_day")]
    appeal_hours: u16,
    default: DefaultData,
    rules: Vec<RuleData>,
    #[serde(default)]
    primary_series: Vec<Series>,
    check_ins: Option<CheckIns>,
    area_task: Option<Duty>,
    #[serde(default)]
    variables: Vec<Variable>,
    #[serde(default)]
    examples: Vec<Example>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DefaultData {
    code: Box<str>,
    text: Text,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RuleData {
    id: Box<str>,
    about: About,
    clock: Clock,
    when: serde_json::Value,
    level: Level,
    code: Box<str>,
    text: Text,
    until: serde_json::Value,
    clears: Option<ClearingData>,
    task: Option<Duty>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ClearingData {
    text: Text,
    when: serde_json::Value,
    #[serde(default = "one")]
    count: u16,
    #[serde(default)]
    apart_seconds: i64,
    broken_by: Option<serde_json::Value>,
}

/// Hours that an appeal waits for its answer, where the pack does not say.
fn a_day() -> u16 {
    24
}

fn one() -> u16 {
    1
}

impl PackData {
    fn check(&self) -> Result<(), RulesError> {
        if self.id.is_empty() || self.version.is_empty() {
            return Err(RulesError::Pack("it has an id and a version"));
        }
        if !(1..=ASSERTION_S_MAX).contains(&self.freshness_seconds) {
            return Err(RulesError::Pack("a decision is fresh for 1 second to 24 hours"));
        }
        if !(1..=168).contains(&self.appeal_hours) {
            return Err(RulesError::Pack("an appeal is answered within 1 to 168 hours"));
        }
        if let Some(check_ins) = &self.check_ins {
            check_ins.check()?;
        }
        if let Some(task) = &self.area_task {
            task.check(true).map_err(RulesError::Pack)?;
        }
        if self.valid_until.is_some_and(|until| until <= self.valid_from) {
            return Err(RulesError::Pack("it ends after it begins"));
        }
        let mut ids: Vec<&str> = self.rules.iter().map(|rule| &*rule.id).collect();
        ids.sort_unstable();
        if ids.windows(2).any(|pair| pair[0] == pair[1]) || ids.contains(&"default") {
            return Err(RulesError::Pack("every rule has an id of its own; \"default\" is taken"));
        }
        // A dose is counted in sixtieths of a series.
        let counts = self.primary_series.iter().flat_map(|series| {
            std::iter::once(series.doses).chain(series.products.iter().map(|p| p.doses))
        });
        if counts.into_iter().any(|doses| !(1..=6).contains(&doses)) {
            return Err(RulesError::Pack("a primary series has 1 to 6 doses"));
        }
        Ok(())
    }
}

//! Which rules apply where and when.

use super::{BusinessRule, RuleType};
use crate::certlogic::{Bump, Value, ValueSets};
use hutong_model::Timestamp;
use std::collections::{BTreeMap, btree_map::Entry};

/// Rules and value sets, read once.
#[derive(Debug)]
pub struct RuleBook {
    /// By country, in the order in which they were added.
    rules: BTreeMap<Box<str>, Vec<BusinessRule>>,
    sets: ValueSets,
}

/// Where and when something is shown.
#[derive(Debug, Clone, Copy)]
pub struct Place<'q> {
    /// The country, two letters.
    pub country: &'q str,
    /// The region of it, as its rules name it.
    pub region: Option<&'q str>,
    /// The time that counts.
    pub at: Timestamp,
}

impl RuleBook {
    /// A book of rules that were read with these value sets.
    pub fn new(rules: Vec<BusinessRule>, sets: ValueSets) -> Self {
        let mut by_country: BTreeMap<Box<str>, Vec<BusinessRule>> = BTreeMap::new();
        for rule in rules {
            by_country.entry(rule.country().into()).or_default().push(rule);
        }
        Self { rules: by_country, sets }
    }

    /// All rules, by country.
    pub fn rules(&self) -> impl Iterator<Item = &BusinessRule> {
        self.rules.values().flatten()
    }

    /// The rules of a place and a time. The arena holds what all evaluations share.
    pub fn select<'r>(&'r self, place: &Place<'r>, arena: &'r Bump) -> Selection<'r> {
        let country = arena.alloc_str(&place.country.to_ascii_uppercase());
        let of = |country: &str| self.rules.get(country).map_or(&[][..], |rules| &**rules);
        let acceptance = chosen(of(country), RuleType::Acceptance, place.region, place.at);
        let invalidation = self
            .rules
            .iter()
            .map(|(country, rules)| {
                (&**country, chosen(rules, RuleType::Invalidation, None, place.at))
            })
            .filter(|(_, rules)| !rules.is_empty())
            .collect();
        Selection {
            acceptance,
            invalidation,
            country,
            region: place.region,
            clock: arena.alloc_str(&place.at.to_string()),
            sets: self.sets.to_value(arena),
        }
    }
}

/// The rules in force, the highest version of each, the region's before the country's.
fn chosen<'r>(
    rules: &'r [BusinessRule],
    kind: RuleType,
    region: Option<&str>,
    at: Timestamp,
) -> Vec<&'r BusinessRule> {
    let applies = |rule: &&BusinessRule| {
        let here = rule
            .region()
            .is_none_or(|own| region.is_some_and(|region| region.trim().eq_ignore_ascii_case(own)));
        rule.rule_type() == kind && here && rule.valid_from <= at && at <= rule.valid_to
    };
    let mut best: BTreeMap<&str, &BusinessRule> = BTreeMap::new();
    for rule in rules.iter().filter(applies) {
        let rank = |rule: &BusinessRule| (rule.region().is_some(), rule.version());
        match best.entry(rule.identifier()) {
            Entry::Vacant(entry) => {
                entry.insert(rule);
            }
            Entry::Occupied(mut entry) if rank(entry.get()) < rank(rule) => {
                entry.insert(rule);
            }
            Entry::Occupied(_) => {}
        }
    }
    best.into_values().collect()
}

/// The rules of a place and a time.
#[derive(Debug)]
pub struct Selection<'r> {
    pub(super) acceptance: Vec<&'r BusinessRule>,
    /// By the issuer's country.
    pub(super) invalidation: BTreeMap<&'r str, Vec<&'r BusinessRule>>,
    pub(super) country: &'r str,
    pub(super) region: Option<&'r str>,
    pub(super) clock: &'r str,
    pub(super) sets: Value<'r>,
}

impl<'r> Selection<'r> {
    /// The destination's rules, by identifier.
    pub fn acceptance(&self) -> &[&'r BusinessRule] {
        &self.acceptance
    }

    /// The rules of an issuer, by identifier.
    pub fn invalidation(&self, country: &str) -> &[&'r BusinessRule] {
        self.invalidation.get(country).map_or(&[], |rules| &**rules)
    }
}

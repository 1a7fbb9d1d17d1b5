//! Policy decisions: Cedar policies in the binary, checked against their schema at start, decisions
//! kept by everything they may depend on.

use super::Action;
use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid,
    PolicySet, Request, RestrictedExpression, Schema, ValidationMode, Validator,
};
use hutong_model::{Member, MemberKind, MemberStatus, Purpose, RegionCode};
use std::collections::{HashMap, HashSet};
use std::str::FromStr;

const SCHEMA: &str = include_str!("../../policies/schema.cedarschema");
const POLICIES: &str = concat!(
    include_str!("../../policies/always.cedar"),
    include_str!("../../policies/members.cedar"),
);
/// Decisions kept at most.
const DECISIONS_MAX: usize = 4096;

/// The policies cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("access policies: {0}")]
pub struct PolicyError(String);

/// What a decision may depend on: the schema has nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Question {
    kind: MemberKind,
    region: RegionCode,
    purposes: u16,
    active: bool,
    action: Action,
    purpose: Purpose,
    legal_basis: bool,
}

/// The policies, ready to decide.
pub struct Policy {
    authorizer: Authorizer,
    policies: PolicySet,
    schema: Schema,
    decisions: quick_cache::sync::Cache<Question, bool>,
}

impl Policy {
    /// Reads and validates the policies that are part of the program.
    ///
    /// # Errors
    /// [`PolicyError`] where a policy does not parse or does not fit the schema.
    pub fn builtin() -> Result<Self, PolicyError> {
        Self::parse(SCHEMA, POLICIES)
    }

    /// Reads and validates policies.
    ///
    /// # Errors
    /// [`PolicyError`] where a policy does not parse or does not fit the schema.
    pub fn parse(schema: &str, policies: &str) -> Result<Self, PolicyError> {
        let error = |what: &str, e: &dyn std::fmt::Display| PolicyError(format!("{what}: {e}"));
        let (schema, _) = Schema::from_cedarschema_str(schema).map_err(|e| error("schema", &e))?;
        let policies = PolicySet::from_str(policies).map_err(|e| error("policies", &e))?;
        let result = Validator::new(schema.clone()).validate(&policies, ValidationMode::default());
        if let Some(first) = result.validation_errors().next() {
            return Err(error("validation", first));
        }
        Ok(Self {
            authorizer: Authorizer::new(),
            policies,
            schema,
            decisions: quick_cache::sync::Cache::new(DECISIONS_MAX),
        })
    }

    /// Whether the member may do this for this purpose.
    pub fn permits(
        &self,
        member: &Member,
        action: Action,
        purpose: Purpose,
        legal_basis: bool,
    ) -> bool {
        let question = Question {
            kind: member.kind,
            region: member.region,
            purposes: member.purposes.iter().fold(0, |bits, p| bits | (1 << (*p as u16))),
            active: member.status == MemberStatus::Active,
            action,
            purpose,
            legal_basis,
        };
        if let Some(known) = self.decisions.get(&question) {
            return known;
        }
        let decision = self.decide(member, action, purpose, legal_basis).unwrap_or_else(|error| {
            tracing::error!(error = %error, "a policy decision failed; denied");
            false
        });
        self.decisions.insert(question, decision);
        decision
    }

    fn decide(
        &self,
        member: &Member,
        action: Action,
        purpose: Purpose,
        legal_basis: bool,
    ) -> Result<bool, PolicyError> {
        let error = |e: &dyn std::fmt::Display| PolicyError(e.to_string());
        let uid = |kind: &str, id: &str| -> Result<EntityUid, PolicyError> {
            let kind = EntityTypeName::from_str(kind).map_err(|e| error(&e))?;
            Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(id)))
        };
        let text = |value: &str| RestrictedExpression::new_string(value.to_owned());
        let status = match member.status {
            MemberStatus::Active => "active",
            MemberStatus::Suspended => "suspended",
        };
        let principal = uid("Member", "caller")?;
        let resource = uid("Node", "here")?;
        let purposes = member.purposes.iter().map(|p| text(p.as_str()));
        let attributes = HashMap::from([
            ("kind".to_owned(), text(member.kind.as_str())),
            ("region".to_owned(), text(member.region.as_str())),
            ("purposes".to_owned(), RestrictedExpression::new_set(purposes)),
            ("status".to_owned(), text(status)),
        ]);
        let entities = Entities::from_entities(
            [
                Entity::new(principal.clone(), attributes, HashSet::new())
                    .map_err(|e| error(&e))?,
                Entity::new_no_attrs(resource.clone(), HashSet::new()),
            ],
            Some(&self.schema),
        )
        .map_err(|e| error(&e))?;
        let context = Context::from_pairs([
            ("purpose".to_owned(), text(purpose.as_str())),
            ("legalBasis".to_owned(), RestrictedExpression::new_bool(legal_basis)),
        ])
        .map_err(|e| error(&e))?;
        let action = uid("Action", action.as_str())?;
        let request = Request::new(principal, action, resource, context, Some(&self.schema))
            .map_err(|e| error(&e))?;
        let answer = self.authorizer.is_authorized(&request, &self.policies, &entities);
        if let Some(problem) = answer.diagnostics().errors().next() {
            return Err(error(problem));
        }
        Ok(answer.decision() == Decision::Allow)
    }
}

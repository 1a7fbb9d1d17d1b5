//! The extractor of every endpoint for members: who asks, why, and whether the policies permit it.

use super::{App, Permission, Scopes};
use crate::{
    fhir::bulk::Exports,
    problem::Problem,
    rate::{Bucket, Key},
    watermark::Watermark,
};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header::AUTHORIZATION, request::Parts},
};
use hutong_model::{Member, MemberStatus, OperatorId, PersonId, Purpose, RegionCode};
use hutong_node::{Node, NodeError, grants::Right, history::Reader, watch::Operator};
use std::{marker::PhantomData, sync::Arc};

/// Header that names the purpose of a request.
pub const PURPOSE: &str = "hutong-purpose";
/// Header that names the legal basis of a request.
pub const LEGAL_BASIS: &str = "hutong-legal-basis";
/// Header that names who of the member asks.
pub const OPERATOR: &str = "hutong-operator";
/// Longest legal basis, in bytes.
const LEGAL_BASIS_MAX: usize = 512;

/// A member that may do `A` for the purpose it stated.
pub struct Caller<A> {
    /// The member.
    pub member: Arc<Member>,
    /// Why it asks.
    pub purpose: Purpose,
    /// The legal basis it named.
    pub legal_basis: Option<Box<str>>,
    operator: Option<OperatorId>,
    app: App,
    _action: PhantomData<fn() -> A>,
}

impl<A> Caller<A> {
    /// The node.
    pub fn node(&self) -> &Arc<Node> {
        &self.app.0.node
    }
    /// The legal basis it named; empty where the policy asks for none.
    pub(crate) fn basis(&self) -> &str {
        self.legal_basis.as_deref().unwrap_or_default()
    }
    /// The bulk exports of the node.
    pub(crate) fn exports(&self) -> &Exports {
        &self.app.0.exports
    }
    /// Where the member is.
    pub fn region(&self) -> RegionCode {
        self.member.region
    }

    /// Counts one try of this member, and one for a thing named by text, against their limits.
    ///
    /// # Errors
    /// [`Problem`] 429 where there were too many.
    pub(crate) fn count(&self, own: Bucket, of_thing: Bucket, thing: &str) -> Result<(), Problem> {
        let (rates, now) = (&self.app.0.rates, self.node().now());
        rates.take(own, &Key::of_text(self.member.id.as_str()), now)?;
        rates.take(of_thing, &Key::of_text(thing), now)
    }

    /// A ticket that only this member can hand in, for an application.
    pub(crate) fn ticket(&self, id: &str) -> String {
        self.app.0.tokens.ticket(self.member.id.as_str(), id)
    }
    /// Reads a ticket of this member's.
    pub(crate) fn open_ticket<'t>(&self, ticket: &'t str) -> Option<&'t str> {
        self.app.0.tokens.open_ticket(self.member.id.as_str(), ticket)
    }

    /// The right by which the member may read this person for its purpose.
    ///
    /// # Errors
    /// [`Problem`] 404 where it has none: whether there is such a person is not its business.
    pub async fn right_to(&self, person: PersonId) -> Result<Right, Problem> {
        let cluster = self.node().store().cluster(person).await?;
        let basis = self.legal_basis.as_deref();
        let right = self.node().right_to_read(&self.member, self.purpose, basis, &cluster).await;
        match right {
            // A region's code system serves its residents, each at their own request.
            Ok(right) if self.purpose == Purpose::PatientRequest => Ok(right),
            Ok(right) => {
                self.node().count_read(&self.operator(), person).await?;
                Ok(right)
            }
            Err(error) => {
                if matches!(error, NodeError::NotFound(_)) {
                    self.missed().await?;
                }
                Err(error.into())
            }
        }
    }

    /// Counts a look-up that found nobody, or nobody whom the member may read.
    ///
    /// # Errors
    /// [`Problem`] where an alarm cannot be stored.
    pub(crate) async fn missed(&self) -> Result<(), Problem> {
        Ok(self.node().count_miss(&self.operator()).await?)
    }

    /// The member, and who of it where the request says so.
    pub(crate) fn operator(&self) -> Operator {
        Operator { member: self.member.id.clone(), operator: self.operator.clone() }
    }

    /// The mark on what this request is shown.
    pub(crate) fn watermark(&self, request_id: &str) -> Watermark {
        Watermark::new(&self.operator(), self.node().now(), self.purpose, request_id)
    }

    /// The member as a reader of histories, by a right it has.
    pub fn reader(&self, right: Right) -> Reader {
        Reader {
            member: self.member.id.clone(),
            region: self.member.region,
            purpose: self.purpose,
            right,
            what: "history",
        }
    }
}

impl<A: Permission> FromRequestParts<App> for Caller<A> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        authorize(&parts.headers, app)
    }
}

/// Token, member, purpose, policy: in this order, from memory.
fn authorize<A: Permission>(headers: &HeaderMap, app: &App) -> Result<Caller<A>, Problem> {
    let inner = &app.0;
    let token = bearer(headers)?;
    let now = inner.node.now();
    let (id, scopes): (_, Scopes) = inner.tokens.verify(token, now).ok_or_else(bad_token)?;
    let member = inner
        .node
        .member(&id)
        .filter(|member| member.status == MemberStatus::Active)
        .ok_or_else(bad_token)?;
    let purpose = purpose(headers, &member, A::ACTION.default_purpose())?;
    let (legal_basis, operator) = (legal_basis(headers)?, operator(headers)?);
    if !scopes.permit(A::ACTION.needs()) {
        return Err(Problem::forbidden("the scopes of the access token do not permit this"));
    }
    if !inner.policy.permits(&member, A::ACTION, purpose, legal_basis.is_some()) {
        metrics::counter!("hutong_denied_total", "action" => A::ACTION.as_str()).increment(1);
        return Err(Problem::forbidden(
            "the policies do not permit this to a member of your kind for the purpose stated",
        ));
    }
    let app = app.clone();
    Ok(Caller { member, purpose, legal_basis, operator, app, _action: PhantomData })
}

/// The token of an `Authorization: Bearer` header (RFC 6750 §2.1).
pub(super) fn bearer(headers: &HeaderMap) -> Result<&str, Problem> {
    let value = headers.get(AUTHORIZATION).ok_or_else(|| {
        Problem::unauthorized("this needs an access token: Authorization: Bearer …")
    })?;
    let text = value.to_str().map_err(|_| bad_token())?;
    let (scheme, token) = text.split_once(' ').ok_or_else(bad_token)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(token.trim()) } else { Err(bad_token()) }
}

fn bad_token() -> Problem {
    Problem::unauthorized("the access token is not valid, or has expired; get a new one")
}

/// The purpose stated; where none is, the one that is usual for the action, else the member's
/// only one.
fn purpose(
    headers: &HeaderMap,
    member: &Member,
    usual: Option<Purpose>,
) -> Result<Purpose, Problem> {
    if let Some(value) = headers.get(PURPOSE) {
        return value.to_str().ok().and_then(|text| Purpose::parse(text.trim())).ok_or_else(|| {
            Problem::bad_request(
                "the header Hutong-Purpose is one of TREAT, PUBHLTH, PATRQT, REPORT, VERIFY, \
                 SCHOOL, NODE, HOPERAT",
            )
        });
    }
    let usual = usual.filter(|purpose| member.purposes.contains(purpose));
    let mut own = member.purposes.iter();
    match (usual, own.next(), own.next()) {
        (Some(usual), ..) => Ok(usual),
        (None, Some(only), None) => Ok(*only),
        _ => Err(Problem::bad_request(
            "state the purpose of the request in the header Hutong-Purpose",
        )),
    }
}

fn legal_basis(headers: &HeaderMap) -> Result<Option<Box<str>>, Problem> {
    let Some(value) = headers.get(LEGAL_BASIS) else { return Ok(None) };
    let text = std::str::from_utf8(value.as_bytes()).map(str::trim).unwrap_or_default();
    if text.is_empty() || text.len() > LEGAL_BASIS_MAX {
        return Err(Problem::bad_request(
            "the header Hutong-Legal-Basis names law and article in 1 to 512 bytes of UTF-8",
        ));
    }
    Ok(Some(text.into()))
}

fn operator(headers: &HeaderMap) -> Result<Option<OperatorId>, Problem> {
    let Some(value) = headers.get(OPERATOR) else { return Ok(None) };
    let read = value.to_str().ok().and_then(|text| OperatorId::parse(text.trim()).ok());
    read.map(Some).ok_or_else(|| {
        Problem::bad_request(
            "the header Hutong-Operator is 1 to 64 of A-Z a-z 0-9 . _ @ -: a number, never a name",
        )
    })
}

//! Errors as they leave the house: RFC 9457 problem details, or an `OperationOutcome` below
//! `/fhir`.
//! Never with person data: what a client sent is not repeated.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use hutong_model::{Issue, IssueCode};
use hutong_node::NodeError;
use hutong_store::StoreError;
use serde::Serialize;
use std::{borrow::Cow, sync::Arc};

/// An error answer. It is rendered by [`crate::finish`], which knows the request.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    slug: &'static str,
    title: &'static str,
    detail: Cow<'static, str>,
    issues: Vec<Issue>,
    retry_after_s: Option<u32>,
}

/// The JSON of a problem (RFC 9457 §3), as documented.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// What kind of problem it is: `urn:hutong:problem:…`.
    #[serde(rename = "type")]
    #[schema(example = "urn:hutong:problem:not-found")]
    kind: String,
    /// The kind, in words.
    #[schema(example = "Not found")]
    title: String,
    /// HTTP status.
    #[schema(example = 404)]
    status: u16,
    /// What was wrong and what to do.
    #[schema(example = "no such person, or no grant of theirs to you for this purpose")]
    detail: String,
    /// This occurrence: the id of the request, as in the header `X-Request-Id`.
    #[schema(example = "urn:hutong:request:8f14e45fceea167a5a36dedd4bea2543")]
    instance: String,
    /// What is wrong with the input, one by one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<crate::schema::IssueSchema>)]
    issues: Vec<Issue>,
}

impl Problem {
    fn new(status: StatusCode, slug: &'static str, title: &'static str) -> Self {
        Self { status, slug, title, detail: "".into(), issues: Vec::new(), retry_after_s: None }
    }
    fn saying(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = detail.into();
        self
    }
    /// Adds what is wrong with the input.
    #[must_use]
    pub fn with_issues(mut self, issues: Vec<Issue>) -> Self {
        self.issues = issues;
        self
    }

    /// 400.
    pub fn bad_request(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", "Bad request").saying(detail)
    }
    /// 401.
    pub fn unauthorized(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "Not signed in").saying(detail)
    }
    /// 403.
    pub fn forbidden(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "Not permitted").saying(detail)
    }
    /// 404.
    pub fn not_found(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not found").saying(detail)
    }
    /// 409.
    pub fn conflict(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", "Conflict").saying(detail)
    }
    /// 410.
    pub fn gone(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::GONE, "gone", "Gone").saying(detail)
    }
    /// 413.
    pub fn too_large(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Too large").saying(detail)
    }
    /// 415.
    pub fn media_type(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", "Content type not understood")
            .saying(detail)
    }
    /// 422.
    pub fn unprocessable(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "unprocessable", "Input refused").saying(detail)
    }
    /// 429, with the seconds after which to try again.
    pub fn too_many(detail: impl Into<Cow<'static, str>>, retry_after_s: u32) -> Self {
        let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many", "Too many requests")
            .saying(detail);
        Self { retry_after_s: Some(retry_after_s), ..problem }
    }
    /// 503.
    pub fn unavailable(detail: impl Into<Cow<'static, str>>) -> Self {
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Not available");
        Self { retry_after_s: Some(1), ..problem.saying(detail) }
    }
    /// 500; what happened is in the log under the id of the request.
    pub fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Failed here")
            .saying("something failed on our side; the operator finds it under this request id")
    }

    /// The problem of a bare status, such as the router's own 404 and 405.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::not_found("there is nothing at this address"),
            StatusCode::METHOD_NOT_ALLOWED => Self::new(status, "method", "Method not allowed")
                .saying("this address does not take this method; see the header Allow"),
            StatusCode::PAYLOAD_TOO_LARGE => Self::too_large("the body is too large"),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                Self::media_type("see /openapi.json for the content types of this address")
            }
            status if status.is_client_error() => {
                Self { status, ..Self::bad_request("the request is not well formed") }
            }
            status => Self { status, ..Self::internal() },
        }
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }
    /// What was wrong and what to do.
    pub fn detail(&self) -> &str {
        &self.detail
    }
    /// What is wrong with the input.
    pub fn issues(&self) -> &[Issue] {
        &self.issues
    }

    /// As a single issue, for a line of a stream or an `OperationOutcome`.
    pub(crate) fn as_issue(&self) -> Issue {
        let code = match self.status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => IssueCode::Forbidden,
            StatusCode::NOT_FOUND | StatusCode::GONE => IssueCode::NotFound,
            StatusCode::CONFLICT => IssueCode::Conflict,
            StatusCode::PAYLOAD_TOO_LARGE => IssueCode::TooLong,
            StatusCode::TOO_MANY_REQUESTS => IssueCode::Throttled,
            StatusCode::UNSUPPORTED_MEDIA_TYPE | StatusCode::METHOD_NOT_ALLOWED => {
                IssueCode::NotSupported
            }
            StatusCode::UNPROCESSABLE_ENTITY => IssueCode::BusinessRule,
            status if status.is_server_error() => IssueCode::Transient,
            _ => IssueCode::Value,
        };
        Issue::error(code, "", self.detail.clone(), "")
    }

    /// The JSON body for a request.
    pub(crate) fn body(&self, request_id: &str) -> ProblemBody {
        ProblemBody {
            kind: format!("urn:hutong:problem:{}", self.slug),
            title: self.title.into(),
            status: self.status.as_u16(),
            detail: self.detail.to_string(),
            instance: format!("urn:hutong:request:{request_id}"),
            issues: self.issues.clone(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => Self::too_many("too much at once; send again later", 1),
            StoreError::Away => Self::unavailable("the node's database does not answer; try again"),
            StoreError::Closed => Self::unavailable("the node is shutting down"),
            error => {
                tracing::error!(error = %error, "the store failed");
                Self::internal()
            }
        }
    }
}

impl From<NodeError> for Problem {
    fn from(error: NodeError) -> Self {
        match error {
            NodeError::Store(error) => error.into(),
            NodeError::Forbidden(detail) => Self::forbidden(detail),
            NodeError::NotFound(detail) => Self::not_found(detail),
            NodeError::Input(issue) => of_issue(*issue),
            NodeError::Conflict(detail) => Self::conflict(detail),
            NodeError::Member(_) => Self::forbidden("the member is not active here"),
            NodeError::Quota(detail) => Self::too_many(detail, 3600),
            NodeError::Busy => Self::too_many("too much at once; send again later", 1),
            NodeError::Parent(reason) => {
                tracing::warn!(reason, "the node above failed");
                Self::unavailable("the node above did not answer; try again")
            }
            NodeError::Setup(reason) => {
                tracing::error!(reason, "this node is not set up for that");
                Self::internal()
            }
        }
    }
}

/// An input error of one issue: the status says what kind it is.
fn of_issue(issue: Issue) -> Problem {
    let detail = issue.reason.clone();
    let problem = match issue.code {
        IssueCode::TooLong => Problem::too_large(detail),
        IssueCode::BusinessRule | IssueCode::CodeInvalid => Problem::unprocessable(detail),
        IssueCode::Conflict => Problem::conflict(detail),
        _ => Problem::bad_request(detail),
    };
    problem.with_issues(vec![issue])
}

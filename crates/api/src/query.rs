//! Query parameters, read strictly: what is not known is an error, never passed over.

use crate::{finish::RequestId, problem::Problem};
use axum::{extract::FromRequestParts, http::request::Parts};

/// The decoded parameters of a request, and its id.
pub struct Query {
    pairs: Vec<(String, String)>,
    request_id: String,
}

impl Query {
    /// Refuses parameters other than these, and any that comes twice.
    ///
    /// # Errors
    /// [`Problem`] 400 that names what is known.
    pub fn only(&self, known: &[&str]) -> Result<(), Problem> {
        for (at, (name, _)) in self.pairs.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                return Err(Problem::bad_request(match known {
                    [] => "this address takes no parameters".to_owned(),
                    known => format!("unknown parameter; known are: {}", known.join(", ")),
                }));
            }
            if self.pairs[..at].iter().any(|(earlier, _)| earlier == name) {
                return Err(Problem::bad_request("a parameter comes twice"));
            }
        }
        Ok(())
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A whole number within bounds.
    ///
    /// # Errors
    /// [`Problem`] 400 where it is none, or outside.
    pub fn number(&self, name: &str, usual: usize, max: usize) -> Result<usize, Problem> {
        let Some(text) = self.get(name) else { return Ok(usual) };
        text.parse().ok().filter(|n| (1..=max).contains(n)).ok_or_else(|| {
            Problem::bad_request(format!("{name} is a whole number from 1 to {max}"))
        })
    }

    /// The id of the request.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }
}

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let pairs = axum::extract::Query::try_from_uri(&parts.uri)
            .map_err(|_| Problem::bad_request("the query is not well formed"))?;
        let id = parts.extensions.get::<RequestId>().map(|id| id.0.to_string());
        Ok(Self { pairs: pairs.0, request_id: id.unwrap_or_default() })
    }
}

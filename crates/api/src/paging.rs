//! Pages of a kept search: what the first page saw is what all pages show, whatever is written
//! meanwhile.

use crate::problem::Problem;
use axum::http::Uri;
use hutong_model::Member;
use hutong_node::{
    Node,
    history::{History, Search},
};
use std::sync::Arc;

/// Parameters that say which page, and how: not what is asked.
const PAGING: [&str; 5] = ["_cursor", "_count", "_format", "cursor", "count"];

/// A search with the results it showed first, and where in them a page begins.
pub(crate) struct Results {
    kept: Option<(String, Arc<Search>)>,
    fresh: Option<History>,
    offset: usize,
}

impl Results {
    /// A search just made.
    pub(crate) fn fresh(history: History) -> Self {
        Self { kept: None, fresh: Some(history), offset: 0 }
    }

    /// The search that a cursor leads to, for the member that made it.
    ///
    /// # Errors
    /// [`Problem`] 410 where it is no longer kept; 400 where the cursor is none, or of another
    /// search.
    pub(crate) fn kept(
        node: &Node,
        member: &Member,
        uri: &Uri,
        cursor: &str,
    ) -> Result<Self, Problem> {
        let wrong = || Problem::bad_request("take the cursor from the page before, unchanged");
        let (token, offset) = cursor.split_once('.').ok_or_else(wrong)?;
        let offset = offset.parse().map_err(|_| wrong())?;
        let search = node.kept_search(member, token).map_err(|_| {
            Problem::gone("this search is no longer kept; start it again without the cursor")
        })?;
        if search.query != question(uri) || offset > search.history.records.len() {
            return Err(wrong());
        }
        Ok(Self { kept: Some((token.to_owned(), search)), fresh: None, offset })
    }

    /// What was found.
    pub(crate) fn history(&self) -> Result<&History, Problem> {
        let kept = || self.kept.as_ref().map(|(_, search)| &*search.history);
        self.fresh.as_ref().or_else(kept).ok_or_else(Problem::internal)
    }

    /// Where the page begins.
    pub(crate) fn offset(&self) -> usize {
        self.offset
    }

    /// Keeps the search where more than this page was found; the cursor of the next page.
    pub(crate) fn next_cursor(
        &mut self,
        node: &Node,
        member: &Member,
        uri: &Uri,
        count: usize,
    ) -> Option<String> {
        let end = self.offset.saturating_add(count);
        if count == 0 || end >= self.history().ok()?.records.len() {
            return None;
        }
        if let Some(history) = self.fresh.take() {
            self.kept = Some(node.keep_search(member, question(uri), history));
        }
        let (token, _) = self.kept.as_ref()?;
        Some(format!("{token}.{end}"))
    }
}

/// The decoded pairs of a query.
pub(crate) fn pairs(uri: &Uri) -> Result<Vec<(String, String)>, Problem> {
    axum::extract::Query::try_from_uri(uri)
        .map(|query| query.0)
        .map_err(|_| Problem::bad_request("the query is not well formed"))
}

/// The raw parts of a query, without those named.
pub(crate) fn parts<'u>(uri: &'u Uri, without: &'u [&'u str]) -> impl Iterator<Item = &'u str> {
    uri.query().unwrap_or_default().split('&').filter(move |part| {
        let name = part.split('=').next().unwrap_or_default();
        !part.is_empty() && !without.contains(&name)
    })
}

/// Path and parameters without those of paging: what the search asks.
fn question(uri: &Uri) -> String {
    let mut parts: Vec<&str> = parts(uri, &PAGING).collect();
    parts.sort_unstable();
    format!("{}?{}", uri.path(), parts.join("&"))
}

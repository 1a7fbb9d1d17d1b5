//! Whether a record fits a search.

use super::{DateBound, EverythingSearch, RecordSearch, Token};
use crate::ShownRecord;
use hutong_model::{Entry, Fact, TestOutcome, catalogue::CVX};

impl RecordSearch {
    /// Whether a record fits everything that was asked for except the person. A withdrawn record
    /// has the status `entered-in-error`.
    pub fn matches(&self, shown: &ShownRecord) -> bool {
        shown.resource_type() == Some(self.kind.as_str())
            && in_bounds(&self.dates, &shown.entry)
            && any(&self.codes, |token| has_code(&shown.entry.fact, token))
            && any(&self.categories, |token| &*token.code == "laboratory")
            && any(&self.statuses, |word| **word == *status(shown))
            && any(&self.identifiers, |token| token.is_own_id(&shown.entry))
    }
}

impl EverythingSearch {
    /// Whether a record fits.
    pub fn matches(&self, shown: &ShownRecord) -> bool {
        let Some(kind) = shown.resource_type() else { return false };
        any(&self.types, |wanted| **wanted == *kind) && in_bounds(&self.dates, &shown.entry)
    }
    /// Whether the person itself is asked for.
    pub fn wants_patient(&self) -> bool {
        any(&self.types, |wanted| &**wanted == "Patient")
    }
}

fn any<T>(list: &[T], fits: impl Fn(&T) -> bool) -> bool {
    list.is_empty() || list.iter().any(fits)
}

/// A record without a known time fits no bound.
fn in_bounds(bounds: &[DateBound], entry: &Entry) -> bool {
    bounds.iter().all(|bound| entry.times.occurred().is_some_and(|when| bound.holds(when)))
}

fn has_code(fact: &Fact, token: &Token) -> bool {
    let codings = match fact {
        Fact::Vaccination(vaccination) => &vaccination.vaccine,
        Fact::TestResult(result) => &result.code,
        _ => return false,
    };
    let same = |code: &str, system: &str| {
        // A CVX code is the same with and without its leading zero.
        let cvx = system == CVX;
        code == &*token.code
            || (cvx && code.trim_start_matches('0') == token.code.trim_start_matches('0'))
    };
    codings.iter().any(|c| token.system_fits(&c.system) && same(&c.code, &c.system))
}

/// The FHIR status that a record is shown with.
fn status(shown: &ShownRecord) -> &'static str {
    match &shown.entry.fact {
        _ if shown.superseded => "entered-in-error",
        Fact::Vaccination(v) if v.not_done => "not-done",
        Fact::Vaccination(_) => "completed",
        Fact::TestResult(r) if r.outcome == TestOutcome::Pending => "registered",
        Fact::TestResult(_) if shown.entry.replaces.is_some() => "corrected",
        _ => "final",
    }
}

//! Codes that were seen a moment ago: a terminal at a gate meets the same certificate again and
//! again, and its signature need not be verified each time.

use super::Scanner;
use crate::foreign::{Reading, detect};
use crate::verify::{Format, VerifyContext};
use hutong_model::{Timestamp, Verdict};
use quick_cache::{Weighter, sync::Cache};
use std::sync::Arc;

/// How long an answer may be given again, in seconds. Within it a signer's certificate may run out
/// unnoticed; whatever else changes is noticed at once.
pub const SEEN_S: i64 = 60;
/// What an answer takes beside its text, roughly, in bytes.
const ANSWER_BYTES: u64 = 4 * 1024;

/// A scanner that remembers valid certificates for a minute.
///
/// Remembered is the whole text, not a hash of it or an id within it, so that nothing can pass for
/// something else. Only what was valid is remembered, so that rubbish cannot drive it out, and
/// never beyond the certificate's own end. A presentation by a telephone is never remembered: it is
/// made to be shown once. The scanner within does not change; with other trust there is another,
/// which has seen nothing.
pub struct CachingScanner {
    scanner: Scanner,
    seen: Cache<Box<str>, Arc<Seen>, ByLength>,
}

struct Seen {
    reading: Arc<Reading>,
    at: Timestamp,
}

#[derive(Clone)]
struct ByLength;

impl Weighter<Box<str>, Arc<Seen>> for ByLength {
    fn weight(&self, text: &Box<str>, _: &Arc<Seen>) -> u64 {
        text.len() as u64 + ANSWER_BYTES
    }
}

impl CachingScanner {
    /// A scanner that keeps about so many bytes of answers.
    pub fn new(scanner: Scanner, bytes: u64) -> Self {
        let items = usize::try_from(bytes / ANSWER_BYTES).unwrap_or(usize::MAX).max(1);
        Self { scanner, seen: Cache::with_weighter(items, bytes, ByLength) }
    }

    /// The scanner within.
    pub fn scanner(&self) -> &Scanner {
        &self.scanner
    }

    /// As [`Scanner::scan`].
    pub fn scan(&self, text: &str, context: &VerifyContext<'_>) -> Arc<Reading> {
        if !may_be_remembered(text) {
            return Arc::new(self.scanner.scan(text, context));
        }
        if let Some(seen) = self.seen.get(text).filter(|seen| seen.holds(context.now)) {
            return seen.reading.clone();
        }
        let reading = Arc::new(self.scanner.scan(text, context));
        if reading.verdict == Verdict::Valid {
            let seen = Seen { reading: reading.clone(), at: context.now };
            self.seen.insert(text.into(), Arc::new(seen));
        }
        reading
    }
}

impl Seen {
    fn holds(&self, now: Timestamp) -> bool {
        let age_s = now.since_s(self.at);
        let in_force = self.reading.expires_at.is_none_or(|until| now <= until);
        (0..SEEN_S).contains(&age_s) && in_force
    }
}

fn may_be_remembered(text: &str) -> bool {
    !matches!(detect(text), Format::Ht1 | Format::Shlink | Format::Unknown)
}

impl std::fmt::Debug for CachingScanner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CachingScanner").field("seen", &self.seen.len()).finish_non_exhaustive()
    }
}

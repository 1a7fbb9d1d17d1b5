//! Token buckets against guessing: sign-ins and applications, by address and by document. In
//! memory, bounded; a restart forgets them.

use crate::problem::Problem;
use aws_lc_rs::digest::{SHA256, digest};
use hutong_model::Timestamp;
use parking_lot::Mutex;
use std::{net::IpAddr, sync::Arc};

/// Buckets kept at most; the least used are forgotten first.
const BUCKETS_MAX: usize = 100_000;

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Bucket {
    /// Sign-ins started from one address.
    SignInAddress,
    /// Sign-ins started, and applications made, for one document.
    SignInDocument,
    /// One-time codes tried from one address; right ones are given back.
    CodeAddress,
    /// Applications by one member.
    Application,
    /// Access tokens asked for from one address.
    TokenAddress,
}

impl Bucket {
    /// How many at once, and seconds until one more.
    const fn size(self) -> (f64, f64) {
        match self {
            // Behind one address of a carrier are tens of thousands of telephones.
            Self::SignInAddress => (3_000.0, 0.05),
            Self::SignInDocument => (5.0, 60.0),
            Self::CodeAddress => (60.0, 1.0),
            Self::Application => (100.0, 1.0),
            Self::TokenAddress => (600.0, 1.0),
        }
    }
}

/// What a bucket belongs to, as a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key([u8; 16]);

impl Key {
    /// Of a text, which is not kept.
    pub(crate) fn of_text(text: &str) -> Self {
        let mut key = [0; 16];
        key.copy_from_slice(&digest(&SHA256, text.as_bytes()).as_ref()[..16]);
        Self(key)
    }
    /// Of an address; of an IPv6 address its /64 network, which one client has to itself.
    pub(crate) fn of_address(address: Option<IpAddr>) -> Self {
        let mut key = [0; 16];
        match address {
            Some(IpAddr::V4(v4)) => key[..4].copy_from_slice(&v4.octets()),
            Some(IpAddr::V6(v6)) => key[..8].copy_from_slice(&v6.octets()[..8]),
            None => key[15] = 1,
        }
        Self(key)
    }
}

#[derive(Debug)]
struct Level {
    tokens: f64,
    at: Timestamp,
}

/// All buckets.
pub(crate) struct Rates {
    levels: quick_cache::sync::Cache<(Bucket, Key), Arc<Mutex<Level>>>,
}

impl Rates {
    pub(crate) fn new() -> Self {
        Self { levels: quick_cache::sync::Cache::new(BUCKETS_MAX) }
    }

    /// Takes one token.
    ///
    /// # Errors
    /// [`Problem`] 429 with the seconds to wait where there is none.
    pub(crate) fn take(&self, bucket: Bucket, key: &Key, now: Timestamp) -> Result<(), Problem> {
        let (burst, refill_s) = bucket.size();
        let level = self.level(bucket, key, now);
        let mut level = level.lock();
        let passed_s = (now.unix_ms() - level.at.unix_ms()).max(0) as f64 / 1000.0;
        level.tokens = (level.tokens + passed_s / refill_s).min(burst);
        level.at = now;
        if level.tokens < 1.0 {
            metrics::counter!("hutong_rate_limited_total").increment(1);
            let wait_s = ((1.0 - level.tokens) * refill_s).ceil() as u32;
            return Err(Problem::too_many("too many tries; wait before the next", wait_s.max(1)));
        }
        level.tokens -= 1.0;
        Ok(())
    }

    /// Gives a token back that was taken for what turned out not to be a guess.
    pub(crate) fn give_back(&self, bucket: Bucket, key: &Key, now: Timestamp) {
        let level = self.level(bucket, key, now);
        let mut level = level.lock();
        level.tokens = (level.tokens + 1.0).min(bucket.size().0);
    }

    fn level(&self, bucket: Bucket, key: &Key, now: Timestamp) -> Arc<Mutex<Level>> {
        let full = || Arc::new(Mutex::new(Level { tokens: bucket.size().0, at: now }));
        let found = self.levels.get_or_insert_with(&(bucket, *key), || Ok::<_, ()>(full()));
        found.unwrap_or_else(|()| full())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let rates = Rates::new();
        let key = Key::of_text("a document");
        let now = Timestamp::from_unix_s(1_000);
        for _ in 0..5 {
            assert!(rates.take(Bucket::SignInDocument, &key, now).is_ok());
        }
        assert!(rates.take(Bucket::SignInDocument, &key, now).is_err());
        let other = Key::of_text("another");
        assert!(rates.take(Bucket::SignInDocument, &other, now).is_ok());
        assert!(rates.take(Bucket::SignInDocument, &key, now.plus_s(61)).is_ok());
        assert!(rates.take(Bucket::SignInDocument, &key, now.plus_s(61)).is_err());
    }
}

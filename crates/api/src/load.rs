//! Bounded concurrency: each class of request has its gate with a bounded queue, and under pressure
//! the less urgent classes are refused first, with 429 and Retry-After.

use crate::{access::App, problem::Problem};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Classes, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Verifying and showing codes, signing in.
    Verify,
    /// Reading histories.
    Read,
    /// Nodes below passing up and asking.
    Node,
    /// Nodes below waiting for the feed: cheap, but long.
    Feed,
    /// Admissions, answered at once.
    Admit,
    /// Admissions in bulk: streams of any length.
    Stream,
    /// What can wait: who looked, lists, documentation.
    Decoration,
}

impl Class {
    const ALL: [Class; 7] = [
        Self::Verify,
        Self::Read,
        Self::Node,
        Self::Feed,
        Self::Admit,
        Self::Stream,
        Self::Decoration,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::Read => "read",
            Self::Node => "node",
            Self::Feed => "feed",
            Self::Admit => "admit",
            Self::Stream => "stream",
            Self::Decoration => "decoration",
        }
    }
    /// Up to which share of all waiting places the class may still wait, in percent.
    const fn share(self) -> usize {
        match self {
            Self::Verify | Self::Feed => 100,
            Self::Read => 80,
            Self::Node => 70,
            Self::Admit => 60,
            Self::Stream => 40,
            Self::Decoration => 25,
        }
    }
}

/// How much is done at once.
#[derive(Debug, Clone, Copy)]
pub struct LoadOptions {
    /// Requests of one class worked on at once.
    pub at_once: usize,
    /// Streaming admissions worked on at once.
    pub streams: usize,
    /// Nodes below that may wait for the feed at once.
    pub followers: usize,
    /// Requests that wait, over all classes.
    pub waiting: usize,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self { at_once: 256, streams: 32, followers: 4096, waiting: 4096 }
    }
}

/// The gates.
pub(crate) struct Load {
    gates: [Arc<Semaphore>; 7],
    waiting: AtomicUsize,
    waiting_max: usize,
}

/// A place in a class; given back when the last clone is dropped. A handler whose answer is a
/// stream keeps one until the stream ends.
#[derive(Clone)]
pub(crate) struct Place {
    _permit: Arc<OwnedSemaphorePermit>,
    _count: Arc<InFlight>,
}

struct InFlight(&'static str);

impl Drop for InFlight {
    fn drop(&mut self) {
        metrics::gauge!("hutong_http_in_flight", "class" => self.0).decrement(1.0);
    }
}

/// Counts a waiting request; gives the place back when the client goes away.
struct Waiting<'l>(&'l AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Load {
    pub(crate) fn new(options: LoadOptions) -> Self {
        let gates = Class::ALL.map(|class| {
            Arc::new(Semaphore::new(match class {
                Class::Stream => options.streams,
                Class::Feed => options.followers,
                _ => options.at_once,
            }))
        });
        Self { gates, waiting: AtomicUsize::new(0), waiting_max: options.waiting }
    }

    /// A place for a request of this class; waits in order, unless too many wait already.
    pub(crate) async fn enter(&self, class: Class) -> Result<Place, Problem> {
        let gate = self.gates[class as usize].clone();
        let permit = match gate.clone().try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                let waiting = self.waiting.fetch_add(1, Ordering::Relaxed);
                let _waiting = Waiting(&self.waiting);
                if waiting >= self.waiting_max * class.share() / 100 {
                    metrics::counter!("hutong_shed_total", "class" => class.name()).increment(1);
                    return Err(Problem::too_many("too many requests at once", 1));
                }
                gate.acquire_owned().await.map_err(|_| Problem::internal())?
            }
        };
        metrics::gauge!("hutong_http_in_flight", "class" => class.name()).increment(1.0);
        Ok(Place { _permit: Arc::new(permit), _count: Arc::new(InFlight(class.name())) })
    }
}

/// The gate of a class, as a layer.
pub(crate) async fn gate(
    State((app, class)): State<(App, Class)>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let place = app.load().enter(class).await?;
    request.extensions_mut().insert(place.clone());
    let response = next.run(request).await;
    drop(place);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_less_urgent_are_refused_first() {
        let options = LoadOptions { at_once: 1, streams: 1, followers: 1, waiting: 4 };
        let load = Arc::new(Load::new(options));
        let verify = load.enter(Class::Verify).await.expect("free");
        let _decoration = load.enter(Class::Decoration).await.expect("free");
        let later = {
            let load = load.clone();
            tokio::spawn(async move { load.enter(Class::Verify).await.is_ok() })
        };
        while load.waiting.load(Ordering::Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        // One waits: a quarter of the places, so decorations are refused and verifications are not.
        assert!(load.enter(Class::Decoration).await.is_err());
        assert!(!later.is_finished());
        drop(verify);
        assert!(later.await.expect("no panic"));
    }
}

//! Whoever listens: phones that are connected, and what is said to them.

use super::Told;
use hutong_model::{PersonId, limits};
use parking_lot::Mutex;
use std::{collections::HashMap, sync::Arc};
use tokio::sync::broadcast;

/// What is said to a person.
#[derive(Debug, Clone)]
pub enum Notice {
    /// A level was decided.
    Level(Arc<Told>),
}

/// Listens for what is said to a person.
pub struct Watch {
    receiver: broadcast::Receiver<Notice>,
}

impl Watch {
    /// The next notice. Where several were missed, the last that are kept come next. None where
    /// the node ends.
    pub async fn next(&mut self) -> Option<Notice> {
        loop {
            match self.receiver.recv().await {
                Ok(notice) => return Some(notice),
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }
}

/// Everybody who listens at this node.
#[derive(Default)]
pub(crate) struct Notices {
    listening: Mutex<HashMap<PersonId, broadcast::Sender<Notice>>>,
}

impl Notices {
    /// Says something to persons.
    pub(super) fn send(&self, persons: &[PersonId], notice: &Notice) {
        let mut listening = self.listening.lock();
        for person in persons {
            // Nobody listens any more: forgotten.
            if listening.get(person).is_some_and(|sender| sender.send(notice.clone()).is_err()) {
                listening.remove(person);
            }
        }
    }

    /// Lets nobody listen any longer.
    pub(crate) fn close(&self) {
        self.listening.lock().clear();
    }

    /// Listens for a person; None where too many listen.
    pub(crate) fn watch(&self, person: PersonId) -> Option<Watch> {
        let mut listening = self.listening.lock();
        if listening.len() >= limits::WATCHED_MAX && !listening.contains_key(&person) {
            listening.retain(|_, sender| sender.receiver_count() > 0);
            if listening.len() >= limits::WATCHED_MAX {
                return None;
            }
        }
        let sender =
            listening.entry(person).or_insert_with(|| broadcast::channel(limits::NOTICES_MAX).0);
        Some(Watch { receiver: sender.subscribe() })
    }
}

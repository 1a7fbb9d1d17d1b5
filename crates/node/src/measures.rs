//! Restrictions and releases that people order: one organisation orders, another agrees, and only
//! then is there a measure, which is evidence like any other. There is no other way to one.

use crate::{Node, NodeError, ledger};
use base64::{Engine, engine::general_purpose::STANDARD};
use hutong_ledger::{Private, Public};
use hutong_model::{
    EntryId, Fact, Member, MemberId, PersonId, Source, Timestamp,
    evidence::{Effect, Measure, MeasureParts},
    limits,
};
use serde::{Deserialize, Serialize};

const COLLECTION: &str = "measure-order";

/// What an organisation orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewOrder {
    /// About whom.
    pub person: PersonId,
    /// What it does.
    #[serde(flatten)]
    pub effect: Effect,
    /// Within which event.
    pub event: Box<str>,
    /// Why, in words for the person.
    pub reason: Box<str>,
    /// When it ends by itself.
    pub until: Timestamp,
}

/// How an order stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "state")]
pub enum OrderState {
    /// It waits for another organisation. It has no effect.
    Waits,
    /// Another organisation agreed: it is a record.
    Agreed {
        /// Which organisation.
        by: MemberId,
        /// When.
        at: Timestamp,
        /// The record.
        record: EntryId,
    },
    /// Another organisation refused.
    Refused {
        /// Which organisation.
        by: MemberId,
        /// When.
        at: Timestamp,
    },
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// Its id.
    pub id: EntryId,
    /// What is ordered.
    #[serde(flatten)]
    pub order: NewOrder,
    /// By what law.
    pub legal_basis: Box<str>,
    /// Who ordered.
    pub ordered_by: MemberId,
    /// When.
    pub ordered_at: Timestamp,
    /// Of an agreed one: what opens its leaf in the ledger, base64 (docs/ledger.md).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opening: Option<String>,
    /// How it stands.
    #[serde(flatten)]
    pub state: OrderState,
}

impl Node {
    /// Orders a measure. It has no effect until another organisation agrees.
    ///
    /// # Errors
    /// [`NodeError::Input`] where it is outside of an event in force, has no reason, or no end
    /// within thirty days; [`NodeError::NotFound`] where the person is not known.
    pub async fn order_measure(
        &self,
        by: &Member,
        legal_basis: &str,
        new: NewOrder,
    ) -> Result<Order, NodeError> {
        let now = self.now();
        let event = self.events_in_force().into_iter().find(|event| event.id == new.event);
        let event = event
            .ok_or_else(|| NodeError::not_permitted("event", "no event of this id is in force"))?;
        let lasts = new.until.since_s(now);
        if lasts <= 0 || lasts > limits::MEASURE_S_MAX || new.until > event.sunset {
            let reason = "a measure ends within thirty days, and before the event does";
            return Err(NodeError::not_permitted("until", reason));
        }
        if new.reason.trim().is_empty() || new.reason.len() > limits::TEXT_BYTES_MAX {
            return Err(NodeError::not_permitted(
                "reason",
                "say why, in 1 to 512 bytes, for the person to read",
            ));
        }
        if matches!(new.effect, Effect::Restrict { level: hutong_model::Level::Green }) {
            return Err(NodeError::not_permitted("level", "a restriction is to yellow or red"));
        }
        if self.store.entries_of(&[new.person]).await?.is_empty() {
            return Err(NodeError::NotFound("no such person here"));
        }
        let order = Order {
            id: EntryId::from_bytes(self.entropy.bytes16()),
            order: new,
            legal_basis: legal_basis.into(),
            ordered_by: by.id.clone(),
            ordered_at: now,
            opening: None,
            state: OrderState::Waits,
        };
        self.keep_order(&order).await?;
        Ok(order)
    }

    /// Answers an order of another organisation. Agreed, it becomes a record of the person's.
    ///
    /// # Errors
    /// [`NodeError::NotFound`] where there is none that waits; [`NodeError::Conflict`] where it is
    /// the organisation's own, or has waited for more than a day.
    pub async fn answer_order(
        &self,
        by: &Member,
        id: EntryId,
        agree: bool,
    ) -> Result<Order, NodeError> {
        let held = self.store.document(COLLECTION, &id.to_string()).await?;
        let held: Option<Order> = held.and_then(|json| serde_json::from_value(json).ok());
        let waiting = held.filter(|order| order.state == OrderState::Waits);
        let mut order = waiting.ok_or(NodeError::NotFound("no such order waits"))?;
        if order.ordered_by == by.id {
            return Err(NodeError::Conflict(
                "your organisation ordered it; another one must agree".into(),
            ));
        }
        let now = self.now();
        if now.since_s(order.ordered_at) > limits::ORDER_WAITS_S || now >= order.order.until {
            return Err(NodeError::Conflict("it waited for too long; order it again".into()));
        }
        self.alone("order", &id.to_string()).await?;
        order.state = if agree {
            let record = self.admit_measure(by, &mut order).await?;
            OrderState::Agreed { by: by.id.clone(), at: now, record }
        } else {
            OrderState::Refused { by: by.id.clone(), at: now }
        };
        self.keep_order(&order).await?;
        if agree {
            self.watch_restriction(&order).await?;
        }
        Ok(order)
    }

    /// Orders, the newest first.
    ///
    /// # Errors
    /// [`NodeError`] where the store cannot be read.
    pub async fn measure_orders(&self) -> Result<Vec<Order>, NodeError> {
        let documents = self.store.documents(COLLECTION).await?;
        let read = documents.into_iter().filter_map(|(_, d)| serde_json::from_value(d).ok());
        let mut orders: Vec<Order> = read.collect();
        orders.sort_by_key(|order| (std::cmp::Reverse(order.ordered_at), order.id));
        Ok(orders)
    }

    async fn admit_measure(&self, by: &Member, order: &mut Order) -> Result<EntryId, NodeError> {
        let measure = Measure::new(MeasureParts {
            effect: order.order.effect,
            event: order.order.event.clone(),
            reason: order.order.reason.clone(),
            legal_basis: order.legal_basis.clone(),
            until: order.order.until,
            ordered_by: order.ordered_by.clone(),
            agreed_by: by.id.clone(),
        });
        let measure =
            measure.map_err(|error| NodeError::not_permitted("measure", error.to_string()))?;
        let person = order.order.person;
        let record = EntryId::derive("measure", &[order.id.as_bytes()]);
        let public = Public::ManualEvidence {
            issuer: self.settings.region,
            event: ledger::label(&order.order.event)?,
            basis: ledger::label(&order.legal_basis)?,
            approved_by: vec![order.ordered_by.clone(), by.id.clone()],
            expires: order.order.until,
        };
        let private =
            Private { person: Some(person), evidence: vec![record], ..Private::default() };
        let opening = self.note_in_ledger(public, private).await?;
        order.opening = opening.map(|opening| STANDARD.encode(opening.encode()));
        let mut row = self.row_about(person, by, Fact::Measure(measure), Source::FirstHand);
        // One order, one record, however often it is tried.
        row.facts[0].id = record;
        Ok(self.admit_own(row).await?.entry)
    }

    async fn keep_order(&self, order: &Order) -> Result<(), NodeError> {
        let json = serde_json::to_value(order)
            .map_err(|error| NodeError::Setup(format!("order: {error}")))?;
        let key = order.id.to_string();
        Ok(self.store.put_document(COLLECTION, &key, json, self.now()).await?)
    }
}

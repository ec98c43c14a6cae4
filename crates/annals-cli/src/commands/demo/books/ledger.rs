//! What the log says of money, stock received, orders and the notifications that are due.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use annals_core::RecordedEvent;
use serde_json::Value;
use uuid::Uuid;

use super::Line;

/// Events that the notification service is told of.
const NOTIFIED: [&str; 3] = ["OrderCreated", "OrderCompleted", "OrderCancelled"];

/// One order, as the log tells it.
#[derive(Debug, Default)]
pub(super) struct OrderBook {
    total_cents: i64,
    placed: bool,
    completed: bool,
    cancelled: bool,
    /// Ids of the events that are told outside, in order.
    pub(super) notified: Vec<Uuid>,
}

/// The log, summed up.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Orders by id.
    pub(super) orders: BTreeMap<Arc<str>, OrderBook>,
    /// Items of stock.
    pub(super) skus: BTreeSet<Arc<str>>,
    /// Stock received.
    pub(super) received: i64,
    /// Items and the commands that stock was received by, and the deliveries that weren't the first
    /// of theirs.
    deliveries: BTreeSet<(Arc<str>, Option<Uuid>)>,
    delivered_again: u64,
    processed_cents: i64,
    refunded_cents: i64,
}

impl Ledger {
    /// Enters an event.
    pub(super) fn enter(&mut self, event: &RecordedEvent) {
        let name = &*event.event.type_.name;
        let data: Value = serde_json::from_slice(&event.event.data).unwrap_or_default();
        let number = |field: &str| data[field].as_i64().unwrap_or(0);
        match &*event.stream.aggregate {
            "Order" => {
                let order = self.orders.entry(event.stream.id.clone()).or_default();
                match name {
                    "OrderPlaced" => {
                        order.placed = true;
                        order.total_cents = number("total_cents");
                    }
                    "OrderCompleted" => order.completed = true,
                    "OrderCancelled" => order.cancelled = true,
                    _ => {}
                }
                if NOTIFIED.contains(&name) {
                    order.notified.push(event.event.id);
                }
            }
            "StockItem" => {
                self.skus.insert(event.stream.id.clone());
                if name == "StockReceived" {
                    self.received += number("quantity");
                    let delivery = (event.stream.id.clone(), event.event.metadata.command_id);
                    let first = self.deliveries.insert(delivery);
                    self.delivered_again += u64::from(!first);
                }
            }
            "Payment" if name == "PaymentProcessed" => {
                self.processed_cents += number("amount_cents")
            }
            "Payment" if name == "PaymentRefunded" => self.refunded_cents += number("amount_cents"),
            _ => {}
        }
    }

    /// Money processed − refunded = total of completed orders.
    pub(super) fn money(&self) -> Line {
        let completed: i64 =
            self.orders.values().filter(|o| o.completed).map(|o| o.total_cents).sum();
        let (processed, refunded) = (self.processed_cents, self.refunded_cents);
        Line::equal(
            "money processed − refunded = total of completed orders",
            processed - refunded,
            completed,
            format!("{} − {} = {}", euros(processed), euros(refunded), euros(completed)),
        )
    }

    /// A delivery that was asked for twice, under one command id, was received once.
    pub(super) fn deliveries(&self) -> Line {
        let of = self.deliveries.len() as u64 + self.delivered_again;
        Line::none("each delivery received once", self.delivered_again, of, "deliveries")
    }

    /// Every placed order ended, one way.
    pub(super) fn orders(&self) -> Line {
        let placed = self.orders.values().filter(|order| order.placed);
        let wrong = placed.clone().filter(|order| order.completed == order.cancelled).count();
        Line::none("every placed order ended", wrong as u64, placed.count() as u64, "orders")
    }
}

fn euros(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

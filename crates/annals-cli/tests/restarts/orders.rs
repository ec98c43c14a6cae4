//! The order system: every way in which an order can end.

use annals_core::Timestamp;
use annals_runtime::ports::{LogQuery, SagaQuery, Store};
use serde_json::{Value, json};

use crate::life::{Step, World};

const MINUTE: i64 = 60_000_000;

const ORDERS: [&str; 7] = [
    "00000000-0000-4000-8000-000000000001",
    "00000000-0000-4000-8000-000000000002",
    "00000000-0000-4000-8000-000000000003",
    "00000000-0000-4000-8000-000000000004",
    "00000000-0000-4000-8000-000000000005",
    "00000000-0000-4000-8000-000000000006",
    "00000000-0000-4000-8000-000000000007",
];

fn create(order: &'static str, country: &str) -> Step {
    let address = json!({ "street": "a", "city": "b", "country": country });
    let input = json!({ "customer_id": ORDERS[0], "shipping_address": address });
    Step::Ask("Order", order, "CreateOrder", input)
}

fn item(order: &'static str, sku: &str, unit_price_cents: u64) -> Step {
    let input = json!({ "sku": sku, "quantity": 2, "unit_price_cents": unit_price_cents });
    Step::Ask("Order", order, "AddOrderItem", input)
}

fn place(order: &'static str) -> Step {
    Step::Ask("Order", order, "PlaceOrder", json!({}))
}

fn cancel(order: &'static str) -> Step {
    Step::Ask("Order", order, "CancelOrder", json!({ "reason": "changed my mind" }))
}

pub(crate) fn world() -> World {
    let received = |sku| Step::Ask("StockItem", sku, "ReceiveStock", json!({ "quantity": 100 }));
    let [good, dear, short, far, flight, forgotten, again] = ORDERS;
    let script = vec![
        received("sku-1"),
        received("sku-2"),
        create(good, "NO"),
        item(good, "sku-1", 100),
        item(good, "sku-2", 100),
        place(good),
        create(dear, "NO"),
        item(dear, "sku-1", 600_000),
        place(dear),
        Step::Settle,
        create(short, "NO"),
        item(short, "sku-1", 100),
        item(short, "sku-0", 100),
        place(short),
        create(far, "AQ"),
        item(far, "sku-2", 100),
        place(far),
        create(forgotten, "NO"),
        create(flight, "NO"),
        item(flight, "sku-2", 100),
        place(flight),
        cancel(flight),
        Step::Until(MINUTE),
        // Twice the same: refused, and nothing comes of it.
        place(good),
        create(again, "NO"),
        item(again, "sku-1", 100),
        place(again),
        Step::Until(20 * MINUTE),
    ];
    let file = include_str!("../../../../examples/orders/architecture.yaml");
    World::new(&[("architecture.yaml", file)], script, &["OrderCompleted"])
}

/// How the orders of a run ended in which nothing ran until a time.
#[derive(Default)]
pub(crate) struct Ends {
    /// Steps that count as not done in time although all of it was done before.
    pub(crate) wrong: Vec<String>,
    pub(crate) timeouts: u64,
    pub(crate) completed: u64,
}

pub(crate) async fn ends(store: &dyn Store, back: Timestamp) -> Ends {
    let query = LogQuery { limit: usize::MAX, without_sagas: true, ..LogQuery::default() };
    let log = store.read_log(query).await.unwrap();
    let happened = |name: &str, order: &str| {
        let of = |data: &Value, id: &str| id == order || data["order_id"] == order;
        let before = log.iter().filter(|event| event.event.time < back);
        let named = before.filter(|event| &*event.event.type_.name == name);
        named
            .filter(|event| {
                of(&serde_json::from_slice(&event.event.data).unwrap(), &event.stream.id)
            })
            .count()
    };
    let query = SagaQuery { saga: "OrderFulfillment".into(), ..SagaQuery::default() };
    let mut ends = Ends::default();
    for saga in store.sagas(query).await.unwrap() {
        let lines = if *saga.key == *ORDERS[0] || *saga.key == *ORDERS[2] { 2 } else { 1 };
        let in_time = match &*saga.failure {
            "reserve_inventory: timeout" => happened("StockReserved", &saga.key) == lines,
            "process_payment: timeout" => {
                happened("PaymentProcessed", &saga.key) + happened("OrderPaid", &saga.key) == 2
            }
            "ship_order: timeout" => {
                happened("ShipmentDispatched", &saga.key) + happened("OrderShipped", &saga.key) == 2
            }
            _ => false,
        };
        if in_time || !["completed", "failed"].contains(&&*saga.status) {
            ends.wrong.push(format!("{} {} {}", saga.key, saga.status, saga.failure));
        }
        ends.timeouts += u64::from(saga.failure.ends_with("timeout"));
        ends.completed += u64::from(&*saga.status == "completed");
    }
    ends
}

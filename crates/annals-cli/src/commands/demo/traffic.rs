//! The demo's traffic: what each customer does, all of it following from the seed, so that a demo
//! that was killed asks the very same things again, under the very same command ids.

use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

/// Items on offer; the first is scarce.
pub(crate) const SKUS: u64 = 20;

/// The most that one delivery of stock brings.
const DELIVERY: u64 = 10_000;

/// The name space of the demo's ids.
const NAMES: Uuid = Uuid::from_u128(0x5f6d_1c0e_8f0b_4f0f_9a53_0d6c_7e1a_2b41);

/// One command of the traffic.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// The aggregate.
    pub(crate) aggregate: &'static str,
    /// Its id.
    pub(crate) id: Arc<str>,
    /// The command.
    pub(crate) command: &'static str,
    /// Its input.
    pub(crate) input: Value,
    /// Its id, which follows from the seed.
    pub(crate) command_id: Uuid,
}

/// The traffic of one seed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Traffic {
    seed: u64,
    orders: u64,
}

/// What becomes of an order, as far as its customer decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Intent {
    Place,
    CancelInFlight,
    CancelOpen,
    Forget,
}

impl Traffic {
    pub(crate) fn new(seed: u64, orders: u64) -> Self {
        Self { seed, orders }
    }

    /// The customer whose notifications never succeed until the service is cured.
    pub(crate) fn poisoned_customer(&self) -> Uuid {
        self.name("customer", self.orders / 3 % self.customers())
    }

    /// The deliveries of stock: ample of everything but the first item, which runs short.
    pub(crate) fn deliveries(&self) -> Vec<Asked> {
        let expected = self.orders * 6 / SKUS + 20;
        let mut deliveries = Vec::new();
        for item in 0..SKUS {
            let mut left = if item == 0 { expected / 2 } else { expected * 3 };
            let mut number = 0;
            while left > 0 {
                let quantity = left.min(DELIVERY);
                let what = format!("delivery/{item}/{number}");
                deliveries.push(Asked {
                    aggregate: "StockItem",
                    id: sku(item).into(),
                    command: "ReceiveStock",
                    input: json!({ "quantity": quantity }),
                    command_id: self.name(&what, 0),
                });
                left -= quantity;
                number += 1;
            }
        }
        deliveries
    }

    /// What the customer of order `number` does, in order.
    pub(crate) fn order(&self, number: u64) -> Vec<Asked> {
        let mut dice = Dice::new(self.seed, number);
        let mut order = Order {
            id: self.name("order", number).to_string().into(),
            traffic: *self,
            asked: Vec::new(),
        };
        let customer = self.name("customer", number % self.customers());
        let country = if dice.one_in(40) { "AQ" } else { ["NO", "DE", "IN", "BR"][dice.below(4)] };
        let address =
            json!({ "street": "1 Main Street", "city": "Springfield", "country": country });
        order.ask("CreateOrder", json!({ "customer_id": customer, "shipping_address": address }));
        if dice.one_in(100) {
            order.ask("PlaceOrder", json!({})); // nothing is in it yet: refused
        }
        order.add_items(&mut dice);
        match intent(&mut dice) {
            Intent::Place => order.ask("PlaceOrder", json!({})),
            Intent::CancelInFlight => {
                order.ask("PlaceOrder", json!({}));
                order.ask("CancelOrder", json!({ "reason": "changed my mind" }));
            }
            Intent::CancelOpen => order.ask("CancelOrder", json!({ "reason": "too slow" })),
            Intent::Forget => {}
        }
        order.asked
    }

    fn customers(&self) -> u64 {
        self.orders / 4 + 1
    }

    fn name(&self, what: &str, number: u64) -> Uuid {
        Uuid::new_v5(&NAMES, format!("{}/{what}/{number}", self.seed).as_bytes())
    }
}

fn intent(dice: &mut Dice) -> Intent {
    match dice.below(100) {
        0..=3 => Intent::CancelInFlight,
        4..=5 => Intent::Forget,
        6 => Intent::CancelOpen,
        _ => Intent::Place,
    }
}

fn sku(item: u64) -> String {
    format!("sku-{item}")
}

struct Order {
    id: Arc<str>,
    traffic: Traffic,
    asked: Vec<Asked>,
}

impl Order {
    fn ask(&mut self, command: &'static str, input: Value) {
        let what = format!("{}/{}", self.id, self.asked.len());
        self.asked.push(Asked {
            aggregate: "Order",
            id: self.id.clone(),
            command,
            input,
            command_id: self.traffic.name(&what, 0),
        });
    }

    /// One to three different items; now and then one that costs too much, or one asked for twice.
    fn add_items(&mut self, dice: &mut Dice) {
        let first = dice.below(SKUS as usize) as u64;
        let dear = dice.one_in(30);
        for line in 0..=dice.below(3) as u64 {
            let price_cents = if dear && line == 0 { 600_000 } else { 500 + dice.below(9_500) };
            let item = json!({
                "sku": sku((first + line * 7) % SKUS),
                "quantity": 1 + dice.below(5),
                "unit_price_cents": price_cents,
            });
            self.ask("AddOrderItem", item.clone());
            if dice.one_in(150) {
                self.ask("AddOrderItem", item); // the same item twice: refused
            }
        }
    }
}

/// Numbers that follow from a seed (SplitMix64, Steele et al. 2014).
struct Dice(u64);

impl Dice {
    fn new(seed: u64, number: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ number.wrapping_mul(0xD1B5_4A32_D192_ED03))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }

    fn one_in(&mut self, odds: usize) -> bool {
        self.below(odds) == 0
    }
}

//! How large a demo is, and what its traffic follows from. A kept store remembers both: other
//! traffic on it would be other requests under the same ids.

use annals_runtime::ports::Store;
use serde::{Deserialize, Serialize};

use crate::cli::DemoArgs;
use crate::exit::Failed;

/// The name of the fact by which a store remembers it.
const FACT: &str = "annals.demo";

const ORDERS: u64 = 2_000;
const SEED: u64 = 1;

/// The scale of one demo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Scale {
    /// Orders that customers make.
    pub(super) orders: u64,
    /// What the traffic follows from.
    pub(super) seed: u64,
}

impl Scale {
    /// What is asked for; where nothing is, what the store was begun with.
    pub(super) async fn of(args: &DemoArgs, store: &dyn Store) -> Result<Self, Failed> {
        let facts = store.facts().await?;
        let begun = facts.iter().find(|(name, _)| name == FACT);
        let begun: Option<Self> = begun.and_then(|(_, text)| serde_json::from_str(text).ok());
        let Self { orders, seed } = begun.unwrap_or(Self { orders: ORDERS, seed: SEED });
        let asked = Self { orders: args.orders.unwrap_or(orders), seed: args.seed.unwrap_or(seed) };
        match begun {
            Some(begun) if begun != asked => Err(Failed::Input(format!(
                "this store's demo was begun with --orders {orders} --seed {seed}; leave both \
                 out to go on with it, or name another store"
            ))),
            _ => Ok(asked),
        }
    }

    /// Makes the store remember it.
    pub(super) async fn remember(self, store: &dyn Store) -> Result<(), Failed> {
        let text = serde_json::to_string(&self).unwrap_or_default();
        Ok(store.remember(vec![(FACT.into(), text)]).await?)
    }
}

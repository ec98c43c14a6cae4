//! Where sagas and reactions begin that a store doesn't know yet: with what comes. What happened
//! before them isn't made to have consequences that nobody waits for any more.

use std::collections::BTreeMap;
use std::sync::Arc;

use annals_core::{Position, System};

use crate::consumers::Engine;
use crate::ports::{Store, StoreError, Unit};

/// Gives each saga and reaction that has no checkpoint one at the head, before anything is
/// appended; those that leave history behind them, and where they begin. On an empty store that is
/// the first event; a crash before this commit leaves them unknown, and the store as empty.
pub(crate) async fn begin(
    system: &System,
    store: &dyn Store,
) -> Result<BTreeMap<Arc<str>, Position>, StoreError> {
    let sagas = system.sagas.iter().map(|saga| {
        let definition = saga.definition();
        (definition.name.clone(), definition.fingerprint.clone())
    });
    let reactions = system.reactions.iter().map(|it| (Arc::from(it.name()), Arc::from("")));
    let head = store.head().await?;
    let (mut units, mut new) = (Vec::new(), BTreeMap::new());
    for (name, fingerprint) in sagas.chain(reactions) {
        if store.checkpoint(&name).await?.is_none() {
            let checkpoint = Engine::moved(&name, Position(0), head, &fingerprint);
            units.push(Unit { checkpoint: Some(checkpoint), ..Unit::default() });
            new.insert(name, head);
        }
    }
    if !units.is_empty() {
        // A refusal means that another process was faster: then they are known.
        store.commit(units).await?;
    }
    Ok(if head == Position(0) { BTreeMap::new() } else { new })
}

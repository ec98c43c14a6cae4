//! The whole system of a model.

use std::collections::BTreeMap;
use std::sync::Arc;

use annals_core::{EventType, RetryPolicy, System};
use annals_model::{Backoff, Model, fingerprint};
use sha2::{Digest, Sha256};

use crate::decider::InterpretedDecider;
use crate::events::Events;
use crate::projection::InterpretedProjection;
use crate::reaction::InterpretedReaction;
use crate::saga::InterpretedSaga;

/// Events between two snapshots where the file says nothing.
const SNAPSHOT_EVERY: u64 = 100;

/// Everything that the runtime runs. `variables` are the environment's: a reaction that lacks one
/// is held.
pub fn system(model: &Arc<Model>, variables: &dyn Fn(&str) -> Option<String>) -> System {
    let events = Events::new(model);
    let mut shapes: BTreeMap<EventType, Arc<str>> = BTreeMap::new();
    for event in model.aggregates.iter().flat_map(|aggregate| &aggregate.events) {
        for version in &event.versions {
            let type_ = EventType::new(event.named.name.clone(), version.number);
            shapes.insert(type_, fingerprint::event_version(event, version.number).into());
        }
    }
    let mut system = System {
        name: model.name.clone(),
        deciders: Vec::new(),
        projections: Vec::new(),
        sagas: Vec::new(),
        reactions: Vec::new(),
        upcaster: events.clone(),
        retries: RetryPolicy {
            max_retries: model.dead_letters.max_retries,
            base_us: model.dead_letters.base_us,
            cap_us: model.dead_letters.cap_us,
            exponential: model.dead_letters.backoff == Backoff::Exponential,
        },
        letter_retention_us: model.dead_letters.retention_us,
        shapes,
    };
    for (index, aggregate) in model.aggregates.iter().enumerate() {
        let hash = hashed(&fingerprint::aggregate(model, aggregate));
        let every = aggregate.snapshot_every.unwrap_or(SNAPSHOT_EVERY);
        let decider = InterpretedDecider::new(model, index, &events, hash, every);
        system.deciders.push(Arc::new(decider));
    }
    for (index, projection) in model.projections.iter().enumerate() {
        let hash = hashed(&fingerprint::projection(model, projection));
        let projection = InterpretedProjection::new(model, index, &events, hash);
        system.projections.push(Arc::new(projection));
    }
    for (index, saga) in model.sagas.iter().enumerate() {
        let hash = hashed(&fingerprint::saga(model, saga));
        system.sagas.push(Arc::new(InterpretedSaga::new(model, index, &events, hash)));
    }
    for index in 0..model.reactions.len() {
        let reaction = InterpretedReaction::new(model, index, &events, variables);
        system.reactions.push(Arc::new(reaction));
    }
    system
}

/// The first 16 bytes of the SHA-256 of a definition, in hexadecimal.
fn hashed(definition: &str) -> String {
    let digest = Sha256::digest(definition.as_bytes());
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

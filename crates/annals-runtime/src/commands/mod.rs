//! The command path: from a request to an answer that is on disk. It queues commands by stream,
//! keeps recent states, decides, and hands units to the committer. Nothing here knows what a
//! command means.

mod attempt;
mod cache;
mod event_ids;
mod firsts;
mod lanes;
mod load;
mod record;
mod request;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use annals_core::{Command, Decider, Failure, Metadata, StreamId};
use uuid::Uuid;

use crate::Committer;
use crate::ports::{Clock, Entropy, Store};
use attempt::Attempt;
use cache::StateCache;
use event_ids::EventIds;
use firsts::Firsts;
use lanes::Lanes;
use record::request_hash;
pub use request::*;

/// Attempts before a command gives way to other writers.
const ATTEMPTS: u32 = 8;

/// Handles commands; shared by all who send them.
pub struct Commands {
    deciders: BTreeMap<Arc<str>, Known>,
    store: Arc<dyn Store>,
    committer: Committer,
    clock: Arc<dyn Clock>,
    ids: EventIds,
    lanes: Lanes,
    cache: StateCache,
    closing: AtomicBool,
}

/// A decider, and what has been learnt of its commands.
struct Known {
    decider: Arc<dyn Decider>,
    firsts: Firsts,
}

/// What the command path stands on.
#[derive(Clone)]
pub struct CommandPorts {
    /// Where states are read.
    pub store: Arc<dyn Store>,
    /// Where units go.
    pub committer: Committer,
    /// The time that events are stamped with.
    pub clock: Arc<dyn Clock>,
    /// For ids.
    pub entropy: Arc<dyn Entropy>,
}

impl Commands {
    /// The path to these deciders.
    pub fn new(deciders: Vec<Arc<dyn Decider>>, ports: CommandPorts, bounds: Bounds) -> Self {
        let CommandPorts { store, committer, clock, entropy } = ports;
        Self {
            deciders: deciders.into_iter().map(known).collect(),
            store,
            committer,
            ids: EventIds::new(clock.clone(), entropy),
            clock,
            lanes: Lanes::new(bounds.waiting, bounds.waiting_per_stream),
            cache: StateCache::new(bounds.cached_states, bounds.cached_bytes),
            closing: AtomicBool::new(false),
        }
    }

    /// Handles a command; returns once its outcome is on disk. The same id and input give the first
    /// answer again. May be dropped at any time: then the command may still take effect.
    ///
    /// # Errors
    /// [`CommandError`].
    pub async fn handle(&self, request: CommandRequest) -> Result<Answer, CommandError> {
        let known = self.deciders.get(&request.aggregate).ok_or_else(|| Failure::Unknown {
            kind: "aggregate",
            name: request.aggregate.to_string(),
        })?;
        let decider = &*known.decider;
        if request.outside && self.closing.load(Ordering::Acquire) {
            return Err(CommandError::Closing);
        }
        let input = decider.canonical_input(&request.command, &request.input);
        if let Err(unknown @ Failure::Unknown { .. }) = input {
            return Err(unknown.into());
        }
        // What isn't public is not told what is wrong with its input.
        if request.outside {
            decider
                .public(&request.command)
                .map_err(|sent_by| CommandError::NotPublic { sent_by })?;
        }
        let id = decider.canonical_id(&request.id)?;
        let stream = StreamId::new(decider.aggregate(), id);
        let mut attempt = self.attempt(known, stream, input?, request);
        let _turn = self.lanes.enter(&attempt.command.stream, attempt.outside).await?;
        // Now that it is its turn, so that times of one aggregate follow its versions.
        attempt.command.time = self.clock.now();
        attempt.answer().await
    }

    /// Refuses commands from outside from now on; those inside are still handled.
    pub fn close(&self) {
        self.closing.store(true, Ordering::Release);
    }

    /// Commands that wait or are being handled.
    pub fn waiting(&self) -> usize {
        self.lanes.waiting()
    }

    /// A UUIDv7 that is greater than all that this runtime has made.
    pub fn next_id(&self) -> Uuid {
        self.ids.next()
    }

    fn attempt<'c>(
        &'c self,
        Known { decider, firsts }: &'c Known,
        stream: StreamId,
        input: Arc<[u8]>,
        request: CommandRequest,
    ) -> Attempt<'c> {
        let request_hash = request_hash(&request.command, &input);
        let command_id = request.command_id.unwrap_or_else(|| self.ids.next());
        let metadata = Metadata {
            correlation_id: request.correlation_id.unwrap_or_else(|| self.ids.next()),
            causation_id: request.causation_id,
            command_id: Some(command_id),
            actor: request.actor,
            traceparent: request.traceparent,
        };
        let name = request.command;
        let time = self.clock.now();
        Attempt {
            commands: self,
            decider: &**decider,
            firsts,
            command: Command { stream, name, input, command_id, time, metadata },
            request_hash,
            named_id: request.command_id.is_some(),
            if_version: request.if_version,
            outside: request.outside,
        }
    }
}

fn known(decider: Arc<dyn Decider>) -> (Arc<str>, Known) {
    (decider.aggregate().into(), Known { decider, firsts: Firsts::default() })
}

/// What the command path holds at most.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Commands from outside that wait or are handled, in all.
    pub waiting: usize,
    /// Those of one stream.
    pub waiting_per_stream: usize,
    /// States that are kept.
    pub cached_states: usize,
    /// About how many bytes of them.
    pub cached_bytes: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            waiting: 4_096,
            waiting_per_stream: 1_024,
            cached_states: 4_096,
            cached_bytes: 8 << 20,
        }
    }
}

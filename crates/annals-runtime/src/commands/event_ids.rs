//! Ids of events and commands: UUIDv7 (RFC 9562), growing even where the clock stands or goes back.

use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

use crate::ports::{Clock, Entropy};

/// Random bits below the milliseconds of a UUIDv7.
const BITS: u32 = 74;

/// Makes ids from a clock and a source of randomness.
pub(super) struct EventIds {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    /// Milliseconds and the 74 bits below them, of the last id.
    last: Mutex<u128>,
}

impl EventIds {
    pub(super) fn new(clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { clock, entropy, last: Mutex::new(0) }
    }

    /// An id that is greater than the last one.
    pub(super) fn next(&self) -> Uuid {
        let ms = u128::try_from(self.clock.now().0 / 1_000).unwrap_or(0) & ((1 << 48) - 1);
        let random = u128::from(self.entropy.next_u64());
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        // Within a millisecond, a random step on (RFC 9562, 6.2, method 2): ids stay unguessable.
        let fresh = (ms << BITS) | (random << 9);
        *last = if fresh > *last { fresh } else { *last + 1 + (random >> 32) };
        assemble(*last)
    }
}

/// Spreads 122 bits over a UUID around its version and variant.
fn assemble(bits: u128) -> Uuid {
    let (ms, low) = (bits >> BITS, bits & ((1 << BITS) - 1));
    let (a, b) = (low >> 62, low & ((1 << 62) - 1));
    Uuid::from_u128((ms << 80) | (0x7 << 76) | (a << 64) | (0b10 << 62) | b)
}

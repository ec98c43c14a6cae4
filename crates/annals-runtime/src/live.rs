//! Time and randomness of the operating system. Nothing else in this crate asks it for either.

use std::cell::RefCell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use annals_core::Timestamp;

use crate::ports::{BoxFuture, Clock, Entropy};

/// The longest sleep at once, so that a clock that was set forward is noticed.
const LONGEST_SLEEP_US: i64 = 60_000_000;

/// The system's clock and tokio's timers.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that all others take")]
    fn now(&self) -> Timestamp {
        let us = |passed: Duration| i64::try_from(passed.as_micros()).unwrap_or(i64::MAX);
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => Timestamp(us(since)),
            Err(before) => Timestamp(-us(before.duration())),
        }
    }

    fn sleep_until(&self, time: Timestamp) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            loop {
                let left_us = time.0.saturating_sub(self.now().0).min(LONGEST_SLEEP_US);
                match u64::try_from(left_us) {
                    Ok(left_us) if left_us > 0 => {
                        tokio::time::sleep(Duration::from_micros(left_us)).await;
                    }
                    _ => return,
                }
            }
        })
    }

    /// By tokio's timers alone, which nobody can set.
    fn sleep(&self, us: i64) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(Duration::from_micros(u64::try_from(us).unwrap_or(0))))
    }
}

/// Numbers that are asked of the system at once: a call each was a thirtieth of a command's time.
const AT_ONCE: usize = 64;

/// The system's source of randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

thread_local! {
    /// What this thread drew and hasn't used: threads that share it wait for each other while one
    /// of them draws.
    static DRAWN: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

impl Entropy for SystemEntropy {
    /// # Panics
    /// Where the operating system has no randomness: ids would repeat.
    fn next_u64(&self) -> u64 {
        DRAWN.with_borrow_mut(|drawn| {
            if let Some(number) = drawn.pop() {
                return number;
            }
            let mut bytes = [0; AT_ONCE * 8];
            getrandom::fill(&mut bytes).expect("the operating system gives random bits");
            let (numbers, _) = bytes.as_chunks::<8>();
            drawn.extend(numbers.iter().map(|number| u64::from_ne_bytes(*number)));
            drawn.pop().unwrap_or_default()
        })
    }
}

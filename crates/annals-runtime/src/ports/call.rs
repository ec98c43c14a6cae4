//! The world outside, as reactions and sagas call it.

use std::sync::Arc;

use annals_core::CallPlan;

use super::BoxFuture;

/// A call as it goes out: POST, CloudEvents in binary mode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutsideCall {
    /// The URL and the body.
    pub plan: CallPlan,
    /// Headers: `ce-*`, `content-type`, `idempotency-key`, `traceparent`.
    pub headers: Vec<(&'static str, Arc<str>)>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallResult {
    /// 2xx.
    Done,
    /// Network, timeout, 408, 425, 429, 5xx: try again. `retry_after_us` where the answer named
    /// one.
    Transient {
        /// What happened, for people.
        reason: String,
        /// From `Retry-After`, in microseconds.
        retry_after_us: Option<i64>,
    },
    /// Any other answer: trying again can't help.
    Permanent {
        /// What happened, for people.
        reason: String,
    },
}

/// Makes calls outside. May be called from many tasks at once; a call that is dropped may still
/// arrive, which is why it carries an idempotency key.
pub trait Caller: Send + Sync {
    /// One attempt, at most 10 s long.
    fn call(&self, call: OutsideCall) -> BoxFuture<'_, CallResult>;
}

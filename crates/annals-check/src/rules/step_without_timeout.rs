//! # Saga step without timeout
//!
//! ## What it does
//! Finds a step of a saga that has no `timeout`.
//!
//! ## Why it is bad
//! A service that never answers leaves the instance, and all that it has reserved so far, waiting
//! for ever: nobody is told, nothing is undone.
//!
//! ## Example
//! ```yaml
//! pay: { send: ProcessPayment, done: PaymentProcessed, compensate: RefundPayment }
//! ```
//!
//! ## Use instead
//! ```yaml
//! pay: { send: ProcessPayment, done: PaymentProcessed, compensate: RefundPayment, timeout: 2m }
//! ```

use annals_model::{Model, Problems};

use crate::codes::STEP_WITHOUT_TIMEOUT;

pub(crate) fn check(model: &Model, problems: &mut Problems) {
    for saga in &model.sagas {
        for step in saga.steps.iter().filter(|step| step.timeout_us.is_none()) {
            problems
                .warning(
                    STEP_WITHOUT_TIMEOUT,
                    step.named.span,
                    format!(
                        "step '{}' of saga '{}' may wait for ever",
                        step.named.name, saga.named.name
                    ),
                )
                .cure("add `timeout:`, as long as the slowest answer that is still worth having");
        }
    }
}

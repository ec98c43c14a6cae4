//! # Saga step without compensation
//!
//! ## What it does
//! Finds a step of a saga that has no `compensate` although other steps follow it.
//!
//! ## Why it is bad
//! When a later step fails, what this step did stays done: stock reserved for nobody, money taken
//! for nothing. Garcia-Molina and Salem, "Sagas" (1987): each step but the last has a compensation.
//!
//! ## Example
//! ```yaml
//! steps:
//!   reserve: { send: ReserveStock, done: StockReserved, timeout: 30s }
//!   pay: { send: ProcessPayment, done: PaymentProcessed, timeout: 2m }
//! ```
//!
//! ## Use instead
//! ```yaml
//! steps:
//!   reserve: { send: ReserveStock, done: StockReserved, compensate: ReleaseStock, timeout: 30s }
//!   pay: { send: ProcessPayment, done: PaymentProcessed, timeout: 2m }
//! ```

use annals_model::{Model, Problems};

use crate::codes::STEP_WITHOUT_COMPENSATION;

pub(crate) fn check(model: &Model, problems: &mut Problems) {
    for saga in &model.sagas {
        for pair in saga.steps.windows(2) {
            let (step, next) = (&pair[0], &pair[1]);
            if step.compensate.is_some() {
                continue;
            }
            let (name, next_name) = (&step.named.name, &next.named.name);
            problems
                .warning(
                    STEP_WITHOUT_COMPENSATION,
                    step.named.span,
                    format!("step '{name}' of saga '{}' can't be undone", saga.named.name),
                )
                .label(next.named.span, format!("when '{next_name}' fails, '{name}' stays done"))
                .cure(format!(
                    "add `compensate: COMMAND`, a command of {} that undoes {}",
                    step.send.aggregate, step.send.command
                ));
        }
    }
}

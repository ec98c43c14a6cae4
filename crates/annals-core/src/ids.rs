//! Ids that follow from what they are for, so that whoever sends again sends the same.

use uuid::Uuid;

/// The name space of all ids that this crate derives.
const NAMES: Uuid = Uuid::from_u128(0x6b1f_60c2_55a0_4c0e_9c7e_3d0f_0a6e_41d7);

/// Separates the parts of a name; no part may contain it.
const SEPARATOR: &str = "\u{1f}";

fn derived(parts: &[&str]) -> Uuid {
    Uuid::new_v5(&NAMES, parts.join(SEPARATOR).as_bytes())
}

/// The id of a command that a saga sends: saga, key, step, branch and direction (`forward`, `then`,
/// `back`, `late`, `complete`, `fail`).
pub fn saga_command(saga: &str, key: &str, step: &str, branch: usize, direction: &str) -> Uuid {
    derived(&["saga", saga, key, step, &branch.to_string(), direction])
}

/// The id of a command that a reaction sends: reaction, event and branch.
pub fn reaction_command(reaction: &str, event: Uuid, branch: usize) -> Uuid {
    derived(&["reaction", reaction, &event.to_string(), &branch.to_string()])
}

/// The id of a command that a redriven reaction sends anew, since what it sent `times` times before
/// was rejected, and a rejection is the answer to its id for ever.
pub fn reaction_command_again(reaction: &str, event: Uuid, branch: usize, times: u64) -> Uuid {
    let [branch, times] = [branch.to_string(), times.to_string()];
    derived(&["reaction", reaction, &event.to_string(), &branch, &times])
}

/// The id of a command whose sender made it idempotent with a text of its own.
pub fn text_command_id(text: &str) -> Uuid {
    derived(&["text", text])
}

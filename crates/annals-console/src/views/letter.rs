//! Dead letters, and what is parked behind them.

use annals_runtime::ports::Letter;
use serde_json::{Value, json};

/// A letter with its story.
pub fn letter(letter: &Letter) -> Value {
    json!({
        "id": letter.id,
        "consumer": letter.consumer,
        "key": letter.key,
        "status": letter.status,
        "event_type": letter.event_type,
        "event_id": letter.event_id,
        "position": letter.position,
        "attempts": letter.attempts,
        "reason": letter.reason,
        "resolution": letter.resolution,
        "parked_at": letter.parked_at.to_string(),
        "changed_at": letter.changed_at.to_string(),
    })
}

//! A recorded event as a saga keeps it in its own state and history.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{EventType, Metadata, NewEvent, Position, RecordedEvent, StreamId, Timestamp, Version};

/// An event in a form that JSON can hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptEvent {
    position: Position,
    stream: StreamId,
    version: Version,
    id: Uuid,
    #[serde(rename = "type")]
    type_: EventType,
    time: Timestamp,
    data: Value,
    metadata: Metadata,
}

impl From<&RecordedEvent> for KeptEvent {
    fn from(recorded: &RecordedEvent) -> Self {
        let event = &recorded.event;
        Self {
            position: recorded.position,
            stream: recorded.stream.clone(),
            version: recorded.version,
            id: event.id,
            type_: event.type_.clone(),
            time: event.time,
            data: serde_json::from_slice(&event.data).unwrap_or_default(),
            metadata: event.metadata.clone(),
        }
    }
}

impl KeptEvent {
    /// The event's name.
    pub fn name(&self) -> &str {
        &self.type_.name
    }

    /// The event's id.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Its causes.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The event as it was recorded.
    pub fn recorded(&self) -> RecordedEvent {
        let data: Arc<[u8]> = self.data.to_string().into_bytes().into();
        RecordedEvent {
            position: self.position,
            stream: self.stream.clone(),
            version: self.version,
            event: NewEvent {
                id: self.id,
                type_: self.type_.clone(),
                time: self.time,
                data,
                metadata: self.metadata.clone(),
                tags: Arc::default(),
            },
        }
    }
}

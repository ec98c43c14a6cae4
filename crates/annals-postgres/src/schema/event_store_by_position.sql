CREATE INDEX event_store_by_position ON event_store (position);

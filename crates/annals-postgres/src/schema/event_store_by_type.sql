CREATE INDEX event_store_by_type ON event_store (event_type, position);

CREATE INDEX event_store_by_correlation ON event_store (correlation_id, position);

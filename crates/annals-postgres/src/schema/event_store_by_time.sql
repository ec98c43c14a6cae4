CREATE INDEX event_store_by_time ON event_store (time);

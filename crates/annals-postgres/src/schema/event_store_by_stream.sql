-- A stream's version is the last entry here; a second writer of the same version is refused.
CREATE UNIQUE INDEX event_store_by_stream ON event_store (aggregate_id, aggregate, version);

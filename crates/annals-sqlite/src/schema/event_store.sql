-- The log: one row an event, with its whole envelope. Ids are 16 bytes; annals_events shows them
-- as text.
CREATE TABLE event_store (
  position       INTEGER PRIMARY KEY,
  id             BLOB NOT NULL,
  stream         INTEGER NOT NULL,
  aggregate      TEXT NOT NULL,
  aggregate_id   TEXT NOT NULL,
  version        INTEGER NOT NULL,
  event_type     TEXT NOT NULL,
  time           TEXT NOT NULL,
  encoding       INTEGER NOT NULL, -- of data; 0: JSON
  data           BLOB NOT NULL,
  correlation_id BLOB NOT NULL,
  causation_id   BLOB,
  command_id     BLOB,
  actor          TEXT,
  traceparent    TEXT,
  UNIQUE (stream, version)
) STRICT;

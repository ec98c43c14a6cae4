-- A short number for each stream, given in the order in which they came to be.
CREATE TABLE annals_streams (
  stream       INTEGER PRIMARY KEY,
  aggregate    TEXT NOT NULL,
  aggregate_id TEXT NOT NULL,
  UNIQUE (aggregate, aggregate_id)
) STRICT;

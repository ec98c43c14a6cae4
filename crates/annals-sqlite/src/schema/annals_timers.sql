-- The durable waits of reactions.
CREATE TABLE annals_timers (
  consumer     TEXT NOT NULL,
  position     INTEGER NOT NULL,
  aggregate    TEXT NOT NULL,
  aggregate_id TEXT NOT NULL,
  due_us       INTEGER NOT NULL, -- microseconds since 1970-01-01T00:00:00Z
  PRIMARY KEY (consumer, position)
) STRICT, WITHOUT ROWID;

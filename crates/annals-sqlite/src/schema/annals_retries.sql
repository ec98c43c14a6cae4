-- Events that are being tried again, so that a crash forgets neither them nor their attempts.
CREATE TABLE annals_retries (
  consumer TEXT NOT NULL,
  position INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  due_us   INTEGER NOT NULL, -- microseconds since 1970-01-01T00:00:00Z
  reason   TEXT NOT NULL,
  PRIMARY KEY (consumer, position)
) STRICT, WITHOUT ROWID;

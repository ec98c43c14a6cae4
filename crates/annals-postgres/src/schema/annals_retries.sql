-- Events that are being tried again, so that a crash forgets neither them nor their attempts.
CREATE TABLE annals_retries (
  consumer text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  attempts bigint NOT NULL,
  due_us   bigint NOT NULL, -- microseconds since 1970-01-01T00:00:00Z
  reason   text NOT NULL,
  PRIMARY KEY (consumer, position)
);

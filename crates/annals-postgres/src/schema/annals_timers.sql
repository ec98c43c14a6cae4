-- The durable waits of reactions.
CREATE TABLE annals_timers (
  consumer     text COLLATE "C" NOT NULL,
  position     bigint NOT NULL,
  aggregate    text NOT NULL,
  aggregate_id text NOT NULL,
  due_us       bigint NOT NULL, -- microseconds since 1970-01-01T00:00:00Z
  PRIMARY KEY (consumer, position)
);

-- What each command came to: the record that makes it idempotent. Never expires.
CREATE TABLE annals_outcomes (
  command_id     uuid NOT NULL,
  correlation_id uuid NOT NULL,
  time           timestamptz NOT NULL,
  aggregate      text COLLATE "C" NOT NULL,
  aggregate_id   text COLLATE "C" NOT NULL,
  command        text NOT NULL,
  request_hash   bytea NOT NULL,
  outcome        bytea NOT NULL,
  PRIMARY KEY (command_id, aggregate_id, aggregate)
);

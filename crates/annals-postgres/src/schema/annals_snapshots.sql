-- The newest snapshot of each stream. Losing one costs time, never truth.
CREATE TABLE annals_snapshots (
  aggregate_id text COLLATE "C" NOT NULL,
  aggregate    text COLLATE "C" NOT NULL,
  version      bigint NOT NULL,
  fingerprint  text NOT NULL,
  state        bytea NOT NULL,
  PRIMARY KEY (aggregate_id, aggregate)
);

-- The state of each saga instance: a cache, whose truth is the history in the log.
CREATE TABLE annals_sagas (
  saga        text COLLATE "C" NOT NULL,
  key         text COLLATE "C" NOT NULL,
  status      text NOT NULL,
  failure     text NOT NULL,
  open        boolean NOT NULL,
  due_us      bigint, -- microseconds since 1970-01-01T00:00:00Z
  version     bigint NOT NULL,
  fingerprint text NOT NULL,
  started_at  timestamptz NOT NULL,
  changed_at  timestamptz NOT NULL,
  state       bytea NOT NULL,
  PRIMARY KEY (saga, key)
);

-- The state of each saga instance: a cache, whose truth is the history in the log.
CREATE TABLE annals_sagas (
  saga        TEXT NOT NULL,
  key         TEXT NOT NULL,
  status      TEXT NOT NULL,
  failure     TEXT NOT NULL,
  open        INTEGER NOT NULL,
  due_us      INTEGER, -- microseconds since 1970-01-01T00:00:00Z
  version     INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  started_at  TEXT NOT NULL,
  changed_at  TEXT NOT NULL,
  state       BLOB NOT NULL,
  PRIMARY KEY (saga, key)
) STRICT;

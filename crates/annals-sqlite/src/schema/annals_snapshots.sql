-- The newest snapshot of each stream. Losing one costs time, never truth.
CREATE TABLE annals_snapshots (
  stream      INTEGER PRIMARY KEY,
  version     INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  state       BLOB NOT NULL
) STRICT;

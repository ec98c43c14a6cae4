-- How far the effects of each consumer are committed, and the definition that they were made with.
CREATE TABLE annals_checkpoints (
  consumer    TEXT PRIMARY KEY,
  position    INTEGER NOT NULL,
  fingerprint TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What each command came to: the record that makes it idempotent. Never expires.
CREATE TABLE annals_outcomes (
  stream       INTEGER NOT NULL,
  command_id   BLOB NOT NULL,
  request_hash BLOB NOT NULL,
  outcome      BLOB NOT NULL,
  PRIMARY KEY (stream, command_id)
) STRICT, WITHOUT ROWID;

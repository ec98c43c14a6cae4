-- Events that a consumer gave up on, and those parked behind them.
CREATE TABLE annals_letters (
  id         INTEGER PRIMARY KEY,
  consumer   TEXT NOT NULL,
  key        TEXT NOT NULL,
  position   INTEGER NOT NULL,
  event_id   BLOB NOT NULL,
  event_type TEXT NOT NULL,
  status     TEXT NOT NULL, -- failed, blocked, redriven, discarded
  attempts   INTEGER NOT NULL,
  reason     TEXT NOT NULL,
  parked_at  TEXT NOT NULL,
  changed_at TEXT NOT NULL,
  UNIQUE (consumer, position)
) STRICT;

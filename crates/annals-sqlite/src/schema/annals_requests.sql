-- What other processes ask of the running engine. Numbers are never used twice.
CREATE TABLE annals_requests (
  request INTEGER PRIMARY KEY AUTOINCREMENT,
  kind    TEXT NOT NULL, -- redrive, discard
  letter  INTEGER NOT NULL,
  reason  TEXT,
  at_us   INTEGER -- microseconds since 1970-01-01T00:00:00Z
) STRICT;

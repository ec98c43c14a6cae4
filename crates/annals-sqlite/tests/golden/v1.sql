-- An empty store of schema version 1.
PRAGMA application_id = 1634627180;
PRAGMA user_version = 1;
PRAGMA journal_mode = WAL;
-- A short number for each stream, given in the order in which they came to be.
CREATE TABLE annals_streams (
  stream       INTEGER PRIMARY KEY,
  aggregate    TEXT NOT NULL,
  aggregate_id TEXT NOT NULL,
  UNIQUE (aggregate, aggregate_id)
) STRICT;
CREATE TRIGGER annals_streams_no_update BEFORE UPDATE ON annals_streams
BEGIN
  SELECT RAISE(ABORT, 'annals_streams is append-only: no update');
END;
CREATE TRIGGER annals_streams_no_delete BEFORE DELETE ON annals_streams
BEGIN
  SELECT RAISE(ABORT, 'annals_streams is append-only: no delete');
END;
-- The log: one row an event, with its whole envelope. Ids are 16 bytes; annals_events shows them
-- as text.
CREATE TABLE event_store (
  position       INTEGER PRIMARY KEY,
  id             BLOB NOT NULL,
  stream         INTEGER NOT NULL,
  aggregate      TEXT NOT NULL,
  aggregate_id   TEXT NOT NULL,
  version        INTEGER NOT NULL,
  event_type     TEXT NOT NULL,
  time           TEXT NOT NULL,
  encoding       INTEGER NOT NULL, -- of data; 0: JSON
  data           BLOB NOT NULL,
  correlation_id BLOB NOT NULL,
  causation_id   BLOB,
  command_id     BLOB,
  actor          TEXT,
  traceparent    TEXT,
  UNIQUE (stream, version)
) STRICT;
CREATE INDEX event_store_by_type ON event_store (event_type);
CREATE INDEX event_store_by_correlation ON event_store (correlation_id);
-- Positions and versions are 1..n whoever writes; INSERT OR REPLACE can't take an event's place.
CREATE TRIGGER event_store_appends BEFORE INSERT ON event_store
WHEN NEW.position IS NOT (SELECT coalesce(max(position), 0) + 1 FROM event_store)
  OR NEW.version IS NOT
     (SELECT coalesce(max(version), 0) + 1 FROM event_store WHERE stream = NEW.stream)
BEGIN
  SELECT RAISE(ABORT, 'event_store is append-only: positions and versions go 1, 2, 3 ...');
END;
CREATE TRIGGER event_store_no_update BEFORE UPDATE ON event_store
BEGIN
  SELECT RAISE(ABORT, 'event_store is append-only: no update');
END;
CREATE TRIGGER event_store_no_delete BEFORE DELETE ON event_store
BEGIN
  SELECT RAISE(ABORT, 'event_store is append-only: no delete');
END;
-- The log for people: ids and data as text; data is null where its encoding is no text.
CREATE VIEW annals_events AS
SELECT position,
       substr(lower(hex(id)), 1, 8) || '-' ||
         substr(lower(hex(id)), 9, 4) || '-' ||
         substr(lower(hex(id)), 13, 4) || '-' ||
         substr(lower(hex(id)), 17, 4) || '-' ||
         substr(lower(hex(id)), 21, 12) AS id,
       aggregate, aggregate_id, version, event_type AS type, time,
       CASE encoding WHEN 0 THEN CAST(data AS TEXT) END AS data,
       substr(lower(hex(correlation_id)), 1, 8) || '-' ||
         substr(lower(hex(correlation_id)), 9, 4) || '-' ||
         substr(lower(hex(correlation_id)), 13, 4) || '-' ||
         substr(lower(hex(correlation_id)), 17, 4) || '-' ||
         substr(lower(hex(correlation_id)), 21, 12) AS correlation_id,
       CASE WHEN causation_id IS NOT NULL THEN
         substr(lower(hex(causation_id)), 1, 8) || '-' ||
         substr(lower(hex(causation_id)), 9, 4) || '-' ||
         substr(lower(hex(causation_id)), 13, 4) || '-' ||
         substr(lower(hex(causation_id)), 17, 4) || '-' ||
         substr(lower(hex(causation_id)), 21, 12) END AS causation_id,
       CASE WHEN command_id IS NOT NULL THEN
         substr(lower(hex(command_id)), 1, 8) || '-' ||
         substr(lower(hex(command_id)), 9, 4) || '-' ||
         substr(lower(hex(command_id)), 13, 4) || '-' ||
         substr(lower(hex(command_id)), 17, 4) || '-' ||
         substr(lower(hex(command_id)), 21, 12) END AS command_id,
       actor, traceparent
FROM event_store;
-- What each command came to: the record that makes it idempotent. Never expires.
CREATE TABLE annals_outcomes (
  stream       INTEGER NOT NULL,
  command_id   BLOB NOT NULL,
  request_hash BLOB NOT NULL,
  outcome      BLOB NOT NULL,
  PRIMARY KEY (stream, command_id)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER annals_outcomes_no_update BEFORE UPDATE ON annals_outcomes
BEGIN
  SELECT RAISE(ABORT, 'annals_outcomes is append-only: no update');
END;
CREATE TRIGGER annals_outcomes_no_delete BEFORE DELETE ON annals_outcomes
BEGIN
  SELECT RAISE(ABORT, 'annals_outcomes is append-only: no delete');
END;
-- How far the effects of each consumer are committed, and the definition that they were made with.
CREATE TABLE annals_checkpoints (
  consumer    TEXT PRIMARY KEY,
  position    INTEGER NOT NULL,
  fingerprint TEXT NOT NULL
) STRICT, WITHOUT ROWID;
-- The newest snapshot of each stream. Losing one costs time, never truth.
CREATE TABLE annals_snapshots (
  stream      INTEGER PRIMARY KEY,
  version     INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  state       BLOB NOT NULL
) STRICT;
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
CREATE INDEX annals_sagas_open ON annals_sagas (saga, key) WHERE open = 1;
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
-- Events that are being tried again, so that a crash forgets neither them nor their attempts.
CREATE TABLE annals_retries (
  consumer TEXT NOT NULL,
  position INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  due_us   INTEGER NOT NULL, -- microseconds since 1970-01-01T00:00:00Z
  reason   TEXT NOT NULL,
  PRIMARY KEY (consumer, position)
) STRICT, WITHOUT ROWID;
-- The durable waits of reactions.
CREATE TABLE annals_timers (
  consumer     TEXT NOT NULL,
  position     INTEGER NOT NULL,
  aggregate    TEXT NOT NULL,
  aggregate_id TEXT NOT NULL,
  due_us       INTEGER NOT NULL, -- microseconds since 1970-01-01T00:00:00Z
  PRIMARY KEY (consumer, position)
) STRICT, WITHOUT ROWID;
-- What other processes ask of the running engine. Numbers are never used twice.
CREATE TABLE annals_requests (
  request INTEGER PRIMARY KEY AUTOINCREMENT,
  kind    TEXT NOT NULL, -- redrive, discard
  letter  INTEGER NOT NULL,
  reason  TEXT,
  at_us   INTEGER -- microseconds since 1970-01-01T00:00:00Z
) STRICT;
-- Small facts by name: shapes of event versions, definitions.
CREATE TABLE annals_facts (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
-- The tables of projections, as they were declared.
CREATE TABLE annals_tables (
  name        TEXT PRIMARY KEY,
  declaration TEXT NOT NULL -- {"columns": [{"name", "type", "optional"}], "key": index}
) STRICT, WITHOUT ROWID;
-- The name of the model that this store belongs to; one row at most.
CREATE TABLE annals_system (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  name TEXT NOT NULL
) STRICT;

-- A small store of schema version 4: six events, one of them tagged, and something in each of the books.
PRAGMA application_id = 1634627180;
PRAGMA user_version = 4;
PRAGMA journal_mode = WAL;
BEGIN TRANSACTION;
CREATE TABLE annals_checkpoints (
  consumer    TEXT PRIMARY KEY,
  position    INTEGER NOT NULL,
  fingerprint TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "annals_checkpoints" VALUES('mailer',5,'f2');
INSERT INTO "annals_checkpoints" VALUES('summary',3,'f1');
CREATE TABLE annals_facts (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "annals_facts" VALUES('annals.run','');
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
  changed_at TEXT NOT NULL, resolution TEXT,
  UNIQUE (consumer, position)
) STRICT;
INSERT INTO "annals_letters" VALUES(1,'mailer','Order/o1',1,X'00000000000000010000000000000001','OrderPlaced.v1','redriven',4,'redriven','2026-03-01T00:00:01.000000Z','2026-03-01T00:00:02.000000Z','redriven');
INSERT INTO "annals_letters" VALUES(2,'mailer','Order/o1',3,X'00000000000000030000000000000001','OrderPaid.v1','failed',4,'no answer','2026-03-01T00:00:01.000000Z','2026-03-01T00:00:01.000000Z',NULL);
CREATE TABLE annals_outcomes (
  stream       INTEGER NOT NULL,
  command_id   BLOB NOT NULL,
  request_hash BLOB NOT NULL,
  outcome      BLOB NOT NULL, command TEXT NOT NULL DEFAULT '', correlation_id BLOB, time TEXT,
  PRIMARY KEY (stream, command_id)
) STRICT, WITHOUT ROWID;
INSERT INTO "annals_outcomes" VALUES(1,X'00000000000000010000000000000004',X'0909090909090909090909090909090909090909090909090909090909090909',X'7B226F7574636F6D65223A226163636570746564227D','PlaceOrder',X'00000000000000010000000000000002','2026-03-01T00:00:00.000001Z');
INSERT INTO "annals_outcomes" VALUES(2,X'00000000000000020000000000000004',X'0707070707070707070707070707070707070707070707070707070707070707',X'7B226F7574636F6D65223A226163636570746564227D','',NULL,NULL);
CREATE TABLE annals_requests (
  request INTEGER PRIMARY KEY AUTOINCREMENT,
  kind    TEXT NOT NULL, -- redrive, discard
  letter  INTEGER NOT NULL,
  reason  TEXT,
  at_us   INTEGER -- microseconds since 1970-01-01T00:00:00Z
) STRICT;
INSERT INTO "annals_requests" VALUES(7,'redrive',2,NULL,NULL);
CREATE TABLE annals_retries (
  consumer TEXT NOT NULL,
  position INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  due_us   INTEGER NOT NULL, -- microseconds since 1970-01-01T00:00:00Z
  reason   TEXT NOT NULL,
  PRIMARY KEY (consumer, position)
) STRICT, WITHOUT ROWID;
INSERT INTO "annals_retries" VALUES('mailer',5,1,1772323201000000,'no answer');
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
INSERT INTO "annals_sagas" VALUES('Fulfilment','o1','running','',1,1772323200000007,1,'f1','2026-03-01T00:00:00.000000Z','2026-03-01T00:00:00.000004Z',X'7B2273746570223A317D');
CREATE TABLE annals_snapshots (
  stream      INTEGER PRIMARY KEY,
  version     INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  state       BLOB NOT NULL
) STRICT;
INSERT INTO "annals_snapshots" VALUES(1,2,'f1',X'7B7D');
CREATE TABLE annals_streams (
  stream       INTEGER PRIMARY KEY,
  aggregate    TEXT NOT NULL,
  aggregate_id TEXT NOT NULL,
  UNIQUE (aggregate, aggregate_id)
) STRICT;
INSERT INTO "annals_streams" VALUES(1,'Order','o1');
INSERT INTO "annals_streams" VALUES(2,'Order','ö/2');
INSERT INTO "annals_streams" VALUES(3,'saga-Fulfilment','o1');
CREATE TABLE annals_system (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  name TEXT NOT NULL
) STRICT;
INSERT INTO "annals_system" VALUES(1,'shop');
CREATE TABLE annals_tables (
  name        TEXT PRIMARY KEY,
  declaration TEXT NOT NULL -- {"columns": [{"name", "type", "optional"}], "key": index}
) STRICT, WITHOUT ROWID;
INSERT INTO "annals_tables" VALUES('order_summary','{"columns":[{"name":"id","type":"text","optional":false},{"name":"count","type":"int","optional":false},{"name":"placed_at","type":"time","optional":true}],"key":0}');
CREATE TABLE annals_tags (
  tag      TEXT NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (tag, position)
) STRICT, WITHOUT ROWID;
INSERT INTO "annals_tags" VALUES('all',6);
INSERT INTO "annals_tags" VALUES('customer:7',6);
CREATE TABLE annals_timers (
  consumer     TEXT NOT NULL,
  position     INTEGER NOT NULL,
  aggregate    TEXT NOT NULL,
  aggregate_id TEXT NOT NULL,
  due_us       INTEGER NOT NULL, -- microseconds since 1970-01-01T00:00:00Z
  PRIMARY KEY (consumer, position)
) STRICT, WITHOUT ROWID;
INSERT INTO "annals_timers" VALUES('reminder',2,'Order','ö/2',1772409600000000);
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
  traceparent    TEXT, tags TEXT,
  UNIQUE (stream, version)
) STRICT;
INSERT INTO "event_store" VALUES(1,X'00000000000000010000000000000001',1,'Order','o1',1,'OrderPlaced.v1','2026-03-01T00:00:00.000001Z',0,X'7B226E756D626572223A312C2274657874223A22C3BC5C7530303030227D',X'00000000000000010000000000000002',NULL,X'00000000000000010000000000000004','ann',NULL,NULL);
INSERT INTO "event_store" VALUES(2,X'00000000000000020000000000000001',2,'Order','ö/2',1,'OrderPlaced.v2','2026-03-01T00:00:00.000002Z',0,X'7B226E756D626572223A322C2274657874223A22C3BC5C7530303030227D',X'00000000000000000000000000000002',X'00000000000000020000000000000003',X'00000000000000020000000000000004',NULL,NULL,NULL);
INSERT INTO "event_store" VALUES(3,X'00000000000000030000000000000001',1,'Order','o1',2,'OrderPaid.v1','2026-03-01T00:00:00.000003Z',0,X'7B226E756D626572223A332C2274657874223A22C3BC5C7530303030227D',X'00000000000000010000000000000002',NULL,X'00000000000000030000000000000004','ann',NULL,NULL);
INSERT INTO "event_store" VALUES(4,X'00000000000000040000000000000001',3,'saga-Fulfilment','o1',1,'StepStarted.v1','2026-03-01T00:00:00.000004Z',0,X'7B226E756D626572223A342C2274657874223A22C3BC5C7530303030227D',X'00000000000000000000000000000002',X'00000000000000040000000000000003',NULL,NULL,NULL,NULL);
INSERT INTO "event_store" VALUES(5,X'00000000000000050000000000000001',1,'Order','o1',3,'OrderPlaced.v2','2026-03-01T00:00:00.000005Z',0,X'7B226E756D626572223A352C2274657874223A22C3BC5C7530303030227D',X'00000000000000010000000000000002',NULL,X'00000000000000050000000000000004','ann','00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',NULL);
INSERT INTO "event_store" VALUES(6,X'00000000000000070000000000000001',1,'Order','o1',4,'OrderTagged.v1','2026-03-01T00:00:00.000001Z',0,X'7B7D',X'00000000000000010000000000000002',NULL,NULL,NULL,NULL,'["customer:7","all"]');
CREATE TABLE "order_summary" (
  "id" TEXT NOT NULL PRIMARY KEY,
  "count" INTEGER NOT NULL,
  "placed_at" TEXT,
  annals_position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "order_summary" VALUES('o1',2,'2026-03-01T00:00:00.000001Z',3);
INSERT INTO "order_summary" VALUES('ö/2',1,NULL,2);
CREATE TRIGGER annals_streams_no_update BEFORE UPDATE ON annals_streams
BEGIN
  SELECT RAISE(ABORT, 'annals_streams is append-only: no update');
END;
CREATE TRIGGER annals_streams_no_delete BEFORE DELETE ON annals_streams
BEGIN
  SELECT RAISE(ABORT, 'annals_streams is append-only: no delete');
END;
CREATE INDEX event_store_by_type ON event_store (event_type);
CREATE INDEX event_store_by_correlation ON event_store (correlation_id);
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
CREATE TRIGGER annals_outcomes_no_update BEFORE UPDATE ON annals_outcomes
BEGIN
  SELECT RAISE(ABORT, 'annals_outcomes is append-only: no update');
END;
CREATE TRIGGER annals_outcomes_no_delete BEFORE DELETE ON annals_outcomes
BEGIN
  SELECT RAISE(ABORT, 'annals_outcomes is append-only: no delete');
END;
CREATE INDEX annals_sagas_open ON annals_sagas (saga, key) WHERE open = 1;
CREATE INDEX annals_outcomes_by_correlation ON annals_outcomes (correlation_id);
CREATE TRIGGER annals_tags_no_update BEFORE UPDATE ON annals_tags
BEGIN
  SELECT RAISE(ABORT, 'annals_tags is append-only: no update');
END;
CREATE TRIGGER annals_tags_no_delete BEFORE DELETE ON annals_tags
BEGIN
  SELECT RAISE(ABORT, 'annals_tags is append-only: no delete');
END;
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
       actor, traceparent, tags
FROM event_store;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('annals_requests',7);
COMMIT;

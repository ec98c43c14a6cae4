-- The event types that are in the log, and whose they are, so that names and aggregates are resolved
-- without a scan.
CREATE TABLE annals_types (
  event_type text COLLATE "C" NOT NULL,
  aggregate  text COLLATE "C" NOT NULL,
  name       text COLLATE "C" NOT NULL, -- of the event, without the version
  PRIMARY KEY (event_type, aggregate)
);

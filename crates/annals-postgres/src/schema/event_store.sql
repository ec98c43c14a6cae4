-- The log: one row an event, with its whole envelope.
CREATE TABLE event_store (
  position       bigint NOT NULL,
  version        bigint NOT NULL,
  time           timestamptz NOT NULL,
  id             uuid NOT NULL,
  correlation_id uuid NOT NULL,
  causation_id   uuid,
  command_id     uuid,
  encoding       smallint NOT NULL, -- of data; 0: JSON
  aggregate      text COLLATE "C" NOT NULL,
  aggregate_id   text COLLATE "C" NOT NULL,
  event_type     text COLLATE "C" NOT NULL,
  data           bytea NOT NULL,
  actor          text,
  traceparent    text,
  tags           text -- a JSON array of text; null: none
) PARTITION BY HASH (aggregate_id);

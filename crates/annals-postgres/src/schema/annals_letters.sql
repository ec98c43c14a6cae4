-- Events that a consumer gave up on, and those parked behind them.
CREATE TABLE annals_letters (
  id         bigint PRIMARY KEY,
  consumer   text COLLATE "C" NOT NULL,
  key        text COLLATE "C" NOT NULL,
  position   bigint NOT NULL,
  event_id   uuid NOT NULL,
  event_type text NOT NULL,
  status     text NOT NULL, -- failed, blocked, redriven, discarded
  attempts   bigint NOT NULL,
  reason     text NOT NULL,
  resolution text,
  parked_at  timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  UNIQUE (consumer, position)
);

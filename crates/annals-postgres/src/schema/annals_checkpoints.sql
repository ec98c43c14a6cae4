-- How far the effects of each consumer are committed, and the definition that they were made with.
CREATE TABLE annals_checkpoints (
  consumer    text COLLATE "C" PRIMARY KEY,
  position    bigint NOT NULL,
  fingerprint text NOT NULL
) WITH (fillfactor = 50);

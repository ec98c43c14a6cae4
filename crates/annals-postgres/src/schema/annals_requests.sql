-- What other processes ask of the running engine. Numbers are never used twice.
CREATE TABLE annals_requests (
  request bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind    text NOT NULL, -- redrive, discard
  letter  bigint NOT NULL,
  reason  text,
  at_us   bigint -- microseconds since 1970-01-01T00:00:00Z
);

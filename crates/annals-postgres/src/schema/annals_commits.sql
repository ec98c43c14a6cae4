-- One row a batch: its last position is the head of the log. The key refuses a second writer that
-- computed the same head.
CREATE TABLE annals_commits (
  head   bigint PRIMARY KEY,
  first  bigint NOT NULL,
  count  integer NOT NULL,
  time   timestamptz NOT NULL, -- by the server's clock
  writer integer NOT NULL -- the server's process
);

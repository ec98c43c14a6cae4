-- The name of the model that this store belongs to; one row at most.
CREATE TABLE annals_system (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  name TEXT NOT NULL
) STRICT;

-- The name of the model that this store belongs to; one row at most.
CREATE TABLE annals_system (
  single boolean PRIMARY KEY CHECK (single),
  name text NOT NULL
);

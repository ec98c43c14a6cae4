-- The log's lock: whoever appends holds this row, so that positions are given in the order of
-- commits. It is never updated.
CREATE TABLE annals_log (
  single boolean PRIMARY KEY CHECK (single)
);
INSERT INTO annals_log (single) VALUES (true);

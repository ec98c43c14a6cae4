-- Which events carry a tag, in the log's order; written only for events that have one.
CREATE TABLE annals_tags (
  tag      TEXT NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (tag, position)
) STRICT, WITHOUT ROWID;

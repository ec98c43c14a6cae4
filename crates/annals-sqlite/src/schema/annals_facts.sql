-- Small facts by name: shapes of event versions, definitions.
CREATE TABLE annals_facts (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

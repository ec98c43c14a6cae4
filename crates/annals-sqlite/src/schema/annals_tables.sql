-- The tables of projections, as they were declared.
CREATE TABLE annals_tables (
  name        TEXT PRIMARY KEY,
  declaration TEXT NOT NULL -- {"columns": [{"name", "type", "optional"}], "key": index}
) STRICT, WITHOUT ROWID;

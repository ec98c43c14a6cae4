-- The tables of projections, as they were declared, and how their rows are addressed.
CREATE TABLE annals_tables (
  name        text COLLATE "C" PRIMARY KEY,
  declaration text NOT NULL, -- {"columns": [{"name", "type", "optional"}], "key": index}
  positions   text NOT NULL, -- a statement: keys as text -> the position of each row
  upsert      text NOT NULL -- a statement: rows as JSON
);

-- Small facts by name: shapes of event versions, definitions.
CREATE TABLE annals_facts (
  name  text COLLATE "C" PRIMARY KEY,
  value text NOT NULL
);

-- The numbered migrations that this store has had.
CREATE TABLE annals_migrations (
  version    integer PRIMARY KEY,
  applied_at timestamptz NOT NULL DEFAULT now()
);

-- Who may do what. The application appends by the function and reads; projections write read models
-- and books too; neither can touch the log but through the function.
DO $$
DECLARE
  role text;
  ours regclass;
BEGIN
  FOREACH role IN ARRAY ARRAY['annals_application', 'annals_projections'] LOOP
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = role) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN', role);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL; -- another database of this cluster made it just now
      END;
    END IF;
    IF NOT pg_has_role(current_user, role, 'MEMBER') THEN
      EXECUTE format('GRANT %I TO CURRENT_USER', role);
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), role);
    FOR ours IN
      SELECT c.oid FROM pg_class c
      WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v')
        AND (c.relname LIKE 'annals\_%' OR c.relname LIKE 'event\_store%')
    LOOP
      EXECUTE format('GRANT SELECT ON %s TO %I', ours, role);
    END LOOP;
  END LOOP;
END
$$;
REVOKE ALL ON FUNCTION annals_commit, annals_append FROM PUBLIC;
GRANT EXECUTE ON FUNCTION annals_append TO annals_application, annals_projections;
GRANT EXECUTE ON FUNCTION annals_commit TO annals_projections;
GRANT INSERT, UPDATE, DELETE ON annals_snapshots, annals_checkpoints, annals_sagas, annals_letters,
  annals_retries, annals_timers, annals_requests, annals_facts TO annals_projections;

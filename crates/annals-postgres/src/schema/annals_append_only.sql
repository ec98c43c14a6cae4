-- No update, no delete, no truncate: of the log, each of its partitions, and what belongs to it.
DO $$
DECLARE
  guarded regclass;
BEGIN
  FOR guarded IN
    SELECT c.oid::regclass FROM pg_class c
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
      AND (c.relname IN ('annals_log', 'annals_commits', 'annals_outcomes', 'annals_tags', 'annals_types')
           OR c.relname LIKE 'event\_store%')
  LOOP
    EXECUTE format(
      'CREATE TRIGGER annals_no_truncate BEFORE TRUNCATE ON %s EXECUTE FUNCTION annals_refuse()',
      guarded);
    -- Those of a partitioned table are inherited by its partitions.
    CONTINUE WHEN (SELECT relispartition FROM pg_class WHERE oid = guarded);
    EXECUTE format(
      'CREATE TRIGGER annals_no_change BEFORE UPDATE OR DELETE ON %s '
      'FOR EACH ROW EXECUTE FUNCTION annals_refuse()', guarded);
  END LOOP;
END
$$;

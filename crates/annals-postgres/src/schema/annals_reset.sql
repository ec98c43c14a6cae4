-- Empties a projection's table, for a rebuild; its letters and retries go too.
CREATE FUNCTION annals_reset(name text) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
BEGIN
  IF EXISTS (SELECT FROM annals_tables t WHERE t.name = annals_reset.name) THEN
    EXECUTE format('DELETE FROM %I', name);
  END IF;
  DELETE FROM annals_letters WHERE consumer = name;
  DELETE FROM annals_retries WHERE consumer = name;
END
$$;

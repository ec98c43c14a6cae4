-- For each criterion the first position after `q_after` whose event matches it, 0 where none does.
-- `q_tag` is one of its tags, `q_tags` the others and `q_names` its names, as array literals.
-- Judged under the log's lock, and so by seeks: of a tag's entries a few are looked at, which is all
-- there are where a condition's position is near the head; behind them see `annals_leap`. Names are
-- sought in the order of the index of types, which no other index has: by position alone, the server
-- may walk the log instead, for as long as nothing has been analysed.
CREATE OR REPLACE FUNCTION annals_first_matches(
  head bigint, q_after bigint[], q_tag text[], q_tags text[], q_names text[]
) RETURNS bigint[] LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
  few CONSTANT integer := 16;
  found_at bigint[];
BEGIN
  -- -1: none of a few.
  SELECT array_agg(coalesce(CASE
      WHEN q.after >= head THEN 0
      WHEN q.tag IS NOT NULL THEN (
        SELECT coalesce(min(t.position) FILTER (WHERE t.fits), CASE WHEN count(*) = few THEN -1 END)
        FROM (
          SELECT t.position,
            (q.names IS NULL OR t.name = ANY (q.names::text[])) AND NOT EXISTS (
              SELECT FROM unnest(q.tags::text[]) more(tag)
              WHERE NOT EXISTS (
                SELECT FROM annals_tags o WHERE o.tag = more.tag AND o.position = t.position))
              AS fits
          FROM annals_tags t
          WHERE t.tag = q.tag AND t.position > q.after
          ORDER BY t.position LIMIT few) t)
      WHEN q.names IS NOT NULL THEN (
        SELECT min(one.position)
        FROM (SELECT DISTINCT event_type FROM annals_types WHERE name = ANY (q.names::text[])) y
        CROSS JOIN LATERAL (
          SELECT e.position FROM event_store e
          WHERE (e.event_type, e.position) > (y.event_type, q.after)
            AND e.event_type <= y.event_type
          ORDER BY e.event_type, e.position LIMIT 1) one)
      ELSE q.after + 1
    END, 0) ORDER BY q.n)
    INTO found_at
    FROM unnest(q_after, q_tag, q_tags, q_names) WITH ORDINALITY q(after, tag, tags, names, n);
  IF -1 = ANY (found_at) THEN
    FOR n IN 1..cardinality(found_at) LOOP
      IF found_at[n] = -1 THEN
        found_at[n] := coalesce(
          annals_leap(q_after[n], q_tag[n] || q_tags[n]::text[], q_names[n]::text[]), 0);
      END IF;
    END LOOP;
  END IF;
  RETURN found_at;
END
$$;

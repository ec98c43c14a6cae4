-- For each criterion the first position after `q_after` whose event matches it, 0 where none does.
-- `q_tag` is one of its tags, `q_tags` the others and `q_names` its names, as array literals.
-- Names are sought in the order of the index of types, which no other index has: by position alone,
-- the server may walk the log instead, under its lock, for as long as nothing has been analysed.
CREATE OR REPLACE FUNCTION annals_first_matches(
  head bigint, q_after bigint[], q_tag text[], q_tags text[], q_names text[]
) RETURNS bigint[] LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
  found_at bigint[];
BEGIN
  SELECT array_agg(coalesce(CASE
      WHEN q.after >= head THEN 0
      WHEN q.tag IS NOT NULL THEN (
        SELECT t.position FROM annals_tags t
        WHERE t.tag = q.tag AND t.position > q.after
          AND (q.names IS NULL OR t.name = ANY (q.names::text[]))
          AND NOT EXISTS (
            SELECT FROM unnest(q.tags::text[]) more(tag)
            WHERE NOT EXISTS (
              SELECT FROM annals_tags o WHERE o.tag = more.tag AND o.position = t.position))
        ORDER BY t.position LIMIT 1)
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
  RETURN found_at;
END
$$;

-- The first position after `q_after` whose event carries all of the tags and, unless they are null,
-- has one of the names; null: none does. Each list (every tag, the names) is asked for its next
-- place from where the others are, until all agree: as many seeks as the shortest list has places
-- at most, whichever that is.
CREATE FUNCTION annals_leap(q_after bigint, q_tags text[], q_names text[])
RETURNS bigint LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
  lists CONSTANT integer := cardinality(q_tags) + (q_names IS NOT NULL)::integer;
  place bigint := q_after + 1;
  agreed integer := 0;
  next bigint;
BEGIN
  LOOP
    FOR list IN 1..lists LOOP
      IF list <= cardinality(q_tags) THEN
        SELECT t.position INTO next FROM annals_tags t
          WHERE t.tag = q_tags[list] AND t.position >= place ORDER BY t.position LIMIT 1;
      ELSE
        SELECT min(one.position) INTO next
          FROM (SELECT DISTINCT event_type FROM annals_types WHERE name = ANY (q_names)) y
          CROSS JOIN LATERAL (
            SELECT e.position FROM event_store e
            WHERE (e.event_type, e.position) >= (y.event_type, place)
              AND e.event_type <= y.event_type
            ORDER BY e.event_type, e.position LIMIT 1) one;
      END IF;
      IF next IS NULL THEN
        RETURN NULL;
      END IF;
      agreed := CASE WHEN next = place THEN agreed + 1 ELSE 1 END;
      place := next;
      IF agreed = lists THEN
        RETURN place;
      END IF;
    END LOOP;
  END LOOP;
END
$$;

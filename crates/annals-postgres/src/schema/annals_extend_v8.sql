-- Extends streams whose ends the engine knows, records the outcomes of new commands, and writes what
-- consumers bring: all of it, or nothing. A stream never shrinks, and no version and no outcome can be
-- stored twice, so that whoever has seen a stream at a version needn't look again: if it was extended
-- since, a command repeated, or a consumer's checkpoint moved by another process, the whole call is
-- refused, and `annals_commit` judges its units one by one. Lists of one letter are parallel:
--   s streams, none twice            c what the engine hasn't seen: a stream has this version
--   e events, in the order of the log: stream and version
--   t tags, by event                 o outcomes; by_events: of the same command and correlation as
--                                      one of the events
--   q criteria of conditions, which no earlier unit of the call breaks
--   d rows that were read, none twice, by key as text: this position changed each last
--   k checkpoints, no consumer twice r rows of projections, none twice; position null: of that event
--   b books, as in `annals_commit`
-- `head` is the head before it, where rows were folded on what this call is about to leave; else null.
-- The head before it; null: a stream, a row or the head isn't where it was believed; -1: a condition
-- doesn't hold. Nothing was done then.
DROP FUNCTION annals_extend;
CREATE FUNCTION annals_extend(
  s_aggregate text[], s_id text[],
  c_stream integer[], c_version bigint[],
  e_stream integer[], e_version bigint[], e_id uuid[], e_type text[], e_time timestamptz[],
  e_data bytea[], e_correlation uuid[], e_causation uuid[], e_command uuid[], e_actor text[],
  e_traceparent text[], e_tags text[],
  t_event integer[], t_tag text[], t_name text[],
  o_stream integer[], o_id uuid[], o_command text[], o_correlation uuid[], o_time timestamptz[],
  o_hash bytea[], o_outcome bytea[], o_by_events boolean[],
  q_after bigint[], q_tag text[], q_tags text[], q_names text[],
  d_table text[], d_key text[], d_read bigint[],
  k_consumer text[], k_expected bigint[], k_position bigint[], k_fingerprint text[],
  r_table text[], r_json text[], r_position bigint[], r_event integer[],
  b_kind text[], b_json text[],
  head bigint
) RETURNS bigint LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  events CONSTANT integer := cardinality(e_id);
  before bigint;
  moved bigint;
  projection text;
  chosen text[];
  places bigint[];
  stored bigint[];
BEGIN
  PERFORM 1 FROM annals_log WHERE single FOR UPDATE;

  SELECT c.head INTO before FROM annals_commits c ORDER BY c.head DESC LIMIT 1;
  before := coalesce(before, 0);
  IF head <> before THEN
    RETURN NULL;
  END IF;
  -- Two conditions, not one with AND: a query in it is set up, with all partitions, before it is known
  -- that nobody asks.
  IF cardinality(c_stream) > 0 THEN
    IF EXISTS (
        SELECT FROM unnest(c_stream, c_version) c(stream, version)
        WHERE NOT EXISTS (
          SELECT FROM event_store e
          WHERE e.aggregate_id = s_id[c.stream] AND e.aggregate = s_aggregate[c.stream]
            AND e.version = c.version)) THEN
      RETURN NULL;
    END IF;
  END IF;
  IF cardinality(q_after) > 0 THEN
    IF 0 < ANY (annals_first_matches(before, q_after, q_tag, q_tags, q_names)) THEN
      RETURN -1;
    END IF;
  END IF;
  IF cardinality(d_table) > 0 THEN
    FOR projection IN SELECT DISTINCT d FROM unnest(d_table) d LOOP
      SELECT array_agg(d_key[d.n]), array_agg(d_read[d.n])
        INTO chosen, places
        FROM unnest(d_table) WITH ORDINALITY d(name, n)
        WHERE d.name = projection;
      EXECUTE (SELECT t.positions FROM annals_tables t WHERE t.name = projection)
        INTO stored USING chosen;
      IF stored <> places THEN
        RETURN NULL;
      END IF;
    END LOOP;
  END IF;
  IF events > 0 THEN
    INSERT INTO annals_commits (head, first, count, time, writer)
      VALUES (before + events, before + 1, events, clock_timestamp(), pg_backend_pid());
    INSERT INTO event_store (position, version, time, id, correlation_id, causation_id, command_id,
        encoding, aggregate, aggregate_id, event_type, data, actor, traceparent, tags)
      SELECT before + n, e_version[n], e_time[n], e_id[n], e_correlation[n], e_causation[n],
        e_command[n], 0, s_aggregate[e_stream[n]], s_id[e_stream[n]], e_type[n], e_data[n], e_actor[n],
        e_traceparent[n], e_tags[n]
      FROM generate_series(1, events) n;
    IF cardinality(t_tag) > 0 THEN
      INSERT INTO annals_tags (tag, position, name)
        SELECT t.tag, before + t.event, t.name FROM unnest(t_event, t_tag, t_name) t(event, tag, name);
    END IF;
  END IF;
  IF cardinality(o_id) > 0 THEN
    INSERT INTO annals_outcomes (command_id, correlation_id, time, aggregate, aggregate_id, command,
        request_hash, outcome, by_events)
      SELECT o_id[n], o_correlation[n], o_time[n], s_aggregate[o_stream[n]], s_id[o_stream[n]],
        o_command[n], o_hash[n], o_outcome[n], o_by_events[n]
      FROM generate_series(1, cardinality(o_id)) n;
  END IF;
  IF cardinality(k_consumer) > 0 THEN
    UPDATE annals_checkpoints c SET position = k.position, fingerprint = k.fingerprint
      FROM unnest(k_consumer, k_expected, k_position, k_fingerprint)
        k(consumer, expected, position, fingerprint)
      WHERE c.consumer = k.consumer AND c.position = k.expected;
    GET DIAGNOSTICS moved = ROW_COUNT;
    IF moved <> cardinality(k_consumer) THEN
      RAISE EXCEPTION 'a checkpoint is elsewhere' USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  IF cardinality(r_table) > 0 THEN
    FOR projection IN SELECT DISTINCT r FROM unnest(r_table) r LOOP
      SELECT array_agg(r_json[r.n]), array_agg(coalesce(r_position[r.n], before + r_event[r.n]))
        INTO chosen, places
        FROM unnest(r_table) WITH ORDINALITY r(name, n)
        WHERE r.name = projection;
      EXECUTE (SELECT t.upsert FROM annals_tables t WHERE t.name = projection)
        USING chosen, places;
    END LOOP;
  END IF;
  FOR i IN 1..cardinality(b_kind) LOOP
    PERFORM annals_keep(b_kind[i], b_json[i]::json);
  END LOOP;
  RETURN before;
END
$$;
-- What the engine says of a stream's end is believed, so that nobody else may call it.
REVOKE ALL ON FUNCTION annals_extend FROM PUBLIC;
GRANT EXECUTE ON FUNCTION annals_extend TO annals_projections;

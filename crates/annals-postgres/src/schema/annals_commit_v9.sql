-- Commits a batch of units of work, each judged alone, in their order; what an earlier one wrote a
-- later one sees. The first statement takes the log's lock; those after it have snapshots of their
-- own, taken under the lock. Nothing here waits for a client. Lists of one letter are parallel:
--   s streams, none twice            a appends: unit, stream, what is expected (-1 anything,
--   e events, by append                -2 an event), how far the unit's own appends took it
--   t tags, by event                 o outcomes; `key`: the same for the same stream and command
--   q criteria of conditions         m events of earlier units that match a unit's condition
--   k checkpoints; `who`: the same for the same consumer
--   d rows of projections, none twice, by key as text
--   r writes of rows (read -1: unchecked; position -1: the unit's last event;
--     `head`: a position beyond it is counted from the head before the call)
--   b books: saga, letter, retry, retry_done, timer, timer_done, request_done
-- A `u` list says for each unit where its part of a list ends, or which entry is its (0: none).
DROP FUNCTION annals_commit;
CREATE FUNCTION annals_commit(
  u_unfit boolean[], u_outcome integer[], u_checkpoint integer[], u_appends integer[],
  u_criteria integer[], u_matches integer[], u_rows integer[],
  s_aggregate text[], s_id text[],
  a_unit integer[], a_stream integer[], a_expected bigint[], a_own bigint[], a_events bigint[],
  e_append integer[], e_offset bigint[], e_id uuid[], e_type text[], e_time timestamptz[],
  e_data bytea[], e_correlation uuid[], e_causation uuid[], e_command uuid[], e_actor text[],
  e_traceparent text[], e_tags text[],
  t_event integer[], t_tag text[], t_name text[], new_type text[], new_name text[],
  o_unit integer[], o_stream integer[], o_key integer[], o_id uuid[], o_command text[],
  o_correlation uuid[], o_time timestamptz[], o_hash bytea[], o_outcome bytea[],
  q_after bigint[], q_tag text[], q_tags text[], q_names text[],
  m_append integer[], m_offset bigint[],
  k_unit integer[], k_who integer[], k_consumer text[], k_expected bigint[], k_position bigint[],
  k_fingerprint text[],
  d_table text[], d_key text[],
  r_row integer[], r_read bigint[], r_position bigint[], r_json text[],
  b_unit integer[], b_kind text[], b_json text[],
  reset text,
  -- Behind the others, so that `annals_append` needs no other call.
  r_head bigint[] DEFAULT '{}',
  -- For each unit: 0 committed, or why not (1 conflict, 2 duplicate, 3 stale checkpoint, 4 stale
  -- row, 5 matched, 6 unfit), a position or version that explains it, and the entry it is about.
  OUT verdict integer[], OUT detail bigint[], OUT entry integer[],
  OUT a_position bigint[], OUT a_version bigint[]
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  units CONSTANT integer := cardinality(u_unfit);
  first bigint;
  head bigint;
  at_version bigint[];
  taken boolean[];
  found_at bigint[];
  at_position bigint[];
  row_at bigint[];
  last_write integer[];
  r_at bigint[] := r_position;
  a_to integer := 0;
  q_to integer := 0;
  m_to integer := 0;
  r_to integer := 0;
  a_from integer;
  q_from integer;
  m_from integer;
  r_from integer;
  v integer;
  explained bigint;
  about integer;
  actual bigint;
  o integer;
  k integer;
  position_of bigint;
  projection text;
  chosen text[];
  places bigint[];
BEGIN
  PERFORM 1 FROM annals_log WHERE single FOR UPDATE;

  SELECT c.head INTO head FROM annals_commits c ORDER BY c.head DESC LIMIT 1;
  head := coalesce(head, 0);
  first := head;
  verdict := array_fill(0, ARRAY[units]);
  detail := array_fill(0::bigint, ARRAY[units]);
  entry := array_fill(0, ARRAY[units]);
  a_position := array_fill(0::bigint, ARRAY[cardinality(a_unit)]);
  a_version := a_position;

  -- What is stored of all that the units touch.
  SELECT array_agg(coalesce((
      SELECT e.version FROM event_store e
      WHERE e.aggregate_id = s.id AND e.aggregate = s.aggregate
      ORDER BY e.version DESC LIMIT 1), 0) ORDER BY s.n)
    INTO at_version FROM unnest(s_aggregate, s_id) WITH ORDINALITY s(aggregate, id, n);
  IF cardinality(o_id) > 0 THEN
    SELECT array_agg(EXISTS (
        SELECT FROM annals_outcomes c
        WHERE c.command_id = o.id AND c.aggregate_id = o.stream_id AND c.aggregate = o.aggregate)
        ORDER BY o.key)
      INTO taken
      FROM (SELECT DISTINCT ON (x.key) x.key, x.id, s_id[x.stream] AS stream_id,
              s_aggregate[x.stream] AS aggregate
            FROM unnest(o_key, o_id, o_stream) x(key, id, stream) ORDER BY x.key) o;
  END IF;
  IF cardinality(q_after) > 0 THEN
    found_at := annals_first_matches(head, q_after, q_tag, q_tags, q_names);
  END IF;
  IF cardinality(k_unit) > 0 THEN
    SELECT array_agg(coalesce((
        SELECT c.position FROM annals_checkpoints c WHERE c.consumer = k.consumer), 0)
        ORDER BY k.who)
      INTO at_position
      FROM (SELECT DISTINCT x.who, x.consumer FROM unnest(k_who, k_consumer) x(who, consumer)) k;
  END IF;
  IF cardinality(d_key) > 0 THEN
    row_at := array_fill(0::bigint, ARRAY[cardinality(d_key)]);
    last_write := array_fill(0, ARRAY[cardinality(d_key)]);
    FOR projection IN SELECT DISTINCT d FROM unnest(d_table) d LOOP
      EXECUTE (SELECT t.positions FROM annals_tables t WHERE t.name = projection)
        INTO places
        USING (SELECT array_agg(CASE WHEN d.name = projection THEN d.key END ORDER BY d.n)
               FROM unnest(d_table, d_key) WITH ORDINALITY d(name, key, n));
      FOR i IN 1..cardinality(d_key) LOOP
        IF d_table[i] = projection THEN
          row_at[i] := places[i];
        END IF;
      END LOOP;
    END LOOP;
  END IF;

  -- Judging, in memory.
  FOR u IN 1..units LOOP
    v := 0;
    explained := 0;
    about := 0;
    o := u_outcome[u];
    k := u_checkpoint[u];
    a_from := a_to + 1;
    a_to := u_appends[u];
    q_from := q_to + 1;
    q_to := u_criteria[u];
    m_from := m_to + 1;
    m_to := u_matches[u];
    r_from := r_to + 1;
    r_to := u_rows[u];
    IF o > 0 AND taken[o_key[o]] THEN
      v := 2;
    ELSIF k > 0 AND at_position[k_who[k]] <> k_expected[k] THEN
      v := 3;
      explained := at_position[k_who[k]];
    END IF;
    IF v = 0 THEN
      FOR a IN a_from..a_to LOOP
        actual := at_version[a_stream[a]] + a_own[a];
        CONTINUE WHEN a_expected[a] = actual OR a_expected[a] = -1
          OR (a_expected[a] = -2 AND actual > 0);
        v := 1;
        explained := actual;
        about := a;
        EXIT;
      END LOOP;
    END IF;
    IF v = 0 AND q_to >= q_from THEN
      FOR q IN q_from..q_to LOOP
        IF found_at[q] > 0 AND (v = 0 OR found_at[q] < explained) THEN
          v := 5;
          explained := found_at[q];
        END IF;
      END LOOP;
      IF v = 0 THEN
        FOR m IN m_from..m_to LOOP
          position_of := a_position[m_append[m]] + m_offset[m];
          IF a_position[m_append[m]] > 0 AND position_of > q_after[q_from] THEN
            v := 5;
            explained := position_of;
            EXIT;
          END IF;
        END LOOP;
      END IF;
    END IF;
    IF v = 0 THEN
      FOR r IN r_from..r_to LOOP
        IF r_read[r] >= 0 AND row_at[r_row[r]] <> (
            CASE WHEN r_read[r] > r_head[r] THEN r_read[r] - r_head[r] + first
            ELSE r_read[r] END) THEN
          v := 4;
          about := r;
          EXIT;
        END IF;
      END LOOP;
    END IF;
    IF v = 0 AND u_unfit[u] THEN
      v := 6;
    END IF;
    IF v > 0 THEN
      verdict[u] := v;
      detail[u] := explained;
      entry[u] := about;
      CONTINUE;
    END IF;

    IF o > 0 THEN
      taken[o_key[o]] := true;
    END IF;
    IF k > 0 THEN
      at_position[k_who[k]] := k_position[k];
    END IF;
    FOR a IN a_from..a_to LOOP
      a_position[a] := head + 1;
      a_version[a] := at_version[a_stream[a]] + 1;
      at_version[a_stream[a]] := at_version[a_stream[a]] + a_events[a];
      head := head + a_events[a];
    END LOOP;
    FOR r IN r_from..r_to LOOP
      IF r_at[r] < 0 THEN
        r_at[r] := head;
      END IF;
      row_at[r_row[r]] := r_at[r];
      last_write[r_row[r]] := r;
    END LOOP;
  END LOOP;

  -- Writing, whole lists at a time.
  IF head > first THEN
    INSERT INTO annals_commits (head, first, count, time, writer)
      VALUES (head, first + 1, head - first, clock_timestamp(), pg_backend_pid());
    INSERT INTO event_store (position, version, time, id, correlation_id, causation_id, command_id,
        encoding, aggregate, aggregate_id, event_type, data, actor, traceparent, tags)
      SELECT a_position[e.append] + e.nth, a_version[e.append] + e.nth, e.time, e.id, e.correlation,
        e.causation, e.command, 0, s_aggregate[a_stream[e.append]], s_id[a_stream[e.append]],
        e.type, e.data, e.actor, e.traceparent, e.tags
      FROM unnest(e_append, e_offset, e_id, e_type, e_time, e_data, e_correlation, e_causation,
          e_command, e_actor, e_traceparent, e_tags)
        e(append, nth, id, type, time, data, correlation, causation, command, actor, traceparent,
          tags)
      WHERE a_position[e.append] > 0;
    IF cardinality(t_tag) > 0 THEN
      INSERT INTO annals_tags (tag, position, name)
        SELECT t.tag, a_position[e_append[t.event]] + e_offset[t.event], t.name
        FROM unnest(t_event, t_tag, t_name) t(event, tag, name)
        WHERE a_position[e_append[t.event]] > 0;
    END IF;
    IF cardinality(new_type) > 0 THEN
      INSERT INTO annals_types (event_type, aggregate, name)
        SELECT DISTINCT y.type, s_aggregate[a_stream[e.append]], y.name
        FROM unnest(new_type, new_name) y(type, name)
        JOIN unnest(e_type, e_append) e(type, append) ON e.type = y.type
        WHERE a_position[e.append] > 0
        ON CONFLICT DO NOTHING;
    END IF;
  END IF;
  IF cardinality(o_id) > 0 THEN
    INSERT INTO annals_outcomes (command_id, correlation_id, time, aggregate, aggregate_id, command,
        request_hash, outcome)
      SELECT o.id, o.correlation, o.time, s_aggregate[o.stream], s_id[o.stream], o.command, o.hash,
        o.outcome
      FROM unnest(o_unit, o_stream, o_id, o_command, o_correlation, o_time, o_hash, o_outcome)
        o(unit, stream, id, command, correlation, time, hash, outcome)
      WHERE verdict[o.unit] = 0;
  END IF;
  IF reset IS NOT NULL AND verdict[1] = 0 THEN
    PERFORM annals_reset(reset);
  END IF;
  IF cardinality(d_key) > 0 THEN
    FOR projection IN SELECT DISTINCT d FROM unnest(d_table) d LOOP
      SELECT array_agg(r_json[last_write[d.n]]), array_agg(r_at[last_write[d.n]])
        INTO chosen, places
        FROM unnest(d_table) WITH ORDINALITY d(name, n)
        WHERE d.name = projection AND last_write[d.n] > 0;
      IF chosen IS NOT NULL THEN
        EXECUTE (SELECT t.upsert FROM annals_tables t WHERE t.name = projection)
          USING chosen, places;
      END IF;
    END LOOP;
  END IF;
  FOR i IN 1..cardinality(k_unit) LOOP
    IF verdict[k_unit[i]] = 0 THEN
      INSERT INTO annals_checkpoints (consumer, position, fingerprint)
        VALUES (k_consumer[i], k_position[i], k_fingerprint[i])
        ON CONFLICT (consumer) DO UPDATE
        SET position = excluded.position, fingerprint = excluded.fingerprint;
    END IF;
  END LOOP;
  FOR i IN 1..cardinality(b_unit) LOOP
    IF verdict[b_unit[i]] = 0 THEN
      PERFORM annals_keep(b_kind[i], b_json[i]::json);
    END IF;
  END LOOP;
END
$$;
REVOKE ALL ON FUNCTION annals_commit FROM PUBLIC;
GRANT EXECUTE ON FUNCTION annals_commit TO annals_projections;

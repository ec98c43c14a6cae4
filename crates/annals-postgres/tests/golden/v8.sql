--
-- PostgreSQL database dump
--


-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: golden; Type: SCHEMA; Schema: -; Owner: -
--

CREATE SCHEMA golden;


--
-- Name: annals_append(boolean[], integer[], integer[], integer[], integer[], integer[], integer[], text[], text[], integer[], integer[], bigint[], bigint[], bigint[], integer[], bigint[], uuid[], text[], timestamp with time zone[], bytea[], uuid[], uuid[], uuid[], text[], text[], text[], integer[], text[], text[], text[], text[], integer[], integer[], integer[], uuid[], text[], uuid[], timestamp with time zone[], bytea[], bytea[], bigint[], text[], text[], text[], integer[], bigint[]); Type: FUNCTION; Schema: golden; Owner: -
--

CREATE FUNCTION golden.annals_append(u_unfit boolean[], u_outcome integer[], u_checkpoint integer[], u_appends integer[], u_criteria integer[], u_matches integer[], u_rows integer[], s_aggregate text[], s_id text[], a_unit integer[], a_stream integer[], a_expected bigint[], a_own bigint[], a_events bigint[], e_append integer[], e_offset bigint[], e_id uuid[], e_type text[], e_time timestamp with time zone[], e_data bytea[], e_correlation uuid[], e_causation uuid[], e_command uuid[], e_actor text[], e_traceparent text[], e_tags text[], t_event integer[], t_tag text[], t_name text[], new_type text[], new_name text[], o_unit integer[], o_stream integer[], o_key integer[], o_id uuid[], o_command text[], o_correlation uuid[], o_time timestamp with time zone[], o_hash bytea[], o_outcome bytea[], q_after bigint[], q_tag text[], q_tags text[], q_names text[], m_append integer[], m_offset bigint[], OUT verdict integer[], OUT detail bigint[], OUT entry integer[], OUT a_position bigint[], OUT a_version bigint[]) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'golden', 'pg_temp'
    AS $_$
DECLARE
  reserved text;
BEGIN
  PERFORM 1 FROM annals_log WHERE single FOR UPDATE;
  -- Events whose rows are written with them: those who append them must write the rows.
  SELECT min(e.type) INTO reserved
    FROM annals_facts f
    CROSS JOIN LATERAL json_array_elements_text(f.value::json) r(name)
    JOIN unnest(e_type) e(type) ON regexp_replace(e.type, '\.v[0-9]+$', '') = r.name
    WHERE f.name = 'immediate';
  IF reserved IS NOT NULL THEN
    RAISE EXCEPTION '% is folded by an immediate projection: send its command to the engine',
      reserved USING ERRCODE = 'check_violation';
  END IF;
  SELECT c.verdict, c.detail, c.entry, c.a_position, c.a_version
    INTO verdict, detail, entry, a_position, a_version
    FROM annals_commit(u_unfit, u_outcome, u_checkpoint, u_appends, u_criteria, u_matches, u_rows,
      s_aggregate, s_id, a_unit, a_stream, a_expected, a_own, a_events, e_append, e_offset, e_id,
      e_type, e_time, e_data, e_correlation, e_causation, e_command, e_actor, e_traceparent, e_tags,
      t_event, t_tag, t_name, new_type, new_name, o_unit, o_stream, o_key, o_id, o_command, o_correlation,
      o_time, o_hash, o_outcome, q_after, q_tag, q_tags, q_names, m_append, m_offset,
      '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}',
      NULL) c;
END
$_$;


--
-- Name: annals_commit(boolean[], integer[], integer[], integer[], integer[], integer[], integer[], text[], text[], integer[], integer[], bigint[], bigint[], bigint[], integer[], bigint[], uuid[], text[], timestamp with time zone[], bytea[], uuid[], uuid[], uuid[], text[], text[], text[], integer[], text[], text[], text[], text[], integer[], integer[], integer[], uuid[], text[], uuid[], timestamp with time zone[], bytea[], bytea[], bigint[], text[], text[], text[], integer[], bigint[], integer[], integer[], text[], bigint[], bigint[], text[], text[], text[], integer[], bigint[], bigint[], text[], integer[], text[], text[], text, bigint[]); Type: FUNCTION; Schema: golden; Owner: -
--

CREATE FUNCTION golden.annals_commit(u_unfit boolean[], u_outcome integer[], u_checkpoint integer[], u_appends integer[], u_criteria integer[], u_matches integer[], u_rows integer[], s_aggregate text[], s_id text[], a_unit integer[], a_stream integer[], a_expected bigint[], a_own bigint[], a_events bigint[], e_append integer[], e_offset bigint[], e_id uuid[], e_type text[], e_time timestamp with time zone[], e_data bytea[], e_correlation uuid[], e_causation uuid[], e_command uuid[], e_actor text[], e_traceparent text[], e_tags text[], t_event integer[], t_tag text[], t_name text[], new_type text[], new_name text[], o_unit integer[], o_stream integer[], o_key integer[], o_id uuid[], o_command text[], o_correlation uuid[], o_time timestamp with time zone[], o_hash bytea[], o_outcome bytea[], q_after bigint[], q_tag text[], q_tags text[], q_names text[], m_append integer[], m_offset bigint[], k_unit integer[], k_who integer[], k_consumer text[], k_expected bigint[], k_position bigint[], k_fingerprint text[], d_table text[], d_key text[], r_row integer[], r_read bigint[], r_position bigint[], r_json text[], b_unit integer[], b_kind text[], b_json text[], reset text, r_head bigint[] DEFAULT '{}'::bigint[], OUT verdict integer[], OUT detail bigint[], OUT entry integer[], OUT a_position bigint[], OUT a_version bigint[]) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'golden', 'pg_temp'
    AS $$
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
        IF r_read[r] >= 0 AND (row_at[r_row[r]] <> r_read[r] OR r_head[r] <> first) THEN
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


--
-- Name: annals_extend(text[], text[], integer[], bigint[], integer[], bigint[], uuid[], text[], timestamp with time zone[], bytea[], uuid[], uuid[], uuid[], text[], text[], text[], integer[], text[], text[], integer[], uuid[], text[], uuid[], timestamp with time zone[], bytea[], bytea[], boolean[], bigint[], text[], text[], text[], text[], text[], bigint[], text[], bigint[], bigint[], text[], text[], text[], bigint[], integer[], text[], text[], bigint); Type: FUNCTION; Schema: golden; Owner: -
--

CREATE FUNCTION golden.annals_extend(s_aggregate text[], s_id text[], c_stream integer[], c_version bigint[], e_stream integer[], e_version bigint[], e_id uuid[], e_type text[], e_time timestamp with time zone[], e_data bytea[], e_correlation uuid[], e_causation uuid[], e_command uuid[], e_actor text[], e_traceparent text[], e_tags text[], t_event integer[], t_tag text[], t_name text[], o_stream integer[], o_id uuid[], o_command text[], o_correlation uuid[], o_time timestamp with time zone[], o_hash bytea[], o_outcome bytea[], o_by_events boolean[], q_after bigint[], q_tag text[], q_tags text[], q_names text[], d_table text[], d_key text[], d_read bigint[], k_consumer text[], k_expected bigint[], k_position bigint[], k_fingerprint text[], r_table text[], r_json text[], r_position bigint[], r_event integer[], b_kind text[], b_json text[], head bigint) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'golden', 'pg_temp'
    AS $$
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


--
-- Name: annals_first_matches(bigint, bigint[], text[], text[], text[]); Type: FUNCTION; Schema: golden; Owner: -
--

CREATE FUNCTION golden.annals_first_matches(head bigint, q_after bigint[], q_tag text[], q_tags text[], q_names text[]) RETURNS bigint[]
    LANGUAGE plpgsql STABLE
    SET search_path TO 'golden', 'pg_temp'
    AS $$
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


--
-- Name: annals_keep(text, json); Type: FUNCTION; Schema: golden; Owner: -
--

CREATE FUNCTION golden.annals_keep(kind text, entry json) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'golden', 'pg_temp'
    AS $$
BEGIN
  CASE kind
  WHEN 'saga' THEN
    INSERT INTO annals_sagas SELECT * FROM json_populate_record(NULL::annals_sagas, entry)
      ON CONFLICT (saga, key) DO UPDATE SET status = excluded.status, failure = excluded.failure,
        open = excluded.open, due_us = excluded.due_us, version = excluded.version,
        fingerprint = excluded.fingerprint, started_at = excluded.started_at,
        changed_at = excluded.changed_at, state = excluded.state;
  WHEN 'letter' THEN
    INSERT INTO annals_letters AS kept
      SELECT * FROM json_populate_record(NULL::annals_letters, entry)
      ON CONFLICT (id) DO UPDATE SET key = excluded.key, event_id = excluded.event_id,
        event_type = excluded.event_type, status = excluded.status, attempts = excluded.attempts,
        reason = excluded.reason, resolution = excluded.resolution,
        parked_at = excluded.parked_at, changed_at = excluded.changed_at
      WHERE kept.consumer = excluded.consumer AND kept.position = excluded.position;
    -- A letter's number is that of one event and consumer for good.
    IF NOT FOUND THEN
      RAISE EXCEPTION 'letter % is another event''s', entry ->> 'id'
        USING ERRCODE = 'unique_violation';
    END IF;
  WHEN 'retry' THEN
    INSERT INTO annals_retries SELECT * FROM json_populate_record(NULL::annals_retries, entry)
      ON CONFLICT (consumer, position) DO UPDATE SET attempts = excluded.attempts,
        due_us = excluded.due_us, reason = excluded.reason;
  WHEN 'retry_done' THEN
    DELETE FROM annals_retries
      WHERE consumer = entry ->> 'consumer' AND position = (entry ->> 'position')::bigint;
  WHEN 'timer' THEN
    INSERT INTO annals_timers SELECT * FROM json_populate_record(NULL::annals_timers, entry)
      ON CONFLICT (consumer, position) DO UPDATE SET aggregate = excluded.aggregate,
        aggregate_id = excluded.aggregate_id, due_us = excluded.due_us;
  WHEN 'timer_done' THEN
    DELETE FROM annals_timers
      WHERE consumer = entry ->> 'consumer' AND position = (entry ->> 'position')::bigint;
  WHEN 'request_done' THEN
    DELETE FROM annals_requests WHERE request = (entry ->> 'request')::bigint;
  END CASE;
END
$$;


--
-- Name: annals_leap(bigint, text[], text[]); Type: FUNCTION; Schema: golden; Owner: -
--

CREATE FUNCTION golden.annals_leap(q_after bigint, q_tags text[], q_names text[]) RETURNS bigint
    LANGUAGE plpgsql STABLE
    SET search_path TO 'golden', 'pg_temp'
    AS $$
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


--
-- Name: annals_refuse(); Type: FUNCTION; Schema: golden; Owner: -
--

CREATE FUNCTION golden.annals_refuse() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: no %', TG_TABLE_NAME, lower(TG_OP)
    USING ERRCODE = 'insufficient_privilege';
END
$$;


--
-- Name: annals_reset(text); Type: FUNCTION; Schema: golden; Owner: -
--

CREATE FUNCTION golden.annals_reset(name text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'golden', 'pg_temp'
    AS $$
BEGIN
  IF EXISTS (SELECT FROM annals_tables t WHERE t.name = annals_reset.name) THEN
    EXECUTE format('DELETE FROM %I', name);
  END IF;
  DELETE FROM annals_letters WHERE consumer = name;
  DELETE FROM annals_retries WHERE consumer = name;
END
$$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: annals_checkpoints; Type: TABLE; Schema: golden; Owner: -
--

CREATE TABLE golden.annals_checkpoints (
    consumer text NOT NULL COLLATE pg_catalog."C",
    "position" bigint NOT NULL,
    fingerprint text NOT NULL
)
WITH (fillfactor='50');


--
-- Name: annals_commits; Type: TABLE; Schema: golden; Owner: -
--

CREATE TABLE golden.annals_commits (
    head bigint NOT NULL,
    first bigint NOT NULL,
    count integer NOT NULL,
    "time" timestamp with time zone NOT NULL,
    writer integer NOT NULL
);


--
-- Name: event_store; Type: TABLE; Schema: golden; Owner: -
--

CREATE TABLE golden.event_store (
    "position" bigint NOT NULL,
    version bigint NOT NULL,
    "time" timestamp with time zone NOT NULL,
    id uuid NOT NULL,
    correlation_id uuid NOT NULL,
    causation_id uuid,
    command_id uuid,
    encoding smallint NOT NULL,
    aggregate text NOT NULL COLLATE pg_catalog."C",
    aggregate_id text NOT NULL COLLATE pg_catalog."C",
    event_type text NOT NULL COLLATE pg_catalog."C",
    data bytea NOT NULL,
    actor text,
    traceparent text,
    tags text
)
PARTITION BY HASH (aggregate_id);


--
-- Name: annals_events; Type: VIEW; Schema: golden; Owner: -
--

CREATE VIEW golden.annals_events AS
 SELECT event_store."position",
    event_store.id,
    event_store.aggregate,
    event_store.aggregate_id,
    event_store.version,
    event_store.event_type AS type,
    event_store."time",
        CASE
            WHEN ((event_store.encoding = 0) AND (POSITION(('\u0000'::text) IN (convert_from(event_store.data, 'UTF8'::name))) = 0)) THEN (convert_from(event_store.data, 'UTF8'::name))::jsonb
            ELSE NULL::jsonb
        END AS data,
    event_store.correlation_id,
    event_store.causation_id,
    event_store.command_id,
    event_store.actor,
    event_store.traceparent,
    (event_store.tags)::jsonb AS tags
   FROM golden.event_store;


--
-- Name: annals_facts; Type: TABLE; Schema: golden; Owner: -
--

CREATE TABLE golden.annals_facts (
    name text NOT NULL COLLATE pg_catalog."C",
    value text NOT NULL
);


--
-- Name: annals_letters; Type: TABLE; Schema: golden; Owner: -
--

CREATE TABLE golden.annals_letters (
    id bigint NOT NULL,
    consumer text NOT NULL COLLATE pg_catalog."C",
    key text NOT NULL COLLATE pg_catalog."C",
    "position" bigint NOT NULL,
    event_id uuid NOT NULL,
    event_type text NOT NULL,
    status text NOT NULL,
    attempts bigint NOT NULL,
    reason text NOT NULL,
    resolution text,
    parked_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL
);


--
-- Name: annals_log; Type: TABLE; Schema: golden; Owner: -
--

CREATE TABLE golden.annals_log (
    single boolean NOT NULL,
    CONSTRAINT annals_log_single_check CHECK (single)
);


--
-- Name: annals_migrations; Type: TABLE; Schema: golden; Owner: -
--

CREATE TABLE golden.annals_migrations (
    version integer NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: annals_outcomes; Type: TABLE; Schema: golden; Owner: -
--

CREATE TABLE golden.annals_outcomes (
    command_id uuid NOT NULL,
    correlation_id uuid NOT NULL,
    "time" timestamp with time zone NOT NULL,
    aggregate text NOT NULL COLLATE pg_catalog."C",
    aggregate_id text NOT NULL COLLATE pg_catalog."C",
    command text NOT NULL,
    request_hash bytea NOT NULL,
    outcome bytea NOT NULL,
    by_events boolean DEFAULT false NOT NULL
);


--
-- Name: annals_requests; Type: TABLE; Schema: golden; Owner: -
--

CREATE TABLE golden.annals_requests (
    request bigint NOT NULL,
    kind text NOT NULL,
    letter bigint NOT NULL,
    reason text,
    at_us bigint
);


--
-- Name: annals_requests_request_seq; Type: SEQUENCE; Schema: golden; Owner: -
--

ALTER TABLE golden.annals_requests ALTER COLUMN request ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME golden.annals_requests_request_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: annals_retries; Type: TABLE; Schema: golden; Owner: -
--

CREATE TABLE golden.annals_retries (
    consumer text NOT NULL COLLATE pg_catalog."C",
    "position" bigint NOT NULL,
    attempts bigint NOT NULL,
    due_us bigint NOT NULL,
    reason text NOT NULL
);


--
-- Name: annals_sagas; Type: TABLE; Schema: golden; Owner: -
--

CREATE TABLE golden.annals_sagas (
    saga text NOT NULL COLLATE pg_catalog."C",
    key text NOT NULL COLLATE pg_catalog."C",
    status text NOT NULL,
    failure text NOT NULL,
    open boolean NOT NULL,
    due_us bigint,
    version bigint NOT NULL,
    fingerprint text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    state bytea NOT NULL
);


--
-- Name: annals_snapshots; Type: TABLE; Schema: golden; Owner: -
--

CREATE TABLE golden.annals_snapshots (
    aggregate_id text NOT NULL COLLATE pg_catalog."C",
    aggregate text NOT NULL COLLATE pg_catalog."C",
    version bigint NOT NULL,
    fingerprint text NOT NULL,
    state bytea NOT NULL
);


--
-- Name: annals_system; Type: TABLE; Schema: golden; Owner: -
--

CREATE TABLE golden.annals_system (
    single boolean NOT NULL,
    name text NOT NULL,
    CONSTRAINT annals_system_single_check CHECK (single)
);


--
-- Name: annals_tables; Type: TABLE; Schema: golden; Owner: -
--

CREATE TABLE golden.annals_tables (
    name text NOT NULL COLLATE pg_catalog."C",
    declaration text NOT NULL,
    positions text NOT NULL,
    upsert text NOT NULL
);


--
-- Name: annals_tags; Type: TABLE; Schema: golden; Owner: -
--

CREATE TABLE golden.annals_tags (
    tag text NOT NULL COLLATE pg_catalog."C",
    "position" bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C"
);


--
-- Name: annals_timers; Type: TABLE; Schema: golden; Owner: -
--

CREATE TABLE golden.annals_timers (
    consumer text NOT NULL COLLATE pg_catalog."C",
    "position" bigint NOT NULL,
    aggregate text NOT NULL,
    aggregate_id text NOT NULL,
    due_us bigint NOT NULL
);


--
-- Name: annals_types; Type: TABLE; Schema: golden; Owner: -
--

CREATE TABLE golden.annals_types (
    event_type text NOT NULL COLLATE pg_catalog."C",
    aggregate text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C"
);


--
-- Name: event_store_0; Type: TABLE; Schema: golden; Owner: -
--

CREATE TABLE golden.event_store_0 (
    "position" bigint NOT NULL,
    version bigint NOT NULL,
    "time" timestamp with time zone NOT NULL,
    id uuid NOT NULL,
    correlation_id uuid NOT NULL,
    causation_id uuid,
    command_id uuid,
    encoding smallint NOT NULL,
    aggregate text NOT NULL COLLATE pg_catalog."C",
    aggregate_id text NOT NULL COLLATE pg_catalog."C",
    event_type text NOT NULL COLLATE pg_catalog."C",
    data bytea NOT NULL,
    actor text,
    traceparent text,
    tags text
);


--
-- Name: event_store_1; Type: TABLE; Schema: golden; Owner: -
--

CREATE TABLE golden.event_store_1 (
    "position" bigint NOT NULL,
    version bigint NOT NULL,
    "time" timestamp with time zone NOT NULL,
    id uuid NOT NULL,
    correlation_id uuid NOT NULL,
    causation_id uuid,
    command_id uuid,
    encoding smallint NOT NULL,
    aggregate text NOT NULL COLLATE pg_catalog."C",
    aggregate_id text NOT NULL COLLATE pg_catalog."C",
    event_type text NOT NULL COLLATE pg_catalog."C",
    data bytea NOT NULL,
    actor text,
    traceparent text,
    tags text
);


--
-- Name: event_store_2; Type: TABLE; Schema: golden; Owner: -
--

CREATE TABLE golden.event_store_2 (
    "position" bigint NOT NULL,
    version bigint NOT NULL,
    "time" timestamp with time zone NOT NULL,
    id uuid NOT NULL,
    correlation_id uuid NOT NULL,
    causation_id uuid,
    command_id uuid,
    encoding smallint NOT NULL,
    aggregate text NOT NULL COLLATE pg_catalog."C",
    aggregate_id text NOT NULL COLLATE pg_catalog."C",
    event_type text NOT NULL COLLATE pg_catalog."C",
    data bytea NOT NULL,
    actor text,
    traceparent text,
    tags text
);


--
-- Name: event_store_3; Type: TABLE; Schema: golden; Owner: -
--

CREATE TABLE golden.event_store_3 (
    "position" bigint NOT NULL,
    version bigint NOT NULL,
    "time" timestamp with time zone NOT NULL,
    id uuid NOT NULL,
    correlation_id uuid NOT NULL,
    causation_id uuid,
    command_id uuid,
    encoding smallint NOT NULL,
    aggregate text NOT NULL COLLATE pg_catalog."C",
    aggregate_id text NOT NULL COLLATE pg_catalog."C",
    event_type text NOT NULL COLLATE pg_catalog."C",
    data bytea NOT NULL,
    actor text,
    traceparent text,
    tags text
);


--
-- Name: event_store_4; Type: TABLE; Schema: golden; Owner: -
--

CREATE TABLE golden.event_store_4 (
    "position" bigint NOT NULL,
    version bigint NOT NULL,
    "time" timestamp with time zone NOT NULL,
    id uuid NOT NULL,
    correlation_id uuid NOT NULL,
    causation_id uuid,
    command_id uuid,
    encoding smallint NOT NULL,
    aggregate text NOT NULL COLLATE pg_catalog."C",
    aggregate_id text NOT NULL COLLATE pg_catalog."C",
    event_type text NOT NULL COLLATE pg_catalog."C",
    data bytea NOT NULL,
    actor text,
    traceparent text,
    tags text
);


--
-- Name: event_store_5; Type: TABLE; Schema: golden; Owner: -
--

CREATE TABLE golden.event_store_5 (
    "position" bigint NOT NULL,
    version bigint NOT NULL,
    "time" timestamp with time zone NOT NULL,
    id uuid NOT NULL,
    correlation_id uuid NOT NULL,
    causation_id uuid,
    command_id uuid,
    encoding smallint NOT NULL,
    aggregate text NOT NULL COLLATE pg_catalog."C",
    aggregate_id text NOT NULL COLLATE pg_catalog."C",
    event_type text NOT NULL COLLATE pg_catalog."C",
    data bytea NOT NULL,
    actor text,
    traceparent text,
    tags text
);


--
-- Name: event_store_6; Type: TABLE; Schema: golden; Owner: -
--

CREATE TABLE golden.event_store_6 (
    "position" bigint NOT NULL,
    version bigint NOT NULL,
    "time" timestamp with time zone NOT NULL,
    id uuid NOT NULL,
    correlation_id uuid NOT NULL,
    causation_id uuid,
    command_id uuid,
    encoding smallint NOT NULL,
    aggregate text NOT NULL COLLATE pg_catalog."C",
    aggregate_id text NOT NULL COLLATE pg_catalog."C",
    event_type text NOT NULL COLLATE pg_catalog."C",
    data bytea NOT NULL,
    actor text,
    traceparent text,
    tags text
);


--
-- Name: event_store_7; Type: TABLE; Schema: golden; Owner: -
--

CREATE TABLE golden.event_store_7 (
    "position" bigint NOT NULL,
    version bigint NOT NULL,
    "time" timestamp with time zone NOT NULL,
    id uuid NOT NULL,
    correlation_id uuid NOT NULL,
    causation_id uuid,
    command_id uuid,
    encoding smallint NOT NULL,
    aggregate text NOT NULL COLLATE pg_catalog."C",
    aggregate_id text NOT NULL COLLATE pg_catalog."C",
    event_type text NOT NULL COLLATE pg_catalog."C",
    data bytea NOT NULL,
    actor text,
    traceparent text,
    tags text
);


--
-- Name: summary; Type: TABLE; Schema: golden; Owner: -
--

CREATE TABLE golden.summary (
    id text NOT NULL COLLATE pg_catalog."C",
    count bigint NOT NULL,
    placed_at timestamp with time zone,
    annals_position bigint NOT NULL
);


--
-- Name: event_store_0; Type: TABLE ATTACH; Schema: golden; Owner: -
--

ALTER TABLE ONLY golden.event_store ATTACH PARTITION golden.event_store_0 FOR VALUES WITH (modulus 8, remainder 0);


--
-- Name: event_store_1; Type: TABLE ATTACH; Schema: golden; Owner: -
--

ALTER TABLE ONLY golden.event_store ATTACH PARTITION golden.event_store_1 FOR VALUES WITH (modulus 8, remainder 1);


--
-- Name: event_store_2; Type: TABLE ATTACH; Schema: golden; Owner: -
--

ALTER TABLE ONLY golden.event_store ATTACH PARTITION golden.event_store_2 FOR VALUES WITH (modulus 8, remainder 2);


--
-- Name: event_store_3; Type: TABLE ATTACH; Schema: golden; Owner: -
--

ALTER TABLE ONLY golden.event_store ATTACH PARTITION golden.event_store_3 FOR VALUES WITH (modulus 8, remainder 3);


--
-- Name: event_store_4; Type: TABLE ATTACH; Schema: golden; Owner: -
--

ALTER TABLE ONLY golden.event_store ATTACH PARTITION golden.event_store_4 FOR VALUES WITH (modulus 8, remainder 4);


--
-- Name: event_store_5; Type: TABLE ATTACH; Schema: golden; Owner: -
--

ALTER TABLE ONLY golden.event_store ATTACH PARTITION golden.event_store_5 FOR VALUES WITH (modulus 8, remainder 5);


--
-- Name: event_store_6; Type: TABLE ATTACH; Schema: golden; Owner: -
--

ALTER TABLE ONLY golden.event_store ATTACH PARTITION golden.event_store_6 FOR VALUES WITH (modulus 8, remainder 6);


--
-- Name: event_store_7; Type: TABLE ATTACH; Schema: golden; Owner: -
--

ALTER TABLE ONLY golden.event_store ATTACH PARTITION golden.event_store_7 FOR VALUES WITH (modulus 8, remainder 7);


--
-- Data for Name: annals_checkpoints; Type: TABLE DATA; Schema: golden; Owner: -
--

COPY golden.annals_checkpoints (consumer, "position", fingerprint) FROM stdin;
\.


--
-- Data for Name: annals_commits; Type: TABLE DATA; Schema: golden; Owner: -
--

COPY golden.annals_commits (head, first, count, "time", writer) FROM stdin;
1	1	1	2026-11-30 12:48:32.021304+00	32115
2	2	1	2026-11-30 12:48:32.025727+00	32115
3	3	1	2026-11-30 12:48:32.049937+00	32115
\.


--
-- Data for Name: annals_facts; Type: TABLE DATA; Schema: golden; Owner: -
--

COPY golden.annals_facts (name, value) FROM stdin;
\.


--
-- Data for Name: annals_letters; Type: TABLE DATA; Schema: golden; Owner: -
--

COPY golden.annals_letters (id, consumer, key, "position", event_id, event_type, status, attempts, reason, resolution, parked_at, changed_at) FROM stdin;
\.


--
-- Data for Name: annals_log; Type: TABLE DATA; Schema: golden; Owner: -
--

COPY golden.annals_log (single) FROM stdin;
t
\.


--
-- Data for Name: annals_migrations; Type: TABLE DATA; Schema: golden; Owner: -
--

COPY golden.annals_migrations (version, applied_at) FROM stdin;
1	2026-11-30 12:48:29.786685+00
2	2026-11-30 12:48:31.705012+00
3	2026-11-30 12:48:31.74909+00
4	2026-11-30 12:48:31.760931+00
5	2026-11-30 12:48:31.784248+00
6	2026-11-30 12:48:31.802259+00
7	2026-11-30 12:48:31.807583+00
8	2026-11-30 12:48:31.826552+00
\.


--
-- Data for Name: annals_outcomes; Type: TABLE DATA; Schema: golden; Owner: -
--

COPY golden.annals_outcomes (command_id, correlation_id, "time", aggregate, aggregate_id, command, request_hash, outcome, by_events) FROM stdin;
00000000-0000-0001-0000-000000000004	00000000-0000-0001-0000-000000000002	2026-03-01 00:00:00.000001+00	Order	a	PlaceOrder	\\x0707070707070707070707070707070707070707070707070707070707070707	\\x7b7d	f
00000000-0000-0002-0000-000000000004	00000000-0000-0002-0000-000000000002	2026-03-01 00:00:00.000002+00	Order	b	PlaceOrder	\\x0707070707070707070707070707070707070707070707070707070707070707	\\x7b7d	f
00000000-0000-0003-0000-000000000004	00000000-0000-0000-0000-000000000002	2026-03-01 00:00:00.000003+00	Order	a	PlaceOrder	\\x0707070707070707070707070707070707070707070707070707070707070707	\\x7b7d	t
\.


--
-- Data for Name: annals_requests; Type: TABLE DATA; Schema: golden; Owner: -
--

COPY golden.annals_requests (request, kind, letter, reason, at_us) FROM stdin;
\.


--
-- Data for Name: annals_retries; Type: TABLE DATA; Schema: golden; Owner: -
--

COPY golden.annals_retries (consumer, "position", attempts, due_us, reason) FROM stdin;
\.


--
-- Data for Name: annals_sagas; Type: TABLE DATA; Schema: golden; Owner: -
--

COPY golden.annals_sagas (saga, key, status, failure, open, due_us, version, fingerprint, started_at, changed_at, state) FROM stdin;
\.


--
-- Data for Name: annals_snapshots; Type: TABLE DATA; Schema: golden; Owner: -
--

COPY golden.annals_snapshots (aggregate_id, aggregate, version, fingerprint, state) FROM stdin;
\.


--
-- Data for Name: annals_system; Type: TABLE DATA; Schema: golden; Owner: -
--

COPY golden.annals_system (single, name) FROM stdin;
t	orders
\.


--
-- Data for Name: annals_tables; Type: TABLE DATA; Schema: golden; Owner: -
--

COPY golden.annals_tables (name, declaration, positions, upsert) FROM stdin;
summary	{"columns":[{"name":"id","type":"text","optional":false},{"name":"count","type":"int","optional":false},{"name":"placed_at","type":"time","optional":true}],"key":0}	SELECT array_agg(coalesce(t.annals_position, 0) ORDER BY k.n) FROM unnest($1) WITH ORDINALITY k(key, n) LEFT JOIN "summary" t ON t."id" = k.key::text COLLATE "C"	INSERT INTO "summary" ("id", "count", "placed_at", annals_position) SELECT r."id", r."count", r."placed_at", w.at FROM unnest($1, $2) w(line, at) CROSS JOIN LATERAL json_populate_record(NULL::"summary", w.line::json) r ON CONFLICT ("id") DO UPDATE SET "count" = excluded."count", "placed_at" = excluded."placed_at",  annals_position = excluded.annals_position
\.


--
-- Data for Name: annals_tags; Type: TABLE DATA; Schema: golden; Owner: -
--

COPY golden.annals_tags (tag, "position", name) FROM stdin;
customer:7	2	OrderPlaced
\.


--
-- Data for Name: annals_timers; Type: TABLE DATA; Schema: golden; Owner: -
--

COPY golden.annals_timers (consumer, "position", aggregate, aggregate_id, due_us) FROM stdin;
\.


--
-- Data for Name: annals_types; Type: TABLE DATA; Schema: golden; Owner: -
--

COPY golden.annals_types (event_type, aggregate, name) FROM stdin;
OrderPlaced.v1	Order	OrderPlaced
\.


--
-- Data for Name: event_store_0; Type: TABLE DATA; Schema: golden; Owner: -
--

COPY golden.event_store_0 ("position", version, "time", id, correlation_id, causation_id, command_id, encoding, aggregate, aggregate_id, event_type, data, actor, traceparent, tags) FROM stdin;
\.


--
-- Data for Name: event_store_1; Type: TABLE DATA; Schema: golden; Owner: -
--

COPY golden.event_store_1 ("position", version, "time", id, correlation_id, causation_id, command_id, encoding, aggregate, aggregate_id, event_type, data, actor, traceparent, tags) FROM stdin;
\.


--
-- Data for Name: event_store_2; Type: TABLE DATA; Schema: golden; Owner: -
--

COPY golden.event_store_2 ("position", version, "time", id, correlation_id, causation_id, command_id, encoding, aggregate, aggregate_id, event_type, data, actor, traceparent, tags) FROM stdin;
\.


--
-- Data for Name: event_store_3; Type: TABLE DATA; Schema: golden; Owner: -
--

COPY golden.event_store_3 ("position", version, "time", id, correlation_id, causation_id, command_id, encoding, aggregate, aggregate_id, event_type, data, actor, traceparent, tags) FROM stdin;
\.


--
-- Data for Name: event_store_4; Type: TABLE DATA; Schema: golden; Owner: -
--

COPY golden.event_store_4 ("position", version, "time", id, correlation_id, causation_id, command_id, encoding, aggregate, aggregate_id, event_type, data, actor, traceparent, tags) FROM stdin;
\.


--
-- Data for Name: event_store_5; Type: TABLE DATA; Schema: golden; Owner: -
--

COPY golden.event_store_5 ("position", version, "time", id, correlation_id, causation_id, command_id, encoding, aggregate, aggregate_id, event_type, data, actor, traceparent, tags) FROM stdin;
\.


--
-- Data for Name: event_store_6; Type: TABLE DATA; Schema: golden; Owner: -
--

COPY golden.event_store_6 ("position", version, "time", id, correlation_id, causation_id, command_id, encoding, aggregate, aggregate_id, event_type, data, actor, traceparent, tags) FROM stdin;
1	1	2026-03-01 00:00:00.000001+00	00000000-0000-0001-0000-000000000001	00000000-0000-0001-0000-000000000002	\N	00000000-0000-0001-0000-000000000004	0	Order	a	OrderPlaced.v1	\\x7b226e756d626572223a312c2274657874223a22c3bc5c7530303030227d	ann	\N	\N
2	1	2026-03-01 00:00:00.000002+00	00000000-0000-0002-0000-000000000001	00000000-0000-0002-0000-000000000002	00000000-0000-0002-0000-000000000003	00000000-0000-0002-0000-000000000004	0	Order	b	OrderPlaced.v1	\\x7b226e756d626572223a322c2274657874223a22c3bc5c7530303030227d	\N	\N	["customer:7"]
3	2	2026-03-01 00:00:00.000003+00	00000000-0000-0003-0000-000000000001	00000000-0000-0000-0000-000000000002	\N	00000000-0000-0003-0000-000000000004	0	Order	a	OrderPlaced.v1	\\x7b226e756d626572223a332c2274657874223a22c3bc5c7530303030227d	ann	\N	\N
\.


--
-- Data for Name: event_store_7; Type: TABLE DATA; Schema: golden; Owner: -
--

COPY golden.event_store_7 ("position", version, "time", id, correlation_id, causation_id, command_id, encoding, aggregate, aggregate_id, event_type, data, actor, traceparent, tags) FROM stdin;
\.


--
-- Data for Name: summary; Type: TABLE DATA; Schema: golden; Owner: -
--

COPY golden.summary (id, count, placed_at, annals_position) FROM stdin;
a	2	\N	3
\.


--
-- Name: annals_requests_request_seq; Type: SEQUENCE SET; Schema: golden; Owner: -
--

SELECT pg_catalog.setval('golden.annals_requests_request_seq', 1, false);


--
-- Name: annals_checkpoints annals_checkpoints_pkey; Type: CONSTRAINT; Schema: golden; Owner: -
--

ALTER TABLE ONLY golden.annals_checkpoints
    ADD CONSTRAINT annals_checkpoints_pkey PRIMARY KEY (consumer);


--
-- Name: annals_commits annals_commits_pkey; Type: CONSTRAINT; Schema: golden; Owner: -
--

ALTER TABLE ONLY golden.annals_commits
    ADD CONSTRAINT annals_commits_pkey PRIMARY KEY (head);


--
-- Name: annals_facts annals_facts_pkey; Type: CONSTRAINT; Schema: golden; Owner: -
--

ALTER TABLE ONLY golden.annals_facts
    ADD CONSTRAINT annals_facts_pkey PRIMARY KEY (name);


--
-- Name: annals_letters annals_letters_consumer_position_key; Type: CONSTRAINT; Schema: golden; Owner: -
--

ALTER TABLE ONLY golden.annals_letters
    ADD CONSTRAINT annals_letters_consumer_position_key UNIQUE (consumer, "position");


--
-- Name: annals_letters annals_letters_pkey; Type: CONSTRAINT; Schema: golden; Owner: -
--

ALTER TABLE ONLY golden.annals_letters
    ADD CONSTRAINT annals_letters_pkey PRIMARY KEY (id);


--
-- Name: annals_log annals_log_pkey; Type: CONSTRAINT; Schema: golden; Owner: -
--

ALTER TABLE ONLY golden.annals_log
    ADD CONSTRAINT annals_log_pkey PRIMARY KEY (single);


--
-- Name: annals_migrations annals_migrations_pkey; Type: CONSTRAINT; Schema: golden; Owner: -
--

ALTER TABLE ONLY golden.annals_migrations
    ADD CONSTRAINT annals_migrations_pkey PRIMARY KEY (version);


--
-- Name: annals_outcomes annals_outcomes_pkey; Type: CONSTRAINT; Schema: golden; Owner: -
--

ALTER TABLE ONLY golden.annals_outcomes
    ADD CONSTRAINT annals_outcomes_pkey PRIMARY KEY (command_id, aggregate_id, aggregate);


--
-- Name: annals_requests annals_requests_pkey; Type: CONSTRAINT; Schema: golden; Owner: -
--

ALTER TABLE ONLY golden.annals_requests
    ADD CONSTRAINT annals_requests_pkey PRIMARY KEY (request);


--
-- Name: annals_retries annals_retries_pkey; Type: CONSTRAINT; Schema: golden; Owner: -
--

ALTER TABLE ONLY golden.annals_retries
    ADD CONSTRAINT annals_retries_pkey PRIMARY KEY (consumer, "position");


--
-- Name: annals_sagas annals_sagas_pkey; Type: CONSTRAINT; Schema: golden; Owner: -
--

ALTER TABLE ONLY golden.annals_sagas
    ADD CONSTRAINT annals_sagas_pkey PRIMARY KEY (saga, key);


--
-- Name: annals_snapshots annals_snapshots_pkey; Type: CONSTRAINT; Schema: golden; Owner: -
--

ALTER TABLE ONLY golden.annals_snapshots
    ADD CONSTRAINT annals_snapshots_pkey PRIMARY KEY (aggregate_id, aggregate);


--
-- Name: annals_system annals_system_pkey; Type: CONSTRAINT; Schema: golden; Owner: -
--

ALTER TABLE ONLY golden.annals_system
    ADD CONSTRAINT annals_system_pkey PRIMARY KEY (single);


--
-- Name: annals_tables annals_tables_pkey; Type: CONSTRAINT; Schema: golden; Owner: -
--

ALTER TABLE ONLY golden.annals_tables
    ADD CONSTRAINT annals_tables_pkey PRIMARY KEY (name);


--
-- Name: annals_tags annals_tags_pkey; Type: CONSTRAINT; Schema: golden; Owner: -
--

ALTER TABLE ONLY golden.annals_tags
    ADD CONSTRAINT annals_tags_pkey PRIMARY KEY (tag, "position") INCLUDE (name);


--
-- Name: annals_timers annals_timers_pkey; Type: CONSTRAINT; Schema: golden; Owner: -
--

ALTER TABLE ONLY golden.annals_timers
    ADD CONSTRAINT annals_timers_pkey PRIMARY KEY (consumer, "position");


--
-- Name: annals_types annals_types_pkey; Type: CONSTRAINT; Schema: golden; Owner: -
--

ALTER TABLE ONLY golden.annals_types
    ADD CONSTRAINT annals_types_pkey PRIMARY KEY (event_type, aggregate);


--
-- Name: summary summary_pkey; Type: CONSTRAINT; Schema: golden; Owner: -
--

ALTER TABLE ONLY golden.summary
    ADD CONSTRAINT summary_pkey PRIMARY KEY (id);


--
-- Name: annals_outcomes_by_correlation; Type: INDEX; Schema: golden; Owner: -
--

CREATE INDEX annals_outcomes_by_correlation ON golden.annals_outcomes USING btree (correlation_id, command_id) WHERE (NOT by_events);


--
-- Name: annals_sagas_open; Type: INDEX; Schema: golden; Owner: -
--

CREATE INDEX annals_sagas_open ON golden.annals_sagas USING btree (saga, key) WHERE open;


--
-- Name: event_store_by_stream; Type: INDEX; Schema: golden; Owner: -
--

CREATE UNIQUE INDEX event_store_by_stream ON ONLY golden.event_store USING btree (aggregate_id, aggregate, version);


--
-- Name: event_store_0_aggregate_id_aggregate_version_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE UNIQUE INDEX event_store_0_aggregate_id_aggregate_version_idx ON golden.event_store_0 USING btree (aggregate_id, aggregate, version);


--
-- Name: event_store_by_correlation; Type: INDEX; Schema: golden; Owner: -
--

CREATE INDEX event_store_by_correlation ON ONLY golden.event_store USING btree (correlation_id, "position");


--
-- Name: event_store_0_correlation_id_position_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE INDEX event_store_0_correlation_id_position_idx ON golden.event_store_0 USING btree (correlation_id, "position");


--
-- Name: event_store_by_type; Type: INDEX; Schema: golden; Owner: -
--

CREATE INDEX event_store_by_type ON ONLY golden.event_store USING btree (event_type, "position");


--
-- Name: event_store_0_event_type_position_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE INDEX event_store_0_event_type_position_idx ON golden.event_store_0 USING btree (event_type, "position");


--
-- Name: event_store_by_position; Type: INDEX; Schema: golden; Owner: -
--

CREATE INDEX event_store_by_position ON ONLY golden.event_store USING btree ("position");


--
-- Name: event_store_0_position_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE INDEX event_store_0_position_idx ON golden.event_store_0 USING btree ("position");


--
-- Name: event_store_by_time; Type: INDEX; Schema: golden; Owner: -
--

CREATE INDEX event_store_by_time ON ONLY golden.event_store USING btree ("time");


--
-- Name: event_store_0_time_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE INDEX event_store_0_time_idx ON golden.event_store_0 USING btree ("time");


--
-- Name: event_store_1_aggregate_id_aggregate_version_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE UNIQUE INDEX event_store_1_aggregate_id_aggregate_version_idx ON golden.event_store_1 USING btree (aggregate_id, aggregate, version);


--
-- Name: event_store_1_correlation_id_position_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE INDEX event_store_1_correlation_id_position_idx ON golden.event_store_1 USING btree (correlation_id, "position");


--
-- Name: event_store_1_event_type_position_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE INDEX event_store_1_event_type_position_idx ON golden.event_store_1 USING btree (event_type, "position");


--
-- Name: event_store_1_position_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE INDEX event_store_1_position_idx ON golden.event_store_1 USING btree ("position");


--
-- Name: event_store_1_time_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE INDEX event_store_1_time_idx ON golden.event_store_1 USING btree ("time");


--
-- Name: event_store_2_aggregate_id_aggregate_version_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE UNIQUE INDEX event_store_2_aggregate_id_aggregate_version_idx ON golden.event_store_2 USING btree (aggregate_id, aggregate, version);


--
-- Name: event_store_2_correlation_id_position_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE INDEX event_store_2_correlation_id_position_idx ON golden.event_store_2 USING btree (correlation_id, "position");


--
-- Name: event_store_2_event_type_position_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE INDEX event_store_2_event_type_position_idx ON golden.event_store_2 USING btree (event_type, "position");


--
-- Name: event_store_2_position_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE INDEX event_store_2_position_idx ON golden.event_store_2 USING btree ("position");


--
-- Name: event_store_2_time_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE INDEX event_store_2_time_idx ON golden.event_store_2 USING btree ("time");


--
-- Name: event_store_3_aggregate_id_aggregate_version_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE UNIQUE INDEX event_store_3_aggregate_id_aggregate_version_idx ON golden.event_store_3 USING btree (aggregate_id, aggregate, version);


--
-- Name: event_store_3_correlation_id_position_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE INDEX event_store_3_correlation_id_position_idx ON golden.event_store_3 USING btree (correlation_id, "position");


--
-- Name: event_store_3_event_type_position_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE INDEX event_store_3_event_type_position_idx ON golden.event_store_3 USING btree (event_type, "position");


--
-- Name: event_store_3_position_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE INDEX event_store_3_position_idx ON golden.event_store_3 USING btree ("position");


--
-- Name: event_store_3_time_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE INDEX event_store_3_time_idx ON golden.event_store_3 USING btree ("time");


--
-- Name: event_store_4_aggregate_id_aggregate_version_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE UNIQUE INDEX event_store_4_aggregate_id_aggregate_version_idx ON golden.event_store_4 USING btree (aggregate_id, aggregate, version);


--
-- Name: event_store_4_correlation_id_position_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE INDEX event_store_4_correlation_id_position_idx ON golden.event_store_4 USING btree (correlation_id, "position");


--
-- Name: event_store_4_event_type_position_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE INDEX event_store_4_event_type_position_idx ON golden.event_store_4 USING btree (event_type, "position");


--
-- Name: event_store_4_position_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE INDEX event_store_4_position_idx ON golden.event_store_4 USING btree ("position");


--
-- Name: event_store_4_time_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE INDEX event_store_4_time_idx ON golden.event_store_4 USING btree ("time");


--
-- Name: event_store_5_aggregate_id_aggregate_version_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE UNIQUE INDEX event_store_5_aggregate_id_aggregate_version_idx ON golden.event_store_5 USING btree (aggregate_id, aggregate, version);


--
-- Name: event_store_5_correlation_id_position_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE INDEX event_store_5_correlation_id_position_idx ON golden.event_store_5 USING btree (correlation_id, "position");


--
-- Name: event_store_5_event_type_position_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE INDEX event_store_5_event_type_position_idx ON golden.event_store_5 USING btree (event_type, "position");


--
-- Name: event_store_5_position_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE INDEX event_store_5_position_idx ON golden.event_store_5 USING btree ("position");


--
-- Name: event_store_5_time_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE INDEX event_store_5_time_idx ON golden.event_store_5 USING btree ("time");


--
-- Name: event_store_6_aggregate_id_aggregate_version_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE UNIQUE INDEX event_store_6_aggregate_id_aggregate_version_idx ON golden.event_store_6 USING btree (aggregate_id, aggregate, version);


--
-- Name: event_store_6_correlation_id_position_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE INDEX event_store_6_correlation_id_position_idx ON golden.event_store_6 USING btree (correlation_id, "position");


--
-- Name: event_store_6_event_type_position_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE INDEX event_store_6_event_type_position_idx ON golden.event_store_6 USING btree (event_type, "position");


--
-- Name: event_store_6_position_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE INDEX event_store_6_position_idx ON golden.event_store_6 USING btree ("position");


--
-- Name: event_store_6_time_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE INDEX event_store_6_time_idx ON golden.event_store_6 USING btree ("time");


--
-- Name: event_store_7_aggregate_id_aggregate_version_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE UNIQUE INDEX event_store_7_aggregate_id_aggregate_version_idx ON golden.event_store_7 USING btree (aggregate_id, aggregate, version);


--
-- Name: event_store_7_correlation_id_position_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE INDEX event_store_7_correlation_id_position_idx ON golden.event_store_7 USING btree (correlation_id, "position");


--
-- Name: event_store_7_event_type_position_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE INDEX event_store_7_event_type_position_idx ON golden.event_store_7 USING btree (event_type, "position");


--
-- Name: event_store_7_position_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE INDEX event_store_7_position_idx ON golden.event_store_7 USING btree ("position");


--
-- Name: event_store_7_time_idx; Type: INDEX; Schema: golden; Owner: -
--

CREATE INDEX event_store_7_time_idx ON golden.event_store_7 USING btree ("time");


--
-- Name: event_store_0_aggregate_id_aggregate_version_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_stream ATTACH PARTITION golden.event_store_0_aggregate_id_aggregate_version_idx;


--
-- Name: event_store_0_correlation_id_position_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_correlation ATTACH PARTITION golden.event_store_0_correlation_id_position_idx;


--
-- Name: event_store_0_event_type_position_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_type ATTACH PARTITION golden.event_store_0_event_type_position_idx;


--
-- Name: event_store_0_position_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_position ATTACH PARTITION golden.event_store_0_position_idx;


--
-- Name: event_store_0_time_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_time ATTACH PARTITION golden.event_store_0_time_idx;


--
-- Name: event_store_1_aggregate_id_aggregate_version_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_stream ATTACH PARTITION golden.event_store_1_aggregate_id_aggregate_version_idx;


--
-- Name: event_store_1_correlation_id_position_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_correlation ATTACH PARTITION golden.event_store_1_correlation_id_position_idx;


--
-- Name: event_store_1_event_type_position_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_type ATTACH PARTITION golden.event_store_1_event_type_position_idx;


--
-- Name: event_store_1_position_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_position ATTACH PARTITION golden.event_store_1_position_idx;


--
-- Name: event_store_1_time_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_time ATTACH PARTITION golden.event_store_1_time_idx;


--
-- Name: event_store_2_aggregate_id_aggregate_version_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_stream ATTACH PARTITION golden.event_store_2_aggregate_id_aggregate_version_idx;


--
-- Name: event_store_2_correlation_id_position_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_correlation ATTACH PARTITION golden.event_store_2_correlation_id_position_idx;


--
-- Name: event_store_2_event_type_position_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_type ATTACH PARTITION golden.event_store_2_event_type_position_idx;


--
-- Name: event_store_2_position_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_position ATTACH PARTITION golden.event_store_2_position_idx;


--
-- Name: event_store_2_time_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_time ATTACH PARTITION golden.event_store_2_time_idx;


--
-- Name: event_store_3_aggregate_id_aggregate_version_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_stream ATTACH PARTITION golden.event_store_3_aggregate_id_aggregate_version_idx;


--
-- Name: event_store_3_correlation_id_position_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_correlation ATTACH PARTITION golden.event_store_3_correlation_id_position_idx;


--
-- Name: event_store_3_event_type_position_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_type ATTACH PARTITION golden.event_store_3_event_type_position_idx;


--
-- Name: event_store_3_position_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_position ATTACH PARTITION golden.event_store_3_position_idx;


--
-- Name: event_store_3_time_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_time ATTACH PARTITION golden.event_store_3_time_idx;


--
-- Name: event_store_4_aggregate_id_aggregate_version_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_stream ATTACH PARTITION golden.event_store_4_aggregate_id_aggregate_version_idx;


--
-- Name: event_store_4_correlation_id_position_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_correlation ATTACH PARTITION golden.event_store_4_correlation_id_position_idx;


--
-- Name: event_store_4_event_type_position_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_type ATTACH PARTITION golden.event_store_4_event_type_position_idx;


--
-- Name: event_store_4_position_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_position ATTACH PARTITION golden.event_store_4_position_idx;


--
-- Name: event_store_4_time_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_time ATTACH PARTITION golden.event_store_4_time_idx;


--
-- Name: event_store_5_aggregate_id_aggregate_version_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_stream ATTACH PARTITION golden.event_store_5_aggregate_id_aggregate_version_idx;


--
-- Name: event_store_5_correlation_id_position_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_correlation ATTACH PARTITION golden.event_store_5_correlation_id_position_idx;


--
-- Name: event_store_5_event_type_position_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_type ATTACH PARTITION golden.event_store_5_event_type_position_idx;


--
-- Name: event_store_5_position_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_position ATTACH PARTITION golden.event_store_5_position_idx;


--
-- Name: event_store_5_time_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_time ATTACH PARTITION golden.event_store_5_time_idx;


--
-- Name: event_store_6_aggregate_id_aggregate_version_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_stream ATTACH PARTITION golden.event_store_6_aggregate_id_aggregate_version_idx;


--
-- Name: event_store_6_correlation_id_position_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_correlation ATTACH PARTITION golden.event_store_6_correlation_id_position_idx;


--
-- Name: event_store_6_event_type_position_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_type ATTACH PARTITION golden.event_store_6_event_type_position_idx;


--
-- Name: event_store_6_position_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_position ATTACH PARTITION golden.event_store_6_position_idx;


--
-- Name: event_store_6_time_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_time ATTACH PARTITION golden.event_store_6_time_idx;


--
-- Name: event_store_7_aggregate_id_aggregate_version_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_stream ATTACH PARTITION golden.event_store_7_aggregate_id_aggregate_version_idx;


--
-- Name: event_store_7_correlation_id_position_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_correlation ATTACH PARTITION golden.event_store_7_correlation_id_position_idx;


--
-- Name: event_store_7_event_type_position_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_type ATTACH PARTITION golden.event_store_7_event_type_position_idx;


--
-- Name: event_store_7_position_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_position ATTACH PARTITION golden.event_store_7_position_idx;


--
-- Name: event_store_7_time_idx; Type: INDEX ATTACH; Schema: golden; Owner: -
--

ALTER INDEX golden.event_store_by_time ATTACH PARTITION golden.event_store_7_time_idx;


--
-- Name: annals_commits annals_no_change; Type: TRIGGER; Schema: golden; Owner: -
--

CREATE TRIGGER annals_no_change BEFORE DELETE OR UPDATE ON golden.annals_commits FOR EACH ROW EXECUTE FUNCTION golden.annals_refuse();


--
-- Name: annals_log annals_no_change; Type: TRIGGER; Schema: golden; Owner: -
--

CREATE TRIGGER annals_no_change BEFORE DELETE OR UPDATE ON golden.annals_log FOR EACH ROW EXECUTE FUNCTION golden.annals_refuse();


--
-- Name: annals_outcomes annals_no_change; Type: TRIGGER; Schema: golden; Owner: -
--

CREATE TRIGGER annals_no_change BEFORE DELETE OR UPDATE ON golden.annals_outcomes FOR EACH ROW EXECUTE FUNCTION golden.annals_refuse();


--
-- Name: annals_tags annals_no_change; Type: TRIGGER; Schema: golden; Owner: -
--

CREATE TRIGGER annals_no_change BEFORE DELETE OR UPDATE ON golden.annals_tags FOR EACH ROW EXECUTE FUNCTION golden.annals_refuse();


--
-- Name: annals_types annals_no_change; Type: TRIGGER; Schema: golden; Owner: -
--

CREATE TRIGGER annals_no_change BEFORE DELETE OR UPDATE ON golden.annals_types FOR EACH ROW EXECUTE FUNCTION golden.annals_refuse();


--
-- Name: event_store annals_no_change; Type: TRIGGER; Schema: golden; Owner: -
--

CREATE TRIGGER annals_no_change BEFORE DELETE OR UPDATE ON golden.event_store FOR EACH ROW EXECUTE FUNCTION golden.annals_refuse();


--
-- Name: annals_commits annals_no_truncate; Type: TRIGGER; Schema: golden; Owner: -
--

CREATE TRIGGER annals_no_truncate BEFORE TRUNCATE ON golden.annals_commits FOR EACH STATEMENT EXECUTE FUNCTION golden.annals_refuse();


--
-- Name: annals_log annals_no_truncate; Type: TRIGGER; Schema: golden; Owner: -
--

CREATE TRIGGER annals_no_truncate BEFORE TRUNCATE ON golden.annals_log FOR EACH STATEMENT EXECUTE FUNCTION golden.annals_refuse();


--
-- Name: annals_outcomes annals_no_truncate; Type: TRIGGER; Schema: golden; Owner: -
--

CREATE TRIGGER annals_no_truncate BEFORE TRUNCATE ON golden.annals_outcomes FOR EACH STATEMENT EXECUTE FUNCTION golden.annals_refuse();


--
-- Name: annals_tags annals_no_truncate; Type: TRIGGER; Schema: golden; Owner: -
--

CREATE TRIGGER annals_no_truncate BEFORE TRUNCATE ON golden.annals_tags FOR EACH STATEMENT EXECUTE FUNCTION golden.annals_refuse();


--
-- Name: annals_types annals_no_truncate; Type: TRIGGER; Schema: golden; Owner: -
--

CREATE TRIGGER annals_no_truncate BEFORE TRUNCATE ON golden.annals_types FOR EACH STATEMENT EXECUTE FUNCTION golden.annals_refuse();


--
-- Name: event_store annals_no_truncate; Type: TRIGGER; Schema: golden; Owner: -
--

CREATE TRIGGER annals_no_truncate BEFORE TRUNCATE ON golden.event_store FOR EACH STATEMENT EXECUTE FUNCTION golden.annals_refuse();


--
-- Name: event_store_0 annals_no_truncate; Type: TRIGGER; Schema: golden; Owner: -
--

CREATE TRIGGER annals_no_truncate BEFORE TRUNCATE ON golden.event_store_0 FOR EACH STATEMENT EXECUTE FUNCTION golden.annals_refuse();


--
-- Name: event_store_1 annals_no_truncate; Type: TRIGGER; Schema: golden; Owner: -
--

CREATE TRIGGER annals_no_truncate BEFORE TRUNCATE ON golden.event_store_1 FOR EACH STATEMENT EXECUTE FUNCTION golden.annals_refuse();


--
-- Name: event_store_2 annals_no_truncate; Type: TRIGGER; Schema: golden; Owner: -
--

CREATE TRIGGER annals_no_truncate BEFORE TRUNCATE ON golden.event_store_2 FOR EACH STATEMENT EXECUTE FUNCTION golden.annals_refuse();


--
-- Name: event_store_3 annals_no_truncate; Type: TRIGGER; Schema: golden; Owner: -
--

CREATE TRIGGER annals_no_truncate BEFORE TRUNCATE ON golden.event_store_3 FOR EACH STATEMENT EXECUTE FUNCTION golden.annals_refuse();


--
-- Name: event_store_4 annals_no_truncate; Type: TRIGGER; Schema: golden; Owner: -
--

CREATE TRIGGER annals_no_truncate BEFORE TRUNCATE ON golden.event_store_4 FOR EACH STATEMENT EXECUTE FUNCTION golden.annals_refuse();


--
-- Name: event_store_5 annals_no_truncate; Type: TRIGGER; Schema: golden; Owner: -
--

CREATE TRIGGER annals_no_truncate BEFORE TRUNCATE ON golden.event_store_5 FOR EACH STATEMENT EXECUTE FUNCTION golden.annals_refuse();


--
-- Name: event_store_6 annals_no_truncate; Type: TRIGGER; Schema: golden; Owner: -
--

CREATE TRIGGER annals_no_truncate BEFORE TRUNCATE ON golden.event_store_6 FOR EACH STATEMENT EXECUTE FUNCTION golden.annals_refuse();


--
-- Name: event_store_7 annals_no_truncate; Type: TRIGGER; Schema: golden; Owner: -
--

CREATE TRIGGER annals_no_truncate BEFORE TRUNCATE ON golden.event_store_7 FOR EACH STATEMENT EXECUTE FUNCTION golden.annals_refuse();


--
-- Name: SCHEMA golden; Type: ACL; Schema: -; Owner: -
--

GRANT USAGE ON SCHEMA golden TO annals_application;
GRANT USAGE ON SCHEMA golden TO annals_projections;


--
-- Name: FUNCTION annals_append(u_unfit boolean[], u_outcome integer[], u_checkpoint integer[], u_appends integer[], u_criteria integer[], u_matches integer[], u_rows integer[], s_aggregate text[], s_id text[], a_unit integer[], a_stream integer[], a_expected bigint[], a_own bigint[], a_events bigint[], e_append integer[], e_offset bigint[], e_id uuid[], e_type text[], e_time timestamp with time zone[], e_data bytea[], e_correlation uuid[], e_causation uuid[], e_command uuid[], e_actor text[], e_traceparent text[], e_tags text[], t_event integer[], t_tag text[], t_name text[], new_type text[], new_name text[], o_unit integer[], o_stream integer[], o_key integer[], o_id uuid[], o_command text[], o_correlation uuid[], o_time timestamp with time zone[], o_hash bytea[], o_outcome bytea[], q_after bigint[], q_tag text[], q_tags text[], q_names text[], m_append integer[], m_offset bigint[], OUT verdict integer[], OUT detail bigint[], OUT entry integer[], OUT a_position bigint[], OUT a_version bigint[]); Type: ACL; Schema: golden; Owner: -
--

REVOKE ALL ON FUNCTION golden.annals_append(u_unfit boolean[], u_outcome integer[], u_checkpoint integer[], u_appends integer[], u_criteria integer[], u_matches integer[], u_rows integer[], s_aggregate text[], s_id text[], a_unit integer[], a_stream integer[], a_expected bigint[], a_own bigint[], a_events bigint[], e_append integer[], e_offset bigint[], e_id uuid[], e_type text[], e_time timestamp with time zone[], e_data bytea[], e_correlation uuid[], e_causation uuid[], e_command uuid[], e_actor text[], e_traceparent text[], e_tags text[], t_event integer[], t_tag text[], t_name text[], new_type text[], new_name text[], o_unit integer[], o_stream integer[], o_key integer[], o_id uuid[], o_command text[], o_correlation uuid[], o_time timestamp with time zone[], o_hash bytea[], o_outcome bytea[], q_after bigint[], q_tag text[], q_tags text[], q_names text[], m_append integer[], m_offset bigint[], OUT verdict integer[], OUT detail bigint[], OUT entry integer[], OUT a_position bigint[], OUT a_version bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION golden.annals_append(u_unfit boolean[], u_outcome integer[], u_checkpoint integer[], u_appends integer[], u_criteria integer[], u_matches integer[], u_rows integer[], s_aggregate text[], s_id text[], a_unit integer[], a_stream integer[], a_expected bigint[], a_own bigint[], a_events bigint[], e_append integer[], e_offset bigint[], e_id uuid[], e_type text[], e_time timestamp with time zone[], e_data bytea[], e_correlation uuid[], e_causation uuid[], e_command uuid[], e_actor text[], e_traceparent text[], e_tags text[], t_event integer[], t_tag text[], t_name text[], new_type text[], new_name text[], o_unit integer[], o_stream integer[], o_key integer[], o_id uuid[], o_command text[], o_correlation uuid[], o_time timestamp with time zone[], o_hash bytea[], o_outcome bytea[], q_after bigint[], q_tag text[], q_tags text[], q_names text[], m_append integer[], m_offset bigint[], OUT verdict integer[], OUT detail bigint[], OUT entry integer[], OUT a_position bigint[], OUT a_version bigint[]) TO annals_application;
GRANT ALL ON FUNCTION golden.annals_append(u_unfit boolean[], u_outcome integer[], u_checkpoint integer[], u_appends integer[], u_criteria integer[], u_matches integer[], u_rows integer[], s_aggregate text[], s_id text[], a_unit integer[], a_stream integer[], a_expected bigint[], a_own bigint[], a_events bigint[], e_append integer[], e_offset bigint[], e_id uuid[], e_type text[], e_time timestamp with time zone[], e_data bytea[], e_correlation uuid[], e_causation uuid[], e_command uuid[], e_actor text[], e_traceparent text[], e_tags text[], t_event integer[], t_tag text[], t_name text[], new_type text[], new_name text[], o_unit integer[], o_stream integer[], o_key integer[], o_id uuid[], o_command text[], o_correlation uuid[], o_time timestamp with time zone[], o_hash bytea[], o_outcome bytea[], q_after bigint[], q_tag text[], q_tags text[], q_names text[], m_append integer[], m_offset bigint[], OUT verdict integer[], OUT detail bigint[], OUT entry integer[], OUT a_position bigint[], OUT a_version bigint[]) TO annals_projections;


--
-- Name: FUNCTION annals_commit(u_unfit boolean[], u_outcome integer[], u_checkpoint integer[], u_appends integer[], u_criteria integer[], u_matches integer[], u_rows integer[], s_aggregate text[], s_id text[], a_unit integer[], a_stream integer[], a_expected bigint[], a_own bigint[], a_events bigint[], e_append integer[], e_offset bigint[], e_id uuid[], e_type text[], e_time timestamp with time zone[], e_data bytea[], e_correlation uuid[], e_causation uuid[], e_command uuid[], e_actor text[], e_traceparent text[], e_tags text[], t_event integer[], t_tag text[], t_name text[], new_type text[], new_name text[], o_unit integer[], o_stream integer[], o_key integer[], o_id uuid[], o_command text[], o_correlation uuid[], o_time timestamp with time zone[], o_hash bytea[], o_outcome bytea[], q_after bigint[], q_tag text[], q_tags text[], q_names text[], m_append integer[], m_offset bigint[], k_unit integer[], k_who integer[], k_consumer text[], k_expected bigint[], k_position bigint[], k_fingerprint text[], d_table text[], d_key text[], r_row integer[], r_read bigint[], r_position bigint[], r_json text[], b_unit integer[], b_kind text[], b_json text[], reset text, r_head bigint[], OUT verdict integer[], OUT detail bigint[], OUT entry integer[], OUT a_position bigint[], OUT a_version bigint[]); Type: ACL; Schema: golden; Owner: -
--

REVOKE ALL ON FUNCTION golden.annals_commit(u_unfit boolean[], u_outcome integer[], u_checkpoint integer[], u_appends integer[], u_criteria integer[], u_matches integer[], u_rows integer[], s_aggregate text[], s_id text[], a_unit integer[], a_stream integer[], a_expected bigint[], a_own bigint[], a_events bigint[], e_append integer[], e_offset bigint[], e_id uuid[], e_type text[], e_time timestamp with time zone[], e_data bytea[], e_correlation uuid[], e_causation uuid[], e_command uuid[], e_actor text[], e_traceparent text[], e_tags text[], t_event integer[], t_tag text[], t_name text[], new_type text[], new_name text[], o_unit integer[], o_stream integer[], o_key integer[], o_id uuid[], o_command text[], o_correlation uuid[], o_time timestamp with time zone[], o_hash bytea[], o_outcome bytea[], q_after bigint[], q_tag text[], q_tags text[], q_names text[], m_append integer[], m_offset bigint[], k_unit integer[], k_who integer[], k_consumer text[], k_expected bigint[], k_position bigint[], k_fingerprint text[], d_table text[], d_key text[], r_row integer[], r_read bigint[], r_position bigint[], r_json text[], b_unit integer[], b_kind text[], b_json text[], reset text, r_head bigint[], OUT verdict integer[], OUT detail bigint[], OUT entry integer[], OUT a_position bigint[], OUT a_version bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION golden.annals_commit(u_unfit boolean[], u_outcome integer[], u_checkpoint integer[], u_appends integer[], u_criteria integer[], u_matches integer[], u_rows integer[], s_aggregate text[], s_id text[], a_unit integer[], a_stream integer[], a_expected bigint[], a_own bigint[], a_events bigint[], e_append integer[], e_offset bigint[], e_id uuid[], e_type text[], e_time timestamp with time zone[], e_data bytea[], e_correlation uuid[], e_causation uuid[], e_command uuid[], e_actor text[], e_traceparent text[], e_tags text[], t_event integer[], t_tag text[], t_name text[], new_type text[], new_name text[], o_unit integer[], o_stream integer[], o_key integer[], o_id uuid[], o_command text[], o_correlation uuid[], o_time timestamp with time zone[], o_hash bytea[], o_outcome bytea[], q_after bigint[], q_tag text[], q_tags text[], q_names text[], m_append integer[], m_offset bigint[], k_unit integer[], k_who integer[], k_consumer text[], k_expected bigint[], k_position bigint[], k_fingerprint text[], d_table text[], d_key text[], r_row integer[], r_read bigint[], r_position bigint[], r_json text[], b_unit integer[], b_kind text[], b_json text[], reset text, r_head bigint[], OUT verdict integer[], OUT detail bigint[], OUT entry integer[], OUT a_position bigint[], OUT a_version bigint[]) TO annals_projections;


--
-- Name: FUNCTION annals_extend(s_aggregate text[], s_id text[], c_stream integer[], c_version bigint[], e_stream integer[], e_version bigint[], e_id uuid[], e_type text[], e_time timestamp with time zone[], e_data bytea[], e_correlation uuid[], e_causation uuid[], e_command uuid[], e_actor text[], e_traceparent text[], e_tags text[], t_event integer[], t_tag text[], t_name text[], o_stream integer[], o_id uuid[], o_command text[], o_correlation uuid[], o_time timestamp with time zone[], o_hash bytea[], o_outcome bytea[], o_by_events boolean[], q_after bigint[], q_tag text[], q_tags text[], q_names text[], d_table text[], d_key text[], d_read bigint[], k_consumer text[], k_expected bigint[], k_position bigint[], k_fingerprint text[], r_table text[], r_json text[], r_position bigint[], r_event integer[], b_kind text[], b_json text[], head bigint); Type: ACL; Schema: golden; Owner: -
--

REVOKE ALL ON FUNCTION golden.annals_extend(s_aggregate text[], s_id text[], c_stream integer[], c_version bigint[], e_stream integer[], e_version bigint[], e_id uuid[], e_type text[], e_time timestamp with time zone[], e_data bytea[], e_correlation uuid[], e_causation uuid[], e_command uuid[], e_actor text[], e_traceparent text[], e_tags text[], t_event integer[], t_tag text[], t_name text[], o_stream integer[], o_id uuid[], o_command text[], o_correlation uuid[], o_time timestamp with time zone[], o_hash bytea[], o_outcome bytea[], o_by_events boolean[], q_after bigint[], q_tag text[], q_tags text[], q_names text[], d_table text[], d_key text[], d_read bigint[], k_consumer text[], k_expected bigint[], k_position bigint[], k_fingerprint text[], r_table text[], r_json text[], r_position bigint[], r_event integer[], b_kind text[], b_json text[], head bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION golden.annals_extend(s_aggregate text[], s_id text[], c_stream integer[], c_version bigint[], e_stream integer[], e_version bigint[], e_id uuid[], e_type text[], e_time timestamp with time zone[], e_data bytea[], e_correlation uuid[], e_causation uuid[], e_command uuid[], e_actor text[], e_traceparent text[], e_tags text[], t_event integer[], t_tag text[], t_name text[], o_stream integer[], o_id uuid[], o_command text[], o_correlation uuid[], o_time timestamp with time zone[], o_hash bytea[], o_outcome bytea[], o_by_events boolean[], q_after bigint[], q_tag text[], q_tags text[], q_names text[], d_table text[], d_key text[], d_read bigint[], k_consumer text[], k_expected bigint[], k_position bigint[], k_fingerprint text[], r_table text[], r_json text[], r_position bigint[], r_event integer[], b_kind text[], b_json text[], head bigint) TO annals_projections;


--
-- Name: TABLE annals_checkpoints; Type: ACL; Schema: golden; Owner: -
--

GRANT SELECT ON TABLE golden.annals_checkpoints TO annals_application;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE golden.annals_checkpoints TO annals_projections;


--
-- Name: TABLE annals_commits; Type: ACL; Schema: golden; Owner: -
--

GRANT SELECT ON TABLE golden.annals_commits TO annals_application;
GRANT SELECT ON TABLE golden.annals_commits TO annals_projections;


--
-- Name: TABLE event_store; Type: ACL; Schema: golden; Owner: -
--

GRANT SELECT ON TABLE golden.event_store TO annals_application;
GRANT SELECT ON TABLE golden.event_store TO annals_projections;


--
-- Name: TABLE annals_events; Type: ACL; Schema: golden; Owner: -
--

GRANT SELECT ON TABLE golden.annals_events TO annals_application;
GRANT SELECT ON TABLE golden.annals_events TO annals_projections;


--
-- Name: TABLE annals_facts; Type: ACL; Schema: golden; Owner: -
--

GRANT SELECT ON TABLE golden.annals_facts TO annals_application;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE golden.annals_facts TO annals_projections;


--
-- Name: TABLE annals_letters; Type: ACL; Schema: golden; Owner: -
--

GRANT SELECT ON TABLE golden.annals_letters TO annals_application;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE golden.annals_letters TO annals_projections;


--
-- Name: TABLE annals_log; Type: ACL; Schema: golden; Owner: -
--

GRANT SELECT ON TABLE golden.annals_log TO annals_application;
GRANT SELECT ON TABLE golden.annals_log TO annals_projections;


--
-- Name: TABLE annals_migrations; Type: ACL; Schema: golden; Owner: -
--

GRANT SELECT ON TABLE golden.annals_migrations TO annals_application;
GRANT SELECT ON TABLE golden.annals_migrations TO annals_projections;


--
-- Name: TABLE annals_outcomes; Type: ACL; Schema: golden; Owner: -
--

GRANT SELECT ON TABLE golden.annals_outcomes TO annals_application;
GRANT SELECT ON TABLE golden.annals_outcomes TO annals_projections;


--
-- Name: TABLE annals_requests; Type: ACL; Schema: golden; Owner: -
--

GRANT SELECT ON TABLE golden.annals_requests TO annals_application;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE golden.annals_requests TO annals_projections;


--
-- Name: TABLE annals_retries; Type: ACL; Schema: golden; Owner: -
--

GRANT SELECT ON TABLE golden.annals_retries TO annals_application;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE golden.annals_retries TO annals_projections;


--
-- Name: TABLE annals_sagas; Type: ACL; Schema: golden; Owner: -
--

GRANT SELECT ON TABLE golden.annals_sagas TO annals_application;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE golden.annals_sagas TO annals_projections;


--
-- Name: TABLE annals_snapshots; Type: ACL; Schema: golden; Owner: -
--

GRANT SELECT ON TABLE golden.annals_snapshots TO annals_application;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE golden.annals_snapshots TO annals_projections;


--
-- Name: TABLE annals_system; Type: ACL; Schema: golden; Owner: -
--

GRANT SELECT ON TABLE golden.annals_system TO annals_application;
GRANT SELECT ON TABLE golden.annals_system TO annals_projections;


--
-- Name: TABLE annals_tables; Type: ACL; Schema: golden; Owner: -
--

GRANT SELECT ON TABLE golden.annals_tables TO annals_application;
GRANT SELECT ON TABLE golden.annals_tables TO annals_projections;


--
-- Name: TABLE annals_tags; Type: ACL; Schema: golden; Owner: -
--

GRANT SELECT ON TABLE golden.annals_tags TO annals_application;
GRANT SELECT ON TABLE golden.annals_tags TO annals_projections;


--
-- Name: TABLE annals_timers; Type: ACL; Schema: golden; Owner: -
--

GRANT SELECT ON TABLE golden.annals_timers TO annals_application;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE golden.annals_timers TO annals_projections;


--
-- Name: TABLE annals_types; Type: ACL; Schema: golden; Owner: -
--

GRANT SELECT ON TABLE golden.annals_types TO annals_application;
GRANT SELECT ON TABLE golden.annals_types TO annals_projections;


--
-- Name: TABLE event_store_0; Type: ACL; Schema: golden; Owner: -
--

GRANT SELECT ON TABLE golden.event_store_0 TO annals_application;
GRANT SELECT ON TABLE golden.event_store_0 TO annals_projections;


--
-- Name: TABLE event_store_1; Type: ACL; Schema: golden; Owner: -
--

GRANT SELECT ON TABLE golden.event_store_1 TO annals_application;
GRANT SELECT ON TABLE golden.event_store_1 TO annals_projections;


--
-- Name: TABLE event_store_2; Type: ACL; Schema: golden; Owner: -
--

GRANT SELECT ON TABLE golden.event_store_2 TO annals_application;
GRANT SELECT ON TABLE golden.event_store_2 TO annals_projections;


--
-- Name: TABLE event_store_3; Type: ACL; Schema: golden; Owner: -
--

GRANT SELECT ON TABLE golden.event_store_3 TO annals_application;
GRANT SELECT ON TABLE golden.event_store_3 TO annals_projections;


--
-- Name: TABLE event_store_4; Type: ACL; Schema: golden; Owner: -
--

GRANT SELECT ON TABLE golden.event_store_4 TO annals_application;
GRANT SELECT ON TABLE golden.event_store_4 TO annals_projections;


--
-- Name: TABLE event_store_5; Type: ACL; Schema: golden; Owner: -
--

GRANT SELECT ON TABLE golden.event_store_5 TO annals_application;
GRANT SELECT ON TABLE golden.event_store_5 TO annals_projections;


--
-- Name: TABLE event_store_6; Type: ACL; Schema: golden; Owner: -
--

GRANT SELECT ON TABLE golden.event_store_6 TO annals_application;
GRANT SELECT ON TABLE golden.event_store_6 TO annals_projections;


--
-- Name: TABLE event_store_7; Type: ACL; Schema: golden; Owner: -
--

GRANT SELECT ON TABLE golden.event_store_7 TO annals_application;
GRANT SELECT ON TABLE golden.event_store_7 TO annals_projections;


--
-- Name: TABLE summary; Type: ACL; Schema: golden; Owner: -
--

GRANT SELECT ON TABLE golden.summary TO annals_application;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE golden.summary TO annals_projections;


--
-- PostgreSQL database dump complete
--



-- What an application may do that isn't the engine: append, with outcomes and conditions, but
-- neither rows nor books, and no event that an immediate projection reads. As `annals_commit`.
CREATE FUNCTION annals_append(
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
  OUT verdict integer[], OUT detail bigint[], OUT entry integer[],
  OUT a_position bigint[], OUT a_version bigint[]
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path FROM CURRENT AS $$
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
$$;

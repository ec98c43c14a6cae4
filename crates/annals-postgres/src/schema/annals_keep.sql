-- Writes one entry of the consumers' books.
CREATE FUNCTION annals_keep(kind text, entry json) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
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

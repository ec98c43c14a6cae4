-- Positions and versions are 1..n whoever writes; INSERT OR REPLACE can't take an event's place.
CREATE TRIGGER event_store_appends BEFORE INSERT ON event_store
WHEN NEW.position IS NOT (SELECT coalesce(max(position), 0) + 1 FROM event_store)
  OR NEW.version IS NOT
     (SELECT coalesce(max(version), 0) + 1 FROM event_store WHERE stream = NEW.stream)
BEGIN
  SELECT RAISE(ABORT, 'event_store is append-only: positions and versions go 1, 2, 3 ...');
END;

CREATE TRIGGER event_store_no_update BEFORE UPDATE ON event_store
BEGIN
  SELECT RAISE(ABORT, 'event_store is append-only: no update');
END;
